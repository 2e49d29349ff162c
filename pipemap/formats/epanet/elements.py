"""Nodes and links of a model file, as columns that grow line by line."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipemap.catalog.kinds import NodeKind, PipeKind
from pipemap.formats.inp.elements import (
    DIAMETER,
    ELEVATION,
    LENGTH,
    MINOR_LOSS,
    ROUGHNESS,
    InpModel,
    LinkColumns,
    NodeColumns,
)
from pipemap.formats.inp.text import Row, number_of
from pipemap.texts import N_

if TYPE_CHECKING:
    from pipemap.formats.epanet.units import Units

DEMAND = N_("Demand")
HEAD = N_("Head")
INITIAL_LEVEL = N_("Initial level")
SPEED = N_("Speed")
SETTING = N_("Setting")
_CLOSED = "closed"
_OPEN = "open"
_STATES = {
    "OPEN": _OPEN,
    "OPENED": _OPEN,
    "ACTIVE": _OPEN,
    "CV": _OPEN,
    "ON": _OPEN,
    "CLOSED": _CLOSED,
    "CLOSE": _CLOSED,
    "OFF": _CLOSED,
}
_VALVES = {
    "TCV": PipeKind.VALVE,
    "PCV": PipeKind.VALVE,
    "PRV": PipeKind.PRV,
    "PSV": PipeKind.PSV,
    "PBV": PipeKind.PBV,
    "FCV": PipeKind.FCV,
    "GPV": PipeKind.GPV,
}
_PRESSURE_VALVES = frozenset({PipeKind.PRV, PipeKind.PSV, PipeKind.PBV})


@dataclass(kw_only=True)
class Nodes(NodeColumns):
    """One entry a node; numbers in metres and litres a second, ``None`` where unknown."""

    demand: list[float | None] = field(default_factory=list)
    head: list[float | None] = field(default_factory=list)

    def add(
        self, id_: str, kind: NodeKind, line: int | None, *, level: float | None = None, note: str = "", head: float | None = None
    ) -> int:
        """Append a node and return its row."""
        self.head.append(head)
        self.demand.append(None)
        return super().add(id_, kind, line, level=level, note=note)


@dataclass(kw_only=True)
class Model(InpModel):
    """What the lines of one file say, and what is wrong with them."""

    units: Units
    nodes: Nodes = field(default_factory=Nodes)
    links: LinkColumns = field(default_factory=LinkColumns)


def read_nodes(model: Model) -> None:
    """Read junctions, reservoirs and tanks, then the demands that replace those of the junctions."""
    metre = model.units.metre
    for row in model.text.rows("JUNCTIONS"):
        level = model.scaled(row, 1, ELEVATION, "node", metre)
        _node(model, row, NodeKind.JUNCTION, level, None)
        model.nodes.demand[-1] = model.scaled(row, 2, DEMAND, "node", model.units.lps)
    for row in model.text.rows("RESERVOIRS"):
        head = model.scaled(row, 1, HEAD, "node", metre)
        _node(model, row, NodeKind.RESERVOIR, head, head)
    for row in model.text.rows("TANKS"):
        level = model.scaled(row, 1, ELEVATION, "node", metre)
        if not row.words[3:]:  # EPANET 1 wrote reservoirs as tanks that have a head only
            _node(model, row, NodeKind.RESERVOIR, level, level)
        else:
            _node(model, row, NodeKind.TANK, level, model.scaled(row, 2, INITIAL_LEVEL, "node", metre))
    _read_demands(model)


def _node(model: Model, row: Row, kind: NodeKind, level: float | None, head: float | None) -> None:
    model.check_new_node(row)
    model.nodes.add(row.words[0], kind, row.number, level=level, head=head, note=row.comment)


def _read_demands(model: Model) -> None:
    replaced: dict[int, float] = {}
    for row in model.text.rows("DEMANDS"):
        if row.words[0].upper() == "MULTIPLY":
            continue
        node = model.known_node(row, "DEMANDS")
        demand = None if node is None else model.scaled(row, 1, DEMAND, "node", model.units.lps)
        if node is not None and demand is not None:
            replaced[node] = replaced.get(node, 0.0) + demand
    for node, demand in replaced.items():
        model.nodes.demand[node] = demand


def read_links(model: Model) -> None:
    """Read pipes, pumps and valves, then the section that overrides their status."""
    for row in model.text.rows("PIPES"):
        if model.has_ends(row, "PIPES"):
            _read_pipe(model, row)
    for row in model.text.rows("PUMPS"):
        if model.has_ends(row, "PUMPS"):
            _read_pump(model, row)
    for row in model.text.rows("VALVES"):
        if model.has_ends(row, "VALVES"):
            _read_valve(model, row)
    for row in model.text.rows("STATUS"):
        _read_status(model, row)


def _read_pipe(model: Model, row: Row) -> None:
    links, units, words = model.links, model.units, row.words
    link = links.add(row, PipeKind.PIPE)
    length = links.length[link] = model.scaled(row, 3, LENGTH, "pipe", units.metre, above=-1e-9)
    if length == 0:
        model.findings.add("zero-length", row.number, layer="pipe", element=words[0])
    links.diameter[link] = model.scaled(row, 4, DIAMETER, "pipe", units.mm, above=0)
    links.roughness[link] = model.scaled(row, 5, ROUGHNESS, "pipe", units.roughness)
    status = 6
    if words[6:] and words[6].upper() not in _STATES:  # the minor loss may be left out
        links.minor_loss[link] = model.number(row, 6, MINOR_LOSS, "pipe")
        status = 7
    if words[status:]:
        _apply_status(model, row, link, words[status])


def _read_pump(model: Model, row: Row) -> None:
    links = model.links
    link = links.add(row, PipeKind.PUMP)
    links.length[link] = 0.0
    links.state[link] = _OPEN
    upper = [word.upper() for word in row.words]
    if "SPEED" in upper[3:]:
        links.setting[link] = model.number(row, upper.index("SPEED", 3) + 1, SPEED, "pipe")


def _read_valve(model: Model, row: Row) -> None:
    links, words = model.links, row.words
    type_ = words[4].upper() if words[4:] else ""
    kind = _VALVES.get(type_)
    if kind is None:
        model.findings.add("unknown-valve-type", row.number, {"text": type_}, layer="pipe", element=words[0])
    link = links.add(row, kind or PipeKind.GPV)
    links.length[link] = 0.0
    links.state[link] = _OPEN
    links.diameter[link] = model.scaled(row, 3, DIAMETER, "pipe", model.units.mm, above=0)
    if kind not in {None, PipeKind.GPV}:  # the setting of a GPV names a curve
        links.setting[link] = model.scaled(row, 5, SETTING, "pipe", setting_factor(model, links.kinds[link]))
    links.minor_loss[link] = model.number(row, 6, MINOR_LOSS, "pipe")


def _read_status(model: Model, row: Row) -> None:
    if not row.words[1:]:
        model.too_few_columns(row, "STATUS")
        return
    for link in model.known_links(row, "STATUS"):
        _apply_status(model, row, link, row.words[-1])


def _apply_status(model: Model, row: Row, link: int, word: str) -> None:
    """Put a status word, or the number that stands for a setting, on a link."""
    links, kind, name = model.links, model.links.kinds[link], word.upper()
    state = _STATES.get(name)
    value = number_of(word) if state is None else None
    if name == "CV" and kind == PipeKind.PIPE:
        links.kinds[link] = PipeKind.CHECK_VALVE
    elif state is not None:
        links.state[link] = state if state == _CLOSED or kind != PipeKind.PIPE else None
    elif value is None or kind in {PipeKind.PIPE, PipeKind.CHECK_VALVE}:
        model.findings.add("unknown-status", row.number, {"text": word}, layer="pipe", element=row.words[0])
    else:
        links.setting[link] = value * setting_factor(model, kind)
        links.state[link] = _CLOSED if kind == PipeKind.PUMP and value == 0 else _OPEN


def setting_factor(model: Model, kind: str) -> float:
    """Return metres of water, litres a second or 1 in a unit of the setting of a valve or pump."""
    if kind in _PRESSURE_VALVES:
        return model.units.pressure
    return model.units.lps if kind == PipeKind.FCV else 1.0
