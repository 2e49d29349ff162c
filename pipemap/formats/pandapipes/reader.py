"""pandapipes JSON → delivery. Only data is taken from the file: no class that it names is ever made."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipemap.catalog.kinds import NodeKind, PipeKind
from pipemap.errors import SurveyDataError, SurveyFileError
from pipemap.formats.links.records import Findings, Records, material_code, number, say_crs
from pipemap.model.delivery import Batch, Delivery
from pipemap.progress import SILENT, Progress
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.formats.registry import ReadOptions

NAME = "pandapipes"
SURE = 0.97
_HEAD = 4096
_MARK = b"pandapipesNet"
_HEATING = ("heat_consumer", "heat_exchanger", "circ_pump_pressure", "circ_pump_mass")
_LINKS = {
    "valve": (PipeKind.VALVE, "from_junction", "to_junction"),
    "pump": (PipeKind.PUMP, "from_junction", "to_junction"),
    "compressor": (PipeKind.PUMP, "from_junction", "to_junction"),
    "circ_pump_pressure": (PipeKind.PUMP, "return_junction", "flow_junction"),
    "circ_pump_mass": (PipeKind.PUMP, "return_junction", "flow_junction"),
    "press_control": (PipeKind.PRV, "from_junction", "to_junction"),
    "flow_control": (PipeKind.FCV, "from_junction", "to_junction"),
    "heat_exchanger": (PipeKind.GPV, "from_junction", "to_junction"),
    "heat_consumer": (PipeKind.GPV, "from_junction", "to_junction"),
}
"""Tables of links beside the pipes: what each is, and the columns that name its ends."""

_LEFT_OUT = ("sink", "source", "mass_storage")

Row = Mapping[str, Any]


def recognizes(path: Path) -> float:
    """Return how sure it is that a file is a pandapipes network, by its first bytes."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError:
        return 0.0
    return SURE if head.lstrip()[:1] == b"{" and _MARK in head else 0.0


def read_pandapipes(paths: Sequence[Path], *, options: ReadOptions, progress: Progress = SILENT) -> Delivery:
    """Read one network: junctions, pipes, and every other link by its table.

    Raises
    ------
    SurveyFileError
        It is no JSON, or none of that shape.
    SurveyDataError
        Several files at once, or one without junctions.
    """
    if len(paths) > 1:
        raise SurveyDataError(_("Each pandapipes file is a network of its own."), _("Import them one after another."))
    path = paths[0]
    progress(0, None, _("Reading {file}").format(file=path.name))
    net = _net(path)
    model = _Model(Records(Findings()), path.name, _category(net))
    rows_of = {name: list(_rows(table)) for name, table in net.items() if _is_table(table)}
    if not rows_of.get("junction"):
        raise SurveyDataError(_("{file} holds no junctions.").format(file=path.name))
    model.read(rows_of)
    say_crs(model.records, path.name, options.crs)
    nodes, pipes, lines = model.records.tables()
    batch = Batch(options.batch or path.stem, crs=options.crs, source=path.name)
    understood = {name: str(len(rows)) for name, rows in rows_of.items() if rows and not name.startswith("res_")}
    return Delivery(nodes, pipes, lines, batch, NAME, options.crs, model.records.findings.problems, (), understood)


def _net(path: Path) -> Mapping[str, Any]:
    try:
        read = json.loads(path.read_text(encoding="utf-8-sig"))
        net = read["_object"] if isinstance(read, dict) else None
        net = json.loads(net) if isinstance(net, str) else net
    except (ValueError, KeyError, RecursionError) as error:
        raise SurveyFileError(_("{file} cannot be read: {reason}").format(file=path.name, reason=error)) from error
    if not isinstance(net, dict):
        raise SurveyFileError(_("{file} has another shape than a pandapipes network.").format(file=path.name))
    return net


def _is_table(table: object) -> bool:
    return isinstance(table, dict) and table.get("_class") == "DataFrame"


def _rows(table: Mapping[str, Any]) -> Iterator[Row]:
    """Yield the records of a table, with its key as ``_key``; nothing for a table of another shape."""
    try:
        held = table["_object"]
        held = json.loads(held) if isinstance(held, str) else held
        keys, columns, data = held["index"], held["columns"], held["data"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return
    if all(isinstance(part, list) for part in (keys, columns, data)):
        for key, values in zip(keys, data, strict=False):
            if isinstance(values, list):
                yield {"_key": key, **dict(zip(map(str, columns), values, strict=False))}


def _category(net: Mapping[str, Any]) -> str | None:
    """What flows in it: by its fluid, and by what hangs on it."""
    fluid = net.get("fluid")
    text = json.dumps(fluid)[:2000].replace("\\", "") if fluid else ""
    if '"is_gas": true' in text:
        return "TR"
    if any(_is_table(net.get(name)) and any(True for _row in _rows(net[name])) for name in _HEATING):
        return "RS"
    return "JS" if '"is_gas": false' in text else None


@dataclass(slots=True)
class _Model:
    records: Records
    file: str
    category: str | None

    def read(self, tables: Mapping[str, Sequence[Row]]) -> None:
        places = {row["_key"]: row for row in tables.get("junction_geodata", ())}
        courses = {row["_key"]: row.get("coords") for row in tables.get("pipe_geodata", ())}
        fed = {row.get("junction") for row in tables.get("ext_grid", ()) if row.get("in_service") is not False}
        fed |= {row.get("flow_junction") for name in _HEATING[2:] for row in tables.get(name, ())}
        for row in tables["junction"]:
            self._junction(row, places.get(row["_key"], {}), fed)
        for row in tables.get("pipe", ()):
            self._pipe(row, courses.get(row["_key"]))
        for name, (kind, first, second) in _LINKS.items():
            for row in tables.get(name, ()):
                self._device(name, row, kind, (first, second))
        for name in _LEFT_OUT:
            if tables.get(name):
                self.records.findings.add("left-out", self.file, {"kind": name, "count": len(tables[name])})

    def _junction(self, row: Row, place: Row, fed: set[Any]) -> None:
        x, y = number(place.get("x")), number(place.get("y"))
        key = _key(row["_key"])
        at = self.records.node(
            key,
            f"{self.file}: junction {key}",
            **({} if x is None or y is None else {"x": x, "y": y}),
            category=self.category,
            kind=str((NodeKind.SOURCE if row["_key"] in fed else NodeKind.JUNCTION).value),
            ground=number(row.get("height_m")),
            lifecycle="out_of_use" if row.get("in_service") is False else None,
        )
        self.records.nodes[at]["id"] = _text(row.get("name")) or f"junction-{key}"

    def _ends(self, table: str, row: Row, names: tuple[str, str], element: str) -> tuple[int, int]:
        where = f"{self.file}: {table} {_key(row['_key'])}"
        first, second = (self.records.end(_key(row.get(name)), where, element) for name in names)
        return first, second

    def _pipe(self, row: Row, course: object) -> None:
        name = _text(row.get("name")) or f"pipe-{_key(row['_key'])}"
        first, second = self._ends("pipe", row, ("from_junction", "to_junction"), name)
        length, diameter = number(row.get("length_km")), number(row.get("diameter_m"))
        kind = _text(row.get("stanet_std_type")) or _text(row.get("std_type"))
        words = [part for part in (kind or "").split() if part.isalpha()]
        self.records.link(
            first,
            second,
            _between(course),
            id=name,
            category=self.category,
            length=None if length is None else length * 1000,
            diameter_mm=None if diameter is None else round(diameter * 1000, 6),
            size_text=kind,
            material=material_code(words[0]) if words else None,
            roughness=number(row.get("k_mm")),
            lifecycle="out_of_use" if row.get("in_service") is False else None,
        )

    def _device(self, table: str, row: Row, kind: PipeKind, names: tuple[str, str]) -> None:
        name = _text(row.get("name")) or f"{table}-{_key(row['_key'])}"
        first, second = self._ends(table, row, names, name)
        opened, diameter = row.get("opened"), number(row.get("diameter_m"))
        self.records.link(
            first,
            second,
            id=name,
            category=self.category,
            kind=str(kind.value),
            length=0.0,
            diameter_mm=None if diameter is None else round(diameter * 1000, 6),
            state={True: "open", False: "closed"}.get(opened) if isinstance(opened, bool) else None,
            lifecycle="out_of_use" if row.get("in_service") is False else None,
        )


def _key(value: object) -> str:
    return f"{value:.0f}" if isinstance(value, float) and value.is_integer() else str(value)


def _text(value: object) -> str | None:
    return str(value).strip() or None if value is not None else None


def _between(course: object) -> list[tuple[float, float]]:
    """Vertices between the ends of a pipe, those that are numbers."""
    if not isinstance(course, list):
        return []
    return [
        (x, y)
        for place in course[1:-1]
        if isinstance(place, list) and len(place) >= 2  # noqa: PLR2004 -- east and north
        and (x := number(place[0])) is not None and (y := number(place[1])) is not None
    ]  # fmt: skip
