"""What is measured on patrol: gas, potentials, pressures, depths; each with its unit, and limits that a survey can set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from pipemap import assets
from pipemap.catalog.words import plain
from pipemap.texts import pick


@dataclass(frozen=True, slots=True)
class ReadingKind:
    """One kind of reading.

    Attributes
    ----------
    unit
        In which its values are kept.
    units
        Unit as people write it → what a value in it is multiplied by.
    low, high
        Our starting limits, None where there is none; a survey sets its own.
    hazard
        Code of the hazard that a value beyond a limit is.
    certainty, source
        How sure the limits are.
    """

    kind: str
    name_en: str
    name_zh: str
    unit: str
    units: Mapping[str, float]
    low: float | None
    high: float | None
    decimals: int
    hazard: str
    aliases: tuple[str, ...]
    certainty: str
    source: str

    @property
    def label(self) -> str:
        """Name in the language on screen."""
        return pick(self.name_en, self.name_zh)

    def factor(self, unit: str) -> float | None:
        """Return what a value in a unit is multiplied by; None where the unit is not known."""
        word = unit.strip()
        return self.units.get(word, self.units.get(word.casefold())) if word else 1.0


@cache
def reading_kinds() -> Mapping[str, ReadingKind]:
    """Return every kind of reading by its word."""
    return MappingProxyType({row["kind"]: _kind(row) for row in assets.read_rows("standards", "reading_kinds.csv")})


def _kind(row: Mapping[str, str]) -> ReadingKind:
    pairs = [text.rpartition("=") for text in row["units"].split(";")]
    units = {word: float(factor) for unit, _equals, factor in pairs for word in (unit.casefold(), unit)}
    low, high = (float(row[name]) if row[name] else None for name in ("low", "high"))
    return ReadingKind(
        row["kind"],
        row["name_en"],
        row["name_zh"],
        row["unit"],
        MappingProxyType(units),
        low,
        high,
        int(row["decimals"]),
        row["hazard"],
        tuple(row["aliases"].split("|")),
        row["certainty"],
        row["source"],
    )


def reading_kind(text: str) -> ReadingKind | None:
    """Return what a word or a name in either language stands for, None where nobody knows it.

    Examples
    --------
    >>> reading_kind("阴保电位").kind, reading_kind("Depth of water").unit, reading_kind("mood")
    ('cp_potential', 'm', None)
    """
    return _by_word().get(plain(text))


@cache
def _by_word() -> Mapping[str, ReadingKind]:
    found: dict[str, ReadingKind] = {}
    for row in reading_kinds().values():
        for word in (row.kind, row.name_en, row.name_zh, *row.aliases):
            found.setdefault(plain(word), row)
    return MappingProxyType(found)
