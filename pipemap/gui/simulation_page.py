"""A computed network in words and lists, with the moment that the map shows and a small chart of what is selected."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QSlider, QVBoxLayout, QWidget

from pipemap.gui import theme
from pipemap.gui.exporting import ask_for_table, write_table
from pipemap.gui.parts import Segments, button, label, rule, tool_button
from pipemap.gui.short_lists import MOST_LISTED, ShortList
from pipemap.gui.simulation import COMPARING, QUANTITIES, REVERSED, ROUND, Computed, back_to_plan
from pipemap.jobs.computed import clock, comparison, export_answer, parts_of, sentences
from pipemap.jobs.simulating import WaterAnswer
from pipemap.model.wording import customer_label
from pipemap.texts import _

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.gui.session import Session
    from pipemap.jobs.computed import Part
    from pipemap.model.fields import Layer
    from pipemap.progress import Progress

PLAY_MS = 600
_CHART_HEIGHT = 130
_LEAST_HALF = 0.5
"""Half of what the upright axis shows at least: what hardly changes shall look so."""


class SimulationPage(QWidget):
    """One answer; it stays while another moment or quantity of it is shown."""

    def __init__(self, session: Session, shown: Computed) -> None:
        super().__init__()
        self._session, self._shown = session, shown
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(12, 12, 12, 12)
        self._column.setSpacing(8)
        self._timer = QTimer(self, interval=PLAY_MS)
        self._timer.timeout.connect(self._step)
        self._add_head()
        self._add_moment()
        self._add_comparison()
        self._chart = Chart(session)
        self._column.addWidget(self._chart)
        for part in parts_of(shown.answer):
            self._add_part(part)
        self._add_people()
        self._add_notes()
        self._column.addStretch(1)
        self.follow(shown)
        session.selection_changed.connect(self._show_chart)

    def shows(self, result: object) -> bool:
        """Whether a result is another look at the same answer."""
        return isinstance(result, Computed) and result.answer is self._shown.answer

    def follow(self, shown: Computed) -> None:
        """Show another moment or quantity of the answer."""
        self._shown = shown
        times = shown.run.times
        self._when.setText(_("Time {time}").format(time=clock(times[shown.moment]) if len(times) else "–"))
        self._choice.setCurrentIndex(self._choice.findData(shown.quantity))
        if self._slider.value() != shown.moment:
            self._slider.setValue(shown.moment)
        self._show_chart()

    # -- head ------------------------------------------------------------------------------------------------------

    def _add_head(self) -> None:
        first, *rest = sentences(self._shown.answer)
        water = self._shown.run.program == "EPANET"
        self._column.addWidget(label(_("Pressures and flows") if water else _("Drains computed"), "heading", wrap=True))
        for text in rest:
            self._column.addWidget(label(text, "strong", wrap=True, selectable=True))
        self._column.addWidget(label(first, "quiet", wrap=True))
        row = QHBoxLayout()
        row.setSpacing(4)
        if (question := self._shown.question) is not None:
            made = button(_("Back to the plan"), partial(back_to_plan, self._session, question), icon_name="arrow-left")
            made.setObjectName("back")
            row.addWidget(made)
        row.addWidget(button(_("Export"), self.export, icon_name="export"))
        row.addWidget(button(_("Clear"), lambda: self._session.set_result(None), quiet=True))
        row.addStretch(1)
        self._column.addLayout(row)

    def _add_moment(self) -> None:
        named = [(key, _(ROUND) if key == REVERSED else QUANTITIES[key].label) for key in self._shown.choices]
        self._choice = QComboBox()
        self._choice.setAccessibleName(_("Coloured by"))
        for key, title in named:
            self._choice.addItem(title, key)
        self._choice.activated.connect(lambda _at: self._choose(str(self._choice.currentData())))
        self._column.addWidget(self._choice)
        self._slider = QSlider(Qt.Orientation.Horizontal)
        self._slider.setRange(0, max(0, len(self._shown.run.times) - 1))
        self._slider.setAccessibleName(_("Moment"))
        self._slider.valueChanged.connect(self._move)
        self._play = tool_button("play", _("Play"), self._toggle)
        self._when = label("", "quiet")
        row = QWidget()
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(self._play)
        line.addWidget(self._slider, 1)
        line.addWidget(self._when)
        self._column.addWidget(row)
        row.setVisible(len(self._shown.run.times) > 1)

    def _add_comparison(self) -> None:
        """The network without and with the plan, side by side; and which of the two the map shows."""
        answer = self._shown.answer
        if not isinstance(answer, WaterAnswer) or answer.after is None:
            return
        which = Segments(
            [
                ("without", _("Without the plan"), _("Show the network as it stands")),
                ("with", _("With the plan"), _("Show the network with the plan")),
            ],
            name=_("With or without the plan"),
        )
        which.chosen.connect(lambda side: self._session.set_result(replace(self._shown, without=side == "without")))
        which.follow(self._session.result_changed, self._side)
        self._column.addWidget(which, 0, Qt.AlignmentFlag.AlignLeft)
        made = ShortList((_("Compared"), _("As it is"), _("With plan")), numbers=2)
        made.setAccessibleName(_("With or without the plan"))
        for one in comparison(answer):
            figures = (f"{value:,.{one.digits}f}" if value is not None else "–" for value in (one.before, one.after))
            made.add(one.title, *figures)
        if (fitted := made.fitted()) is not None:
            self._column.addWidget(fitted)

    def _side(self) -> str:
        result = self._session.result
        return "without" if isinstance(result, Computed) and result.without else "with"

    def _add_people(self) -> None:
        """Customers who fall below the service pressure; a click selects what supplies them."""
        answer = self._shown.answer
        if not isinstance(answer, WaterAnswer) or not answer.people:
            return
        self._column.addWidget(rule())
        title = _("Customers below the service pressure ({n})").format(n=f"{len(answer.people):,}")
        self._column.addWidget(label(title, "caption", wrap=True))
        made = ShortList((_("Customer"), _("Class"), _("Pressure (m)")), numbers=1)
        lowest = dict(zip(answer.falls_below.rows.tolist(), answer.falls_below.values.tolist(), strict=True))
        for one in answer.people[:MOST_LISTED]:
            element = one.element
            go = partial(self._session.select_element, element.layer, element.row, fly=True) if element is not None else None
            pressure = lowest.get(element.row) if element is not None and element.layer == "node" else None
            made.add(one.name, customer_label(one.class_), f"{pressure:,.1f}" if pressure is not None else "–", click=go)
        made.add_rest(len(answer.people) - MOST_LISTED)
        if (fitted := made.fitted()) is not None:
            self._column.addWidget(fitted)

    def _choose(self, quantity: str) -> None:
        self._session.set_result(replace(self._shown, quantity=quantity))

    def _move(self, moment: int) -> None:
        if moment != self._shown.moment:
            self._session.set_result(replace(self._shown, moment=moment))

    def _toggle(self) -> None:
        if self._timer.isActive():
            self._timer.stop()
        else:
            self._timer.start()

    def _step(self) -> None:
        last = self._slider.maximum()
        self._slider.setValue(0 if self._slider.value() >= last else self._slider.value() + 1)

    # -- lists -----------------------------------------------------------------------------------------------------

    def _add_part(self, part: Part) -> None:
        if not len(part.found):
            return
        self._column.addWidget(rule())
        self._column.addWidget(label(f"{part.title} ({len(part.found):,})", "caption", wrap=True))
        made = ShortList((_("Node") if part.layer == "node" else _("Pipe"), part.value_title, _("Time")), numbers=2)
        values, times = part.found.values.tolist(), part.found.times.tolist()
        for at, row in enumerate(part.found.rows[:MOST_LISTED].tolist()):
            go = partial(self._fly, part.layer, row, times[at])
            made.add(part.ids_at(at) or _("Without an id"), f"{values[at]:,.1f}", clock(times[at]), click=go)
        made.add_rest(len(part.found) - MOST_LISTED)
        if (fitted := made.fitted()) is not None:
            self._column.addWidget(fitted)

    def _fly(self, layer: Layer, row: int, time: float) -> None:
        """Show an element at the moment for which it is listed."""
        moments = self._shown.run.times
        self._slider.setValue(int(abs(moments - time).argmin()) if len(moments) else 0)
        self._session.select_element(layer, row, fly=True)

    def _add_notes(self) -> None:
        answer = self._shown.answer
        for title, found in ((_("The engine warns"), self._shown.run.warnings), (_("What was assumed"), answer.assumed)):
            if found:
                self._column.addWidget(rule())
                self._column.addWidget(label(title, "caption"))
                for one in found:
                    role = "note" if one.severity == "warning" else "quiet"
                    self._column.addWidget(label(one.message, role, wrap=True, selectable=True))

    # -- chart -----------------------------------------------------------------------------------------------------

    def _show_chart(self) -> None:
        self._chart.show_selected(self._shown)

    def export(self, path: Path | None = None) -> None:
        """Write everything to a spreadsheet."""
        answer = self._shown.answer
        target = path or ask_for_table(self, _("Export what was computed"), _("pressures"))
        if target is None:
            return

        def write(_progress: Progress) -> Path:
            return export_answer(answer, target)

        write_table(self._session, write, target, rows=sum(len(part.found) for part in parts_of(answer)))


class Chart(QWidget):
    """One quantity of the selected element over time; hidden where there is nothing to draw."""

    def __init__(self, session: Session) -> None:
        import pyqtgraph

        super().__init__()
        self._session = session
        self._plot = pyqtgraph.PlotWidget(background=theme.colour("map_top"))
        self._plot.setFixedHeight(_CHART_HEIGHT)
        self._plot.hideButtons()
        self._plot.setMenuEnabled(False)
        self._plot.setMouseEnabled(x=False, y=False)
        self._plot.setAccessibleName(_("Over time"))
        for axis in ("left", "bottom"):
            self._plot.getAxis(axis).setTextPen(theme.colour("plot_axis"))
            self._plot.getAxis(axis).setPen(theme.colour("line_strong"))
            self._plot.getAxis(axis).enableAutoSIPrefix(False)
        self._title = label("", "caption", wrap=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self._title)
        column.addWidget(self._plot)

    def show_selected(self, shown: Computed) -> None:
        """Draw what is selected, where it is one element that was computed over several moments."""
        import pyqtgraph

        found = self._selected()
        self._plot.clear()
        drawn = None
        if found is not None and len(shown.run.times) > 1:
            layer, row = found
            key = _fitting(shown, layer)
            drawn = shown.run.series(layer, row, QUANTITIES[key].column) if key else None
        self.setVisible(drawn is not None)
        if found is None or drawn is None:
            return
        layer, row = found
        asked = QUANTITIES[_fitting(shown, layer)]
        ids = shown.network.node_ids if layer == "node" else shown.network.pipe_ids
        unit = f" ({asked.unit})" if asked.unit != "%" else ""
        self._title.setText(_("{id}: {what} over the hours").format(id=ids[row] or _("Without an id"), what=asked.label + unit))
        hours = shown.run.times / 3600
        self._plot.plot(hours, drawn, pen=pyqtgraph.mkPen(theme.colour("accent"), width=2))
        drawn = np.concatenate([drawn, self._add_other_side(shown, layer, row, asked.column)])
        middle, half = (float(drawn.max()) + float(drawn.min())) / 2, float(np.ptp(drawn)) / 2
        self._plot.setYRange(middle - max(half, _LEAST_HALF), middle + max(half, _LEAST_HALF))
        at = min(shown.moment, len(hours) - 1)
        self._plot.addLine(x=float(hours[at]), pen=pyqtgraph.mkPen(theme.colour("selection"), width=1))

    def _add_other_side(self, shown: Computed, layer: Layer, row: int, column: str) -> NDArray[np.float64]:
        """With a plan, dashed, what the same is without it, or the other way round; return what was drawn."""
        import pyqtgraph

        answer = shown.answer
        if not isinstance(answer, WaterAnswer) or answer.after is None:
            return np.empty(0)
        other = (answer.after if shown.run is answer.before.run else answer.before).run
        values = other.series(layer, row, column)
        if values is None:
            return np.empty(0)
        pen = pyqtgraph.mkPen(theme.colour("accent"), width=1.5, style=Qt.PenStyle.DashLine)
        self._plot.plot(other.times / 3600, values, pen=pen)
        return values

    def _selected(self) -> tuple[Layer, int] | None:
        chosen = self._session.selection
        if len(chosen) != 1:
            return None
        return ("node", int(chosen.nodes[0])) if len(chosen.nodes) else ("pipe", int(chosen.pipes[0]))


def _fitting(shown: Computed, layer: Layer) -> str:
    """Return what to draw of an element: what the map shows, where that layer has it, else the first that it has."""
    fitting = [key for key in shown.choices if key not in COMPARING and QUANTITIES[key].layer == layer]
    return shown.quantity if shown.quantity in fitting else next(iter(fitting), "")
