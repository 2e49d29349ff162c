"""What a surveyed point is to the network: features (特征) and appurtenances (附属物) and the kind of node they make."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Literal

from pipemap import assets
from pipemap.catalog.categories import categories, category, major_of
from pipemap.catalog.kinds import NodeKind
from pipemap.catalog.words import Profile, plain, profile_named, synonyms
from pipemap.texts import pick

_BRACKETS = re.compile(r"[(\[【〔].*?[)\]】〕]")
_SPLIT = re.compile(r"[,，、;；/+&|]+")
_LISTED_WITH = {"ZH": "ZH", "BM": "BM"}


@dataclass(frozen=True, slots=True)
class PointWord:
    """A feature or appurtenance by its usual name.

    ``category`` is the code that this row is limited to, or empty; ``degree`` how many pipes should meet there, or None.
    """

    text: str
    category: str
    kind: NodeKind
    degree: int | None
    name_en: str
    certainty: str
    source: str

    @property
    def label(self) -> str:
        """Name in the language on screen."""
        return pick(self.name_en, self.text)


@dataclass(frozen=True, slots=True)
class PointCode:
    """An eight-digit element code of CJJ 61-2017, appendix F.

    ``list`` is ``feature``, ``appurtenance``, ``line``, ``area`` or ``other``.
    """

    code: str
    category: str
    list: str
    text: str
    certainty: str
    source: str


def node_kind(category_code: str | None, feature: str | None, appurtenance: str | None) -> NodeKind:
    """Return what a point is to the network; the appurtenance says it before the feature, unknown texts are ``POINT``.

    Examples
    --------
    >>> str(node_kind("JS", "三通", "蝶阀")), str(node_kind("YS", "出水口", None)), str(node_kind("PS", "非普查", ""))
    ('isolation_valve', 'outfall', 'boundary')
    """
    return _node_kind(category_code or "", feature or "", appurtenance or "")


def is_boundary(feature: str | None, appurtenance: str | None = None) -> bool:
    """Whether the network leaves the survey there (非普查, 图边点), also where an appurtenance gives the node another kind."""
    return NodeKind.BOUNDARY in (_kind_of("", feature or ""), _kind_of("", appurtenance or ""))


def point_word(category_code: str | None, text: str | None, *, profile: str | Profile | None = None) -> PointWord | None:
    """Return the entry for a feature or appurtenance as written: a name, a synonym, or a city's number with its profile."""
    chosen = profile_named(profile)
    named = chosen.code("point", text) if chosen and text else None
    return _word(category_code or "", named or text or "")


def point_code(code: str | None) -> PointCode | None:
    """Return what an eight-digit element code of CJJ 61-2017 stands for, or None."""
    return _codes().get(code.strip()) if code else None


def expected_degree(category_code: str | None, feature: str | None) -> int | None:
    """How many pipes should meet at a feature (三通: 3), or None where it can be any number."""
    found = point_word(category_code, feature)
    return found.degree if found else None


def point_names(category_code: str | None, kind: Literal["feature", "appurtenance"]) -> tuple[str, ...]:
    """Return the features or appurtenances that the standard and known surveys list for a category, in their order."""
    listed = _LISTED_WITH.get(category_code or "", major_of(category_code))
    return _lists().get((listed, kind), ())


@cache
def point_words() -> Mapping[tuple[str, str], PointWord]:
    """Return all entries by ``(text, category)``; category is empty where the entry holds for all."""
    found = {}
    for row in assets.read_rows("standards", "point_kinds.csv"):
        word = PointWord(
            row["text"],
            row["category"],
            NodeKind(row["kind"]),
            int(row["degree"]) if row["degree"] else None,
            row["name_en"],
            row["certainty"],
            row["source"],
        )
        found[word.text, word.category] = word
    return MappingProxyType(found)


@lru_cache(maxsize=65536)
def _node_kind(category_code: str, feature: str, appurtenance: str) -> NodeKind:
    for text in (appurtenance, feature):
        kind = _kind_of(category_code, text)
        if kind is not NodeKind.POINT:
            return kind
    return NodeKind.POINT


def _kind_of(category_code: str, text: str) -> NodeKind:
    found = _word(category_code, text)
    return found.kind if found else NodeKind.POINT


@lru_cache(maxsize=65536)
def _word(category_code: str, text: str) -> PointWord | None:
    if not text:
        return None
    coded = _codes().get(text.strip())
    if coded:
        return _entry(coded.category, plain(coded.text))
    whole = plain(text)
    bare = _BRACKETS.sub("", whole)
    parts = _SPLIT.split(whole)
    for candidate in (whole, bare, *(parts if len(parts) > 1 else ())):
        found = _entry(category_code, candidate) or _near(category_code, candidate)
        if found:
            return found
    return None


def _near(category_code: str, word: str) -> PointWord | None:
    """Try the word without what says nothing new: a final 点 or 井, the name of a category in front."""
    shorter = [word[:-1]] if word.endswith(("点", "井")) else []
    shorter += [word[len(name) :] for name in _category_names() if word.startswith(name)]
    return next((found for text in shorter if (found := _entry(category_code, text))), None)


def _entry(category_code: str, word: str) -> PointWord | None:
    heads = _heads()
    head = heads.get(word)
    if head is None:
        return None
    found = category(category_code)
    words = point_words()
    for limited in (category_code, found.major if found else "", ""):
        entry = words.get((head, limited))
        if entry:
            return entry
    return None


@cache
def _heads() -> Mapping[str, str]:
    heads = {plain(text): text for text, _limited in point_words()}
    for word, head in synonyms("point").items():
        heads.setdefault(word, head)
    for entry in point_words().values():
        heads.setdefault(plain(entry.name_en), entry.text)
    return heads


@cache
def _category_names() -> tuple[str, ...]:
    names = {row.name_zh for row in categories()} | {"合流", "电信", "消防", "自来水", "煤气", "通讯"}
    return tuple(sorted((plain(name) for name in names), key=len, reverse=True))


@cache
def _lists() -> Mapping[tuple[str, str], tuple[str, ...]]:
    found: dict[tuple[str, str], list[str]] = {}
    for row in assets.read_rows("standards", "point_lists.csv"):
        found.setdefault((row["category"], row["list"]), []).append(row["text"])
    return {key: tuple(texts) for key, texts in found.items()}


@cache
def _codes() -> Mapping[str, PointCode]:
    return {row["code"]: PointCode(**row) for row in assets.read_rows("standards", "point_codes.csv")}
