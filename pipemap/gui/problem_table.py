"""What is wrong with the data, ranked by what solving it would change; a click selects the element and flies there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, overload

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QComboBox, QMenu, QSizePolicy, QSplitter, QStackedLayout, QToolButton, QWidget

from pipemap.errors import AmbiguousElementError, PipemapError
from pipemap.gui.icons import icon
from pipemap.gui.parts import EmptyState, Offer, tool_button
from pipemap.gui.problem_detail import ProblemDetail
from pipemap.gui.problem_groups import ProblemGroups
from pipemap.gui.record_table import Column, RecordTable
from pipemap.gui.session import Selection
from pipemap.gui.severities import SEVERITY_TEXTS, severity_icon
from pipemap.model.problem import SEVERITIES
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PySide6.QtGui import QResizeEvent

    from pipemap.gui.session import Session
    from pipemap.store import StoredProblem, StoredProblems

_SEVERITY, _ELEMENT, _MESSAGE, _EFFECT = range(4)
_NARROW = 1000
"""Pixels of the panel below which columns are left out."""
STATUS_TEXTS = {"open": N_("Still open"), "ignored": N_("Ignored"), "solved": N_("Solved"), "": N_("All")}


class Part(Sequence["StoredProblem"]):
    """Some of the problems of a list, made when they are looked at."""

    def __init__(self, problems: StoredProblems, places: NDArray[np.int64]) -> None:
        self._problems, self._places = problems, places

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, place: int) -> StoredProblem: ...
    @overload
    def __getitem__(self, place: slice) -> list[StoredProblem]: ...
    def __getitem__(self, place: int | slice) -> StoredProblem | list[StoredProblem]:
        if isinstance(place, slice):
            return [self._problems[int(at)] for at in self._places[place]]
        return self._problems[int(self._places[place])]


class ProblemTable(QWidget):
    """Every problem of the survey: groups, list, and what can be done about the one that is chosen."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.groups, self.detail = ProblemGroups(session), ProblemDetail(session)
        self.table: RecordTable[StoredProblem] = RecordTable(
            session,
            _columns(),
            name=_("Problems"),
            quiet=lambda one: one.problem.severity == "info" or one.status != "open",
        )
        self.table.view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.table.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        header = self.table.view.horizontalHeader()
        for place in (_MESSAGE, _EFFECT):
            header.setSectionResizeMode(place, header.ResizeMode.Stretch)
        across = self.table.view.horizontalScrollBar()
        across.valueChanged.connect(
            lambda _value: across.setValue(0)
        )  # a click scrolls to the cell, and there is no bar to go back
        self.table.chosen.connect(lambda problem: self._show_element(problem, fly=True))
        self.table.activated.connect(lambda problem: self._show_element(problem, fly=True))
        self._make_bar()
        self._parts = QSplitter(Qt.Orientation.Horizontal)
        for part, stretch in ((self.groups, 0), (self.table, 1), (self.detail, 0)):
            self._parts.addWidget(part)
            self._parts.setStretchFactor(self._parts.count() - 1, stretch)
        self._parts.setSizes([200, 600, 300])
        self._pages = QStackedLayout(self)
        words = _("What import and checks find wrong with the data is listed here, ranked by what solving it would change.")
        self._pages.addWidget(
            EmptyState("check-circle", _("No problem is known"), words, Offer(_("Check the data"), self._check_all))
        )
        self._pages.addWidget(self._parts)
        self.groups.chosen.connect(self._list)
        self.table.model.modelReset.connect(self._choose)
        self.table.view.selectionModel().selectionChanged.connect(lambda _one, _other: self._choose())
        session.checks.changed.connect(self._show)
        self._show()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where there is little room, leave out what the icon and the side say too."""
        super().resizeEvent(event)
        narrow = event.size().width() < _NARROW
        for place in (_SEVERITY, _EFFECT):
            self.table.view.setColumnHidden(place, narrow)
        self.table.view.setColumnWidth(_ELEMENT, 112 if narrow else 140)
        style = Qt.ToolButtonStyle
        self.start.setToolButtonStyle(style.ToolButtonIconOnly if narrow else style.ToolButtonTextBesideIcon)

    # -- the bar -------------------------------------------------------------------------------------------------------

    def _make_bar(self) -> None:
        self.status = QComboBox()
        self.status.setAccessibleName(_("Which problems"))
        self.status.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        for name, title in STATUS_TEXTS.items():
            self.status.addItem(_(title), name)
        self.status.currentIndexChanged.connect(self._show)
        run = self.start = QToolButton()
        run.setText(_("Run checks"))
        run.setIcon(icon("checks"))
        run.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        run.setPopupMode(QToolButton.ToolButtonPopupMode.MenuButtonPopup)
        run.setToolTip(_("Run all checks; the arrow checks only what is selected, or the area that was drawn."))
        run.clicked.connect(self._check_all)
        menu = QMenu(run)
        menu.addAction(_("Everything"), self._check_all)
        menu.addAction(_("What is selected"), self._check_selection)
        menu.addAction(_("The area drawn on the map"), self._check_area)
        run.setMenu(menu)
        bar = self.table.bar
        bar.insertWidget(0, run)
        bar.insertWidget(1, tool_button("sliders-horizontal", _("Limits of the checks"), self._show_limits))
        bar.insertWidget(2, self.status)

    def _check_all(self) -> None:
        from pipemap.gui.check_actions import check_all

        check_all(self._session)

    def _check_selection(self) -> None:
        from pipemap.gui.check_actions import check_selection

        check_selection(self._session)

    def _check_area(self) -> None:
        from pipemap.gui.check_actions import check_area

        check_area(self._session)

    def _show_limits(self) -> None:
        from pipemap.gui.check_limits import show_limits

        show_limits(self._session, self)

    # -- the list ------------------------------------------------------------------------------------------------------

    def _show(self) -> None:
        problems = self._session.checks.problems
        wanted = self.status.currentData()
        kept = np.empty(0, dtype=np.int64)
        if problems is not None:
            kept = np.flatnonzero((problems.statuses == wanted) if wanted else np.ones(len(problems), dtype=np.bool_))
        self.groups.show_problems(problems, kept)
        self._list()
        self._pages.setCurrentIndex(1 if problems is not None and len(problems) else 0)

    def _list(self) -> None:
        problems = self._session.checks.problems
        self.table.show_records(() if problems is None else Part(problems, self.groups.rows()))

    def _choose(self) -> None:
        """Show what is said of the rows that are selected."""
        rows = sorted(index.row() for index in self.table.view.selectionModel().selectedRows())
        chosen = [self.table.model.records[int(self.table.model.rows[row])] for row in rows[:2000]]
        rules = {one.problem.rule for one in chosen}
        self.detail.show_problems(chosen, self._alike(rules.pop()) if len(rules) == 1 else [])

    def _alike(self, rule: str) -> Sequence[StoredProblem]:
        """All open problems of a check."""
        problems = self._session.checks.problems
        if problems is None:
            return []
        return Part(problems, np.flatnonzero((problems.rules == rule) & (problems.statuses == "open")))

    def _show_element(self, stored: StoredProblem, *, fly: bool) -> None:
        """Select what a problem is about: the element itself where its key is known, else all that have its id."""
        network, problem = self._session.network, stored.problem
        if network is None or not problem.layer or not (problem.element or stored.element_fid):
            return
        try:
            name = f"#{stored.element_fid}" if stored.element_fid is not None else problem.element
            element = network.element(f"{problem.layer}:{name}")
        except AmbiguousElementError:
            rows = (network.node_ids if problem.layer == "node" else network.pipe_ids).rows(problem.element)
            chosen = Selection.of(nodes=rows) if problem.layer == "node" else Selection.of(pipes=rows)
            self._session.select(chosen, fly=fly)
        except PipemapError:
            self._session.say(_("{id} is not in the survey").format(id=problem.element))
        else:
            self._session.select_element(element.layer, element.row, fly=fly)


def _columns() -> list[Column[StoredProblem]]:
    return [
        Column(
            _("Severity"),
            lambda one: _(SEVERITY_TEXTS[one.problem.severity]),
            86,
            key=lambda one: SEVERITIES.index(one.problem.severity),
        ),
        Column(_("Element"), lambda one: one.problem.element, 140, icon=lambda one: severity_icon(one.problem.severity)),
        Column(_("What is wrong"), lambda one: one.problem.message, 360),
        Column(
            _("What solving it changes"),
            lambda one: one.problem.effect.message if one.problem.effect is not None else "",
            300,
            key=lambda one: -one.problem.effect.weight if one.problem.effect is not None else 0.0,
        ),
    ]
