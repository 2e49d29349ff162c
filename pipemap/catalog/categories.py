"""What a pipe carries: the categories of CJJ 61-2017, their colours, and the words that name them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Literal

from pipemap import assets
from pipemap.catalog.words import Profile, plain, profile_named, synonyms
from pipemap.texts import pick

Carries = Literal["water", "drainage", "gas", "heating", "power", "telecom", "industrial", "other"]
LIGHT_GROUND = "#F4F6F8"
DARK_GROUND = "#12161C"
_UNKNOWN = "BM"
_TAILS = ("管线", "管道", "管网", "管段", "管渠", "电缆", "光缆", "线路", "管", "线", "类")
_TABLE_TAILS = ("成果表", "点表", "线表", "点", "线", "表", "annexe", "point", "line", "mark", "text", "pt", "ln", "p", "l")
_BRACKETS = re.compile(r"[(\[【〔].*?[)\]】〕]")
_SPLIT = re.compile(r"[-_—–:：、/\s]+")


@dataclass(frozen=True, slots=True)
class Category:
    """One category of CJJ 61-2017: a major one (大类), or a sub-category (小类) whose ``major`` names its major one.

    ``colour`` is the standard's; ``light_colour`` and ``dark_colour`` are its companions that keep a contrast of 3:1 against
    the map's ground in each theme (the same colour where it does already). ``number`` is the standard's class number.
    ``gravity`` says that its pipes run by gravity unless recorded otherwise.
    """

    code: str
    major: str
    level: Literal["major", "sub"]
    number: str
    name_en: str
    name_zh: str
    colour: str
    light_colour: str
    dark_colour: str
    carries: Carries
    gravity: bool
    certainty: str
    source: str

    @property
    def label(self) -> str:
        """Name in the language on screen."""
        return pick(self.name_en, self.name_zh)


@cache
def categories() -> tuple[Category, ...]:
    """Return all categories in the order of the standard, each major one before its sub-categories."""
    return tuple(_category_rows())


def category(code: str | None) -> Category | None:
    """Return the category with exactly this CJJ 61 code, or None."""
    return _by_code().get(code) if code else None


def major_of(code: str | None) -> str:
    """Return the major category's code; of an unknown code, the code itself (empty when there is none)."""
    found = category(code)
    return found.major if found else code or ""


def colour_of(code: str | None, *, dark: bool = False) -> str:
    """Return the colour to draw a category in on the map's ground, as ``#RRGGBB``; unknown codes are drawn as 不明管线."""
    found = category(code) or _by_code()[_UNKNOWN]
    return found.dark_colour if dark else found.light_colour


def resolve_category(text: str | None, *, profile: str | Profile | None = None) -> str | None:
    """Find the category code that a text of a survey stands for.

    A CJJ 61 code stays what it is, whatever its case and spacing; names, their synonyms and class numbers become codes. Only the
    aliases of a chosen profile may give a CJJ 61 code another meaning.

    Returns
    -------
    str | None
        None when nobody knows the text; keep it as written and list it as a problem.

    Raises
    ------
    SettingsError
        ``profile`` is a name that no profile has.

    Examples
    --------
    >>> resolve_category("自来水"), resolve_category("ys"), resolve_category("YQ", profile="local-a")
    ('JS', 'YS', 'YH')
    """
    if not text:
        return None
    chosen = profile_named(profile)
    found = chosen.code("category", text) if chosen else None
    return found or _resolve(text)


def category_of_sheet(name: str | None, *, profile: str | Profile | None = None) -> str | None:
    """Find the category that the name of a sheet, table or block stands for: ``J``, ``J-给水``, ``YSL``, ``WSPoint``.

    Single letters mean a category only here, where whole surveys use them (J W Y LD L XH R D).
    """
    if not name:
        return None
    parts = [plain(part) for part in _SPLIT.split(name) if part]
    letter = synonyms("sheet").get(parts[0]) if parts else None
    words = [plain(name), *parts, *_stems(plain(name))]
    return letter or next((found for word in words if (found := resolve_category(word, profile=profile))), None)


@cache
def _by_code() -> Mapping[str, Category]:
    return MappingProxyType({row.code: row for row in categories()})


def _category_rows() -> Iterator[Category]:
    colours = {(row["code"], row["use"]): row["colour"] for row in assets.read_rows("standards", "category_colours.csv")}
    for row in assets.read_rows("standards", "categories.csv"):
        code, major = row["code"], row["major"] or row["code"]
        standard = colours.get((code, "standard")) or colours.get((major, "standard")) or colours[code, "light"]
        light, dark = (_companion(colours, code, major, use, standard) for use in ("light", "dark"))
        yield Category(
            code=code,
            major=major,
            level="sub" if row["major"] else "major",
            number=row["number"],
            name_en=row["name_en"],
            name_zh=row["name_zh"],
            colour=standard,
            light_colour=light,
            dark_colour=dark,
            carries=row["carries"],  # type: ignore[arg-type]
            gravity=row["gravity"] == "yes",
            certainty=row["certainty"],
            source=row["source"],
        )


def _companion(colours: Mapping[tuple[str, str], str], code: str, major: str, use: str, standard: str) -> str:
    own = colours.get((code, use))
    if own or (code, "standard") in colours:
        return own or standard
    return colours.get((major, use)) or standard


def _stems(word: str) -> Iterator[str]:
    """Yield the word without one, two and three endings that only say which table of a category it is."""
    for _round in range(3):
        tail = next((tail for tail in _TABLE_TAILS if word.endswith(tail)), None)
        if tail is None:
            return
        word = word.removesuffix(tail).rstrip("_")
        yield word


@cache
def _by_word() -> Mapping[str, str]:
    words: dict[str, str] = {}
    for row in categories():
        words.setdefault(plain(row.code), row.code)
    for row in sorted(categories(), key=lambda row: row.level != "major"):
        words.setdefault(plain(row.name_zh), row.code)
        words.setdefault(plain(row.name_en), row.code)
    return words | {word: code for word, code in synonyms("category").items() if word not in words}


@lru_cache(maxsize=16384)
def _resolve(text: str) -> str | None:
    words = _by_word()
    word = plain(text)
    for candidate in (word, _BRACKETS.sub("", word)):
        if candidate in words:
            return words[candidate]
        for tail in _TAILS:
            if candidate.endswith(tail) and candidate[: -len(tail)] in words:
                return words[candidate[: -len(tail)]]
    return None
