"""Copies of the survey: one under another name, a backup, a backup brought back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog, QMessageBox

from pipemap.gui.file_actions import SURVEY_FILTER
from pipemap.gui.words import moment
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.gui.commands import Context
    from pipemap.progress import Progress
    from pipemap.store import Backup


def save_copy(context: Context) -> None:
    """Ask for a name and write the survey there, compact."""
    session, survey = context.session, context.session.survey
    if survey is None:
        return
    first = survey.path.with_name(f"{survey.path.stem}-copy.gpkg")
    name, _filter = QFileDialog.getSaveFileName(context.window, _("Save a copy"), str(first), SURVEY_FILTER)
    if not name:
        return
    target = Path(name).with_suffix(".gpkg")

    def work(progress: Progress) -> Path:
        if target.exists() and target.resolve() != survey.path.resolve():
            target.unlink()  # the person was asked whether to replace it
        return survey.save_copy(target, progress=progress)

    def tell(written: Path) -> None:
        session.say(_("Saved {file}").format(file=written.name))

    session.run(work, _("Saving a copy"), tell)


def back_up(context: Context) -> None:
    """Make a backup now."""
    session = context.session
    survey = session.present or session.survey
    keep = max(1, int(float(session.settings.value("backups_kept"))))
    if survey is None:
        return

    def tell(made: Backup) -> None:
        session.say(_("Backup made: {file}").format(file=f"{made.path.parent.name}/{made.path.name}"))

    session.run(lambda progress: survey.back_up(keep=keep, progress=progress), _("Making a backup"), tell)


def restore_backup(context: Context, path: Path, backup: Backup) -> None:
    """Bring a survey back from a backup, once the person has said so, and open it."""
    session = context.session
    asked = QMessageBox(QMessageBox.Icon.Question, _("Bring a backup back"), "", parent=context.window)
    asked.setText(_("Bring {name} back as it was on {time}?").format(name=path.name, time=moment(backup.time.isoformat())))
    asked.setInformativeText(_("The survey as it is now is kept as one more backup."))
    bring = asked.addButton(_("Bring back"), QMessageBox.ButtonRole.AcceptRole)
    asked.addButton(_("Cancel"), QMessageBox.ButtonRole.RejectRole)
    asked.exec()
    agreed = asked.clickedButton() is bring
    asked.deleteLater()
    if not agreed:
        return

    def work(progress: Progress) -> Path:
        from pipemap.store import restore

        restore(path, backup.path, progress=progress)
        return path

    session.run(work, _("Bringing a backup back"), session.open)
