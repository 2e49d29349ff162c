"""Everything odd in a delivery, grouped by what is wrong; a click shows the row as written and its place on the plan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QStackedLayout,
    QToolButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from pipemap.gui.exporting import ask_for_table, write_table
from pipemap.gui.parts import EmptyState, label, tool_button
from pipemap.gui.severities import SEVERITY_TEXTS, severity_icon
from pipemap.model.problem import SEVERITIES, Problem, sort_worst_first
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.gui.session import Session
    from pipemap.progress import Progress

_PROBLEM = Qt.ItemDataRole.UserRole
_ALONE = 1


class ProblemsPage(QWidget):
    """The list with its filters and export; below it, what a problem is about, which the workbench puts there."""

    chosen = Signal(object)
    """The :class:`Problem` that was clicked."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._problems: list[Problem] = []
        self._groups: dict[str, list[Problem]] = {}
        self.filter = QLineEdit()
        self.filter.setPlaceholderText(_("Filter"))
        self.filter.setAccessibleName(_("Filter"))
        self.filter.setClearButtonEnabled(True)
        self.filter.setMaximumWidth(240)
        self.filter.textChanged.connect(lambda _text: self._fill())
        self.severities = {severity: _toggle(severity, self._fill) for severity in SEVERITIES}
        self.count = label("", "quiet")
        self.tree = self._make_tree()
        self._lay_out()

    def _lay_out(self) -> None:
        bar = QHBoxLayout()
        bar.setContentsMargins(8, 4, 8, 4)
        bar.setSpacing(4)
        bar.addWidget(self.filter)
        for toggle in self.severities.values():
            bar.addWidget(toggle)
        bar.addStretch(1)
        bar.addWidget(self.count)
        bar.addWidget(tool_button("export", _("Export these rows as XLSX or CSV"), self.export_rows))
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(bar)
        column.addWidget(self.tree, 1)
        self._pages = QStackedLayout(self)
        words = _("Everything was understood as it stands.")
        self._pages.addWidget(EmptyState("check-circle", _("Nothing odd was found"), words))
        self._pages.addWidget(page)

    def _make_tree(self) -> QTreeWidget:
        made = QTreeWidget()
        made.setHeaderLabels([_("What is wrong"), _("Where"), _("Element"), _("Times")])
        made.setUniformRowHeights(True)
        made.setAccessibleName(_("Problems"))
        made.setAlternatingRowColors(True)
        made.headerItem().setTextAlignment(3, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        header = made.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for place, width in ((1, 150), (2, 110), (3, 64)):
            header.setSectionResizeMode(place, QHeaderView.ResizeMode.Interactive)
            header.resizeSection(place, width)
        made.itemExpanded.connect(_fill_group)
        made.currentItemChanged.connect(lambda item, _before: self._tell(item))
        return made

    def show_problems(self, problems: Sequence[Problem]) -> None:
        """Show the problems of another delivery; filters stay."""
        self._problems = sort_worst_first(problems)
        self._pages.setCurrentIndex(1 if self._problems else 0)
        found = Counter(problem.severity for problem in self._problems)
        for severity, toggle in self.severities.items():
            toggle.setText(f"{_(SEVERITY_TEXTS[severity])} {found[severity]:,}")
            toggle.setEnabled(bool(found[severity]))
        self._fill()

    def shown(self) -> list[Problem]:
        """Problems that pass the filters, worst first, grouped by rule."""
        return [problem for problems in self._groups.values() for problem in problems]

    def export_rows(self, path: Path | None = None) -> None:
        """Write the problems shown, in the order shown."""
        name = _("Problems")
        target = path or ask_for_table(self, _("Export rows"), name)
        if target is None:
            return
        headings = [_("Severity"), _("Rule"), _("Where"), _("Element"), _("What is wrong")]
        shown = self.shown()

        def write(progress: Progress) -> Path:
            from pipemap.jobs.tables import Sheet, write_sheets

            rows = ([_(SEVERITY_TEXTS[one.severity]), one.rule, one.where, one.element, one.message] for one in shown)
            return write_sheets([Sheet(name, headings, rows, len(shown))], target, progress=progress)

        write_table(self._session, write, target, rows=len(shown))

    def _fill(self) -> None:
        wanted = self.filter.text().casefold().strip()
        groups: dict[str, list[Problem]] = {}
        for problem in self._problems:
            if not self.severities[problem.severity].isChecked():
                continue
            if wanted and wanted not in f"{problem.where} {problem.element} {problem.message} {problem.rule}".casefold():
                continue
            groups.setdefault(f"{problem.severity} {problem.rule}", []).append(problem)
        self._groups = groups
        self.tree.clear()
        self.tree.addTopLevelItems([_group(problems) for problems in groups.values()])
        shown = sum(map(len, groups.values()))
        total = len(self._problems)
        self.count.setText(f"{shown:,}" if shown == total else _("{n} of {total}").format(n=f"{shown:,}", total=f"{total:,}"))

    def _tell(self, item: QTreeWidgetItem | None) -> None:
        problem = item.data(0, _PROBLEM) if item is not None else None
        if isinstance(problem, list):
            problem = problem[0]
        if problem is not None:
            self.chosen.emit(problem)


def _toggle(severity: str, on_change: Callable[[], None]) -> QToolButton:
    made = QToolButton()
    made.setCheckable(True)
    made.setChecked(True)
    made.setIcon(severity_icon(severity))  # type: ignore[arg-type]
    made.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    made.setToolTip(_("Show or hide them"))
    made.toggled.connect(lambda _on: on_change())
    return made


def _group(problems: list[Problem]) -> QTreeWidgetItem:
    """One line for problems of a rule; a single one stands for itself."""
    first = problems[0]
    item = _line(first)
    if len(problems) > _ALONE:
        item.setText(1, _("{n} places").format(n=f"{len(problems):,}"))
        item.setText(2, "")
        item.setText(3, f"{len(problems):,}")
        item.setData(0, _PROBLEM, problems)
        item.setChildIndicatorPolicy(QTreeWidgetItem.ChildIndicatorPolicy.ShowIndicator)
    item.setIcon(0, severity_icon(first.severity))
    return item


def _fill_group(item: QTreeWidgetItem) -> None:
    """Add the lines of a group when it is first opened."""
    problems = item.data(0, _PROBLEM)
    if isinstance(problems, list) and not item.childCount():
        item.addChildren([_line(problem) for problem in problems])


def _line(problem: Problem) -> QTreeWidgetItem:
    item = QTreeWidgetItem([problem.message, problem.where, problem.element, ""])
    item.setToolTip(0, problem.message)
    item.setToolTip(1, problem.where)
    item.setTextAlignment(3, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    item.setData(0, _PROBLEM, problem)
    return item
