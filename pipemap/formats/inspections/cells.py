"""Texts of inspection files as values: what cannot be is listed, and kept in the note."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from pipemap.formats.inspections.findings import Findings
from pipemap.model.inspected import Direction, Observed

LONGEST = 100_000.0
"""Metres: no camera goes further. Our own figure."""
LARGEST_MM = 20_000.0
_LONGEST_TEXT = 2000
_NUMBER = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d{1,3})?)\s*(mm|cm|m|米|%|°)?", re.IGNORECASE)
_DATE = re.compile(r"(\d{4})[-./年](\d{1,2})[-./月](\d{1,2})日?")
_DATE_DAY_FIRST = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
_DATE_PLAIN = re.compile(r"(\d{4})(\d{2})(\d{2})")
_TIME = re.compile(r"(?:^|[T\s])(\d{1,2}):(\d{2})(?::\d{2})?")
_WITH = frozenset({"a", "o", "i", "1", "d", "with", "downstream", "顺流", "顺", "顺水", "下游", "in fliessrichtung"})
_AGAINST = frozenset({"b", "u", "g", "2", "against", "upstream", "逆流", "逆", "逆水", "上游", "gegen fliessrichtung"})
_ENDED = re.compile(r"\s*(?:[;；,，、]|\s/\s)\s*")
_CONTINUOUS = re.compile(r"([ABSFCabsfc])\s*(\d*)")
_HOURS = 12


@dataclass(slots=True)
class Row:
    """One line of a source: ``where`` it stands, and what of it fits nowhere."""

    where: str
    findings: Findings
    kept: list[str] = field(default_factory=list)

    def number(self, text: str | None, column: str, *, largest: float = LONGEST, scale: float = 1.0) -> float | None:
        """Read a number from 0 to ``largest``; what is none, or cannot be, is listed and kept."""
        plain = unicodedata.normalize("NFKC", text or "").strip().replace(" ", "")
        if plain in {"", "-", "--", "/", "—"}:
            return None
        if plain.count(",") == 1 and "." not in plain:
            plain = plain.replace(",", ".")
        found = _NUMBER.fullmatch(plain)
        value = float(found[1]) * scale if found else math.nan
        if found and math.isfinite(value) and 0 <= value <= largest:
            return value
        self.refuse("out-of-range" if found else "not-a-number", column, plain)
        return None

    def refuse(self, rule: str, column: str, text: str) -> None:
        """List a text that is no value of its column, and keep it."""
        self.findings.add(rule, self.where, {"column": column, "value": text[:80]})
        self.kept.append(f"{column}: {text[:200]}")

    def clock(self, start: str | None, end: str | None = None) -> str:
        """Read hours, or four digits, as ``FFTT``; a single place is ``00HH``."""
        first, second = (unicodedata.normalize("NFKC", text or "").strip() for text in (start, end))
        if re.fullmatch(r"\d{4}", first) and not second:
            first, second = first[:2], first[2:]
            if first == "00":
                first, second = second, ""
        if first in {"", "0", "00"} and second in {"", "0", "00"}:
            return ""
        hours = [_hour(text) for text in (first, second)]
        if hours[0] is None or (second not in {"", "0", "00"} and hours[1] is None):
            self.refuse("no-clock", "clock", f"{first} {second}".strip())
            return ""
        alone = hours[1] is None or hours[0] == hours[1]
        return f"00{hours[0]:02d}" if alone else f"{hours[0]:02d}{hours[1]:02d}"

    def date(self, text: str | None) -> str:
        """Read a day, with a time behind it, in ISO's way; what is none is listed and stays as written."""
        plain = unicodedata.normalize("NFKC", text or "").strip()
        if not plain:
            return ""
        if found := _DATE.match(plain):
            year, month, day = found[1], found[2], found[3]
        elif found := _DATE_DAY_FIRST.match(plain):
            day, month, year = found[1], found[2], found[3]
        elif found := _DATE_PLAIN.fullmatch(plain):
            year, month, day = found[1], found[2], found[3]
        else:
            self.findings.add("no-date", self.where, {"value": plain[:80]})
            return plain[:80]
        if not (1 <= int(month) <= 12 and 1 <= int(day) <= 31):  # noqa: PLR2004 -- of a year, of a month
            self.findings.add("no-date", self.where, {"value": plain[:80]})
            return plain[:80]
        time = _TIME.search(plain[found.end() :])
        clock = f"T{int(time[1]):02d}:{time[2]}" if time and (int(time[1]), int(time[2])) != (0, 0) else ""
        return f"{year}-{int(month):02d}-{int(day):02d}{clock}"

    def note(self, *texts: str | None) -> str:
        """Join what a line says beside its values, and what could not be read."""
        said = [text.strip() for text in texts if text and text.strip()]
        return "; ".join(dict.fromkeys([*said, *self.kept]))[:_LONGEST_TEXT]


def _hour(text: str) -> int | None:
    plain = text.removesuffix("点").removesuffix("时").removesuffix(".0")
    if not plain.isascii() or not plain.isdigit() or len(plain) > 2:  # noqa: PLR2004 -- digits of an hour
        return None
    hour = int(plain)
    return (hour or _HOURS) if 0 <= hour <= _HOURS else None


def direction_of(text: str | None) -> Direction:
    """Read with or against the flow; empty where a word says neither."""
    plain = unicodedata.normalize("NFKC", text or "").strip().casefold().replace("ß", "ss")
    return "with" if plain in _WITH else "against" if plain in _AGAINST else ""


def names_in(text: str | None) -> tuple[str, ...]:
    """Return the names of files in a cell that may hold several, without their folders."""
    parts = _ENDED.split((text or "").strip())
    return tuple(dict.fromkeys(name for part in parts if (name := re.split(r"[\\/]", part)[-1].strip())))


def code_of(main: str | None, *characterisations: str | None) -> str:
    """Write a code with its characterisations, one letter each behind a dot.

    Examples
    --------
    >>> code_of("BAB", "B", "A"), code_of("babba"), code_of("BCD", "XP"), code_of("PL")
    ('BAB.B.A', 'BAB.B.A', 'BCD.XP', 'PL')
    """
    first = (main or "").strip().upper()
    parts = [first, *((text or "").strip().upper() for text in characterisations)]
    if re.fullmatch(r"[ABCD][A-F][A-Z][A-Z]{1,2}", first) and not any(parts[1:]):
        parts = [first[:3], *first[3:]]
    return ".".join(part for part in parts if part)[:40]


def joined_continuous(observed: Sequence[Observed], run: float | None, findings: Findings, where: str) -> tuple[Observed, ...]:
    """Make one of the start and the end of each continuous defect; ``run`` is how far the camera came."""
    found: list[Observed] = []
    open_ones: dict[str, int] = {}
    for one in observed:
        mark = _CONTINUOUS.fullmatch(one.continuous.strip())
        side, number = (mark[1].upper(), mark[2]) if mark else ("", "")
        if side in {"A", "S"}:
            open_ones[number] = len(found)
        elif side in {"B", "F"}:
            place = open_ones.pop(number, None)
            if place is not None:
                found[place] = _closed(found[place], one)
                continue
            findings.add("not-opened", where, {"name": one.continuous})
        found.append(one)
    for place in open_ones.values():
        findings.add("not-closed", where, {"name": found[place].continuous})
        start = found[place].station
        if run is not None and start is not None and run > start:
            found[place] = replace(found[place], length=round(run - start, 3))
    return tuple(found)


def _closed(start: Observed, end: Observed) -> Observed:
    length = start.length
    if start.station is not None and end.station is not None:
        length = round(abs(end.station - start.station), 3)
    stations = [station for station in (start.station, end.station) if station is not None]
    notes = "; ".join(dict.fromkeys(text for text in (start.note, end.note) if text))
    return replace(
        start,
        station=min(stations, default=None),
        length=length,
        photos=tuple(dict.fromkeys([*start.photos, *end.photos])),
        note=notes,
    )
