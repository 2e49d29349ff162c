"""ISYBAU XML: optical inspections of sewers and manholes (Zustandsdaten)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pipemap.formats.foreign_xml import MAX_BYTES, read_foreign_xml
from pipemap.formats.inspections.cells import LARGEST_MM, Row, code_of, direction_of, joined_continuous, names_in
from pipemap.formats.inspections.findings import Findings
from pipemap.model.inspected import Inspected, Observed

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

NAME = "isybau"
_HEAD = 4096
_PIECE = 1 << 20
_MARK, _VISIT = b"bfr-abwasser", b"<InspizierteAbwassertechnischeAnlage"
_ABANDONED = ("BDC", "DDC")


def recognizes(path: Path) -> float:
    """Return how sure it is that a file is ISYBAU XML with inspections in it."""
    try:
        if path.is_dir() or path.stat().st_size > MAX_BYTES:
            return 0.0
        with path.open("rb") as file:
            head = file.read(_HEAD)
            if _MARK not in head:
                return 0.0
            before = head
            while before:
                piece = file.read(_PIECE)
                if _VISIT in before + piece[: len(_VISIT)]:
                    return 0.98
                before = piece
    except OSError:
        return 0.0
    return 0.0


def read(path: Path, findings: Findings) -> list[Inspected]:
    """Read one file."""
    root = read_foreign_xml(path, mended=lambda: findings.add("mended", path.name))
    films = _films(root)
    found = []
    for thing in root.iter("InspizierteAbwassertechnischeAnlage"):
        found += [_inspection(thing, visit, path.name, films, findings) for visit in thing.iter("OptischeInspektion")]
    return found


def _films(root: Element) -> dict[str, str]:
    """Name of an inspected thing → name of the film that shows it."""
    found: dict[str, str] = {}
    for film in root.iter("Film"):
        name = next(
            (text for part in film.iter() if part.tag in {"Filmname", "FilmDateiname"} and (text := (part.text or "").strip())),
            "",
        )
        for part in film.iter("Objektbezeichnung"):
            if name and part.text:
                found.setdefault(part.text.strip(), name)
    return found


def _said(visit: Element, *names: str) -> str:
    """Return the first text among elements of these names, observations left out."""
    for part in _heading(visit):
        if part.tag in names and (part.text or "").strip():
            return str(part.text).strip()
    return ""


def _heading(element: Element) -> list[Element]:
    found = []
    for part in element:
        if part.tag not in {"RZustand", "KZustand"}:
            found += [part, *_heading(part)]
    return found


def _inspection(thing: Element, visit: Element, file: str, films: dict[str, str], findings: Findings) -> Inspected:
    name = (thing.findtext("Objektbezeichnung") or "").strip()
    where = f"{file}: {name or '?'}"
    row = Row(where, findings)
    lines = [*visit.iter("RZustand")]
    is_node = not lines and visit.find("Knoten") is not None
    if not name:
        findings.add("no-name", where)
    upper, lower = (
        _said(visit, "KnotenZulauf") or _of(thing, "KnotenZulauf"),
        _said(visit, "KnotenAblauf") or _of(thing, "KnotenAblauf"),
    )
    direction = direction_of(_said(visit, "Inspektionsrichtung"))
    if not direction and not is_node:
        findings.add("start-unknown", where, {"node": upper or "?"})
    start, end = (lower, upper) if direction == "against" else (upper, lower)
    observed = [_observed(line, where, findings) for line in (lines or visit.iter("KZustand"))]
    run = row.number(_said(visit, "Inspektionslaenge"), "Inspektionslaenge")
    last = max((one.station for one in observed if one.station is not None), default=None)
    return Inspected(
        kind="node" if is_node else "pipe",
        name=name,
        start=start,
        end=end,
        direction=direction,
        length=row.number(_said(visit, "Haltungslaenge", "Laenge") or _of(thing, "Laenge"), "Laenge"),
        inspected_length=run if run is not None else last,
        aborted=any(one.code.startswith(_ABANDONED) for one in observed),
        diameter_mm=row.number(_said(visit, "Profilhoehe", "Profilbreite"), "Profilhoehe", largest=LARGEST_MM),
        material=_said(visit, "Material"),
        inspected=row.date(" ".join(filter(None, (_said(visit, "Inspektionsdatum"), _said(visit, "Uhrzeit"))))),
        inspector=_said(visit, "NameUntersucher"),
        company=_said(visit, "Firma", "AuftragnehmerInspektion"),
        video=next(iter(names_in(_said(visit, "Filmname", "Videodatei") or films.get(name))), ""),
        note=row.note(_said(visit, "Kommentar", "Bemerkung")),
        found_in=where,
        observed=joined_continuous(observed, run if run is not None else last, findings, where),
    )


def _of(thing: Element, name: str) -> str:
    return (thing.findtext(name) or "").strip()


def _observed(line: Element, where: str, findings: Findings) -> Observed:
    def text(name: str) -> str:
        return (line.findtext(name) or "").strip()

    row = Row(where, findings)
    code = text("InspektionsKode")
    if not code:
        findings.add("no-code", where, {"text": " | ".join((part.text or "").strip() for part in line if part.text)[:120]})
    station = row.number(text("Station") or text("VertikaleLage"), "Station")
    clock = row.clock(text("PositionVon"), text("PositionBis"))
    return Observed(
        station=station,
        code=code_of(code, text("Charakterisierung1"), text("Charakterisierung2")),
        continuous=text("Streckenschaden") + text("StreckenschadenLfdNr") if text("Streckenschaden") else "",
        clock=clock,
        quantity_1=text("Quantifizierung1Numerisch") or text("Quantifizierung1Text"),
        quantity_2=text("Quantifizierung2Numerisch") or text("Quantifizierung2Text"),
        photos=names_in(text("Fotodatei")),
        note=row.note(text("Kommentar")),
    )
