"""What is selected: the record of one element, or the sums of many."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFormLayout, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from pipemap.gui import theme
from pipemap.gui.parts import EmptyState, button, label, rule, tool_button
from pipemap.gui.swatches import category_swatch
from pipemap.model.fields import Field, Layer, fields
from pipemap.model.flow import Evidence
from pipemap.model.wording import category_label, kind_label, metres, shown, size_label
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipemap.gui.session import Session
    from pipemap.model.network import Network

GROUPS: dict[str, str] = {
    "identity": N_("Identity"),
    "network": N_("Network"),
    "size": N_("Size and material"),
    "levels": N_("Levels and depth"),
    "device": N_("Device"),
    "cable": N_("Cables and ducts"),
    "place": N_("Place and owner"),
    "life": N_("Age and status"),
    "model": N_("Hydraulic model"),
    "provenance": N_("Where the data come from"),
}
"""Headings of the groups that the table of fields names, in order."""

EVIDENCE: dict[Evidence, str] = {
    Evidence.NONE: N_("No evidence"),
    Evidence.DIGITISED: N_("Direction of digitising"),
    Evidence.LEVELS: N_("Fall of the invert"),
    Evidence.ONLY_WAY_POSSIBLE: N_("Only way to a possible source or outfall"),
    Evidence.ONLY_WAY: N_("Only way to a source or outfall"),
    Evidence.DEVICE: N_("One-way device"),
    Evidence.SIMULATED: N_("Simulation"),
    Evidence.MODEL: N_("Drawn so by a gravity model"),
    Evidence.OBSERVED: N_("Recorded by the survey"),
}
"""Why a direction of flow is believed, in words."""

_SHOWN_ABOVE = ("id", "category", "from_fid", "to_fid", "batch")
_MOST_NEIGHBOURS = 40


class PropertyPanel(QWidget):
    """Follows the selection; every id in it can be clicked."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QScrollArea.Shape.NoFrame)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._area)
        for signal in (session.selection_changed, session.network_changed, session.theme_changed):
            signal.connect(self._show)
        self._show()

    def _show(self) -> None:
        """Build the page for what is selected now."""
        network, selection = self._session.network, self._session.selection
        if network is None or self._session.survey is None or not len(selection):
            page: QWidget = EmptyState(
                "cursor-click",
                _("Nothing is selected"),
                _("Click a pipe or a node on the map, or a row of a table, to read everything that is known about it."),
            )
        elif len(selection) == 1:
            layer: Layer = "node" if len(selection.nodes) else "pipe"
            page = self._element_page(network, layer, int(selection.rows(layer)[0]))
        else:
            page = self._sum_page(network)
        self._area.setWidget(page)

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
            facts = self._facts(layer, group, record)
            if layer == "pipe" and group == "network":
                facts = [*self._flow_facts(network, row), *facts]
            if layer == "pipe" and group == "levels":
                facts = [(_("Length in 3D"), metres(float(network.weight[row]))), *facts]
            if facts:
                column.addWidget(rule())
                column.addWidget(label(_(title), "caption"))
                column.addLayout(_form(facts))
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
        top.addWidget(tool_button("crosshair", _("Zoom to it"), lambda: self._session.fly_to(layer, row)))
        top.addWidget(tool_button("copy", _("Copy the id"), lambda: self._copy(name)))
        words = [_("Node") if layer == "node" else _("Pipe")]
        words += [category_label(category)] if category else []
        kind = (network.node_kind if layer == "node" else network.pipe_kind)[row]
        words += [kind_label(kind)] if kind and kind not in ("point", "pipe") else []
        words += [size_label(network, row)] if layer == "pipe" else []
        column = QVBoxLayout()
        column.setSpacing(4)
        column.addLayout(top)
        column.addWidget(label(" · ".join(words), "quiet", wrap=True))
        return column

    def _facts(self, layer: Layer, group: str, record: Mapping[str, object]) -> list[tuple[str, str]]:
        names = [field for field in fields(layer).values() if field.group == group and field.name not in _SHOWN_ABOVE]
        facts = [(field.label, _with_unit(field, record.get(field.name))) for field in names]
        if group == "identity" and (batch := self._batch_name(record.get("batch"))):
            facts.append((_("Batch"), batch))
        return [(name, text) for name, text in facts if text]

    def _batch_name(self, batch: object) -> str:
        network = self._session.network
        return network.batch_names.get(batch, "") if network is not None and isinstance(batch, int) else ""

    def _flow_facts(self, network: Network, row: int) -> list[tuple[str, str]]:
        direction, evidence = int(network.flow.direction[row]), Evidence(int(network.flow.evidence[row]))
        first, second = (network.node_ids[end] or UNNAMED for end in network.pipe_ends[row].tolist())
        way = {1: f"{first} → {second}", -1: f"{second} → {first}", 0: _("Indeterminate")}[direction]
        facts = [(_("Flow"), way), (_("Because of"), _(EVIDENCE[evidence]))]
        if row in network.flow.conflicts:
            facts.append((_("Conflict"), _("The invert rises along this direction.")))
        return facts

    def _neighbours(self, network: Network, layer: Layer, row: int) -> QWidget:
        """The ends of a pipe, or the pipes of a node, as things to click."""
        part = QWidget()
        box = QFormLayout(part)
        box.setContentsMargins(0, 0, 0, 0)
        box.setHorizontalSpacing(12)
        box.setVerticalSpacing(2)
        if layer == "pipe":
            for title, end in zip((_("From"), _("To")), network.pipe_ends[row].tolist(), strict=True):
                box.addRow(label(title, "quiet"), self._link(network.node_ids[end], "node", end))
            return part
        pipes = network.edge[network.indptr[row] : network.indptr[row + 1]].tolist()
        for number, pipe in enumerate(pipes[:_MOST_NEIGHBOURS]):
            title = _("Pipes ({n})").format(n=len(pipes)) if number == 0 else ""
            box.addRow(label(title, "quiet"), self._link(f"{network.pipe_ids[pipe]}   {size_label(network, pipe)}", "pipe", pipe))
        if not pipes:
            box.addRow(label(_("Pipes"), "quiet"), label(_("none")))
        return part

    def _link(self, text: str, layer: Layer, row: int) -> QWidget:
        made = button(text or UNNAMED, partial(self._session.select_element, layer, row), quiet=True)
        made.setToolTip(_("Select it"))
        made.setProperty("link", True)
        return made

    def _copy(self, text: str) -> None:
        from PySide6.QtGui import QGuiApplication

        QGuiApplication.clipboard().setText(text)
        self._session.say(_("{id} copied").format(id=text))

    # -- many elements ----------------------------------------------------------------------------------------------

    def _sum_page(self, network: Network) -> QWidget:
        selection = self._session.selection
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(12, 12, 12, 12)
        column.setSpacing(8)
        column.addWidget(label(_("{n} elements selected").format(n=f"{len(selection):,}"), "heading"))
        total = metres(float(network.weight[selection.pipes].sum()))
        column.addLayout(
            _form([(_("Nodes"), f"{len(selection.nodes):,}"), (_("Pipes"), f"{len(selection.pipes):,}"), (_("Length"), total)])
        )
        for title, lines in (
            (_("Pipes by category"), _by_category(network, selection.pipes)),
            (_("Nodes by kind"), _by_kind(network, selection.nodes)),
        ):
            if lines:
                column.addWidget(rule())
                column.addWidget(label(title, "caption"))
                column.addLayout(_form(lines))
        column.addWidget(
            button(_("Zoom to the selection"), lambda: self._session.select(selection, fly=True), icon_name="crosshair")
        )
        column.addStretch(1)
        return page


UNNAMED = "?"


def _with_unit(field: Field, value: object) -> str:
    text = shown(field, value)
    return f"{text} {field.unit}" if text and field.unit else text


def _form(facts: list[tuple[str, str]]) -> QFormLayout:
    form = QFormLayout()
    form.setContentsMargins(0, 0, 0, 0)
    form.setHorizontalSpacing(12)
    form.setVerticalSpacing(4)
    form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
    form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    for name, text in facts:
        title = label(name, "quiet", wrap=True)
        title.setFixedWidth(112)
        form.addRow(title, label(text, wrap=True, selectable=True))
    return form


def _by_category(network: Network, pipes: np.ndarray) -> list[tuple[str, str]]:
    codes = network.pipe_category.codes[pipes]
    lines = []
    for code in np.unique(codes):
        mine = pipes[codes == code]
        name = category_label(network.pipe_category.values[code]) if code >= 0 else _("Unknown")
        lines.append((name, f"{len(mine):,} · {metres(float(network.weight[mine].sum()))}"))
    return lines


def _by_kind(network: Network, nodes: np.ndarray) -> list[tuple[str, str]]:
    codes = network.node_kind.codes[nodes]
    names = network.node_kind.values
    counts = {int(code): int((codes == code).sum()) for code in np.unique(codes)}
    return [(kind_label(names[code]) if code >= 0 else _("Point"), f"{count:,}") for code, count in counts.items()]
