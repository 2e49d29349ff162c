"""ISYBAU XML → delivery: manholes, structures and connection points, sewers and their laterals; inspections stay behind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipemap.catalog.kinds import NodeKind, PipeKind
from pipemap.errors import SurveyDataError
from pipemap.formats.foreign_xml import read_foreign_xml
from pipemap.formats.links.records import Findings, Records, number, say_crs
from pipemap.model.delivery import Batch, Delivery
from pipemap.progress import SILENT, Progress
from pipemap.texts import _

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from pipemap.formats.registry import ReadOptions

NAME = "isybau"
SURE = 0.97
_HEAD = 4096

_MARK = b"bfr-abwasser"
_CATEGORIES = {"R": "YS", "S": "WS", "M": "HS"}
"""Second letter of the kind of drainage: rain, foul, combined."""

_MATERIALS = {"B": "T", "SB": "T", "STZ": "TC", "PVC": "PVC", "PVCU": "PVC", "PE": "PE", "PEHD": "PE", "PP": "PP", "GFK": "BLG",
              "GGG": "QM", "GG": "ZT", "ST": "G", "MA": "Z", "AZ": "SM"}  # fmt: skip
_NODES = {"Schacht": NodeKind.MANHOLE, "Bauwerk": NodeKind.CHAMBER, "Anschlusspunkt": NodeKind.JUNCTION}
_ZONES = {32: "EPSG:4647", 33: "EPSG:5650"}
"""UTM zones that stand in front of the easting, and the systems that have them there."""

_COVERS, _BOTTOMS = ("DMP",), ("SMP", "RAP", "AP")


def recognizes(path: Path) -> float:
    """Return how sure it is that a file is ISYBAU XML, by its first bytes."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError:
        return 0.0
    return SURE if _MARK in head and b"<Identifikation" in head else 0.0


def read_isybau(paths: Sequence[Path], *, options: ReadOptions, progress: Progress = SILENT) -> Delivery:
    """Read the master data of one file.

    Raises
    ------
    SurveyFileError
        It is no well-formed XML, or one that is made to do harm.
    SurveyDataError
        Several files at once, or one without nodes and pipes.
    """
    if len(paths) > 1:
        raise SurveyDataError(_("Each ISYBAU file is a network of its own."), _("Import them one after another."))
    path = paths[0]
    progress(0, None, _("Reading {file}").format(file=path.name))
    reading = _Reading(Records(Findings()), path.name)
    root = read_foreign_xml(path, mended=lambda: reading.records.findings.add("mended", path.name))
    things = list(root.iter("AbwassertechnischeAnlage"))
    for thing in things:
        if thing.find("Knoten") is not None:
            reading.node(thing)
    for thing in things:
        if thing.find("Kante") is not None:
            reading.pipe(thing)
    records = reading.records
    if not records.nodes and not records.pipes:
        raise SurveyDataError(_("{file} holds no nodes.").format(file=path.name))
    crs = options.crs or reading.system()
    say_crs(records, path.name, crs)
    visits = sum(1 for _visit in root.iter("InspizierteAbwassertechnischeAnlage"))
    if visits:
        records.findings.add("left-out", path.name, {"kind": "InspizierteAbwassertechnischeAnlage", "count": visits})
    nodes, pipes, lines = records.tables()
    batch = Batch(options.batch or path.stem, crs=crs, source=path.name)
    return Delivery(nodes, pipes, lines, batch, NAME, crs, records.findings.problems)


def _value(thing: Element, path: str) -> float | None:
    return number(_text(thing, path))


def _text(thing: Element, path: str) -> str | None:
    return (thing.findtext(path) or "").strip() or None


def _category(thing: Element) -> str:
    kind = _text(thing, "Entwaesserungsart") or ""
    return _CATEGORIES.get(kind[1:2], "PS")


def _place(point: Element) -> tuple[float, float] | None:
    east, north = _value(point, "Rechtswert"), _value(point, "Hochwert")
    return (east, north) if east and north else None


@dataclass(slots=True)
class _Reading:
    records: Records
    file: str

    def system(self) -> str:
        """The system that a zone in front of the eastings tells; empty where none stands there."""
        zones = {int(row["x"] // 1_000_000) for row in self.records.nodes if "x" in row}
        return _ZONES.get(zones.pop(), "") if len(zones) == 1 else ""

    def node(self, thing: Element) -> None:
        name = _text(thing, "Objektbezeichnung") or "?"
        points = [(point.findtext("PunktattributAbwasser") or "", point) for point in thing.iter("Punkt")]
        order = sorted(points, key=lambda pair: (pair[0] not in _COVERS, pair[0] not in _BOTTOMS))
        place = next((found for _kind, point in order if (found := _place(point)) is not None), None)
        cover = next((_value(point, "Punkthoehe") for kind, point in points if kind in _COVERS), None)
        kind = next((role for tag, role in _NODES.items() if thing.find(f"Knoten/{tag}") is not None), NodeKind.POINT)
        values: dict[str, Any] = {} if place is None else {"x": place[0], "y": place[1]}
        self.records.node(
            name,
            f"{self.file}: {name}",
            **values,
            category=_category(thing),
            kind=str(kind.value),
            ground=cover,
            chamber_depth=_value(thing, "Knoten/Schacht/Schachttiefe"),
            built=_text(thing, "Baujahr"),
            road=_text(thing, "Lage/Strassenname"),
        )

    def pipe(self, thing: Element) -> None:
        name = _text(thing, "Objektbezeichnung") or "?"
        ends = [_text(thing, f"Kante/{end}") or "?" for end in ("KnotenZulauf", "KnotenAblauf")]
        first, second = (self.records.end(end, f"{self.file}: {name}", name) for end in ends)
        width, height = _value(thing, "Kante/Profil/Profilbreite"), _value(thing, "Kante/Profil/Profilhoehe")
        shape = {"0": "round", "1": "egg"}.get(_text(thing, "Kante/Profil/Profilart") or "", "other" if width else None)
        material = _text(thing, "Kante/Material")
        size: dict[str, Any] = {"diameter_mm": height or width}
        if shape != "round":
            size = {"width_mm": width, "height_mm": height}
        self.records.link(
            first,
            second,
            _course(thing),
            **size,
            **_levels(thing),
            id=name,
            category=_category(thing),
            kind=str((PipeKind.SERVICE if thing.find("Kante/Leitung") is not None else PipeKind.PIPE).value),
            shape=shape,
            material=None if material is None else _MATERIALS.get(material.upper(), material),
            length=_value(thing, "Kante/Laenge"),
            conduit_direction=True,
            built=_text(thing, "Baujahr"),
            road=_text(thing, "Lage/Strassenname"),
        )


def _levels(thing: Element) -> dict[str, Any]:
    """Inverts at both ends; 0 stands for unknown."""
    found: dict[str, Any] = {}
    for end, tag in (("from", "SohlhoeheZulauf"), ("to", "SohlhoeheAblauf")):
        level = _value(thing, f"Kante/{tag}")
        if level:
            found |= {f"{end}_level": level, f"{end}_reference": "invert"}
    return found


def _course(thing: Element) -> list[tuple[float, float]]:
    """Vertices between the ends: where one stretch of the first line ends and the next begins."""
    line = next(thing.iter("Polygon"), None)
    stretches = [] if line is None else line.findall("Kante")
    ends = [end for stretch in stretches[:-1] if (end := stretch.find("Ende")) is not None]
    return [place for end in ends if (place := _place(end)) is not None]
