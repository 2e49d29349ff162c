"""Who is supplied: classes of customers, and the words that name them. All of it is this program's own proposal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from types import MappingProxyType

from pipemap import assets
from pipemap.catalog.words import plain
from pipemap.texts import pick


@dataclass(frozen=True, slots=True)
class CustomerClass:
    """One class; ``critical`` ones must not be cut off without warning: people's lives or safety hang on them."""

    code: str
    name_en: str
    name_zh: str
    critical: bool
    certainty: str
    source: str

    @property
    def label(self) -> str:
        """Name in the language on screen."""
        return pick(self.name_en, self.name_zh)


@cache
def customer_classes() -> Mapping[str, CustomerClass]:
    """Return every class by its code, those who need supply most first."""
    rows = assets.read_rows("standards", "customer_classes.csv")
    return MappingProxyType(
        {
            row["class"]: CustomerClass(
                row["class"], row["name_en"], row["name_zh"], row["critical"] == "yes", row["certainty"], row["source"]
            )
            for row in rows
        }
    )


@lru_cache(maxsize=16384)
def customer_class_of(text: str | None) -> str | None:
    """Return the class that a word stands for, None when nobody knows it.

    Examples
    --------
    >>> customer_class_of("居民生活用水"), customer_class_of("Hospital"), customer_class_of("?")
    ('residential', 'hospital', None)
    """
    return _by_word().get(plain(text)) if text else None


@lru_cache(maxsize=65536)
def customer_class_in(name: str | None) -> str | None:
    """Return the class that a customer's name tells (市第一人民医院), None when it tells none; the first class in the list wins.

    Only Chinese words count here, and of them those of two characters or more that name an institution.

    Examples
    --------
    >>> customer_class_in("城东血液透析中心"), customer_class_in("人民路12号")
    ('dialysis', None)
    """
    if not name:
        return None
    found = {code for word, code in _telling_words().items() if word in name}
    order = ["dialysis", *customer_classes()]
    return min(found, key=order.index) if found else None


@cache
def _by_word() -> Mapping[str, str]:
    words = {plain(code): code for code in customer_classes()}
    for row in customer_classes().values():
        for name in (row.name_en, row.name_zh):
            words.setdefault(plain(name), row.code)
    for line in assets.read_rows("standards", "customer_words.csv"):
        words.setdefault(plain(line["text"]), line["class"])
    return MappingProxyType(words)


@cache
def _telling_words() -> Mapping[str, str]:
    """Chinese words that stand in names of critical customers."""
    critical = {code for code, row in customer_classes().items() if row.critical}
    return {
        line["text"]: line["class"]
        for line in assets.read_rows("standards", "customer_words.csv")
        if line["class"] in critical and len(line["text"]) > 1 and not line["text"].isascii() and line["text"] not in _TOO_VAGUE
    }


_TOO_VAGUE = frozenset({"医疗", "教育", "教学", "大学", "学院", "消防", "养老", "消防用水"})
"""Words that stand in names of streets and firms as well."""
