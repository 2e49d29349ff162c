"""Inspected sections, the most urgent first, with what hangs on each; beside them the way to every number of the chosen one."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QIcon, QShowEvent
from PySide6.QtWidgets import QSplitter, QStackedLayout, QVBoxLayout, QWidget

from pipemap.gui.findings import GRADE_COLOURS, findings_of
from pipemap.gui.parts import EmptyState, Offer, button, label
from pipemap.gui.record_table import Column, RecordTable
from pipemap.gui.session import Selection
from pipemap.gui.swatches import swatch
from pipemap.jobs.condition import Condition, SectionCondition, condition
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.analysis.condition import Rating, Step
    from pipemap.gui.session import Session
    from pipemap.progress import Progress

_EMPTY = Condition(())


class ConditionTable(QWidget):
    """Rates the sections while it is seen, and again after each change."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session, self._findings = session, findings_of(session)
        self._is_stale, self._is_busy = True, False
        self.current: SectionCondition | None = None
        self.sections = self._make_sections()
        self.steps = self._make_steps()
        self.title = label("", "strong", wrap=True)
        self.notes = label("", "quiet", wrap=True)
        map_button = button(_("On the map"), self._colour_map, icon_name="palette")
        self.sections.bar.insertWidget(1, map_button)
        self._pages = QStackedLayout(self)
        words = _("Sections are rated by CJJ 181 once they are inspected or a defect is found in them.")
        offer = Offer(_("New inspection"), partial(_new_inspection, session, self))
        self._pages.addWidget(EmptyState("heartbeat", _("Nothing was inspected yet"), words, offer))
        self._pages.addWidget(self._lay_out())
        for told in (self._findings.changed, session.network_changed, session.records_changed):
            told.connect(self._outdate)

    def _make_sections(self) -> RecordTable[SectionCondition]:
        made: RecordTable[SectionCondition] = RecordTable(
            self._session,
            [
                Column(_("Section"), lambda one: one.section, 150, icon=_icon),
                Column("F", lambda one: _value(one.structural), 55, right=True, key=lambda one: _number(one.structural)),
                Column("RI", lambda one: index_words(one.structural), 60, right=True, key=lambda one: _index(one.structural)),
                Column(_("Repair grade"), lambda one: _grade(one.structural), 115),
                Column("G", lambda one: _value(one.functional), 55, right=True, key=lambda one: _number(one.functional)),
                Column("MI", lambda one: index_words(one.functional), 60, right=True, key=lambda one: _index(one.functional)),
                Column(_("Maintenance grade"), lambda one: _grade(one.functional), 160),
                Column(_("Defects"), lambda one: str(len(one.findings)), 80, right=True, key=lambda one: len(one.findings)),
                Column(_("Customers"), lambda one: f"{one.customers:,}", 90, right=True, key=lambda one: one.customers),
                Column(_("Depth (m)"), lambda one: _metres(one.depth), 85, right=True, key=lambda one: one.depth or 0.0),
                Column(_("Road"), lambda one: one.road, 130),
                Column(_("Length (m)"), lambda one: _metres(one.length), 90, right=True, key=lambda one: one.length or 0.0),
            ],
            name=_("Condition of sections"),
        )
        made.chosen.connect(partial(self.choose, fly=False))
        made.activated.connect(partial(self.choose, fly=True))
        return made

    def _make_steps(self) -> RecordTable[Step]:
        made: RecordTable[Step] = RecordTable(
            self._session,
            [
                Column(_("Number"), lambda step: step.name, 70),
                Column(_("Value"), lambda step: _told(step.value), 70, right=True),
                Column(_("Inserted"), lambda step: step.inserted, 210),
                Column(_("Findings"), lambda step: ", ".join(f"#{one}" for one in step.findings), 100),
                Column(_("Formula"), lambda step: step.formula, 200),
                Column(_("Remark"), lambda step: step.note, 260),
            ],
            name=_("How each number came about"),
        )
        made.chosen.connect(self._open_findings)
        return made

    def _lay_out(self) -> QWidget:
        beside = QWidget()
        column = QVBoxLayout(beside)
        column.setContentsMargins(8, 6, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.title)
        column.addWidget(self.notes)
        column.addWidget(self.steps, 1)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(self.sections)
        split.addWidget(beside)
        split.setStretchFactor(0, 3)
        split.setStretchFactor(1, 2)
        split.setChildrenCollapsible(False)
        return split

    # -- what it shows -------------------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        """Rate what changed while nobody looked."""
        super().showEvent(event)
        self._rate()

    def _outdate(self) -> None:
        self._is_stale = True
        if self.isVisible():
            self._rate()

    def _rate(self) -> None:
        session, survey = self._session, self._session.survey
        if not self._is_stale or self._is_busy:
            return
        self._is_stale = False
        if survey is None or session.network is None:
            self._show(_EMPTY)
            return
        self._is_busy = True
        session.mark_busy("condition")

        def done(found: Condition) -> None:
            self._end()
            if survey is session.survey:
                self._show(found)

        def failed(error: Exception) -> None:
            self._end()
            session.complain(error)

        def work(progress: Progress) -> Condition:
            return condition(survey, progress=progress)

        session.run(work, _("Rating sections"), done, failed)

    def _end(self) -> None:
        self._is_busy = False
        self._session.mark_ready("condition")
        if self._is_stale and self.isVisible():
            self._rate()

    def _show(self, found: Condition) -> None:
        self.sections.show_records(found.sections)
        self._pages.setCurrentIndex(1 if found.sections else 0)
        name = self.current.section if self.current is not None else ""
        self._explain(next((one for one in found.sections if one.section == name), None))

    def _explain(self, one: SectionCondition | None) -> None:
        self.current = one
        if one is None:
            self.title.setText(_("Click a section to see how each of its numbers came about."))
            self.notes.setText("")
            self.steps.show_records(())
            return
        self.title.setText(_("Section {id}").format(id=one.section))
        self.notes.setText(" ".join(one.notes))
        self.notes.setVisible(bool(one.notes))
        self.steps.show_records([step for rating in (one.structural, one.functional) if rating for step in rating.steps])

    # -- what a person does --------------------------------------------------------------------------------------------

    def choose(self, one: SectionCondition, *, fly: bool) -> None:
        """Show where a section lies, and how its numbers came about."""
        self._explain(one)
        self._session.select(Selection.of(nodes=[], pipes=list(one.run.pipes)), fly=fly)

    def _open_findings(self, step: Step) -> None:
        """Open the first finding that a number is made of."""
        found = next((one for one in self._findings.stored if one.fid in step.findings), None)
        if found is not None:
            self._findings.show(found, fly=False)

    def _colour_map(self) -> None:
        from dataclasses import replace

        from pipemap.gui.condition_colours import CONDITION

        self._session.set_look(replace(self._session.look, colour_by=CONDITION))


def _new_inspection(session: Session, panel: QWidget) -> None:
    from pipemap.gui.inspection_form import show_form

    show_form(session, panel.window())


def index_words(rating: Rating | None) -> str:
    """RI or MI; of a quick view the preliminary grade alone."""
    if rating is None:
        return "–"
    return f"({rating.grade.grade})" if rating.index is None else f"{rating.index:.2f}"


def _index(rating: Rating | None) -> float:
    return -1.0 if rating is None else rating.value if rating.index is None else rating.index


def _value(rating: Rating | None) -> str:
    return "–" if rating is None else f"{rating.value:.2f}"


def _number(rating: Rating | None) -> float:
    return -1.0 if rating is None else rating.value


def _grade(rating: Rating | None) -> str:
    grade = None if rating is None else rating.index_grade or rating.grade
    return "–" if grade is None else f"{grade.grade}"


def _metres(length: float | None) -> str:
    return "" if length is None else f"{length:.1f}"


def _told(value: object) -> str:
    return "" if value is None else f"{value:.3g}" if isinstance(value, float) else str(value)


def _icon(one: SectionCondition) -> QIcon:
    return QIcon(swatch(GRADE_COLOURS.get(int(one.urgency[0]), "#9FB1BD")))
