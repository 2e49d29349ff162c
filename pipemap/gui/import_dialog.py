"""Import: choose files, see what was understood and what is wrong with them, then store. Nothing is written before that."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QDialog, QFileDialog, QHBoxLayout, QLayout, QListWidget, QVBoxLayout, QWidget

from pipemap.errors import Cancelled, PipemapError, SurveyFileError
from pipemap.gui.import_options import ImportOptions
from pipemap.gui.import_preview import PreviewPages
from pipemap.gui.import_state import ImportState
from pipemap.gui.parts import button, label, rule
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.gui.session import Session
    from pipemap.gui.tasks import Task
    from pipemap.jobs import ImportResult
    from pipemap.model.delivery import Delivery
    from pipemap.progress import Progress
    from pipemap.store import Survey

SETTLE = 250
"""Milliseconds after the last change of an option before the files are read again."""

Answer = TypeVar("Answer")


def show_import(session: Session, parent: QWidget, paths: Sequence[Path] = ()) -> ImportDialog | None:
    """Open the import dialog; without paths it first asks for files."""
    chosen = list(paths) or ask_for_files(parent)
    if not chosen:
        return None
    dialog = ImportDialog(session, parent, chosen)
    dialog.show()
    return dialog


def ask_for_files(parent: QWidget) -> list[Path]:
    """Let the person choose files of any format that can be read."""
    from pipemap.formats import formats

    rows = formats()
    everything = " ".join(f"*{ending}" for row in rows for ending in row.extensions)
    filters = [f"{_('Everything that can be read')} ({everything})"]
    filters += [f"{_(row.label)} ({' '.join(f'*{ending}' for ending in row.extensions)})" for row in rows]
    names, _kind = QFileDialog.getOpenFileNames(parent, _("Import files"), "", ";;".join([*filters, f"{_('All files')} (*)"]))
    return [Path(name) for name in names]


class ImportDialog(QDialog):
    """Stays beside the window; reads again whenever files or options change."""

    def __init__(self, session: Session, parent: QWidget, paths: Sequence[Path]) -> None:
        super().__init__(parent)
        self._session = session
        self._paths = list(dict.fromkeys(paths))
        self._task: Task | None = None
        self._is_over = False
        self.deliveries: tuple[Delivery, ...] = ()
        self.setWindowTitle(_("Import files"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAcceptDrops(True)
        self.resize(min(1080, parent.width() - 48), min(720, parent.height() - 48))
        self._timer = QTimer(self, singleShot=True, interval=SETTLE)
        self._timer.timeout.connect(self.read)
        self.files = QListWidget()
        self.files.setAccessibleName(_("Files to import"))
        self.files.setMaximumHeight(116)
        self.options = ImportOptions(session)
        self.options.changed.connect(self._read_soon)
        self.preview = PreviewPages(session)
        self.state = ImportState(self.preview.show_problem_page)
        self.store_button = button(_("Store"), self.store, primary=True, icon_name="database")
        self.store_button.setAutoDefault(False)  # else Enter in a field stores
        self._side = QWidget()
        self._lay_out()
        self._show_files()
        self.read()

    def _lay_out(self) -> None:
        add = QHBoxLayout()
        self.add_button = button(_("Add files"), self._add_files, icon_name="plus")
        self.remove_button = button(_("Remove"), self._remove_file, quiet=True)
        add.addWidget(self.add_button)
        add.addWidget(self.remove_button)
        add.addStretch(1)
        side = QVBoxLayout(self._side)
        side.setContentsMargins(0, 0, 0, 0)
        side.setSpacing(8)
        parts: list[QWidget | QLayout] = [label(_("Files"), "caption"), self.files, add, rule()]
        parts += [label(_("How to read them"), "caption"), self.options, rule(), self.state]
        for part in parts:
            if isinstance(part, QLayout):
                side.addLayout(part)
            else:
                side.addWidget(part, 1 if part is self.state else 0)
        self._side.setFixedWidth(340)
        body = QHBoxLayout()
        body.setSpacing(16)
        body.addWidget(self._side)
        body.addWidget(self.preview, 1)
        foot = QHBoxLayout()
        foot.addWidget(label(_("Nothing is written before you store; an import can be undone."), "small"))
        foot.addStretch(1)
        foot.addWidget(button(_("Cancel"), self.close))
        foot.addWidget(self.store_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 12)
        column.setSpacing(12)
        column.addLayout(body, 1)
        column.addWidget(rule())
        column.addLayout(foot)

    # -- files ------------------------------------------------------------------------------------------------------

    def add_paths(self, paths: Sequence[Path]) -> None:
        """Read these files too."""
        new = [path for path in paths if path not in self._paths]
        if new:
            self._paths += new
            self._show_files()
            self.read()

    def _add_files(self) -> None:
        self.add_paths(ask_for_files(self))

    def _remove_file(self) -> None:
        place = self.files.currentRow()
        if 0 <= place < len(self._paths):
            del self._paths[place]
            self._show_files()
            self.read()

    def _show_files(self) -> None:
        self.files.clear()
        for path in self._paths:
            self.files.addItem(path.name)
            self.files.item(self.files.count() - 1).setToolTip(str(path))
        self.files.setCurrentRow(self.files.count() - 1)
        self.remove_button.setEnabled(bool(self._paths))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Files may be dropped here."""
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Read what was dropped too."""
        event.acceptProposedAction()
        self.add_paths([Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()])

    # -- reading ----------------------------------------------------------------------------------------------------

    def _read_soon(self) -> None:
        """Another option: what stands there is not to be stored any more."""
        self.store_button.setEnabled(False)
        self._timer.start()

    def read(self) -> None:
        """Read the files on another thread and show what was understood."""
        self._timer.stop()
        self._leave_task()
        self.deliveries = ()
        self.store_button.setEnabled(False)
        if not self._paths:
            self.state.show_words(_("Add files, or drop them here."))
            self.preview.show_nothing()
            return
        self.preview.show_reading()
        paths, options = list(self._paths), self.options
        name, crs, mapping = options.chosen_format(), options.chosen_crs(), options.mapping

        def work(progress: Progress) -> tuple[tuple[Delivery, ...], ImportResult]:
            from pipemap.jobs import describe, read_sources

            deliveries = read_sources(paths, format=name, crs=crs, mapping=mapping, progress=progress)
            return deliveries, describe(deliveries)

        self._start(work, _("Reading {file}").format(file=", ".join(path.name for path in paths)), self._show_read)

    def _show_read(self, answer: tuple[tuple[Delivery, ...], ImportResult]) -> None:
        self.deliveries, result = answer
        self.state.show_counts(result)
        self.store_button.setEnabled(bool(result.nodes or result.pipes))
        self.options.show_result(result)
        self.preview.show_result(self.deliveries, result)

    # -- storing ----------------------------------------------------------------------------------------------------

    def store(self, target: Path | None = None) -> None:
        """Store what was read: in the open survey, or in a new one that the person names."""
        survey = self._session.survey
        if target is None and survey is not None and self.options.into_open():
            self._store_in_open(survey)
            return
        if target is None:
            first = self._paths[0].with_suffix(".gpkg")
            dont_ask = QFileDialog.Option.DontConfirmOverwrite
            title, kinds = _("Store as a new survey"), "GeoPackage (*.gpkg)"
            name, _kind = QFileDialog.getSaveFileName(self, title, str(first), kinds, options=dont_ask)
            if not name:
                return
            target = Path(name) if Path(name).suffix else Path(name).with_suffix(".gpkg")
        if target.exists():
            hint = _("Choose another name; to add to that survey, open it first.")
            self.state.show_error(SurveyFileError(_("{file} exists already.").format(file=target.name), hint))
            return
        to, deliveries, author = target, self._named(), str(self._session.settings.value("author"))

        def work(progress: Progress) -> ImportResult:
            from pipemap.jobs import store_deliveries

            return store_deliveries(deliveries, to, author=author, progress=progress)

        def stored(_result: ImportResult) -> None:
            self.close()
            self._session.open(to)

        self._start(work, _("Storing in {file}").format(file=to.name), stored, stays=True)

    def _named(self) -> tuple[Delivery, ...]:
        """What was read, as the batch that the person named."""
        name = self.options.chosen_batch()
        if not name:
            return self.deliveries
        return tuple(replace(delivery, batch=replace(delivery.batch, name=name)) for delivery in self.deliveries)

    def _store_in_open(self, survey: Survey) -> None:
        session, deliveries = self._session, self._named()
        author = str(session.settings.value("author"))

        def work(progress: Progress) -> int:
            try:
                stored = [survey.store(delivery, author=author, progress=progress) for delivery in deliveries]
            finally:
                survey.network  # noqa: B018 -- read here, where it does not hold up the window
            return sum(one.added_nodes + one.added_pipes + one.changed for one in stored)

        def stored(changed: int) -> None:
            self.close()
            if session.survey is survey:
                session.refresh()
                words = _("Import stored: {n} elements added or changed").format(n=f"{changed:,}")
                session.say(words, undo=(lambda: take_back(session, survey)) if changed else None)

        self._start(work, _("Storing in {file}").format(file=survey.path.name), stored, stays=True)

    # -- work beside the window -------------------------------------------------------------------------------------

    def _start(
        self, work: Callable[[Progress], Answer], words: str, done: Callable[[Answer], None], *, stays: bool = False
    ) -> None:
        """Run work, shown in the dialog; ``stays``: files and options cannot be changed meanwhile, its end is always told."""

        def stoppable(progress: Progress) -> tuple[Answer | None, bool]:
            try:
                return work(progress), False
            except Cancelled:
                return None, True

        task = self._task = self._session.run(
            stoppable,
            words,
            lambda answer: self._ended(task, answer, done, stays=stays),
            lambda error: self._failed(task, error, stays=stays),
        )
        self.state.show_task(task)
        self.store_button.setEnabled(False)
        for part in (self.files, self.add_button, self.remove_button, self.options):
            part.setEnabled(not stays)
        self.setAcceptDrops(not stays)

    def _ended(self, task: Task, answer: tuple[Answer | None, bool], done: Callable[[Answer], None], *, stays: bool) -> None:
        """Go on with the answer; without a dialog that waits only where something was stored."""
        found, was_stopped = answer
        is_waiting = self._end(task)
        if was_stopped and stays:
            self._session.refresh()
        if was_stopped and is_waiting:
            self.state.show_words(_("Stopped; what was not finished was not written.") if stays else _("Stopped."))
        elif found is not None and (is_waiting or stays):
            done(found)

    def _failed(self, task: Task, error: Exception, *, stays: bool) -> None:
        is_waiting = self._end(task)
        if not isinstance(error, PipemapError) or (stays and not is_waiting):
            self._session.complain(error)
        elif is_waiting:
            self.state.show_error(error)
            if not stays:
                self.preview.show_problems(getattr(error, "problems", ()))

    def _end(self, task: Task) -> bool:
        """Work is over: return whether the dialog still waits for it, ready to go on."""
        if self._is_over or task is not self._task:
            return False
        self._task = None
        for part in (self.files, self.add_button, self.options):
            part.setEnabled(True)
        self.remove_button.setEnabled(bool(self._paths))
        self.store_button.setEnabled(bool(self.deliveries))
        self.setAcceptDrops(True)
        return True

    def _leave_task(self) -> None:
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def done(self, result: int) -> None:
        """Stop reading and storing when the dialog goes."""
        self._is_over = True
        self._timer.stop()
        self._leave_task()
        super().done(result)


def take_back(session: Session, survey: Survey) -> None:
    """Undo the newest Change on another thread."""
    author = str(session.settings.value("author"))

    def work(progress: Progress) -> None:
        survey.undo(author=author, progress=progress)
        survey.network  # noqa: B018 -- read here, where it does not hold up the window

    session.run(work, _("Undoing"), lambda _nothing: session.refresh())
