"""Inspections before they are stored: what each is matched to, how surely and why; a match can be changed, then all is stored."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QDialog, QFileDialog, QHBoxLayout, QLineEdit, QSplitter, QVBoxLayout, QWidget

from pipemap.analysis.inspection_matching import Match
from pipemap.errors import EditError
from pipemap.gui.commands import can_write
from pipemap.gui.icons import icon
from pipemap.gui.parts import button, label
from pipemap.gui.record_table import Column, RecordTable
from pipemap.gui.session import Selection
from pipemap.jobs.inspection_plan import InspectionPlan, match_named, plan_inspections
from pipemap.jobs.inspection_problems import told_name
from pipemap.jobs.inspections import plan_stored, store_inspection_plan, store_matches
from pipemap.model.problem import sort_worst_first
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from pipemap.gui.commands import Context
    from pipemap.gui.session import Session
    from pipemap.model.inspected import Inspected
    from pipemap.model.problem import Problem
    from pipemap.progress import Progress

QUICK_BYTES = 4 << 20
"""A file up to this size is looked into while the window waits; the command for inspections reads any."""
_SEVERITIES = {"error": N_("Error"), "warning": N_("Warning"), "info": N_("Remark")}


@dataclass(frozen=True, slots=True)
class Row:
    """One inspection of a plan, as the table lists it."""

    number: int
    one: Inspected
    match: Match
    pipes: str
    known: bool


@dataclass(frozen=True, slots=True)
class _Seen:
    """A plan with what is listed of it, worked out beside the window."""

    plan: InspectionPlan
    rows: list[Row]
    problems: list[Problem]


def leads_here(paths: Sequence[Path]) -> bool:
    """Whether files are inspections beyond doubt; large ones are not looked into."""
    from pipemap.formats.inspections import recognize_inspections

    if not paths or not all(path.is_file() and path.stat().st_size <= QUICK_BYTES for path in paths):
        return False
    return all((found := recognize_inspections(path)) is not None and found.name != "isybau" for path in paths)


def start(context: Context) -> None:
    """Ask for files of inspections and show what they hold."""
    from pipemap.formats.inspections import FORMATS

    survey = context.session.survey
    folder = str(Path(survey.path).parent) if survey is not None else ""
    endings = " ".join(dict.fromkeys(f"*{ending}" for row in FORMATS for ending in row.extensions))
    words = f"{_('Inspections')} ({endings});;{_('All files')} (*)"
    names, _filter = QFileDialog.getOpenFileNames(context.window, _("Import inspections"), folder, words)
    if names:
        show_inspections(context.session, context.window, [Path(name) for name in names])


def show_inspections(session: Session, parent: QWidget, paths: Sequence[Path]) -> InspectionImport | None:
    """Open the page; inspections need a survey to belong to."""
    if session.survey is None:
        session.complain(EditError(_("Inspections need a survey with the pipes that were inspected."), _("Open it first.")))
        return None
    dialog = InspectionImport(session, parent, paths)
    dialog.show()
    return dialog


def match(context: Context) -> None:
    """Show what the inspections of the survey that have no pipe could be matched to."""
    show_unmatched(context.session, context.window)


def show_unmatched(session: Session, parent: QWidget) -> InspectionImport | None:
    """Open the page with inspections that are in the survey already, and without a pipe."""
    if session.survey is None:
        return None
    dialog = InspectionImport(session, parent, ())
    dialog.show()
    return dialog


class InspectionImport(QDialog):
    """Stays beside the window: a click on an inspection shows its pipes on the map, a pipe selected there can be its match.

    Without files it shows those of the survey that are not matched.
    """

    def __init__(self, session: Session, parent: QWidget, paths: Sequence[Path]) -> None:
        super().__init__(parent)
        self._session, self._paths = session, list(paths)
        self._photos: Path | None = None
        self._current: Row | None = None
        self.plan: InspectionPlan | None = None
        self.is_busy = False
        self._is_over = False
        self.setWindowTitle(_("Import inspections") if paths else _("Match inspections"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setSizeGripEnabled(True)
        self.resize(min(1280, parent.width() - 40), min(760, parent.height() - 40))
        self.finished.connect(self._end)
        self.sums = label("", "strong")
        self.folder = label("", "quiet")
        self.table = self._make_table()
        self.problems = self._make_problems()
        self.pipe, self.from_node, self.to_node = (self._box(words) for words in (_("Pipe"), _("Start node"), _("End node")))
        self.match_button = button(_("Match"), self.match_typed)
        self.map_button = button(_("Pipe selected on the map"), self.match_selected, icon_name="cursor")
        self.accept_button = button(_("Accept"), self.accept_proposal, icon_name="check")
        self.none_button = button(_("No match"), self.match_nothing, icon_name="x")
        self.store_button = button(_("Store"), self.store, primary=True, icon_name="database")
        self.store_button.setAutoDefault(False)  # else Enter in a field stores
        self._lay_out()
        self._enable()
        self.read()

    # -- made -------------------------------------------------------------------------------------------------------

    def _make_table(self) -> RecordTable[Row]:
        made: RecordTable[Row] = RecordTable(
            self._session,
            [
                Column(_("Inspection"), lambda row: told_name(row.one), 180, icon=_icon),
                Column(_("Inspected on"), lambda row: row.one.inspected.replace("T", " "), 105),
                Column(_("Pipes"), lambda row: row.pipes, 160),
                Column(_("Direction"), _way, 100),
                Column(_("Inspected (m)"), lambda row: _metres(row.one.inspected_length), 112, right=True),
                Column(_("Surveyed (m)"), lambda row: _metres(row.match.length), 112, right=True),
                Column(
                    _("Findings"), lambda row: f"{len(row.one.observed):,}", 95, right=True, key=lambda row: len(row.one.observed)
                ),
                Column(
                    _("Confidence"),
                    lambda row: f"{row.match.confidence:.0%}",
                    100,
                    right=True,
                    key=lambda row: row.match.confidence,
                ),
                Column(_("In the survey"), lambda row: _("updated") if row.known else _("new"), 105),
                Column(_("Reason"), lambda row: row.match.reason, 180),
            ],
            name=_("Inspections"),
        )
        made.chosen.connect(self._choose)
        return made

    def _make_problems(self) -> RecordTable[Problem]:
        return RecordTable(
            self._session,
            [
                Column(_("Severity"), lambda one: _(_SEVERITIES[one.severity]), 80),
                Column(_("Where"), lambda one: one.where, 200),
                Column(_("Problem"), lambda one: one.message, 600),
            ],
            name=_("Problems"),
            quiet=lambda one: one.severity == "info",
        )

    def _box(self, words: str) -> QLineEdit:
        made = QLineEdit()
        made.setPlaceholderText(words)
        made.setAccessibleName(words)
        made.setMaximumWidth(150)
        made.returnPressed.connect(self.match_typed)
        return made

    def _lay_out(self) -> None:
        top, bar, foot = QHBoxLayout(), QHBoxLayout(), QHBoxLayout()
        top.addWidget(self.sums)
        top.addStretch(1)
        if self._paths:
            top.addWidget(self.folder)
            top.addWidget(button(_("Folder of photos and videos"), self.choose_folder, icon_name="folder-open"))
        bar.addWidget(label(_("Match of the selected inspection:"), "quiet"))
        for part in (
            self.accept_button,
            self.none_button,
            self.map_button,
            self.pipe,
            self.from_node,
            self.to_node,
            self.match_button,
        ):
            bar.addWidget(part)
        bar.addStretch(1)
        foot.addWidget(
            label(_("Inspections without a match are kept and listed as problems; they can be matched later."), "quiet"), 1
        )
        foot.addWidget(button(_("Cancel"), self.reject))
        foot.addWidget(self.store_button)
        split = QSplitter(Qt.Orientation.Vertical)
        split.addWidget(self.table)
        split.addWidget(self.problems)
        split.setSizes([460, 180])
        split.setChildrenCollapsible(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 12, 12, 12)
        column.setSpacing(8)
        column.addLayout(top)
        column.addWidget(split, 1)
        column.addLayout(bar)
        column.addLayout(foot)

    # -- reading ----------------------------------------------------------------------------------------------------

    def read(self) -> None:
        """Read and match the files on another thread."""
        survey, paths, photos = self._session.survey, self._paths, self._photos
        if survey is None:
            return

        def work(progress: Progress) -> InspectionPlan:
            if not paths:
                return plan_stored(survey, progress=progress)
            return plan_inspections(survey, paths, photos=photos, progress=progress)

        self._work(work, _("Reading inspections"))

    def choose_folder(self) -> None:
        """Ask where the photos and videos are, and look there."""
        name = QFileDialog.getExistingDirectory(self, _("Folder of photos and videos"), str(self._paths[0].parent))
        if name:
            self._photos = Path(name)
            self.read()

    def _work(self, make: Callable[[Progress], InspectionPlan], words: str) -> None:
        self.is_busy = True
        self._enable()
        self._session.run(lambda progress: _seen(make(progress)), words, self._show, self._failed)

    def _show(self, seen: _Seen) -> None:
        if self._is_over:
            return
        self.is_busy = False
        self.plan = seen.plan
        self.table.show_records(seen.rows)
        self.problems.show_records(seen.problems)
        words = _("Inspections: {n}; matched: {matched}; not matched: {unmatched}; findings: {findings}")
        counts = {"n": len(seen.rows), "matched": seen.plan.matched, "unmatched": seen.plan.unmatched}
        self.sums.setText(words.format(**counts, findings=seen.plan.delivery.finding_count))
        folder = seen.plan.media.folder
        self.folder.setText(folder.name if folder is not None else "")
        if self._current is not None and self._current.number < len(seen.rows):
            self._current = seen.rows[self._current.number]
        self._enable()

    def _failed(self, error: Exception) -> None:
        if self._is_over:
            return
        self.is_busy = False
        self._enable()
        self._session.complain(error)
        if self.plan is None:
            self.reject()

    # -- matching ---------------------------------------------------------------------------------------------------

    def _choose(self, row: Row) -> None:
        self._current = row
        self._enable()
        if row.match.legs:
            self._session.select(Selection.of(nodes=[], pipes=[leg.pipe for leg in row.match.legs]), fly=True)
        elif row.match.start >= 0:
            self._session.select(Selection.of(nodes=[row.match.start], pipes=[]), fly=True)

    def accept_proposal(self) -> None:
        """Take what was proposed."""
        if self._current is not None and self._current.match.found:
            self._change(replace(self._current.match, confidence=1.0, reasons=("by-hand",)))

    def match_nothing(self) -> None:
        """Keep the inspection without a pipe."""
        if self._current is not None:
            self._change(Match(reasons=("not-matched",)))

    def match_typed(self) -> None:
        """Match to the pipe, or the nodes at both ends, that were typed."""
        texts = {"pipe": self.pipe.text().strip(), "start": self.from_node.text().strip(), "end": self.to_node.text().strip()}
        self._match(**texts)

    def match_selected(self) -> None:
        """Match to the pipe that is selected on the map."""
        chosen = self._session.selection.pipes
        if self.plan is None or len(chosen) != 1:
            self._session.complain(EditError(_("Select one pipe on the map."), _("Click it there, then press this again.")))
            return
        self._match(pipe=f"#{int(self.plan.network.pipe_fid[chosen[0]])}", start=self.from_node.text().strip())

    def _match(self, *, pipe: str = "", start: str = "", end: str = "") -> None:
        plan, row = self.plan, self._current
        if plan is None or row is None or self.is_busy:
            return
        self._work(
            lambda _progress: plan.with_match(row.number, match_named(plan.network, row.one, pipe=pipe, start=start, end=end)),
            _("Matching inspections"),
        )

    def _change(self, match: Match) -> None:
        plan, row = self.plan, self._current
        if plan is not None and row is not None and not self.is_busy:
            self._work(lambda _progress: plan.with_match(row.number, match), _("Matching inspections"))

    # -- storing ----------------------------------------------------------------------------------------------------

    def store(self) -> None:
        """Store everything as one Change, taken back with one Undo."""
        survey, plan = self._session.survey, self.plan
        if survey is None or plan is None or self.is_busy:
            return
        author = str(self._session.settings.value("author"))
        self.is_busy = True
        self._enable()

        def work(progress: Progress) -> str:
            if not self._paths:
                count = store_matches(survey, plan, author=author, progress=progress)
                return _("Matched inspections: {n}").format(n=count)
            done = store_inspection_plan(survey, plan, author=author, progress=progress)
            return _("Stored inspections: {n}, findings: {findings}").format(n=len(done.kept), findings=done.findings)

        self._session.run(work, _("Storing inspections"), self._stored, self._failed)

    def _stored(self, words: str) -> None:
        self._session.refresh()
        self._session.say(words)
        if not self._is_over:
            self.accept()

    def _enable(self) -> None:
        ready = self.plan is not None and not self.is_busy and can_write(self._session)
        self.store_button.setEnabled(ready)
        chosen = ready and self._current is not None
        for part in (self.none_button, self.map_button, self.match_button, self.pipe, self.from_node, self.to_node):
            part.setEnabled(chosen)
        self.accept_button.setEnabled(
            chosen and self._current is not None and self._current.match.found and not self._current.match.accepted
        )

    def _end(self) -> None:
        self._is_over = True


def _seen(plan: InspectionPlan) -> _Seen:
    network = plan.network
    rows = []
    for number, (one, match, fid) in enumerate(zip(plan.delivery.inspections, plan.matches, plan.stored, strict=True)):
        pipes = ", ".join(str(network.pipe_ids[leg.pipe]) for leg in match.legs[:5]) + (" …" if len(match.legs) > 5 else "")  # noqa: PLR2004 -- as many as one reads
        node = str(network.node_ids[match.start]) if match.start >= 0 and not match.legs else ""
        rows.append(Row(number, one, match, pipes or node, fid is not None))
    return _Seen(plan, rows, sort_worst_first(plan.problems))


def _icon(row: Row) -> QIcon:
    name, token = ("check-circle", "accent") if row.match.accepted else ("warning", "warning")
    return icon(name, tint=token, active=token, on=token)


def _way(row: Row) -> str:
    """Say whether the camera went as the pipe was digitised."""
    if not row.match.legs:
        return ""
    return (
        _("reversed")
        if row.match.reversed
        else _("as digitised")
        if all(leg.forward for leg in row.match.legs)
        else _("both ways")
    )


def _metres(length: float | None) -> str:
    return "" if length is None or length != length else f"{length:.1f}"  # noqa: PLR0124 -- NaN
