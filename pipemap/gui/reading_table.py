"""Readings of the survey, or of what is selected: listed, charted over time with their limit, entered and loaded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QFileDialog, QHBoxLayout, QSplitter, QStackedLayout, QVBoxLayout, QWidget

from pipemap.gui import theme
from pipemap.gui.commands import can_write
from pipemap.gui.following import follow
from pipemap.gui.parts import EmptyState, Offer, button, label
from pipemap.gui.record_table import Column, RecordTable
from pipemap.jobs.readings import Recorded, limits_of, list_readings, load_readings, place_names, recorded_words
from pipemap.model.reading import Reading, ReadingLimit
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.gui.commands import Context
    from pipemap.gui.session import Session
    from pipemap.progress import Progress
    from pipemap.store import Survey

_TABLES = "(*.csv *.txt *.xlsx *.xls)"


@dataclass(frozen=True, slots=True)
class Row:
    """A reading with the id of its element and its limit."""

    reading: Reading
    element: str
    limit: ReadingLimit | None

    @property
    def is_beyond(self) -> bool:
        """Whether it is out of its limit."""
        return self.limit is not None and self.limit.is_beyond(self.reading.value)


class ReadingTable(QWidget):
    """The list at the left; at the right what was read at one element over time."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._rows: list[Row] = []
        self.table: RecordTable[Row] = RecordTable(
            session,
            [
                Column(_("Taken"), lambda one: one.reading.taken.replace("T", " "), 130),
                Column(_("Element"), lambda one: one.element, 110),
                Column(_("What was measured"), lambda one: one.reading.label, 150),
                Column(_("Value"), lambda one: one.reading.words, 100, right=True, key=_value),
                Column(_("Limit"), lambda one: one.limit.words if one.limit is not None else "–", 100, right=True),
                Column("", lambda one: _("beyond") if one.is_beyond else "", 70),
                Column(_("Hazard"), lambda one: str(one.reading.finding or ""), 64, right=True),
                Column(_("Who"), lambda one: one.reading.taken_by, 80),
                Column(_("Note"), lambda one: one.reading.note, 140),
            ],
            name=_("Readings"),
        )
        self.table.chosen.connect(self._choose)
        self.table.activated.connect(lambda one: self._choose(one, fly=True))
        self.only_selected = QCheckBox(_("Only at the selection"))
        self.only_selected.toggled.connect(lambda _on: self._arrange())
        self.chart = ReadingChart()
        self._pages = QStackedLayout(self)
        words = _("Gas, potentials, pressures and depths that a patrol reads: enter them at a selected element, or load a table.")
        offer = Offer(_("Load a table"), self.load)
        self._pages.addWidget(EmptyState("gauge", _("No readings yet"), words, offer))
        self._pages.addWidget(self._lay_out())
        session.selection_changed.connect(self._arrange)
        session.theme_changed.connect(self._arrange)
        follow(self, session, "readings", _("Reading readings"), _read, self._show, also=session.records_changed)

    def _lay_out(self) -> QWidget:
        bar = QHBoxLayout()
        bar.setContentsMargins(8, 4, 8, 0)
        bar.setSpacing(4)
        self.buttons = [
            button(_("Enter a reading"), self.enter, icon_name="plus"),
            button(_("Load a table"), self.load, icon_name="download-simple"),
            button(_("Limits"), self.show_limits, icon_name="sliders-horizontal"),
        ]
        for made in self.buttons:
            bar.addWidget(made)
        bar.addSpacing(8)
        bar.addWidget(self.only_selected)
        bar.addStretch(1)
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(bar)
        column.addWidget(self.table, 1)
        both = QSplitter(Qt.Orientation.Horizontal)
        both.addWidget(left)
        both.addWidget(self.chart)
        both.setStretchFactor(0, 3)
        both.setStretchFactor(1, 2)
        both.setChildrenCollapsible(False)
        return both

    # -- showing -------------------------------------------------------------------------------------------------------

    def _show(self, found: Sequence[Row]) -> None:
        self._rows = list(found)
        self._pages.setCurrentIndex(1 if found else 0)
        for made in self.buttons[:2]:
            made.setEnabled(can_write(self._session))
        self._arrange()

    def _arrange(self) -> None:
        rows = self._rows
        here = self._at_selection()
        if self.only_selected.isChecked():
            rows = here
        self.table.show_records(list(reversed(rows)))
        self.chart.show_rows(here)

    def _at_selection(self) -> list[Row]:
        network, chosen = self._session.network, self._session.selection
        if network is None or not len(chosen):
            return []
        nodes = set(network.node_fid[chosen.nodes].tolist())
        pipes = set(network.pipe_fid[chosen.pipes].tolist())
        return [one for one in self._rows if one.reading.node in nodes or one.reading.pipe in pipes]

    def _choose(self, one: Row, *, fly: bool = False) -> None:
        """Select the element of a reading, and chart what was read there of that kind."""
        network, reading = self._session.network, one.reading
        if network is None:
            return
        for layer, key, fids in (("node", reading.node, network.node_fid), ("pipe", reading.pipe, network.pipe_fid)):
            at = np.flatnonzero(fids == (-1 if key is None else key))
            if len(at):
                self._session.select_element("node" if layer == "node" else "pipe", int(at[0]), fly=fly)
        self.chart.show_rows(self._at_selection(), kind=reading.kind)

    # -- doing ---------------------------------------------------------------------------------------------------------

    def enter(self) -> None:
        """Open the form of a reading at what is selected."""
        from pipemap.gui.reading_form import show_form

        show_form(self._session, self.window())

    def show_limits(self) -> None:
        """Open the limits of readings."""
        from pipemap.gui.patrol_settings import show_settings

        show_settings(self._session, self.window(), page="limits")

    def load(self, paths: list[Path] | None = None) -> None:
        """Load tables of readings."""
        survey, session = self._session.survey, self._session
        if survey is None:
            return
        if paths is None:
            names, _kind = QFileDialog.getOpenFileNames(
                self, _("Load a table"), str(survey.path.parent), f"{_('Readings')} {_TABLES}"
            )
            paths = [Path(name) for name in names]
        if not paths:
            return
        author, files = str(session.settings.value("author")), paths

        def work(progress: Progress) -> Recorded:
            made = load_readings(survey, files, author=author, progress=progress)
            survey.network  # noqa: B018 -- read here, where it does not hold up the window
            return made

        session.run(work, _("Load a table"), lambda made: tell(session, made))


def tell(session: Session, made: Recorded) -> None:
    """Say what came of recording."""
    session.refresh()
    if made.remarks:
        session.notice(recorded_words(made), hint="\n".join(made.remarks[:30]))
    else:
        session.say(recorded_words(made))


def _value(one: Row) -> float:
    return one.reading.value if one.reading.value is not None else float("-inf")


def _read(survey: Survey) -> list[Row]:
    limits, name = limits_of(survey), place_names(survey)
    return [Row(one, name(one), limits.get(one.kind)) for one in list_readings(survey)]


class ReadingChart(QWidget):
    """One kind of reading at an element over time; what is beyond the limit stands out by shape and colour."""

    def __init__(self) -> None:
        import pyqtgraph

        super().__init__()
        self.plot = pyqtgraph.PlotWidget(axisItems={"bottom": pyqtgraph.DateAxisItem(utcOffset=0)})
        self.plot.hideButtons()
        self.plot.setMenuEnabled(False)
        self.plot.setAccessibleName(_("Readings over time"))
        self.title = label("", "caption", wrap=True)
        self.drawn: list[Row] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 4, 8, 4)
        column.setSpacing(2)
        column.addWidget(self.title)
        column.addWidget(self.plot, 1)
        self.setMinimumWidth(220)

    def show_rows(self, rows: Sequence[Row], *, kind: str = "") -> None:
        """Draw one kind of these readings: the one that is asked for, else that of the newest."""
        known = [one for one in rows if one.reading.value is not None and _moment(one.reading.taken) is not None]
        wanted = kind or (known[-1].reading.kind if known else "")
        self.drawn = sorted((one for one in known if one.reading.kind == wanted), key=lambda one: one.reading.taken)
        self._paint()

    def _paint(self) -> None:
        import pyqtgraph

        self.plot.clear()
        self.plot.setBackground(theme.colour("plot"))
        for side in ("left", "bottom"):
            self.plot.getAxis(side).setTextPen(theme.colour("plot_axis"))
            self.plot.getAxis(side).setPen(theme.colour("line_strong"))
            self.plot.getAxis(side).enableAutoSIPrefix(False)
        if not self.drawn:
            self.title.setText(_("Select an element, or click a reading, to see it over time."))
            return
        first = self.drawn[0]
        elements = list(dict.fromkeys(one.element for one in self.drawn))
        place = elements[0] if len(elements) == 1 else _("{n} elements").format(n=len(elements))
        self.title.setText(f"{place}: {first.reading.label} ({first.reading.unit})")
        for element in elements:
            some = [one for one in self.drawn if one.element == element]
            times = [_moment(one.reading.taken) for one in some]
            self.plot.plot(times, [one.reading.value for one in some], pen=pyqtgraph.mkPen(theme.colour("accent"), width=2))
        self._paint_points()
        self._paint_limit(first)
        self.plot.autoRange()

    def _paint_points(self) -> None:
        import pyqtgraph

        for beyond, shape, token in ((False, "o", "accent"), (True, "t", "error")):
            some = [one for one in self.drawn if one.is_beyond == beyond]
            self.plot.addItem(
                pyqtgraph.ScatterPlotItem(
                    [_moment(one.reading.taken) for one in some],
                    [one.reading.value for one in some],
                    symbol=shape,
                    size=11 if beyond else 8,
                    brush=pyqtgraph.mkBrush(theme.colour(token)),
                    pen=pyqtgraph.mkPen(theme.colour("plot")),
                )
            )

    def _paint_limit(self, first: Row) -> None:
        """Draw the limit as broken lines, and keep them in view."""
        import pyqtgraph

        for side in (first.limit.low, first.limit.high) if first.limit is not None else ():
            if side is not None:
                pen = pyqtgraph.mkPen(theme.colour("error"), width=1, style=Qt.PenStyle.DashLine)
                times = [_moment(one.reading.taken) or 0.0 for one in self.drawn]
                reach = max(max(times) - min(times), 86_400.0) * 0.05
                self.plot.plot([min(times) - reach, max(times) + reach], [side, side], pen=pen)


def _moment(taken: str) -> float | None:
    """Seconds since 1970 of a time by the clock on the wall, as if that were UTC: the axis then shows that clock."""
    try:
        found = datetime.fromisoformat(taken)
    except ValueError:
        return None
    return found.replace(tzinfo=UTC).timestamp()


def enter(context: Context) -> None:
    """Enter a reading at what is selected."""
    from pipemap.gui.reading_form import show_form

    context.session.show_panel("readings")
    show_form(context.session, context.window)
