"""What an import would bring: its figures, a plan of it, how its columns were read, and everything odd."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtWidgets import QFormLayout, QTabWidget, QVBoxLayout, QWidget

from pipemap import catalog
from pipemap.gui import theme
from pipemap.gui.parts import EmptyState, label
from pipemap.gui.problem_table import SEVERITY_TEXTS, severity_icon
from pipemap.gui.record_table import Column, RecordTable
from pipemap.model.problem import SEVERITIES, Problem, sort_worst_first
from pipemap.model.wording import category_label, metres
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.gui.session import Session
    from pipemap.jobs import ImportResult
    from pipemap.model.delivery import Delivery

MOST_SEGMENTS = 200_000
"""Line pieces in the plan; of more, every n-th is drawn."""


class PreviewPages(QTabWidget):
    """Summary, plan, columns and problems of what was read."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._dark = session.dark
        self.problems: RecordTable[Problem] = RecordTable(
            session,
            [
                Column(
                    _("Severity"),
                    lambda one: _(SEVERITY_TEXTS[one.severity]),
                    100,
                    key=lambda one: SEVERITIES.index(one.severity),
                    icon=lambda one: severity_icon(one.severity),
                ),
                Column(_("Where"), lambda one: one.where, 130),
                Column(_("Element"), lambda one: one.element, 110),
                Column(_("What is wrong"), lambda one: one.message, 420),
            ],
            name=_("Problems"),
            quiet=lambda one: one.severity == "info",
        )
        self.columns: RecordTable[tuple[str, str]] = RecordTable(
            session,
            [Column(_("In the source"), lambda one: one[0], 300), Column(_("Understood as"), lambda one: one[1], 300)],
            name=_("Columns"),
        )
        self.show_nothing()

    def show_nothing(self) -> None:
        """No files yet."""
        self._show_pages(
            [(EmptyState("download-simple", _("No files yet"), _("What was understood of them is shown here.")), _("Preview"))]
        )

    def show_reading(self) -> None:
        """Files, but nothing of them yet."""
        self._show_pages(
            [(EmptyState("hourglass", _("Reading the files"), _("What was understood of them is shown here.")), _("Preview"))]
        )

    def show_problems(self, problems: Sequence[object]) -> None:
        """Nothing could be built: only the problems."""
        known = sort_worst_first(problem for problem in problems if isinstance(problem, Problem))
        self.problems.show_records(known)
        if known:
            self._show_pages([(self.problems, _problems_title(known))])
        else:
            words = _("The reason stands beside this; the other files can still be read without it.")
            self._show_pages([(EmptyState("file-x", _("Nothing could be read"), words), _("Preview"))])

    def show_result(self, deliveries: Sequence[Delivery], result: ImportResult) -> None:
        """Everything that was understood."""
        problems = sort_worst_first(result.problems)
        self.problems.show_records(problems)
        self.columns.show_records(list(result.understood.items()))
        self._show_pages(
            [
                (_summary_page(result, deliveries, dark=self._dark), _("Preview")),
                (self.columns, _("How it was read")),
                (self.problems, _problems_title(problems)),
            ]
        )

    def show_problem_page(self) -> None:
        """Bring the problems to the front."""
        place = self.indexOf(self.problems)
        if place >= 0:
            self.setCurrentIndex(place)

    def _show_pages(self, pages: Iterable[tuple[QWidget, str]]) -> None:
        place = max(0, self.currentIndex())
        while self.count():
            page = self.widget(0)
            self.removeTab(0)
            if page is not None:
                page.setParent(None)
                if page not in (self.problems, self.columns):
                    page.deleteLater()
        for page, title in pages:
            self.addTab(page, title)
        self.setCurrentIndex(min(place, self.count() - 1))


def _problems_title(problems: Sequence[Problem]) -> str:
    """What has to be looked at is counted; remarks are where there is nothing else."""
    wrong = sum(problem.severity != "info" for problem in problems)
    if wrong or not problems:
        return _("Problems ({n})").format(n=f"{wrong:,}")
    return _("Remarks ({n})").format(n=f"{len(problems):,}")


def _summary_page(result: ImportResult, deliveries: Sequence[Delivery], *, dark: bool) -> QWidget:
    page = QWidget()
    column = QVBoxLayout(page)
    column.setContentsMargins(12, 12, 12, 8)
    column.setSpacing(8)
    form = QFormLayout()
    form.setHorizontalSpacing(16)
    form.setVerticalSpacing(4)
    total = result.summary
    categories = ", ".join(f"{category_label(code)} {count:,}" for code, count in total.by_category.items())
    for title, text in (
        (_("Format"), ", ".join(_format_labels(result))),
        (_("Contents"), _("{nodes} nodes, {pipes} pipes").format(nodes=f"{total.nodes:,}", pipes=f"{total.pipes:,}")),
        (_("Length"), metres(total.length_m)),
        (_("Categories"), categories),
        (_("Valves"), f"{total.valves:,}"),
        (_("Sources"), _("{n} known, {m} possible").format(n=total.sources, m=total.possible_sources)),
        (_("Coordinate system"), total.crs or _("not said by the source")),
    ):
        form.addRow(label(title, "quiet"), label(text, wrap=True, selectable=True))
    column.addLayout(form)
    column.addWidget(_plan(deliveries, dark=dark), 1)
    return page


def _format_labels(result: ImportResult) -> list[str]:
    from pipemap.formats import formats

    names = {row.name: _(row.label) for row in formats()}
    return list(dict.fromkeys(names.get(name, name) for name in result.formats))


def _plan(deliveries: Sequence[Delivery], *, dark: bool) -> QWidget:
    """The pipes in plan, by category; north is up, metres are the same both ways."""
    import pyqtgraph

    plot = pyqtgraph.PlotWidget(background=theme.colour("map_top", dark=dark))
    plot.setAspectLocked(True)
    plot.hideButtons()
    plot.setMenuEnabled(False)
    plot.setMinimumHeight(160)
    plot.setAccessibleName(_("Plan of what was read"))
    for axis in ("left", "bottom"):
        plot.getAxis(axis).setTextPen(theme.colour("plot_axis", dark=dark))
        plot.getAxis(axis).setPen(theme.colour("line_strong", dark=dark))
        plot.getAxis(axis).enableAutoSIPrefix(False)
        plot.getAxis(axis).tickStrings = _whole_metres
    drawn = False
    for delivery in deliveries:
        for code, points in _pieces(delivery):
            pen = pyqtgraph.mkPen(catalog.colour_of(code, dark=dark), width=1.5, cosmetic=True)
            plot.plot(points[:, 0], points[:, 1], pen=pen, connect="pairs")
            drawn = True
    if not drawn:
        plot.deleteLater()
        return EmptyState(
            "map-trifold", _("Nothing has a place"), _("The source holds no usable coordinates; it can be stored all the same.")
        )
    assert isinstance(plot, QWidget)  # noqa: S101 -- pyqtgraph ships no types
    return plot


def _whole_metres(values: Sequence[float], _scale: float, spacing: float) -> list[str]:
    """Coordinates have seven digits, which pyqtgraph would write with a power of ten."""
    return [f"{value:.0f}" if spacing >= 1 else f"{value:.1f}" for value in values]


def _pieces(delivery: Delivery) -> Iterable[tuple[str, np.ndarray]]:
    """Line pieces by category: (k, 2) points, two and two."""
    offsets, xy = delivery.lines.offsets, delivery.lines.xyz[:, :2]
    if len(xy) < 2:  # noqa: PLR2004
        return
    pipe = np.repeat(np.arange(len(delivery.lines)), np.diff(offsets))
    first = np.flatnonzero((pipe[1:] == pipe[:-1]) & np.isfinite(xy[1:]).all(axis=1) & np.isfinite(xy[:-1]).all(axis=1))
    first = first[np.ptp(np.stack([xy[first], xy[first + 1]]), axis=0).any(axis=1)]
    first = first[:: max(1, len(first) // MOST_SEGMENTS)]
    has_category = "category" in delivery.pipes.column_names
    codes = np.array([code or "" for code in delivery.pipes["category"].to_pylist()] if has_category else [""] * len(offsets))
    for code in np.unique(codes[pipe[first]]):
        mine = first[codes[pipe[first]] == code]
        yield str(code), np.stack([xy[mine], xy[mine + 1]], axis=1).reshape(-1, 2)
