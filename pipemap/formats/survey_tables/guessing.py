"""Headers that no alias fits: what they may mean, by a part of them or by their spelling."""

from __future__ import annotations

import difflib
from collections.abc import Mapping

_SHORTEST_PART = 2
_SHORTEST_SPELLED = 5
_ALIKE = 0.82
_CLEARLY = 0.05
_OPPOSITES = (
    "起终",
    "始止",
    "顶底",
    "上下",
    "供回",
    "已未",
    "内外",
    "纵横",
    "南北",
    "东西",
    "左右",
    "长宽",
    "宽高",
    "se",
    "xy",
    "12",
)
"""Characters that turn a header into another one: no misspelling of each other."""


def contained(plain: str, aliases: Mapping[str, str]) -> str | None:
    """Return the field of the longest alias that a header begins or ends with (权属单位及电话), None when there is none."""
    fitting = [
        alias
        for alias in aliases
        if len(alias) >= _SHORTEST_PART and not alias.isascii() and (plain.startswith(alias) or plain.endswith(alias))
    ]
    return aliases[max(fitting, key=len)] if fitting else None


def similar(plain: str, aliases: Mapping[str, str]) -> str | None:
    """Return the field of the alias that a header is spelled most like (``Materail``), None when nothing is near or two are.

    Headers of fewer than five characters are never guessed, and one that differs from an alias by a word and its opposite
    (起 and 终) means something else.
    """
    if len(plain) < _SHORTEST_SPELLED:
        return None
    near = difflib.get_close_matches(plain, aliases, n=8, cutoff=_ALIKE - _CLEARLY)
    scored = [
        (difflib.SequenceMatcher(None, plain, alias).ratio(), aliases[alias]) for alias in near if not _opposed(plain, alias)
    ]
    if not scored:
        return None
    best, meant = max(scored)
    rivals = any(other != meant and ratio > best - _CLEARLY for ratio, other in scored)
    return None if rivals or best < _ALIKE else meant


def _opposed(plain: str, alias: str) -> bool:
    ours, theirs = set(plain) - set(alias), set(alias) - set(plain)
    return any(
        (one in ours and other in theirs) or (other in ours and one in theirs)
        for pair in _OPPOSITES
        for one, other in [(pair[0], pair[1])]
    )
