"""Words of GIS layers and values, and what they mean; the table is ``resources/standards/gis_words.csv``."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache

from pipemap import assets
from pipemap.catalog import category, node_kind, resolve_category
from pipemap.catalog.kinds import NodeKind

_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_NO_WORD = re.compile(r"[\W_]+")


@lru_cache(maxsize=65536)
def plain(text: str) -> str:
    """Return a text as lower-case words with one space between: ``UpstreamNodeID`` is ``upstream node id``."""
    narrowed = unicodedata.normalize("NFKC", text)
    return _NO_WORD.sub(" ", _CAMEL.sub(" ", narrowed)).strip().casefold()


@cache
def _words(list_name: str) -> dict[str, str]:
    return {row["text"]: row["code"] for row in assets.read_rows("standards", "gis_words.csv") if row["list"] == list_name}


@lru_cache(maxsize=65536)
def exact(list_name: str, text: str) -> str | None:
    """Return the code of a text that is a word of a list, nothing more and nothing less."""
    words = _words(list_name)
    return words.get(text.strip().casefold()) or words.get(plain(text))


@lru_cache(maxsize=65536)
def contained(list_name: str, text: str) -> str | None:
    """Return the code of the first word of a list that a text contains as a word, or with a plural s."""
    padded = f" {plain(text)} "
    for word, code in _words(list_name).items():
        if len(word) > 1 and (f" {word} " in padded or f" {word}s " in padded):
            return code
    return None


def category_in(text: str) -> str | None:
    """Return the category code that a layer's name or a value speaks of, or None."""
    return resolve_category(text) or contained("category", text)


def code_in(text: str) -> str | None:
    """Return the category code that a name has as one of its parts, as layers of drawings do: ``WS_SEWER``, ``JS-DN200``."""
    return next((part for part in _NO_WORD.split(text) if part.isupper() and category(part) is not None), None)


def kind_in(category_code: str | None, text: str) -> str | None:
    """Return the role of a node that a text speaks of, or None."""
    found = node_kind(category_code, None, text)
    if found != NodeKind.POINT:
        return str(found.value)
    return contained("node_kind", text)


def is_unknown(text: str) -> bool:
    """Whether a text only says that something is not known."""
    stripped = text.strip()
    return not stripped or stripped.casefold() in _words("unknown") or set(stripped) <= set("-*.?/ ")
