"""The pages of one delivery: its tables, where it lies, what is odd, and what is written down of it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog, QSplitter, QTabWidget, QVBoxLayout, QWidget

from pipemap.errors import PipemapError, SettingsError, SurveyDataError
from pipemap.gui.comparison_page import ComparisonPage
from pipemap.gui.icons import icon
from pipemap.gui.import_details import DetailsPage
from pipemap.gui.import_drafts import PROFILE, Choices, Draft, Reading
from pipemap.gui.import_grid import SampleGrid
from pipemap.gui.import_place import PlacePage, doubts
from pipemap.gui.import_plan import Drawing, ImportPlan
from pipemap.gui.import_problems import ProblemsPage
from pipemap.gui.import_tables import TablesPage
from pipemap.gui.parts import EmptyState
from pipemap.model.comparison import Comparison, Decisions
from pipemap.model.problem import Problem
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.formats.registry import Unreadable
    from pipemap.gui.session import Session

_JSON = "JSON (*.json)"


class ImportPages(QTabWidget):
    """Shows one draft; whatever is changed on a page is told as other choices of it."""

    chosen = Signal(object)
    """:class:`Choices` of the draft shown."""
    decided = Signal()
    """Something was chosen of what the survey has already."""
    named = Signal()
    """Something was written down of its batch."""

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self._session = session
        self._draft: Draft | None = None
        self.tables = TablesPage()
        self.place = PlacePage(session)
        self.problems = ProblemsPage(session)
        self.details = DetailsPage()
        self.comparison = ComparisonPage()
        self.row_grid = SampleGrid()
        self.row_plan = ImportPlan()
        self._problem_page = self._make_problem_page()
        self._kept = (self.tables, self.place, self._problem_page, self.details, self.comparison)
        for page in self._kept:
            page.hide()
        self._connect()

    def _connect(self) -> None:
        self.tables.corrected.connect(self._correct)
        self.tables.profile_chosen.connect(lambda name: self._choose(profile=name))
        self.tables.afresh_wanted.connect(lambda: self._choose(corrections={}))
        self.tables.mapping_wanted.connect(self.use_mapping)
        self.tables.saving_wanted.connect(self.save_mapping)
        self.place.crs_chosen.connect(lambda crs, swapped: self._choose(crs=crs, swap_axes=swapped))
        self.problems.chosen.connect(self._show_problem)
        self.details.chosen.connect(self.chosen)
        self.details.named.connect(self.named)
        self.comparison.decided.connect(self._decide)

    def _make_problem_page(self) -> QWidget:
        below = QSplitter(Qt.Orientation.Horizontal)
        self.row_plan.plot.setMinimumHeight(120)
        self.row_grid.asked.connect(lambda _column, _corner, _width: self.setCurrentWidget(self.tables))
        for part in (self.row_grid, self.row_plan):
            below.addWidget(part)
        below.setSizes([620, 380])
        below.setChildrenCollapsible(False)
        split = QSplitter(Qt.Orientation.Vertical)
        split.addWidget(self.problems)
        split.addWidget(below)
        split.setSizes([380, 240])
        split.setChildrenCollapsible(False)
        page = QWidget(self)
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(split)
        return page

    # -- showing ----------------------------------------------------------------------------------------------------

    def show_draft(self, draft: Draft | None, survey: Drawing | None, unreadable: Unreadable | None) -> None:
        """Show a delivery; without one, why there is none."""
        self._draft = draft
        reading = draft.reading if draft is not None else None
        if draft is None or reading is None:
            self._show_empty(draft, unreadable)
            return
        self.tables.show_reading(reading)
        self.place.show_reading(reading, survey)
        self.row_plan.show_drawings([reading.drawing] if reading.drawing is not None else [], None)
        self.problems.show_problems(reading.problems)
        self.details.show_draft(draft)
        self._show_row_table(reading, None)
        wrong = doubts(reading)[0] or (reading.delivery is not None and not reading.delivery.crs and bool(reading.candidates))
        titles = [_("Tables"), _("Place"), problems_title(reading.problems), _("Batch and reading")]
        compared = draft.plan.comparison if draft.plan is not None and draft.plan.meets_any else None
        if compared is not None:
            titles.append(comparison_title(compared))
            self.comparison.show_comparison(compared, draft.decisions)
        self._show_pages([*zip(self._kept, titles, strict=False)])
        if compared is not None:
            self._mark_conflicts(self.count() - 1, compared)
        self.setTabIcon(
            1, icon("warning", tint="warning", active="warning", on="warning") if wrong else icon("map-trifold", tint="text_2")
        )

    def _mark_conflicts(self, place: int, compared: Comparison) -> None:
        tint = "warning" if compared.count("conflict") else "text_2"
        self.setTabIcon(place, icon("git-diff", tint=tint, active=tint, on=tint))

    def show_comparison_page(self) -> None:
        """Bring what the survey has already to the front."""
        place = self.indexOf(self.comparison)
        if place >= 0:
            self.setCurrentIndex(place)

    def _decide(self, decisions: Decisions) -> None:
        if self._draft is not None:
            self._draft.decisions = decisions
            self.decided.emit()

    def show_problem_page(self) -> None:
        """Bring the problems to the front."""
        place = self.indexOf(self._problem_page)
        if place >= 0:
            self.setCurrentIndex(place)

    def _show_empty(self, draft: Draft | None, unreadable: Unreadable | None) -> None:
        if unreadable is not None:
            error = unreadable.error
            page = EmptyState("file-x", error.message, error.hint or _("The other files are read without it."))
        elif draft is not None:
            page = EmptyState("hourglass", _("Reading the files"), _("What was understood of them is shown here."))
        else:
            page = EmptyState("download-simple", _("No files yet"), _("What was understood of them is shown here."))
        self._show_pages([(page, _("Preview"))])

    def _show_pages(self, pages: list[tuple[QWidget, str]]) -> None:
        if [self.widget(place) for place in range(self.count())] == [page for page, _title in pages]:
            for place, (_page, title) in enumerate(pages):
                self.setTabText(place, title)
            return
        place = max(0, self.currentIndex())
        while self.count():
            page = self.widget(0)
            self.removeTab(0)
            if page is not None and page not in self._kept:
                page.deleteLater()
        for page, title in pages:
            self.addTab(page, title)
        self.setCurrentIndex(min(place, self.count() - 1))

    def _show_problem(self, problem: Problem) -> None:
        """Show the row as written, and the place on the plan."""
        reading = self._draft.reading if self._draft is not None else None
        if reading is None:
            return
        self._show_row_table(reading, problem)
        self.tables.show_row(problem.where)
        if problem.x is not None and problem.y is not None:
            self.row_plan.mark(problem.x, problem.y)

    def _show_row_table(self, reading: Reading, problem: Problem | None) -> None:
        tables = [table for table in reading.tables if table.sample]
        self.row_grid.setVisible(bool(tables))
        where = problem.where if problem is not None else ""
        named = next((table for table in tables if table.row_named(where) is not None), None)
        table = named or next((table for table in tables if table.name == where), None) or next(iter(tables), None)
        if table is None:
            return
        self.row_grid.show_table(table)
        number = table.row_named(where)
        if number is None or not self.row_grid.show_row(number):
            self.row_grid.clearSelection()

    # -- choosing ---------------------------------------------------------------------------------------------------

    def _choose(self, **changes: object) -> None:
        if self._draft is not None:
            choices: Choices = replace(self._draft.choices, **changes)  # type: ignore[arg-type]
            self.chosen.emit(choices)

    def _correct(self, table: str, column: str, value: object) -> None:
        if self._draft is not None:
            self.chosen.emit(self._draft.choices.corrected(table, column, value))

    def use_mapping(self, path: Path | None = None) -> None:
        """Take corrections and codes from a mapping file instead of those made here."""
        if path is None:
            name, _kind = QFileDialog.getOpenFileName(self, _("Choose a mapping of columns"), "", _JSON)
            if not name:
                return
            path = Path(name)
        try:
            profile, corrections = read_corrections(path)
        except PipemapError as error:
            self._session.complain(error)
            return
        self._choose(profile=profile, corrections=corrections)

    def save_mapping(self, path: Path | None = None) -> None:
        """Write what is understood now as a mapping file, to be used again here or with ``--mapping``."""
        from pipemap.jobs import starting_mapping, write_mapping

        reading = self._draft.reading if self._draft is not None else None
        if reading is None or self._draft is None:
            return
        if path is None:
            name, _kind = QFileDialog.getSaveFileName(self, _("Save the mapping"), f"{self._draft.name}.mapping.json", _JSON)
            if not name:
                return
            path = Path(name) if Path(name).suffix else Path(name).with_suffix(".json")
        codes = {PROFILE: reading.choices.profile} if reading.choices.profile else {}
        try:
            write_mapping({**codes, **with_corrections(starting_mapping(reading.tables), reading.choices)}, path)
        except PipemapError as error:
            self._session.complain(error)
            return
        self._session.say(_("Saved {file}").format(file=path.name))


def with_corrections(mapping: dict[str, object], choices: Choices) -> dict[str, object]:
    """Add what a person said beside the fields, such as where headers end."""
    said: dict[str, object] = {}
    for table in (*mapping, *(name for name in choices.corrections if name not in mapping)):
        columns = mapping.get(table, {})
        said[table] = {**(columns if isinstance(columns, dict) else {}), **choices.corrections.get(table, {})}
    return said


def read_corrections(path: Path) -> tuple[str, dict[str, dict[str, object]]]:
    """Return profile and corrections of a mapping file.

    Raises
    ------
    SurveyFileError
        It is no mapping.
    SurveyDataError
        It names fields or kinds that do not exist.
    SettingsError
        It names a city that does not ship with the program: its codes lie in a file beside the mapping.
    """
    from pipemap.catalog import profiles
    from pipemap.formats.survey_tables import read_mapping

    mapping = read_mapping(path)
    if mapping.profile is not None and mapping.profile.name not in profiles():
        raise SettingsError(
            _("The mapping {file} uses codes of “{name}”, which do not ship with the program.").format(
                file=path.name, name=mapping.profile.name
            ),
            _("Use it on the command line: pipemap import --mapping {file}.").format(file=path.name),
        )
    read = json.loads(path.read_text(encoding="utf-8-sig"))
    if not isinstance(read, dict):
        raise SurveyDataError(_("The mapping {file} has another shape than expected.").format(file=path.name))
    tables = {table: dict(columns) for table, columns in read.items() if isinstance(columns, dict)}
    return (mapping.profile.name if mapping.profile is not None else ""), tables


def comparison_title(compared: Comparison) -> str:
    """Conflicts are counted; else what changed."""
    conflicts = compared.count("conflict")
    if conflicts:
        return _("Comparison ({n} in conflict)").format(n=f"{conflicts:,}")
    return _("Comparison")


def problems_title(problems: tuple[Problem, ...]) -> str:
    """What has to be looked at is counted; remarks are where there is nothing else."""
    wrong = sum(problem.severity != "info" for problem in problems)
    if wrong or not problems:
        return _("Problems ({n})").format(n=f"{wrong:,}")
    return _("Remarks ({n})").format(n=f"{len(problems):,}")
