"""EN 13508-2 as text (#A, #B, #C blocks) and as XML (ZB and ZC elements): the same fields by the same letters."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from pipemap.formats.foreign_xml import read_foreign_xml
from pipemap.formats.inspections.cells import LARGEST_MM, Row, code_of, direction_of, joined_continuous, names_in
from pipemap.formats.inspections.findings import Findings
from pipemap.formats.survey_tables.decoding import decode
from pipemap.model.inspected import Inspected, Observed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from xml.etree.ElementTree import Element

NAME = "en13508"
MOST_LINES = 2_000_000
_HEAD = 4096
_TEXT_MARK = re.compile(rb"(?m)^\s*\"?#(A\d|B\d\d|C)\s*=")
_XML_MARK = re.compile(rb"<(?:\w+:)?Z[ABC](?:_\w)?\s*>")
_ENCODINGS = {"iso-8859-1": "cp1252", "iso-8859-1:1998": "cp1252", "utf-8": "utf-8", "utf8": "utf-8"}
_BLOCK = re.compile(r"#([A-Z])(\d*)\s*=?(.*)", re.DOTALL)
_ABANDONED = ("BDC", "DDC")
_COORDINATES = re.compile(r"[+-]?\d+(?:\.\d+)?")

Fields = Mapping[str, str]


def recognizes(path: Path) -> float:
    """Return how sure it is that a file is of EN 13508-2, as text or XML, by its first bytes."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError:
        return 0.0
    if len(_TEXT_MARK.findall(head)) > 1:
        return 0.95
    return 0.9 if b"<" in head and _XML_MARK.search(head) else 0.0


def read(path: Path, findings: Findings) -> list[Inspected]:
    """Read one file."""
    content = path.read_bytes()[:_HEAD]
    if content.lstrip(b"\xef\xbb\xbf\xff\xfe \r\n\t\x00").startswith(b"<"):
        root = read_foreign_xml(path, mended=lambda: findings.add("mended", path.name))
        return [_inspection(head, lines, path.name, findings) for head, lines in _blocks_of_xml(root)]
    return [_inspection(head, lines, path.name, findings) for head, lines in _blocks_of_text(path, findings)]


# -- text --------------------------------------------------------------------------------------------------------------


def _blocks_of_text(path: Path, findings: Findings) -> Iterator[tuple[Fields, list[Fields]]]:
    """Give each inspection: its heading by field, and its lines by field."""
    reading = _Text(findings, path.name)
    for number, line in enumerate(_lines(path, findings)):
        if number >= MOST_LINES:
            findings.add("too-many", path.name, {"count": f"{MOST_LINES:,}"})
            break
        done = reading.take(line.strip("\r\n\ufeff"), number + 1)
        if done is not None:
            yield done
    last = reading.finish()
    if last is not None:
        yield last


def _lines(path: Path, findings: Findings) -> list[str]:
    content = path.read_bytes()
    said = re.search(rb"#A1\s*=\s*\"?([\w:-]+)", content[:_HEAD])
    codec = _ENCODINGS.get(said[1].decode("ascii").lower()) if said else None
    if codec is not None:
        try:
            return content.decode(codec).splitlines()
        except UnicodeDecodeError:
            pass
    decoded = decode(content)
    if decoded.odd_lines:
        findings.add("mixed-encoding", path.name, {"count": len(decoded.odd_lines)})
    return decoded.text.splitlines()


class _Text:
    """The state of a text file while it is read: separators, names of columns, the inspection that is open."""

    def __init__(self, findings: Findings, file: str) -> None:
        self._findings, self._file = findings, file
        self._separator, self._decimal, self._quote = ",", ".", '"'
        self._titles: list[str] = []
        self._part = ""
        self._head: dict[str, str] = {}
        self._rows: list[Fields] = []

    def take(self, line: str, number: int) -> tuple[Fields, list[Fields]] | None:
        """Read one line; return the inspection before it where this one begins another."""
        if not line.strip():
            return None
        if line.lstrip('"').startswith("#"):
            return self._mark(line.lstrip('"').rstrip('"'))
        cells = dict(zip(self._titles, self._cells(line), strict=False))
        if self._part == "B":
            self._head |= {name: text for name, text in cells.items() if text}
            self._head.setdefault("@line", str(number))
        elif self._part == "C" and self._head:
            self._rows.append(cells | {"@line": str(number)})
        else:
            self._findings.add("no-inspection", f"{self._file}:{number}", {"text": line[:120]})
        return None

    def _mark(self, line: str) -> tuple[Fields, list[Fields]] | None:
        found = _BLOCK.match(line)
        if found is None:
            return None
        letter, number, rest = found[1], found[2], found[3].strip()
        if letter == "A":
            self._define(number, rest)
            return None
        begins = letter == "Z" or (letter == "B" and self._part in {"C", ""})
        done = self.finish() if begins else None
        self._part = letter
        self._titles = [name.strip().upper() for name in self._cells(rest)]
        return done

    def _define(self, number: str, rest: str) -> None:
        value = rest.strip('"') if number != "5" else rest
        if number == "3" and value[:1]:
            self._separator = value[0]
        elif number == "4" and value[:1]:
            self._decimal = value[0]
        elif number == "5" and value[:1]:
            self._quote = value[0]

    def _cells(self, line: str) -> list[str]:
        try:
            cells = next(csv.reader([line], delimiter=self._separator, quotechar=self._quote), [])
        except (csv.Error, TypeError, ValueError):
            cells = line.split(self._separator)
        plain = [cell.strip() for cell in cells]
        return [_point(cell) if self._decimal == "," else cell for cell in plain]

    def finish(self) -> tuple[Fields, list[Fields]] | None:
        """Return the inspection that is open, if any."""
        head, rows = self._head, self._rows
        self._head, self._rows, self._part = {}, [], ""
        return (head, rows) if head or rows else None


def _point(cell: str) -> str:
    return cell.replace(",", ".") if re.fullmatch(r"[+-]?\d+,\d+", cell) else cell


# -- XML ---------------------------------------------------------------------------------------------------------------


_LETTERS = 3
"""Letters of a field of a heading."""


def _blocks_of_xml(root: Element) -> Iterator[tuple[Fields, list[Fields]]]:
    for number, block in enumerate((one for one in root.iter() if re.fullmatch(r"ZB(_\w)?", one.tag)), 1):
        head = {part.tag.upper(): (part.text or "").strip() for part in block if not len(part) and part.tag != "ZC"}
        rows: list[Fields] = [
            {part.tag.upper(): (part.text or "").strip() for part in line} | {"@line": str(number)} for line in block.iter("ZC")
        ]
        yield head | {"@line": str(number)}, rows


# -- both --------------------------------------------------------------------------------------------------------------


def _inspection(head: Fields, lines: Sequence[Fields], file: str, findings: Findings) -> Inspected:
    """Make an inspection of its fields; those of manholes begin with C or D instead of A."""
    where = f"{file}:{head.get('@line', '?')}"
    first = (
        "A"
        if any(name[:2] in {"AA", "AB", "AC"} for name in head)
        else next((name[0] for name in head if len(name) == _LETTERS), "A")
    )
    plain = {("A" + name[1:] if name[:1] == first else name): text for name, text in head.items()}
    row = Row(where, findings)
    start, end = _ends(plain)
    observed = [_observed(line, file, findings) for line in lines]
    stations = [one.station for one in observed if one.station is not None]
    run = max(stations, default=None)
    is_node = first in {"C", "D"}
    if not plain.get("AAA") and not start and not end:
        findings.add("no-name", where)
    elif not plain.get("AAB") and not is_node:
        findings.add("start-unknown", where, {"node": start or "?"})
    places = {plain.get("AAD", "1"): _place(plain.get("AAE")), plain.get("AAF", "2"): _place(plain.get("AAG"))}
    return Inspected(
        kind="node" if is_node else "pipe",
        name=plain.get("AAA", ""),
        start=start,
        end=end,
        start_place=_place(plain.get("AAC")) or places.get(start),
        end_place=places.get(end),
        direction=direction_of(plain.get("AAK")),
        length=row.number(plain.get("ABQ"), "ABQ"),
        inspected_length=run,
        aborted=any(one.code.startswith(_ABANDONED) for one in observed),
        cleaned={"A": True, "B": False}.get(plain.get("ACM", "").upper()),
        diameter_mm=row.number(plain.get("ACB"), "ACB", largest=LARGEST_MM),
        material=plain.get("ACD", ""),
        inspected=row.date(" ".join(filter(None, (plain.get("ABF"), plain.get("ABG"))))),
        inspector=plain.get("ABH", ""),
        company=plain.get("AAM", ""),
        system="en13508",
        video=next(iter(names_in(plain.get("ABS") or plain.get("ABO"))), ""),
        note=row.note(plain.get("ADE")),
        found_in=where,
        observed=joined_continuous(observed, run, findings, where),
    )


def _ends(head: Fields) -> tuple[str, str]:
    """Return where the camera set out and where it went."""
    one, other, start = (head.get(name, "") for name in ("AAD", "AAF", "AAB"))
    if not start:
        return (other, one) if direction_of(head.get("AAK")) == "against" else (one, other)
    return start, (one if start == other else other)


def _place(text: str | None) -> tuple[float, float] | None:
    numbers = [float(part) for part in _COORDINATES.findall(text or "")]
    return (numbers[0], numbers[1]) if len(numbers) in {2, 3} and all(abs(number) < 1e9 for number in numbers) else None  # noqa: PLR2004


def _observed(line: Fields, file: str, findings: Findings) -> Observed:
    row = Row(f"{file}:{line.get('@line', '?')}", findings)
    code = code_of(line.get("A"), line.get("B"), line.get("C"))
    if not line.get("A"):
        findings.add(
            "no-code", row.where, {"text": " | ".join(text for name, text in line.items() if text and name != "@line")[:120]}
        )
    station, clock = row.number(line.get("I"), "I"), row.clock(line.get("G"), line.get("H"))
    return Observed(
        station=station,
        code=code,
        continuous=line.get("J", ""),
        clock=clock,
        quantity_1=line.get("D", ""),
        quantity_2=line.get("E", ""),
        photos=names_in(line.get("M")),
        note=row.note(line.get("F")),
    )
