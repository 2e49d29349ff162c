"""How findings are coded: systems side by side, each with its codes, grades and scores. They are never mixed.

Of CJJ 181 the standard itself was not seen; certainty and source of each row say what was.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from types import MappingProxyType

from pipemap import assets
from pipemap.catalog.words import plain
from pipemap.errors import SettingsError
from pipemap.texts import _, pick

DEFAULT_SYSTEM = "cjj181"
_GROUP_LETTERS = 3
"""Letters of a code of EN 13508-2 before its characterisations."""


@dataclass(frozen=True, slots=True)
class FindingSystem:
    """One coding system; ``best`` and ``worst`` are the ends of its grades, None where it has none."""

    name: str
    name_en: str
    name_zh: str
    best: int | None
    worst: int | None
    grade_word_en: str
    grade_word_zh: str
    certainty: str
    source: str

    @property
    def label(self) -> str:
        """Name in the language on screen."""
        return pick(self.name_en, self.name_zh)

    @property
    def grade_words(self) -> str:
        """What its grades mean, in a sentence."""
        return pick(self.grade_word_en, self.grade_word_zh)

    @property
    def grades(self) -> tuple[int, ...]:
        """Every grade, the lightest first."""
        if self.best is None or self.worst is None:
            return ()
        step = 1 if self.worst >= self.best else -1
        return tuple(range(self.best, self.worst + step, step))


@dataclass(frozen=True, slots=True)
class GradeRule:
    """When a code has a grade, and how it scores; ``variant`` tells rules for different materials apart."""

    code: str
    variant: str
    grade: int
    score: float | None
    criterion_en: str
    criterion_zh: str
    certainty: str

    @property
    def criterion(self) -> str:
        """When it applies, in the language on screen."""
        return pick(self.criterion_en, self.criterion_zh)


@dataclass(frozen=True, slots=True)
class FindingCode:
    """One code: ``kind`` is structural, functional, operation, inventory, fabric, other or hazard."""

    system: str
    code: str
    name_en: str
    name_zh: str
    kind: str
    certainty: str
    source: str
    rules: tuple[GradeRule, ...] = ()

    @property
    def label(self) -> str:
        """Name in the language on screen."""
        return pick(self.name_en, self.name_zh)

    @property
    def grades(self) -> tuple[int, ...]:
        """Grades that it can have: its own where the system gives them, else all of the system; none where nothing is graded."""
        own = tuple(dict.fromkeys(rule.grade for rule in self.rules))
        if own or (self.system == DEFAULT_SYSTEM and self.kind not in {"structural", "functional"}):
            return own
        return finding_system(self.system).grades

    def is_named(self, text: str) -> bool:
        """Whether a text is its name in either language, or a part of that between strokes."""
        return plain(text) != plain(self.code) and _by_word(self.system).get(plain(text)) == self.code

    def score(self, grade: int | None) -> float | None:
        """Return what a grade scores; None where it is recorded and not scored."""
        return next((rule.score for rule in self.rules if rule.grade == grade), None)

    def criteria(self, grade: int) -> tuple[str, ...]:
        """Return when it has a grade, one sentence a variant."""
        return tuple(rule.criterion for rule in self.rules if rule.grade == grade)


@cache
def finding_systems() -> Mapping[str, FindingSystem]:
    """Return every coding system by its name, the usual one first."""
    found = {}
    for row in assets.read_rows("standards", "finding_systems.csv"):
        ends: dict[str, int | None] = {name: int(row[name]) if row[name] else None for name in ("best", "worst")}
        words = {name: text for name, text in row.items() if name not in {"system", "best", "worst"}}
        found[row["system"]] = FindingSystem(name=row["system"], best=ends["best"], worst=ends["worst"], **words)
    return MappingProxyType(found)


def finding_system(name: str) -> FindingSystem:
    """Return a coding system.

    Raises
    ------
    SettingsError
        There is none of that name.
    """
    found = finding_systems().get(name)
    if found is None:
        raise SettingsError(
            _("There is no coding system “{name}”.").format(name=name),
            _("It is one of {values}.").format(values=", ".join(finding_systems())),
        )
    return found


@cache
def finding_codes(system: str) -> Mapping[str, FindingCode]:
    """Return every code of a system, in the order of its list."""
    finding_system(system)
    rules: dict[str, list[GradeRule]] = {}
    for row in assets.read_rows("standards", "finding_grades.csv"):
        if row["system"] == system:
            score = float(row["score"]) if row["score"] else None
            words = (row[name] for name in ("criterion_en", "criterion_zh", "certainty"))
            rules.setdefault(row["code"], []).append(GradeRule(row["code"], row["variant"], int(row["grade"]), score, *words))
    return MappingProxyType(
        {
            row["code"]: FindingCode(
                kind=row["class"],
                rules=tuple(rules.get(row["code"], ())),
                **{name: text for name, text in row.items() if name != "class"},
            )
            for row in assets.read_rows("standards", "finding_codes.csv")
            if row["system"] == system
        }
    )


@lru_cache(maxsize=4096)
def finding_code(system: str, text: str | None) -> FindingCode | None:
    """Return what a code or its name in either language stands for, None when nobody knows it.

    Characterisations behind a code of EN 13508-2, numbers behind one of CJJ 181, and letters behind a family of PACP are its
    own business: ``BAB.A.B`` is ``BAB``, ``KS01`` is ``KS``, ``OBR`` is ``OB``.

    Examples
    --------
    >>> finding_code("cjj181", "破裂").code, finding_code("en13508", "BABBA").code, finding_code("cjj181", "??")
    ('PL', 'BAB', None)
    """
    if not text or not text.strip():
        return None
    known = finding_codes(system)
    word = plain(text)
    if (found := _by_word(system).get(word)) is not None:
        return known[found]
    for start in _starts(system, word):
        if (found := _by_word(system).get(start)) is not None and plain(found) == start:
            return known[found]
    return None


def complete_code(system: str, text: str, *, most: int = 20) -> tuple[FindingCode, ...]:
    """Return codes that a person may mean: those that begin so, then those in whose names it stands, then similar ones."""
    known = finding_codes(system)
    word = plain(text)
    if not word:
        return tuple(known.values())[:most]
    begins = [row for row in known.values() if plain(row.code).startswith(word)]
    holds = [row for row in known.values() if word in plain(row.name_zh) or word in plain(row.name_en)]
    similar = [known[_by_word(system)[near]] for near in difflib.get_close_matches(word, _by_word(system), n=3, cutoff=0.6)]
    return tuple(dict.fromkeys([*begins, *holds, *similar]))[:most]


@dataclass(frozen=True, slots=True)
class Factor:
    """One choice of a factor of CJJ 181: K (area), E (pipe), T (soil)."""

    factor: str
    choice: str
    name_en: str
    name_zh: str
    value: float
    certainty: str

    @property
    def label(self) -> str:
        """Name in the language on screen."""
        return pick(self.name_en, self.name_zh)


@cache
def condition_factors(factor: str) -> Mapping[str, Factor]:
    """Return the choices of K, E or T by their names."""
    return MappingProxyType(
        {
            row["choice"]: Factor(factor, row["choice"], row["name_en"], row["name_zh"], float(row["value"]), row["certainty"])
            for row in assets.read_rows("standards", "condition_factors.csv")
            if row["factor"] == factor
        }
    )


@dataclass(frozen=True, slots=True)
class ConditionGrade:
    """A grade I to IV of one scale of CJJ 181, up to which value it goes, and what it means or advises."""

    scale: str
    grade: str
    up_to: float
    name_en: str
    name_zh: str

    @property
    def label(self) -> str:
        """What it means, in the language on screen."""
        return pick(self.name_en, self.name_zh)


@cache
def condition_grades(scale: str) -> tuple[ConditionGrade, ...]:
    """Return the grades of ``structural``, ``repair``, ``functional`` or ``maintenance``, the best first."""
    return tuple(
        ConditionGrade(scale, row["grade"], float(row["up_to"] or "inf"), row["name_en"], row["name_zh"])
        for row in assets.read_rows("standards", "condition_grades.csv")
        if row["scale"] == scale
    )


def condition_grade(scale: str, value: float) -> ConditionGrade:
    """Return the grade that a value has on a scale.

    Examples
    --------
    >>> condition_grade("structural", 3.0).grade, condition_grade("repair", 3.8).grade, condition_grade("structural", 6.1).grade
    ('II', 'II', 'IV')
    """
    return next(row for row in condition_grades(scale) if value <= row.up_to)


@cache
def _by_word(system: str) -> Mapping[str, str]:
    words = {plain(code): code for code in finding_codes(system)}
    for row in finding_codes(system).values():
        for name in (row.name_zh, row.name_en):
            words.setdefault(plain(name), row.code)
            for part in re.split(r"[/、]", name):
                words.setdefault(plain(part), row.code)
    return words


def _starts(system: str, word: str) -> tuple[str, ...]:
    """Return how much of a code may be the code itself, the longest first."""
    if not word.isascii() or (not word.isalnum() and not re.fullmatch(r"[a-z0-9. /-]+", word)):
        return ()
    letters = re.match(r"[a-z]*", word)[0]  # type: ignore[index]
    if system == "en13508":
        return (letters[:_GROUP_LETTERS],)
    if system == "pacp":
        return tuple(letters[:count] for count in range(min(2, len(letters)), 0, -1))
    return (letters,) if system == DEFAULT_SYSTEM and re.fullmatch(r"[a-z]+\d+", word) else ()
