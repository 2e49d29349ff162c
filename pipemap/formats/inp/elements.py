"""Nodes and links of a model file, as columns that grow line by line."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from pipemap.catalog.kinds import NodeKind, PipeKind
from pipemap.formats.inp.text import InpText, Row, number_of
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.formats.inp.findings import Findings
    from pipemap.model.fields import Layer

FAR = 1e9
"""No number of a model is as large as this."""
LENGTH = N_("Length")
DIAMETER = N_("Diameter")
ELEVATION = N_("Elevation")
ROUGHNESS = N_("Roughness")
MINOR_LOSS = N_("Minor loss")


class Names:
    """Rows by id. EPANET tells ``a`` from ``A``; SWMM does not, so a name that is not there is looked for in any case."""

    def __init__(self, *, ignore_case: bool) -> None:
        self._rows: dict[str, list[int]] = {}
        self._folded: dict[str, list[int]] | None = {} if ignore_case else None

    def add(self, name: str, row: int) -> None:
        """Note a row of that name."""
        self._rows.setdefault(name, []).append(row)
        if self._folded is not None:
            self._folded.setdefault(name.upper(), []).append(row)

    def rows(self, name: str) -> list[int]:
        """Return every row of that name, the first one first; empty when there is none."""
        found = self._rows.get(name)
        if found is None and self._folded is not None:
            found = self._folded.get(name.upper())
        return found or []

    def first(self, name: str) -> int | None:
        """Return the first row of that name."""
        rows = self.rows(name)
        return rows[0] if rows else None

    def __contains__(self, name: str) -> bool:
        return bool(self.rows(name))


def _exact() -> Names:
    return Names(ignore_case=False)


@dataclass(kw_only=True)
class NodeColumns:
    """One entry a node; levels (of EPANET's elevation, SWMM's invert) in metres, ``None`` where unknown.

    ``lines`` holds the line of the file that defines a node, ``None`` for a placeholder.
    """

    ids: list[str] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)
    level: list[float | None] = field(default_factory=list)
    notes: list[str | None] = field(default_factory=list)
    lines: list[int | None] = field(default_factory=list)
    names: Names = field(default_factory=_exact)

    def add(self, id_: str, kind: NodeKind, line: int | None, *, level: float | None = None, note: str = "") -> int:
        """Append a node and return its row."""
        row = len(self.ids)
        self.ids.append(id_)
        self.kinds.append(kind)
        self.level.append(level)
        self.notes.append(note or None)
        self.lines.append(line)
        self.names.add(id_, row)
        return row


@dataclass(kw_only=True)
class LinkColumns:
    """One entry a link: pipes and devices; lengths in metres, diameters in millimetres, ``None`` where unknown."""

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
    names: Names = field(default_factory=_exact)

    def add(self, row: Row, kind: PipeKind) -> int:
        """Append a link with nothing known but its ends, and return its row."""
        number = len(self.ids)
        self.ids.append(row.words[0])
        self.kinds.append(kind)
        self.from_nodes.append(row.words[1])
        self.to_nodes.append(row.words[2])
        for column in (self.length, self.diameter, self.roughness, self.minor_loss, self.setting):
            column.append(None)
        self.state.append(None)
        self.notes.append(row.comment or None)
        self.lines.append(row.number)
        self.names.add(row.words[0], number)
        return number


@dataclass(kw_only=True)
class InpModel:
    """What the lines of one file say, and what is wrong with them."""

    text: InpText
    findings: Findings
    nodes: NodeColumns
    links: LinkColumns

    def number(self, row: Row, column: int, name: str, layer: Layer, *, above: float = -FAR) -> float | None:
        """Return the number in a column of a line; a missing one is unknown, an impossible one too, with a problem."""
        if column >= len(row.words):
            return None
        word = row.words[column]
        value = number_of(word)
        if value is not None and above < value < FAR:
            return value
        rule = "not-a-number" if value is None else "out-of-range"
        self.findings.add(rule, row.number, {"column": _(name), "text": word}, layer=layer, element=row.words[0])
        return None

    def scaled(self, row: Row, column: int, name: str, layer: Layer, factor: float, *, above: float = -FAR) -> float | None:
        """Return a number times a factor of units."""
        value = self.number(row, column, name, layer, above=above)
        return None if value is None else value * factor

    def check_new_node(self, row: Row) -> None:
        """Note an id that an earlier node has."""
        before = self.nodes.names.first(row.words[0])
        if before is not None:
            self.findings.add("duplicate-id", row.number, {"first": self.nodes.lines[before]}, layer="node", element=row.words[0])

    def has_ends(self, row: Row, section: str) -> bool:
        """Whether a line names a link and both its ends; an id used before and a link to itself are noted."""
        id_ = row.words[0]
        if not row.words[2:]:
            self.too_few_columns(row, section, layer="pipe")
            return False
        before = self.links.names.first(id_)
        if before is not None:
            self.findings.add("duplicate-id", row.number, {"first": self.links.lines[before]}, layer="pipe", element=id_)
        if row.words[1] == row.words[2]:
            self.findings.add("self-loop", row.number, {"node": row.words[1]}, layer="pipe", element=id_)
        return True

    def too_few_columns(self, row: Row, section: str, *, layer: Layer | None = None) -> None:
        """Note a line that says too little."""
        element = row.words[0] if layer else ""
        values = {"text": " ".join(row.words), "section": section}
        self.findings.add("too-few-columns", row.number, values, layer=layer or "", element=element)

    def known_node(self, row: Row, section: str, column: int = 0) -> int | None:
        """Return the node that a line of another section speaks of; an unknown one is noted."""
        found = self.nodes.names.first(row.words[column])
        if found is None:
            self.findings.add("unknown-node", row.number, {"section": section}, layer="node", element=row.words[column])
        return found

    def known_links(self, row: Row, section: str, column: int = 0) -> list[int]:
        """Return the links that a line of another section speaks of; an unknown one is noted."""
        found = self.links.names.rows(row.words[column])
        if not found:
            self.findings.add("unknown-link", row.number, {"section": section}, layer="pipe", element=row.words[column])
        return found

    def join_ends(self) -> NDArray[np.int64]:
        """Return the rows of both nodes of each link, (links, 2); nodes that do not exist are made as placeholders."""
        nodes, links = self.nodes, self.links
        ends = np.empty((len(links.ids), 2), dtype=np.int64)
        for side, names in enumerate((links.from_nodes, links.to_nodes)):
            for link, name in enumerate(names):
                row = nodes.names.first(name)
                if row is None:
                    row = nodes.add(name, NodeKind.PLACEHOLDER, None)
                if nodes.lines[row] is None:
                    self.findings.add("missing-node", links.lines[link], {"node": name}, layer="pipe", element=links.ids[link])
                ends[link, side] = row
        return ends


def column_of(values: list[float | None]) -> NDArray[np.float64]:
    """Return numbers as float64, NaN where unknown."""
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)
