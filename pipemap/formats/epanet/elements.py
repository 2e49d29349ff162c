"""Nodes and links of a model file, as columns that grow line by line."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipemap.catalog.kinds import NodeKind, PipeKind
from pipemap.formats.epanet.text import InpText, Row, number_of
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from pipemap.formats.epanet.findings import Findings
    from pipemap.formats.epanet.units import Units
    from pipemap.model.fields import Layer

_FAR = 1e9
ELEVATION = N_("Elevation")
DEMAND = N_("Demand")
HEAD = N_("Head")
INITIAL_LEVEL = N_("Initial level")
LENGTH = N_("Length")
DIAMETER = N_("Diameter")
ROUGHNESS = N_("Roughness")
MINOR_LOSS = N_("Minor loss")
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


@dataclass(slots=True)
class Nodes:
    """One entry a node; numbers in metres and litres a second, ``None`` where unknown."""

    ids: list[str] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)
    level: list[float | None] = field(default_factory=list)
    demand: list[float | None] = field(default_factory=list)
    head: list[float | None] = field(default_factory=list)
    notes: list[str | None] = field(default_factory=list)
    lines: list[int | None] = field(default_factory=list)
    first: dict[str, int] = field(default_factory=dict)

    def add(
        self, id_: str, kind: NodeKind, line: int | None, *, level: float | None = None, head: float | None = None, note: str = ""
    ) -> int:
        """Append a node and return its row."""
        row = len(self.ids)
        self.ids.append(id_)
        self.kinds.append(kind)
        self.level.append(level)
        self.head.append(head)
        self.demand.append(None)
        self.notes.append(note or None)
        self.lines.append(line)
        self.first.setdefault(id_, row)
        return row


@dataclass(slots=True)
class Links:
    """One entry a link: pipes, pumps and valves; lengths in metres, diameters in millimetres, ``None`` where unknown."""

    ids: list[str] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)
    from_nodes: list[str] = field(default_factory=list)
    to_nodes: list[str] = field(default_factory=list)
    length: list[float | None] = field(default_factory=list)
    diameter: list[float | None] = field(default_factory=list)
    roughness: list[float | None] = field(default_factory=list)
    minor_loss: list[float | None] = field(default_factory=list)
    setting: list[float | None] = field(default_factory=list)
    state: list[str | None] = field(default_factory=list)
    notes: list[str | None] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    rows: dict[str, list[int]] = field(default_factory=dict)

    def add(self, row: Row, kind: PipeKind) -> int:
        """Append a link with nothing known but its ends, and return its row."""
        number = len(self.ids)
        self.ids.append(row.words[0])
        self.kinds.append(kind)
        self.from_nodes.append(row.words[1])
        self.to_nodes.append(row.words[2])
        self.length.append(None)
        self.diameter.append(None)
        self.roughness.append(None)
        self.minor_loss.append(None)
        self.setting.append(None)
        self.state.append(None)
        self.notes.append(row.comment or None)
        self.lines.append(row.number)
        self.rows.setdefault(row.words[0], []).append(number)
        return number


@dataclass(slots=True)
class Model:
    """What the lines of one file say, and what is wrong with them."""

    text: InpText
    units: Units
    findings: Findings
    nodes: Nodes = field(default_factory=Nodes)
    links: Links = field(default_factory=Links)

    def number(self, row: Row, column: int, name: str, layer: Layer, *, above: float = -_FAR) -> float | None:
        """Return the number in a column of a line; a missing one is unknown, an impossible one too, with a problem."""
        if column >= len(row.words):
            return None
        word = row.words[column]
        value = number_of(word)
        if value is not None and above < value < _FAR:
            return value
        rule = "not-a-number" if value is None else "out-of-range"
        self.findings.add(rule, row.number, {"column": _(name), "text": word}, layer=layer, element=row.words[0])
        return None

    def scaled(self, row: Row, column: int, name: str, layer: Layer, factor: float, *, above: float = -_FAR) -> float | None:
        """Return a number times a factor of units."""
        value = self.number(row, column, name, layer, above=above)
        return None if value is None else value * factor


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
    id_ = row.words[0]
    if id_ in model.nodes.first:
        first = model.nodes.lines[model.nodes.first[id_]]
        model.findings.add("duplicate-id", row.number, {"first": first}, layer="node", element=id_)
    model.nodes.add(id_, kind, row.number, level=level, head=head, note=row.comment)


def _read_demands(model: Model) -> None:
    replaced: dict[int, float] = {}
    for row in model.text.rows("DEMANDS"):
        if row.words[0].upper() == "MULTIPLY":
            continue
        node = model.nodes.first.get(row.words[0])
        if node is None:
            model.findings.add("unknown-node", row.number, {"section": "DEMANDS"}, layer="node", element=row.words[0])
            continue
        demand = model.scaled(row, 1, DEMAND, "node", model.units.lps)
        if demand is not None:
            replaced[node] = replaced.get(node, 0.0) + demand
    for node, demand in replaced.items():
        model.nodes.demand[node] = demand


def read_links(model: Model) -> None:
    """Read pipes, pumps and valves, then the section that overrides their status."""
    for row in model.text.rows("PIPES"):
        if _has_ends(model, row, "PIPES"):
            _read_pipe(model, row)
    for row in model.text.rows("PUMPS"):
        if _has_ends(model, row, "PUMPS"):
            _read_pump(model, row)
    for row in model.text.rows("VALVES"):
        if _has_ends(model, row, "VALVES"):
            _read_valve(model, row)
    for row in model.text.rows("STATUS"):
        _read_status(model, row)


def _has_ends(model: Model, row: Row, section: str) -> bool:
    if not row.words[2:]:
        model.findings.add(
            "too-few-columns", row.number, {"text": " ".join(row.words), "section": section}, layer="pipe", element=row.words[0]
        )
        return False
    id_ = row.words[0]
    if id_ in model.links.rows:
        first = model.links.lines[model.links.rows[id_][0]]
        model.findings.add("duplicate-id", row.number, {"first": first}, layer="pipe", element=id_)
    if row.words[1] == row.words[2]:
        model.findings.add("self-loop", row.number, {"node": row.words[1]}, layer="pipe", element=id_)
    return True


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
        links.setting[link] = model.scaled(row, 5, SETTING, "pipe", _setting_factor(model, links.kinds[link]))
    links.minor_loss[link] = model.number(row, 6, MINOR_LOSS, "pipe")


def _read_status(model: Model, row: Row) -> None:
    if not row.words[1:]:
        model.findings.add("too-few-columns", row.number, {"text": row.words[0], "section": "STATUS"})
        return
    found = model.links.rows.get(row.words[0])
    if found is None:
        model.findings.add("unknown-link", row.number, {"section": "STATUS"}, layer="pipe", element=row.words[0])
    for link in found or ():
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
        links.setting[link] = value * _setting_factor(model, kind)
        links.state[link] = _CLOSED if kind == PipeKind.PUMP and value == 0 else _OPEN


def _setting_factor(model: Model, kind: str) -> float:
    if kind in _PRESSURE_VALVES:
        return model.units.pressure
    return model.units.lps if kind == PipeKind.FCV else 1.0
