"""What a drainage model carries, as far as its title and tags say."""

from __future__ import annotations

import re

from pipemap.catalog import major_of, resolve_category

DRAINAGE = "PS"
_TITLE = {
    "HS": re.compile(r"\bcombined (sew|drain|system)|合流", re.IGNORECASE),
    "YS": re.compile(r"\bstorm[ -]?(water|sewer|drain)|\bsurface water (sewer|drain|network)|雨水", re.IGNORECASE),
    "WS": re.compile(r"\bsanitary\b|(?<!combined )\bsewage\b|\bfoul (sewer|drain|water)|\bwaste ?water\b|污水", re.IGNORECASE),
}
_TAGS = {
    "COMBINED": "HS", "STORM": "YS", "STORMWATER": "YS", "RAIN": "YS", "SANITARY": "WS", "SEWAGE": "WS", "FOUL": "WS",
    "WASTEWATER": "WS",
}  # fmt: skip


def category_of_title(title: str) -> str:
    """Return the sub-category that a title speaks of, when it speaks of one alone; else drainage."""
    found = [code for code, words in _TITLE.items() if words.search(title)]
    return found[0] if len(found) == 1 else DRAINAGE


def category_of_tag(tag: str) -> str | None:
    """Return the drainage category that a tag names; most tags name something else."""
    known = _TAGS.get(tag.upper()) or resolve_category(tag)
    return known if known is not None and major_of(known) == DRAINAGE else None
