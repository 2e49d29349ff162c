"""STANET text exports → delivery: nodes, pipes, valves, the slide valves and house connections on pipes, houses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipemap.catalog.kinds import NodeKind, PipeKind
from pipemap.errors import SurveyDataError
from pipemap.formats.links.records import Findings, Records, material_code, number, say_crs
from pipemap.model.delivery import Batch, Delivery
from pipemap.progress import SILENT, Progress
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.formats.registry import ReadOptions

NAME = "stanet"
SURE = 0.97
_MARK = b"DAKTEXNET"
_CATEGORIES = {"G": "TR", "W": "JS", "D": "ZQ", "F": "RS", "H": "RS", "S": "PS"}
"""Medium of the model to category."""

_TAKEN = ("KNO", "LEI", "VEN", "STS", "CON", "HLE", "HAU")
_RESULTS = frozenset({"NOD", "PIP", "NE1", "NET"})
_SEPARATOR = ";"
_SLIDE_STATES = {"2": "open", "3": "closed"}
"""Types of slide valves on pipes, as two exports of one model with its valves open and closed tell them apart."""


@dataclass(frozen=True, slots=True)
class _Record:
    """One line of the file: what it holds by the names of its fields, and its number."""

    kind: str
    line: int
    values: Mapping[str, str]

    def text(self, name: str) -> str | None:
        return self.values.get(name, "").strip() or None

    def number(self, name: str) -> float | None:
        return number(self.values.get(name, "").strip() or None)

    def positive(self, name: str) -> float | None:
        value = self.number(name)
        return value if value is not None and value > 0 else None

    def place(self, east: str = "XRECHTS", north: str = "YHOCH") -> dict[str, Any]:
        x, y = self.number(east), self.number(north)
        return {} if not x or not y else {"x": x, "y": y}


def recognizes(path: Path) -> float:
    """Return how sure it is that a file is a STANET export, by its first line."""
    try:
        with path.open("rb") as file:
            return SURE if file.read(len(_MARK)) == _MARK else 0.0
    except OSError:
        return 0.0


def read_stanet(paths: Sequence[Path], *, options: ReadOptions, progress: Progress = SILENT) -> Delivery:
    """Read one export; pipes are cut at the slide valves and connections that lie on them.

    Raises
    ------
    SurveyDataError
        Several files at once, or one without nodes.
    """
    if len(paths) > 1:
        raise SurveyDataError(_("Each STANET file is a model of its own."), _("Import them one after another."))
    path = paths[0]
    progress(0, None, _("Reading {file}").format(file=path.name))
    text = path.read_bytes().decode("cp1252", errors="replace")
    found: dict[str, list[_Record]] = {}
    for record in _records(text):
        found.setdefault(record.kind, []).append(record)
    if not found.get("KNO"):
        raise SurveyDataError(_("{file} holds no nodes.").format(file=path.name))
    medium = next((line[3:4] for line in text.splitlines()[:40] if line.startswith("MED")), "")
    model = _Model(Records(Findings()), path.name, _CATEGORIES.get(medium))
    model.read(found)
    say_crs(model.records, path.name, options.crs)
    nodes, pipes, lines = model.records.tables()
    batch = Batch(options.batch or path.stem, crs=options.crs, source=path.name)
    understood = {_("medium"): f"{medium} → {model.category or '?'}"} | {kind: str(len(rows)) for kind, rows in found.items()}
    return Delivery(nodes, pipes, lines, batch, NAME, options.crs, model.records.findings.problems, (), understood)


def _records(text: str) -> Iterator[_Record]:
    """Yield the records whose fields the file has named."""
    names: dict[str, list[str]] = {}
    for line, row in enumerate(text.splitlines(), start=1):
        if row.startswith("REM FLDNAM "):
            kind, *fields = row.removeprefix("REM FLDNAM ").split(_SEPARATOR)
            names[kind.strip()] = [field.strip() for field in fields]
            continue
        kind, separator, rest = row.partition(_SEPARATOR)
        if separator and kind in names:
            yield _Record(kind, line, dict(zip(names[kind], rest.split(_SEPARATOR), strict=False)))


@dataclass(slots=True)
class _Model:
    records: Records
    file: str
    category: str | None

    def read(self, found: Mapping[str, Sequence[_Record]]) -> None:
        for row in found.get("KNO", ()):
            self._node(row)
        on_pipes: dict[str, list[tuple[_Record, int]]] = {}
        pipes = {row.text("STANETID") for row in found.get("LEI", ())}
        for row in (*found.get("STS", ()), *found.get("CON", ())):
            node = self._on_pipe(row)
            pipe = row.text("CLIENTID")
            if pipe in pipes:
                on_pipes.setdefault(str(pipe), []).append((row, node))
            else:
                told = {"pipe": pipe or "?"}
                self.records.findings.add("no-pipe", self._where(row), told, layer="node", element=self._name(row))
        for row in found.get("LEI", ()):
            self._pipe(row, on_pipes.get(row.text("STANETID") or "", []))
        for row in found.get("VEN", ()):
            self._valve(row)
        for row in found.get("HAU", ()):
            values = {**row.place(), "address": self._address(row), "kind": str(NodeKind.CUSTOMER.value)}
            self.records.node(self._name(row), self._where(row), category=self.category, **values)
        for row in found.get("HLE", ()):
            self._service(row)
        for kind, rows in found.items():
            if kind not in _TAKEN and kind not in _RESULTS:
                self.records.findings.add("left-out", self.file, {"kind": kind, "count": len(rows)})

    def _where(self, row: _Record) -> str:
        return f"{self.file}:{row.line}"

    def _name(self, row: _Record) -> str:
        return row.text("SCHIEBNO") or row.text("STANETID") or f"{row.kind}-{row.line}"

    def _address(self, row: _Record) -> str | None:
        return " ".join(part for name in ("STRASSE", "STRANUM", "HAUSNUM") if (part := row.text(name))) or None

    def _node(self, row: _Record) -> None:
        fed = row.text("DSTATUS") == "!"
        self.records.node(
            row.text("KNAM") or f"KNO-{row.line}",
            self._where(row),
            **row.place(),
            category=self.category,
            kind=str((NodeKind.SOURCE if fed else NodeKind.JUNCTION).value),
            ground=row.number("GEOH"),
        )

    def _on_pipe(self, row: _Record) -> int:
        """A slide valve or a connection that lies on a pipe; links name it by its own id."""
        slide = row.kind == "STS"
        place = row.place("ONSTRPOSX", "ONSTRPOSY") or row.place()
        values: dict[str, Any] = {"kind": str((NodeKind.ISOLATION_VALVE if slide else NodeKind.JUNCTION).value)}
        if slide:
            values["state"] = _SLIDE_STATES.get(row.text("TYP") or "", "unknown")
        elif row.positive("GEOH"):
            values["ground"] = row.number("GEOH")
        return self.records.node(self._name(row), self._where(row), **place, category=self.category, **values)

    def _ends(self, row: _Record) -> tuple[int, int]:
        named = (row.text("ANFNAM") or "?", row.text("ENDNAM") or "?")
        first, second = (self.records.end(name, self._where(row), self._name(row)) for name in named)
        return first, second

    def _pipe(self, row: _Record, on_it: Sequence[tuple[_Record, int]]) -> None:
        """A pipe, in pieces where something lies on it, from its first node to its second."""
        first, second = self._ends(row)
        nodes = self.records.nodes
        start, end = nodes[first], nodes[second]
        shares = {node: _share(start, end, nodes[node]) for _record, node in on_it}
        stops = [(first, 0.0), *sorted(shares.items(), key=lambda pair: pair[1]), (second, 1.0)]
        length, name = row.positive("RORL"), self._name(row)
        for piece, ((one, low), (other, high)) in enumerate(pairwise(stops), start=1):
            values = _pipe_values(row) | {
                "id": name if len(stops) == 2 else f"{name}#{piece}",  # noqa: PLR2004 -- nothing lies on it
                "length": None if length is None else length * (high - low),
                "category": self.category,
            }
            self.records.link(one, other, **values)

    def _valve(self, row: _Record) -> None:
        first, second = self._ends(row)
        state = {"J": "open", "N": "closed"}.get(row.text("AUF") or "")
        values = _pipe_values(row) | {"id": self._name(row), "category": self.category, "kind": str(PipeKind.VALVE.value)}
        self.records.link(first, second, **values, state=state, length=row.positive("RORL"))

    def _service(self, row: _Record) -> None:
        """A house connection: from where it leaves the pipe to the house."""
        named = (row.text("CLIENTID") or "?", row.text("CLIENT2ID") or "?")
        first, second = (self.records.end(name, self._where(row), self._name(row)) for name in named)
        values = _pipe_values(row) | {"id": self._name(row), "category": self.category, "kind": str(PipeKind.SERVICE.value)}
        self.records.link(first, second, **values, length=row.positive("RORL"))


def _pipe_values(row: _Record) -> dict[str, Any]:
    material = row.text("MATERIAL")
    return {
        "diameter_mm": row.positive("DN") or row.positive("DM"),
        "size_text": row.text("ROHRTYP"),
        "wall_mm": row.positive("WANDDICKE"),
        "material": None if material is None else material_code(material),
        "roughness": row.positive("RAU"),
        "road": row.text("STRASSE"),
        "built": f"{built:.0f}" if (built := row.positive("BAUJAHR")) else None,
        "lifecycle": "out_of_use" if row.positive("STILGJAHR") else None,
    }


def _share(start: Mapping[str, Any], end: Mapping[str, Any], at: Mapping[str, Any]) -> float:
    """How far along the straight between two nodes a third one lies, 0 to 1; in the middle where nothing is known."""
    if not all("x" in row and "y" in row for row in (start, end, at)):
        return 0.5
    run = (end["x"] - start["x"], end["y"] - start["y"])
    square = run[0] ** 2 + run[1] ** 2
    along = ((at["x"] - start["x"]) * run[0] + (at["y"] - start["y"]) * run[1]) / square if square else 0.5
    return min(max(along, 0.0), 1.0)
