"""DWA-M 150 XML: inspections of reaches (HG, HI, HZ) and of manholes (KG, KI, KZ)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from pipemap.formats.foreign_xml import read_foreign_xml
from pipemap.formats.inspections.cells import LARGEST_MM, Row, code_of, direction_of, joined_continuous, names_in
from pipemap.formats.inspections.findings import Findings
from pipemap.model.inspected import Inspected, Observed

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

NAME = "dwa-m150"
_HEAD = 1 << 18
_MARK = re.compile(rb"<(?:\w+:)?(HG001|KG001|HI101|HZ001|KZ001)\b")
_ABANDONED = ("BDC", "DDC")


def recognizes(path: Path) -> float:
    """Return how sure it is that a file is DWA-M 150 XML, by its beginning."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError:
        return 0.0
    return 0.95 if head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<") and _MARK.search(head) else 0.0


def read(path: Path, findings: Findings) -> list[Inspected]:
    """Read one file: reaches and manholes without an inspection in it give none."""
    root = read_foreign_xml(path, mended=lambda: findings.add("mended", path.name))
    found = []
    for letter in "HK":
        for thing in root.iter(f"{letter}G"):
            found += [_inspection(thing, visit, letter, path.name, findings) for visit in thing.iter(f"{letter}I")]
    return found


def _inspection(thing: Element, visit: Element, letter: str, file: str, findings: Findings) -> Inspected:
    def of_thing(number: str) -> str:
        return (thing.findtext(f"{letter}G{number}") or "").strip()

    def of_visit(number: str) -> str:
        return (visit.findtext(f"{letter}I{number}") or "").strip()

    name, is_node = of_thing("001"), letter == "K"
    where = f"{file}: {name or '?'}"
    row = Row(where, findings)
    upper, lower = ("", "") if is_node else (of_thing("003"), of_thing("004"))
    direction = "" if is_node else direction_of(of_visit("101"))
    if not (name or upper or lower):
        findings.add("no-name", where)
    if not direction and not is_node:
        findings.add("start-unknown", where, {"node": upper or "?"})
    start, end = (lower, upper) if direction == "against" else (upper, lower)
    observed = [_observed(line, letter, where, findings) for line in visit.iter(f"{letter}Z")]
    run = max((one.station for one in observed if one.station is not None), default=None)
    return Inspected(
        kind="node" if is_node else "pipe",
        name=name,
        start=start,
        end=end,
        direction=direction,
        length=None if is_node else row.number(of_thing("310"), "HG310"),
        inspected_length=run,
        aborted=any(one.code.startswith(_ABANDONED) for one in observed),
        diameter_mm=None if is_node else row.number(of_thing("307") or of_thing("306"), "HG307", largest=LARGEST_MM),
        material="" if is_node else of_thing("304"),
        inspected=row.date(" ".join(filter(None, (of_visit("104"), of_visit("105"))))),
        inspector=of_visit("112"),
        video=next(iter(names_in(of_visit("116"))), ""),
        note=row.note(),
        found_in=where,
        observed=joined_continuous(observed, run, findings, where),
    )


def _observed(line: Element, letter: str, where: str, findings: Findings) -> Observed:
    def text(number: str) -> str:
        return (line.findtext(f"{letter}Z{number}") or "").strip()

    row = Row(where, findings)
    if not text("002"):
        findings.add("no-code", where, {"text": " | ".join((part.text or "").strip() for part in line if part.text)[:120]})
    station, clock = row.number(text("001"), f"{letter}Z001"), row.clock(text("006"), text("007"))
    return Observed(
        station=station,
        code=code_of(text("002"), text("014"), text("015")),
        continuous=text("005"),
        clock=clock,
        quantity_1=text("003"),
        quantity_2=text("004"),
        photos=names_in(text("009")),
        note=row.note(text("010")),
    )
