"""Under a trace that follows the flow: what to gather along it; and the pages of what was gathered."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtWidgets import QComboBox, QFileDialog, QGridLayout, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from pipemap.analysis.trace import TraceType
from pipemap.gui.exporting import ask_for_table, write_table
from pipemap.gui.gathered import (
    FLOW_TIME,
    OUTLINE,
    Gathered,
    Outlined,
    Wish,
    back_to_trace,
    look_at,
    number_fields,
    show_gathered,
)
from pipemap.gui.kept import shelf
from pipemap.gui.parts import button, label, rule, tool_button
from pipemap.gui.session import Selection
from pipemap.gui.short_lists import MOST_LISTED, ShortList
from pipemap.gui.trace_pages import add_element, title_of
from pipemap.gui.trace_tools import tracer
from pipemap.jobs.catchments import export_catchment
from pipemap.jobs.gathered_tables import export_gathered
from pipemap.model.lookup import Element
from pipemap.model.wording import heading
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.analysis.trace import Trace
    from pipemap.gui.session import Session
    from pipemap.gui.shares import Share
    from pipemap.progress import Progress

_OUTLINES = {"GeoJSON (*.geojson)": ".geojson", "WKT (*.wkt)": ".wkt"}


class GatherBox(QWidget):
    """What to gather along the trace that is shown."""

    def __init__(self, session: Session, trace: Trace) -> None:
        super().__init__()
        self._session, self._trace = session, trace
        self.field, self.reach = QComboBox(), QLineEdit()
        self.field.setAccessibleName(_("Field to add up"))
        self.field.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        for name, one in number_fields():
            layer = _("Node") if one.layer == "node" else _("Pipe")
            self.field.addItem(f"{heading(one)} · {layer}", name)
        self.field.setCurrentIndex(max(0, self.field.findData("length")))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        row = QHBoxLayout()
        row.setSpacing(4)
        row.addWidget(self.field, 1)
        row.addWidget(button(_("Accumulate"), self.accumulate))
        column.addLayout(row)
        more = QHBoxLayout()
        more.setSpacing(4)
        more.addWidget(button(_("Flow time"), partial(self._ask, Wish(FLOW_TIME)), icon_name="timer"))
        if trace.type is TraceType.UPSTREAM:
            more.addWidget(button(_("Catchment"), partial(self._ask, Wish(OUTLINE)), icon_name="polygon"))
        more.addStretch(1)
        column.addLayout(more)

    def accumulate(self) -> None:
        """Add up the field that is chosen."""
        self._ask(Wish(str(self.field.currentData())))

    def _ask(self, wish: Wish) -> None:
        show_gathered(self._session, self._trace, tracer(self._session).question, wish)


class _AlongPage(QWidget):
    """A heading, sentences, what can be done, and lists."""

    def __init__(self, session: Session, shown: Gathered | Outlined, title: str) -> None:
        super().__init__()
        self._session = session
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(12, 12, 12, 12)
        self.column.setSpacing(8)
        self.column.addWidget(label(title, "heading", wrap=True, selectable=True))
        self.column.addWidget(label(title_of(shown.trace), "quiet", wrap=True))
        self._back = partial(back_to_trace, session, shown)
        self._keep = partial(shelf(session).keep, title, shown.node_rows, shown.pipe_rows)

    def add_actions(self) -> None:
        """Back, export, keep and clear."""
        row = QHBoxLayout()
        row.setSpacing(4)
        back = button(_("Back"), self._back, icon_name="arrow-left")
        back.setToolTip(_("Back to the result"))
        back.setObjectName("back")
        row.addWidget(back)
        row.addWidget(button(_("Export"), self.export, icon_name="export"))
        row.addWidget(tool_button("push-pin", _("Keep the result"), self._keep))
        row.addWidget(tool_button("eraser", _("Clear the result"), lambda: self._session.set_result(None)))
        row.addStretch(1)
        self.column.addLayout(row)

    def add_parts(self, parts: tuple[Share, ...], title: str) -> None:
        """Each class with its colour; a click selects it."""
        made = ShortList((title, _("Pipes"), _("Nodes")), numbers=2)
        for part in parts:
            click = partial(self._session.select, Selection.of(nodes=part.nodes, pipes=part.pipes))
            made.add(part.label, f"{len(part.pipes):,}", f"{len(part.nodes):,}", colour=part.colour, click=click)
        if (fitted := made.fitted()) is not None:
            self.column.addWidget(rule())
            self.column.addWidget(fitted)

    def export(self, path: Path | None = None) -> None:
        """Write it where the person says."""
        raise NotImplementedError

    def number(self, value: float | None, title: str, unit: str) -> QLineEdit:
        """A field for a number that may be blank."""
        made = QLineEdit("" if value is None else f"{value:g}")
        made.setAccessibleName(title)
        made.setPlaceholderText(unit)
        made.setMaximumWidth(96)
        return made

    def read(self, line: QLineEdit) -> tuple[bool, float | None]:
        """Whether a field can be read, and its number; None where it is blank."""
        text = line.text().strip()
        try:
            return True, float(text) if text else None
        except ValueError:
            self._session.notice(_("“{text}” is no number.").format(text=text))
            return False, None


class GatheredPage(_AlongPage):
    """Figures at every element, those with most first; a click selects, a double click flies."""

    def __init__(self, session: Session, shown: Gathered) -> None:
        title = shown.title if shown.wish.what == FLOW_TIME else _("{what} along the flow").format(what=shown.title)
        super().__init__(session, shown, title)
        self._shown = shown
        for text in shown.words:
            self.column.addWidget(label(text, "quiet", wrap=True, selectable=True))
        self.add_actions()
        self._add_figure()
        if shown.wish.what == FLOW_TIME:
            self._add_pace()
        self.add_parts(shown.parts, shown.column)
        for layer, caption in (("pipe", _("Pipes")), ("node", _("Nodes"))):
            self._add_list(layer, caption)
        self.column.addStretch(1)

    def _add_figure(self) -> None:
        shown = self._shown
        self.figure = QComboBox()
        self.figure.setAccessibleName(_("Coloured by"))
        self.figure.addItems(list(shown.columns))
        self.figure.setCurrentIndex(shown.shown)
        self.figure.activated.connect(lambda place: look_at(self._session, shown, place))
        self.column.addWidget(self.figure)

    def _add_pace(self) -> None:
        grid = QGridLayout()
        grid.setColumnStretch(2, 1)
        self.velocity = self.number(self._shown.wish.velocity, _("Velocity in mains"), "m/s")
        self.flow = self.number(self._shown.wish.flow_lps, _("Flow in mains"), "L/s")
        for place, (title, line) in enumerate(((_("Velocity in mains"), self.velocity), (_("Flow in mains"), self.flow))):
            grid.addWidget(label(title, "small"), place, 0)
            grid.addWidget(line, place, 1)
            line.editingFinished.connect(self._ask_pace)
        self.column.addLayout(grid)
        words = _("Blank: the velocities of the newest computation, where pressures were computed since the survey changed.")
        self.column.addWidget(label(words, "small", wrap=True))

    def _ask_pace(self) -> None:
        (ok, velocity), (fine, flow) = self.read(self.velocity), self.read(self.flow)
        wish = Wish(FLOW_TIME, velocity, flow)
        if ok and fine and wish != self._shown.wish:
            show_gathered(self._session, self._shown.trace, self._shown.question, wish)

    def _add_list(self, layer: str, caption: str) -> None:
        shown = self._shown
        rows, values = (shown.pipe_rows, shown.pipes) if layer == "pipe" else (shown.node_rows, shown.nodes)
        made = ShortList((caption, shown.column), numbers=1)
        order = np.argsort(-np.nan_to_num(values[:, shown.shown], nan=-np.inf), kind="stable")
        for place in order[:MOST_LISTED].tolist():
            element = Element("pipe" if layer == "pipe" else "node", int(rows[place]))
            add_element(self._session, shown.network, made, element, _figure(float(values[place, shown.shown])))
        made.add_rest(len(rows) - MOST_LISTED)
        if (fitted := made.fitted()) is not None:
            self.column.addWidget(rule())
            self.column.addWidget(fitted)

    def export(self, path: Path | None = None) -> None:
        """Write all figures of every element to a spreadsheet."""
        shown = self._shown
        target = path or ask_for_table(self, _("Export the figures"), shown.title)
        if target is not None:

            def write(_progress: Progress) -> Path:
                return export_gathered(shown.trace, shown.columns, shown.nodes, shown.pipes, shown.words, target)

            write_table(self._session, write, target, rows=len(shown.node_rows) + len(shown.pipe_rows))


def _figure(value: float) -> str:
    if not np.isfinite(value):
        return "–"
    return f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"


class OutlinePage(_AlongPage):
    """The catchment: its area, what it was drawn around, and how far around it."""

    def __init__(self, session: Session, shown: Outlined) -> None:
        super().__init__(session, shown, _("Catchment"))
        self._shown = shown
        found = shown.found
        row = QHBoxLayout()
        row.setSpacing(20)
        for number, name in (
            (f"{found.square_metres / 10_000:,.2f} ha", _("area")),
            (f"{len(found.pipes):,}", _("pipes")),
            (f"{len(found.inlets):,}", _("inlets")),
        ):
            part = QVBoxLayout()
            part.setSpacing(0)
            part.addWidget(label(number, "heading", selectable=True))
            part.addWidget(label(name, "small"))
            row.addLayout(part)
        row.addStretch(1)
        self.column.addLayout(row)
        words = _("What lies within the distance below of a drain or inlet upstream; how the ground falls is not known.")
        self.column.addWidget(label(words, "quiet", wrap=True))
        self.add_actions()
        line = QHBoxLayout()
        line.addWidget(label(_("Distance (m)"), "small"))
        self.reach = self.number(shown.wish.reach, _("Distance (m)"), "m")
        self.reach.editingFinished.connect(self._ask)
        line.addWidget(self.reach)
        line.addStretch(1)
        self.column.addLayout(line)
        self.add_parts(shown.parts, _("Drawn around"))
        self.column.addStretch(1)

    def _ask(self) -> None:
        fine, reach = self.read(self.reach)
        if fine and reach is not None and reach != self._shown.wish.reach:
            show_gathered(self._session, self._shown.trace, self._shown.question, Wish(OUTLINE, reach=reach))

    def export(self, path: Path | None = None) -> None:
        """Write the outline."""
        found = self._shown.found
        target = path or self._ask_for_file()
        if target is not None:
            write_table(self._session, lambda _progress: export_catchment(found, target), target, rows=1)

    def _ask_for_file(self) -> Path | None:
        text, kind = QFileDialog.getSaveFileName(
            self, _("Export the catchment"), _("catchment") + ".geojson", ";;".join(_OUTLINES)
        )
        if not text:
            return None
        path = Path(text)
        return path if path.suffix.lower() in _OUTLINES.values() else path.with_name(path.name + _OUTLINES.get(kind, ".geojson"))
