"""What is selected: the record of one element, or the sums of many."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from html import escape
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from pipemap.gui import theme
from pipemap.gui.clipboard import copy_of
from pipemap.gui.evidence import EVIDENCE
from pipemap.gui.operation_log import operation_log
from pipemap.gui.parts import EmptyState, button, label, rule, tool_button
from pipemap.gui.property_form import GROUPS, PropertyForm
from pipemap.gui.segment_box import SegmentBox
from pipemap.gui.session import Selection
from pipemap.gui.short_lists import categories_of, kinds_of, show_page, sizes_of
from pipemap.gui.storing_cells import may_write
from pipemap.gui.swatches import category_swatch
from pipemap.gui.trace_question import trace_of
from pipemap.gui.trace_tools import tracer
from pipemap.gui.words import waiting
from pipemap.model.fields import Field, Layer, fields
from pipemap.model.flow import Evidence
from pipemap.model.lookup import Element
from pipemap.model.wording import category_label, kind_label, metres, shown, size_label, with_unit
from pipemap.texts import _

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipemap.gui.session import Rows, Session
    from pipemap.model.network import Network

_SHOWN_ELSEWHERE = frozenset(
    {"id", "category", "kind", "from_fid", "to_fid", "from_node", "to_node", "batch", "from_reference", "to_reference"}
)
_WITHOUT_FLOW = frozenset({"cable", "duct"})
_MOST_NEIGHBOURS = 40
_NAMES = 116
"""Width of the column of names, in pixels."""


class PropertyPanel(QWidget):
    """Follows the selection; every id in it can be clicked."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._layer: Layer | None = None
        self._is_behind = False
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._form: PropertyForm | None = None
        self._edits = False
        self._area.setFrameShape(QScrollArea.Shape.NoFrame)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.addWidget(self._area)
        changes = (session.selection_changed, session.network_changed, session.records_changed)
        for signal in (*changes, session.theme_changed, session.result_changed):
            signal.connect(self._show)
        self._show()

    def _show(self) -> None:
        """Build the page for what is selected now; behind other panels, once it comes to the front."""
        self._is_behind = not self.isVisible()
        if self._is_behind:
            return
        network, selection = self._session.network, self._session.selection
        if self._form is not None and self._keeps_form():
            return
        self._drop_form()
        if self._edits and len(selection) and self._session.survey is not None:
            self._show_form()
            return
        layer: Layer | None = None
        if network is None or self._session.survey is None or not len(selection):
            page: QWidget = EmptyState(
                "cursor",
                _("Nothing is selected"),
                _("Click a pipe or a node on the map, or a row of a table, to read everything that is known about it."),
            )
        elif len(selection) == 1:
            layer = "node" if len(selection.nodes) else "pipe"
            page = self._element_page(network, layer, int(selection.rows(layer)[0]))
        else:
            page = self._sum_page(network)
        bar = self._area.verticalScrollBar()
        place = bar.value() if layer is not None and layer == self._layer else 0
        self._layer = layer
        show_page(self._area, page)
        bar.setValue(min(place, bar.maximum()))

    def showEvent(self, event: QShowEvent) -> None:
        """In front again: follow what was selected meanwhile."""
        super().showEvent(event)
        if self._is_behind:
            self._show()

    def _explain(self, element: Element) -> None:
        tracer(self._session).explain(element)

    # -- editing ----------------------------------------------------------------------------------------------------

    def edit(self) -> None:
        """Edit what is selected: one element, or all of them at once."""
        if len(self._session.selection) and may_write(self._session):
            self._edits = True
            self._show()

    def _show_form(self, layer: Layer | None = None) -> None:
        selection = self._session.selection
        layer = layer or ("pipe" if len(selection.pipes) else "node")
        form = PropertyForm(
            self._session, layer, selection.rows(layer), other=bool(len(selection.nodes)) and bool(len(selection.pipes))
        )
        form.ended.connect(self._end_form)
        form.layer_wanted.connect(lambda wanted: self._turn_form("node" if wanted == "node" else "pipe"))
        self._form = form
        self._area.hide()
        self._column.addWidget(form)

    def _keeps_form(self) -> bool:
        """What was typed is never dropped because something else was selected."""
        form = self._form
        if form is None or not form.is_touched or self._session.survey is None:
            return False
        form.keep_for(_("Apply or discard this first; then the panel follows the selection."))
        return True

    def _turn_form(self, layer: Layer) -> None:
        if self._form is not None and layer != self._form.layer and not self._keeps_form():
            self._drop_form()
            self._show_form(layer)

    def _end_form(self) -> None:
        self._edits = False
        self._show()

    def _drop_form(self) -> None:
        if self._form is not None:
            self._form.end()
            self._column.removeWidget(self._form)
            self._form.hide()
            self._form.deleteLater()
            self._form = None
            self._area.show()

    # -- one element ------------------------------------------------------------------------------------------------

    def _element_page(self, network: Network, layer: Layer, row: int) -> QWidget:
        survey = self._session.survey
        assert survey is not None  # noqa: S101 -- asked before
        fid = int((network.node_fid if layer == "node" else network.pipe_fid)[row])
        record = survey.record(layer, fid)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(12, 12, 12, 12)
        column.setSpacing(8)
        column.addLayout(self._head(network, layer, row))
        column.addWidget(self._neighbours(network, layer, row))
        for group, title in GROUPS.items():
            facts = self._facts(network, layer, group, record)
            if layer == "pipe" and group == "network":
                facts = [*_flow_facts(network, row), *facts]
            if layer == "pipe" and group == "levels":
                facts = [*_length_facts(network, row), *facts]
            if facts:
                column.addWidget(rule())
                column.addWidget(label(_(title), "caption"))
                column.addLayout(_form(facts))
        if (log := operation_log(self._session, network, layer, row)) is not None:
            column.addWidget(log)
        column.addWidget(SegmentBox(self._session, network, Element(layer, row)))
        column.addStretch(1)
        return page

    def _head(self, network: Network, layer: Layer, row: int) -> QVBoxLayout:
        category = (network.node_category if layer == "node" else network.pipe_category)[row]
        name = (network.node_ids if layer == "node" else network.pipe_ids)[row]
        top = QHBoxLayout()
        top.setSpacing(8)
        if category:
            square = QLabel()
            square.setPixmap(category_swatch(category, dark=theme.is_dark()))
            top.addWidget(square)
        title = label(name or _("Without an id"), "heading", selectable=True)
        title.setSizePolicy(title.sizePolicy().Policy.Ignored, title.sizePolicy().Policy.Preferred)
        top.addWidget(title, 1)
        if trace_of(self._session.result) is not None:
            top.addWidget(
                tool_button("question", _("Why is it in the result, or not?"), partial(self._explain, Element(layer, row)))
            )
        top.addWidget(tool_button("pencil-simple", _("Edit these fields (Ctrl+Return)"), self.edit))
        top.addWidget(tool_button("crosshair", _("Zoom to it"), lambda: self._session.fly_to(layer, row)))
        top.addWidget(tool_button("copy", _("Copy the id"), lambda: copy_of(self._session, Element(layer, row), name)))
        words = [_("Node") if layer == "node" else _("Pipe")]
        words += [category_label(category)] if category else []
        kind = (network.node_kind if layer == "node" else network.pipe_kind)[row]
        words += [kind_label(kind)] if kind and kind not in ("point", "pipe") else []
        words += [size_label(network, row)] if layer == "pipe" else []
        words += [] if network.release.rows(layer)[row] else [_("Secret: does not leave")]
        column = QVBoxLayout()
        column.setSpacing(4)
        column.addLayout(top)
        column.addWidget(label(" · ".join(words), "quiet", wrap=True))
        if said := waiting(network, int((network.node_batch if layer == "node" else network.pipe_batch)[row])):
            column.addWidget(label(said, "note", wrap=True))
        return column

    def _facts(self, network: Network, layer: Layer, group: str, record: Mapping[str, object]) -> list[tuple[str, str]]:
        """Name and text of what is known in a group; a depth stands with what it was measured to."""
        here = [field for field in fields(layer).values() if field.group == group and field.name not in _SHOWN_ELSEWHERE]
        facts = [(field.label, _words_of(network, field, record)) for field in here]
        if group == "identity":
            batch = record.get("batch")
            facts.append((_("Batch"), network.batch_names.get(batch, "") if isinstance(batch, int) else ""))
        if group == "place" and layer == "node":
            facts = [(name, _coordinate(record.get(axis))) for name, axis in ((_("East"), "x"), (_("North"), "y"))] + facts
        return [(name, text) for name, text in facts if text]

    def _neighbours(self, network: Network, layer: Layer, row: int) -> QWidget:
        """The ends of a pipe, or the pipes of a node, as things to click."""
        part = QWidget()
        grid = _grid(part)
        if layer == "pipe":
            for number, (title, end) in enumerate(zip((_("From"), _("To")), network.pipe_ends[row].tolist(), strict=True)):
                grid.addWidget(label(title, "quiet"), number, 0)
                kind = network.node_kind[end]
                words = kind_label(kind) if kind and kind != "point" else ""
                self._add_link(grid, number, network.node_ids[end], words, "node", end)
            return part
        pipes = network.edge[network.indptr[row] : network.indptr[row + 1]].tolist()
        grid.addWidget(label(_("Pipes ({n})").format(n=len(pipes)), "quiet"), 0, 0)
        for number, pipe in enumerate(pipes[:_MOST_NEIGHBOURS]):
            self._add_link(grid, number, network.pipe_ids[pipe], size_label(network, pipe), "pipe", pipe)
        if len(pipes) > _MOST_NEIGHBOURS:
            words = _("and {n} more").format(n=len(pipes) - _MOST_NEIGHBOURS)
            grid.addWidget(label(words, "quiet"), _MOST_NEIGHBOURS, 1)
        return part

    def _add_link(self, grid: QGridLayout, number: int, name: str, words: str, layer: Layer, row: int) -> None:
        """One id that can be clicked, with a few words beside it."""
        line = QHBoxLayout()
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(8)
        made = Link(name or _("Without an id"), partial(self._session.select_element, layer, row))
        made.setToolTip(_("Select it"))
        line.addWidget(made)
        line.addWidget(label(words, "quiet"))
        line.addStretch(1)
        grid.addLayout(line, number, 1)

    # -- many elements ----------------------------------------------------------------------------------------------

    def _sum_page(self, network: Network) -> QWidget:
        selection = self._session.selection
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(12, 12, 12, 12)
        column.setSpacing(8)
        column.addWidget(label(_("{n} elements selected").format(n=f"{len(selection):,}"), "heading"))
        total = metres(float(network.weight[selection.pipes].sum()))
        facts = [(_("Nodes"), f"{len(selection.nodes):,}"), (_("Pipes"), f"{len(selection.pipes):,}"), (_("Length"), total)]
        waits = sum(
            int(np.isin(batches[rows], list(network.pending_batches)).sum())
            for batches, rows in ((network.node_batch, selection.nodes), (network.pipe_batch, selection.pipes))
        )
        facts += [(_("Wait for acceptance"), _("{n}, in no trace").format(n=f"{waits:,}"))] if waits else []
        column.addLayout(_form(facts))
        row = QHBoxLayout()
        row.setSpacing(4)
        row.addWidget(button(_("Edit"), self.edit, icon_name="pencil-simple"))
        row.addWidget(tool_button("crosshair", _("Zoom to the selection"), lambda: self._session.select(selection, fly=True)))
        row.addWidget(button(_("Clear"), lambda: self._session.select(Selection()), quiet=True))
        row.addStretch(1)
        column.addLayout(row)
        for title, rows in (
            (_("Pipes by category"), categories_of(network, selection.pipes, self._select_pipes)),
            (_("Pipes by size"), sizes_of(network, selection.pipes, self._select_pipes)),
            (_("Nodes by kind"), kinds_of(network, selection.nodes, self._select_nodes)),
        ):
            if rows is not None:
                column.addWidget(rule())
                column.addWidget(label(title, "caption"))
                column.addWidget(rows)
        column.addStretch(1)
        return page

    def _select_pipes(self, rows: Rows) -> None:
        self._session.select(Selection.of(pipes=rows))

    def _select_nodes(self, rows: Rows) -> None:
        self._session.select(Selection.of(nodes=rows))


class Link(QLabel):
    """An id that is clicked, or entered with the keyboard."""

    def __init__(self, text: str, act: Callable[[], None]) -> None:
        super().__init__()
        self._act = act
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setText(f'<a href="#" style="text-decoration: none">{escape(text)}</a>')
        self.setAccessibleName(text)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.LinksAccessibleByMouse | Qt.TextInteractionFlag.LinksAccessibleByKeyboard
        )
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.linkActivated.connect(lambda _address: self._act())


def _length_facts(network: Network, row: int) -> list[tuple[str, str]]:
    """The length of the course; a model's own is a field of its record, and a pipe without a course has none."""
    measured = np.isnan(network.own_length[row]) and np.isfinite(network.length[row])
    return [(_("Length in 3D"), metres(float(network.length[row])))] if measured else []


def _flow_facts(network: Network, row: int) -> list[tuple[str, str]]:
    """Which way a pipe flows, and why that is believed."""
    direction, evidence = int(network.flow.direction[row]), Evidence(int(network.flow.evidence[row]))
    if network.pipe_kind[row] in _WITHOUT_FLOW:
        return []
    first, second = (network.node_ids[end] or _("Without an id") for end in network.pipe_ends[row].tolist())
    way = {1: f"{first} → {second}", -1: f"{second} → {first}", 0: _("Unknown")}[direction]
    facts = [(_("Flow"), way), (_("Because of"), _(EVIDENCE[evidence]))]
    if row in network.flow.conflicts:
        facts.append((_("Conflict"), _("The invert rises along this direction.")))
    return facts


def _words_of(network: Network, field: Field, record: Mapping[str, object]) -> str:
    """Text of a value: a depth with what it was measured to, a valve's arm by the id of its pipe."""
    value = record.get(field.name)
    if field.name == "arm_pipe":
        rows = np.flatnonzero(network.pipe_fid == value)
        return network.pipe_ids[int(rows[0])] if len(rows) else ""
    text = with_unit(field, value)
    reference = fields(field.layer).get(field.name.removesuffix("_depth") + "_reference")
    to = shown(reference, record.get(reference.name)) if reference is not None else ""
    return f"{text} ({to})" if text and to else text


def _coordinate(value: object) -> str:
    return f"{value:.3f} m" if isinstance(value, float) and math.isfinite(value) else ""


def _grid(part: QWidget | None = None) -> QGridLayout:
    """Names at the left, what is known at the right; names take a third."""
    grid = QGridLayout(part) if part is not None else QGridLayout()
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(12)
    grid.setVerticalSpacing(4)
    grid.setColumnMinimumWidth(0, _NAMES)
    grid.setColumnStretch(1, 1)
    return grid


def _form(facts: list[tuple[str, str]]) -> QGridLayout:
    grid = _grid()
    for number, (name, text) in enumerate(facts):
        title = label(name, "quiet", wrap=True)
        title.setFixedWidth(_NAMES)
        title.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        value = label(text, wrap=True, selectable=True)
        value.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        grid.addWidget(title, number, 0)
        grid.addWidget(value, number, 1)
    return grid
