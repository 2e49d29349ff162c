"""The import workbench: drop files, see what was understood of them, correct it, then store. Nothing is written before that."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QComboBox, QDialog, QHBoxLayout, QVBoxLayout, QWidget

from pipemap.errors import Cancelled, PipemapError, SurveyDataError
from pipemap.gui.import_drafts import Choices, Draft, Reading, read_draft, sorted_into
from pipemap.gui.import_files import FilesPanel, ask_for_files
from pipemap.gui.import_memory import MappingMemory
from pipemap.gui.import_pages import ImportPages
from pipemap.gui.import_plan import Drawing, draw_network
from pipemap.gui.import_state import ImportState
from pipemap.gui.import_storing import Storing
from pipemap.gui.inspection_import import leads_here, show_inspections
from pipemap.gui.parts import Offer, button, label, rule
from pipemap.model.comparison import Decisions
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.formats.crs_candidates import Place
    from pipemap.formats.registry import SortedSources, Unreadable
    from pipemap.gui.session import Session
    from pipemap.gui.tasks import Task
    from pipemap.model.delivery import Delivery
    from pipemap.progress import Progress

SETTLE = 250
"""Milliseconds after the last change of a choice before the files are read again."""
_SIDE = 300
_NEW = ""

Answer = TypeVar("Answer")


def show_import(session: Session, parent: QWidget, paths: Sequence[Path] = ()) -> ImportDialog | None:
    """Open the workbench; without paths it first asks for files."""
    chosen = list(paths) or ask_for_files(parent)
    if not chosen:
        return None
    if leads_here(chosen) and session.survey is not None:
        show_inspections(session, parent, chosen)
        return None
    dialog = ImportDialog(session, parent, chosen)
    dialog.show()
    return dialog


class ImportDialog(QDialog):
    """Stays beside the window; reads again whenever files or choices change, and only what they concern.

    Attributes
    ----------
    drafts
        The deliveries, in the order in which their files came.
    unreadable
        Files that nothing can be made of; they hold up nothing.
    """

    def __init__(self, session: Session, parent: QWidget, paths: Sequence[Path]) -> None:
        super().__init__(parent)
        self._session = session
        self._task: Task | None = None
        self._is_over = False
        self._files: list[Path] = []
        self._folders: list[Path] = []
        self._survey_drawing: Drawing | None = None
        self._place: Place | None = None
        self.drafts: list[Draft] = []
        self.unreadable: tuple[Unreadable, ...] = ()
        self.memory = MappingMemory(session.settings.path.parent)
        self.setWindowTitle(_("Import files"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAcceptDrops(True)
        self.setSizeGripEnabled(True)
        self.resize(min(1480, parent.width() - 40), min(900, parent.height() - 40))
        self._timer = QTimer(self, singleShot=True, interval=SETTLE)
        self._timer.timeout.connect(self.read)
        self.files = FilesPanel()
        self.target = self._make_target()
        self.pages = ImportPages(session, self)
        self.state = ImportState(self.pages.show_problem_page)
        self.storing = Storing(session, self)
        self.store_button = button(_("Store"), self.storing.start, primary=True, icon_name="database")
        self.store_button.setAutoDefault(False)  # else Enter in a field stores
        self._lay_out()
        self._connect()
        if self.memory.set_aside is not None:
            words = _("The remembered mappings could not be read; the file was set aside as {file}.")
            session.notice(words.format(file=self.memory.set_aside.name))
        self.add_paths(paths)

    def _connect(self) -> None:
        self.files.current_changed.connect(lambda _draft: self._show_current())
        self.files.added.connect(self.add_paths)
        self.files.removed.connect(self.remove_paths)
        self.target.activated.connect(lambda _place: self._target_changed())
        self.pages.chosen.connect(self.choose)
        self.pages.named.connect(self._named)
        self.pages.decided.connect(self.show_sums)

    def _make_target(self) -> QComboBox:
        made = QComboBox()
        made.setAccessibleName(_("Store in"))
        made.addItem(_("A new survey …"), _NEW)
        survey = self._session.survey
        if survey is not None and not survey.read_only:
            made.addItem(_("The open survey: {name}").format(name=survey.path.name), str(survey.path))
            made.setCurrentIndex(1)
        made.setMinimumContentsLength(8)
        made.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        return made

    def _lay_out(self) -> None:
        side = QWidget()
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(label(_("Files"), "caption"))
        column.addWidget(self.files, 3)
        column.addWidget(rule())
        column.addWidget(label(_("Store in"), "caption"))
        column.addWidget(self.target)
        column.addWidget(self.state, 2)
        side.setFixedWidth(_SIDE)
        body = QHBoxLayout()
        body.setSpacing(16)
        body.addWidget(side)
        body.addWidget(self.pages, 1)
        foot = QHBoxLayout()
        foot.addWidget(label(_("Nothing is written before you store; an import can be undone."), "small"))
        foot.addStretch(1)
        foot.addWidget(button(_("Cancel"), self.close))
        foot.addWidget(self.store_button)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(16, 12, 16, 12)
        whole.setSpacing(12)
        whole.addLayout(body, 1)
        whole.addWidget(rule())
        whole.addLayout(foot)

    # -- files ------------------------------------------------------------------------------------------------------

    @property
    def deliveries(self) -> tuple[Delivery, ...]:
        """Everything that was read and can be stored, with the batches as the person wrote them."""
        return tuple(delivery for draft in self.drafts if (delivery := draft.delivery) is not None)

    def add_paths(self, paths: Sequence[Path]) -> None:
        """Read these files, or the files in these folders, too."""
        self._sort([*self._files, *(path for path in paths if path not in self._files)])

    def remove_paths(self, paths: Sequence[Path]) -> None:
        """Read these files no more."""
        self._sort([path for path in self._files if path not in paths])

    def _sort(self, paths: Sequence[Path]) -> None:
        """Find out on another thread which files belong together."""
        self._timer.stop()
        self._leave_task()

        self._folders += [path for path in paths if path.is_dir() and path not in self._folders]

        def work(progress: Progress) -> tuple[list[Path], SortedSources]:
            from pipemap.formats import files_in, sort_sources

            files = files_in(paths, progress=progress)
            return files, sort_sources(files, progress=progress)

        self.run(work, _("Looking into the files"), self._sorted)

    def _sorted(self, answer: tuple[list[Path], SortedSources]) -> None:
        self._files, found = answer
        self.drafts, self.unreadable = sorted_into(self.drafts, found, self._folders), found.unreadable
        self.files.show_files(self.drafts, self.unreadable)
        self.read()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Files and folders may be dropped here."""
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Read what was dropped too."""
        event.acceptProposedAction()
        self.add_paths([Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()])

    # -- choices ----------------------------------------------------------------------------------------------------

    def choose(self, choices: Choices) -> None:
        """Read the current delivery in another way; what stands there is not to be stored any more."""
        draft = self.files.current_draft()
        if draft is None:
            return
        if self.pages.place.for_all.isChecked() and choices.crs != draft.choices.crs:
            for other in self.drafts:
                other.choose(replace(other.choices, crs=choices.crs))
        if draft.choose(choices) or not draft.fresh:
            self.store_button.setEnabled(False)
            self._timer.start()

    def into_open(self) -> bool:
        """Whether the open survey is to take it."""
        survey = self._session.survey
        return survey is not None and self.target.currentData() == str(survey.path)

    def _target_changed(self) -> None:
        """Another survey lies elsewhere, and has other elements already."""
        self._survey_drawing = self._place = None
        for draft in self.drafts:
            draft.fresh, draft.plan, draft.obstacle = False, None, None
            draft.decisions = Decisions()
        self.store_button.setEnabled(False)
        self._timer.start()

    def _named(self) -> None:
        for draft in self.drafts:
            draft.plan = draft.obstacle = None
            draft.decisions = Decisions()
        self.files.refresh()
        self.storing.compare()

    # -- reading ----------------------------------------------------------------------------------------------------

    def read(self) -> None:
        """Read on another thread what is not read yet, and show what was understood."""
        self._timer.stop()
        self._leave_task()
        stale = [(draft, draft.choices, not draft.looked_up) for draft in self.drafts if not draft.fresh]
        if not stale:
            self._show_current()
            self.storing.compare()
            return
        work = self._reading_of(stale)
        names = ", ".join(path.name for draft, _choices, _first in stale for path in draft.paths[:2])
        self.run(work, _("Reading {file}").format(file=names), self._show_read)

    def _reading_of(self, stale: Sequence[tuple[Draft, Choices, bool]]) -> Callable[[Progress], _Answer]:
        network = self._session.network if self.into_open() else None
        before = (self._place, self._survey_drawing)
        jobs = [
            (draft, draft.paths, draft.choices.format or draft.format.name, choices, first) for draft, choices, first in stale
        ]
        memory = self.memory

        def work(progress: Progress) -> _Answer:
            from pipemap.jobs import place_of_network

            place, drawing = before
            if network is not None and drawing is None:
                place, drawing = place_of_network(network), draw_network(network)
            found = []
            for draft, paths, name, choices, first in jobs:
                reading = read_draft(
                    paths,
                    format=name,
                    choices=choices,
                    memory=memory if first else None,
                    near=place,
                    survey_crs=network.crs if network is not None else "",
                    progress=progress,
                )
                found.append((draft, choices, reading))
            return place, drawing, found

        return work

    def _show_read(self, answer: _Answer) -> None:
        self._place, self._survey_drawing, found = answer
        for draft, choices, reading in found:
            if draft.choices == choices:
                draft.choices, draft.reading, draft.fresh, draft.looked_up = reading.choices, reading, True, True
        self.files.refresh()
        self._show_current()
        if any(not draft.fresh for draft in self.drafts):
            self._timer.start()
        else:
            self.storing.compare()

    def _show_current(self) -> None:
        """Show the current delivery on every page, and the sums of all beside them."""
        draft = self.files.current_draft()
        self.pages.place.for_all.setVisible(len(self.drafts) > 1)
        self.pages.show_draft(draft, self._survey_drawing, self._reason())
        self.show_sums()

    def _reason(self) -> Unreadable | None:
        item = self.files.current_path()
        return next((one for one in self.unreadable if one.path == item), None)

    def show_plans(self) -> None:
        """Show what storing would do, now that it is known."""
        self._show_current()
        if any(draft.plan is not None and draft.plan.comparison.count("conflict") for draft in self.drafts):
            self.pages.show_comparison_page()

    def show_sums(self) -> None:
        """Say what all deliveries hold, and what storing them would do."""
        if self._task is not None:
            return
        readings = [draft.reading for draft in self.drafts if draft.reading is not None]
        self.store_button.setEnabled(self._can_store(readings))
        if not readings:
            words = _("Add files, or drop them here.") if not self.unreadable else _("None of these files can be read.")
            self.state.show_words(words)
            return
        results = [reading.result for reading in readings if reading.result is not None]
        problems = [problem for reading in readings for problem in reading.problems]
        nodes, pipes = (f"{sum(getattr(result, name) for result in results):,}" for name in ("nodes", "pipes"))
        counts = _("{nodes} nodes, {pipes} pipes").format(nodes=nodes, pipes=pipes)
        customers = sum(result.summary.customers for result in results)
        if customers:
            counts = "\n".join([counts, _("Customers: {n}").format(n=f"{customers:,}")])
        self.files.refresh()
        self.state.show_counts(counts, problems, self._plan_words(), self._errors())

    def _errors(self) -> list[PipemapError]:
        """What stands in the way of the delivery that is looked at; the others are marked in the list of files."""
        draft = self.files.current_draft()
        error = _error_of(draft) if draft is not None else None
        return [error] if error is not None else []

    def _plan_words(self) -> str:
        held_up = sum(draft.obstacle is not None for draft in self.drafts)
        words = _("Deliveries that the open survey cannot take: {n}; they are marked above.").format(n=held_up) if held_up else ""
        return "\n".join(filter(None, [self.storing.plan_words(), words]))

    def _can_store(self, readings: Sequence[Reading]) -> bool:
        whole = [reading.result for reading in readings if reading.result is not None]
        ready = all(draft.fresh and draft.obstacle is None for draft in self.drafts) and not self._timer.isActive()
        return ready and any(result.nodes or result.pipes or result.summary.customers for result in whole)

    @property
    def is_over(self) -> bool:
        """Whether the workbench was closed."""
        return self._is_over

    # -- work beside the window -------------------------------------------------------------------------------------

    def run(self, work: Callable[[Progress], Answer], words: str, done: Callable[[Answer], None], *, stays: bool = False) -> None:
        """Run work, shown in the workbench; ``stays``: nothing can be changed meanwhile, and its end is always told."""

        def stoppable(progress: Progress) -> tuple[Answer | None, bool]:
            try:
                return work(progress), False
            except Cancelled:
                return None, True

        self._leave_task()
        task = self._task = self._session.run(
            stoppable,
            words,
            lambda answer: self._ended(task, answer, done, stays=stays),
            lambda error: self._failed(task, error, stays=stays),
        )
        self.state.show_task(task)
        self.store_button.setEnabled(False)
        self._free(not stays)

    def _free(self, on: bool) -> None:  # noqa: FBT001 -- a setter
        for part in (self.files, self.target, self.pages):
            part.setEnabled(on)
        self.setAcceptDrops(on)

    def _ended(self, task: Task, answer: tuple[Answer | None, bool], done: Callable[[Answer], None], *, stays: bool) -> None:
        """Go on with the answer; without a workbench that waits only where something was stored."""
        found, was_stopped = answer
        is_waiting = self._end(task)
        if was_stopped and stays:
            self._session.refresh()
        if was_stopped and is_waiting:
            self.show_sums()
            again = Offer(_("Read again"), self.read)
            words = _("Stopped; what was not finished was not written.") if stays else _("Stopped.")
            self.state.show_words(words, None if stays else again)
        elif found is not None and (is_waiting or stays):
            done(found)

    def _failed(self, task: Task, error: Exception, *, stays: bool) -> None:
        is_waiting = self._end(task)
        if not isinstance(error, PipemapError) or (stays and not is_waiting):
            self._session.complain(error)
        elif is_waiting:
            self.show_sums()
            self.state.show_error(error)

    def _end(self, task: Task) -> bool:
        """Work is over: return whether the workbench still waits for it, ready to go on."""
        if self._is_over or task is not self._task:
            return False
        self._task = None
        self._free(on=True)
        return True

    def _leave_task(self) -> None:
        if self._task is not None:
            self._task.cancel()
            self._task = None
            self._free(on=True)

    def done(self, result: int) -> None:
        """Stop reading and storing when the workbench goes."""
        self._is_over = True
        self._timer.stop()
        self._leave_task()
        super().done(result)


def _error_of(draft: Draft) -> PipemapError | None:
    """What stands in the way of a delivery, with a hint that can be followed here."""
    if draft.obstacle is None or draft.delivery is None:
        return draft.reading.error if draft.reading is not None else None
    if not draft.delivery.crs:
        hint = _("Choose its coordinate system under Place, or store it in a new survey.")
        return SurveyDataError(draft.obstacle.message, hint)
    return draft.obstacle


_Answer = tuple["Place | None", "Drawing | None", list[tuple[Draft, Choices, Reading]]]
"""Where the survey lies, how it is drawn, and each draft with the choices that its reading is of."""
