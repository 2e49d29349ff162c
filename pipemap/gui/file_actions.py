"""What the commands of the File and Edit menus do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog

from pipemap.errors import SurveyFileError
from pipemap.gui.clipboard import left_out
from pipemap.gui.commands import Context
from pipemap.gui.photos import window_picture, withheld
from pipemap.gui.settings_dialog import SettingsDialog
from pipemap.progress import Progress
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.store import Survey

SURVEY_FILTER = "GeoPackage (*.gpkg)"


def new_survey(context: Context) -> None:
    """Ask for a file name and make an empty survey there."""
    first = str(_folder(context) / "survey.gpkg")
    kept = QFileDialog.Option.DontConfirmOverwrite  # a survey is never written over; the store says so
    name, _filter = QFileDialog.getSaveFileName(context.window, _("New survey"), first, SURVEY_FILTER, options=kept)
    if not name:
        return
    path = Path(name).with_suffix(".gpkg")

    def work(progress: Progress) -> Path:
        from pipemap.store import create_survey

        progress(0, None, _("Making {file}").format(file=path.name))
        create_survey(path, name=path.stem).close()
        return path

    context.session.run(work, _("Making {file}").format(file=path.name), context.session.open)


def open_survey(context: Context) -> None:
    """Ask for a survey and open it."""
    name, _filter = QFileDialog.getOpenFileName(context.window, _("Open survey"), str(_folder(context)), SURVEY_FILTER)
    if name:
        context.session.open(name)


def import_files(context: Context) -> None:
    """Open the import dialog."""
    context.session.import_requested.emit([])


def open_sample(context: Context) -> None:
    """Open the person's own copy of the sample city."""
    from pipemap.jobs import own_sample

    context.session.open(own_sample())


def close_survey(context: Context) -> None:
    """Back to the start page."""
    context.window.keep_picture()
    context.session.close()


def save_picture(context: Context) -> None:
    """Ask for a file name and save the whole window as a picture."""
    secret = withheld(context.window)
    picture = window_picture(context.window)
    name, _filter = QFileDialog.getSaveFileName(
        context.window, _("Save picture of the window"), str(_folder(context) / "pipemap.png"), "PNG (*.png)"
    )
    if not name:
        return
    if not picture.save(name):
        raise SurveyFileError(_("The picture could not be saved as {file}.").format(file=name), _("Choose another folder."))
    context.session.say(_("Saved {file}").format(file=Path(name).name) + left_out(secret))


def show_settings(context: Context) -> None:
    """Open the settings."""
    SettingsDialog.open_for(context)


def quit_program(context: Context) -> None:
    """Close the window, which ends the program."""
    context.window.close()


def undo(context: Context) -> None:
    """Take back the newest change of the survey."""
    _change_back(context, _("Undoing"), lambda survey, author, progress: survey.undo(author=author, progress=progress))


def redo(context: Context) -> None:
    """Make the change again that was taken back last."""
    _change_back(context, _("Redoing"), lambda survey, author, progress: survey.redo(author=author, progress=progress))


def _change_back(context: Context, label: str, change: Callable[[Survey, str, Progress], int]) -> None:
    session = context.session
    survey, author = session.survey, str(session.settings.value("author"))
    if survey is None:
        return

    def work(progress: Progress) -> str:
        number = change(survey, author, progress)
        survey.network  # noqa: B018 -- read here, where it does not hold up the window
        return survey.entry(number).label

    def tell(done: str) -> None:
        session.refresh()
        session.say(done)

    session.run(work, label, tell)


def copy_ids(context: Context) -> None:
    """Copy the ids of what is selected, one a line."""
    session = context.session
    network = session.network
    if network is None:
        return
    chosen = session.selection
    released = network.release
    nodes, pipes = released.only("node", chosen.nodes), released.only("pipe", chosen.pipes)
    ids = [*network.node_ids.take(nodes), *network.pipe_ids.take(pipes)]
    QGuiApplication.clipboard().setText("\n".join(ids))
    session.say(_("Copied {n} ids").format(n=len(ids)) + left_out(len(chosen) - len(ids)))


def _folder(context: Context) -> Path:
    survey = context.session.survey
    recent = context.window.memory.surveys
    if survey is not None:
        return Path(survey.path).parent
    return Path(recent[0].path).parent if recent else _documents()


def _documents() -> Path:
    from platformdirs import user_documents_path

    return user_documents_path()
