"""What a field can be chosen from: the closed lists of the schema, and the words that the catalog knows for the open ones."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal

from pipemap import catalog
from pipemap.catalog.kinds import NodeKind, PipeKind
from pipemap.model.fields import Field, values
from pipemap.model.wording import kind_names
from pipemap.texts import pick

if TYPE_CHECKING:
    from collections.abc import Iterable

_OPEN = frozenset({"material", "burial", "feature", "appurtenance", "flow"})
"""Lists of fields that hold other words as well."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a list, with its meaning in both languages."""

    value: str
    name_en: str
    name_zh: str

    @property
    def label(self) -> str:
        """Code and name in the language on screen; a word that is its own name stands alone."""
        name = pick(self.name_en, self.name_zh)
        if not name or name == self.value:
            return self.value
        return f"{self.value} {name}" if self.is_code else name

    @property
    def is_code(self) -> bool:
        """Whether the value itself means something to a person, as a code of a standard does."""
        return not self.value.isascii() or self.value.isupper() or (not self.value.isalpha() and "_" not in self.value)

    @property
    def words(self) -> tuple[str, ...]:
        """Everything that it is called, small letters."""
        names = (self.value, self.name_en, self.name_zh, f"{self.value} {self.name_en}", f"{self.value} {self.name_zh}")
        return tuple(dict.fromkeys(name.casefold() for name in names if name))


def is_listed(field: Field) -> bool:
    """Whether a field has a list at all."""
    return field.type == "bool" or bool(choices(field))


def is_closed(field: Field) -> bool:
    """Whether a field takes nothing but what stands in its list."""
    return is_listed(field) and field.values not in _OPEN


def choices(field: Field) -> tuple[Choice, ...]:
    """Return what a field can be chosen from, in order; nothing where it has no list."""
    return _choices(field.values) if field.values else ()


@cache
def by_word(list_name: str) -> Mapping[str, Choice]:
    """Return the choices of a list by all they are called, see :func:`plain`; the value wins, then what is listed first."""
    found = {plain(choice.value): choice for choice in _choices(list_name)}
    for choice in _choices(list_name):
        for word in choice.words:
            found.setdefault(plain(word), choice)
    return found


def plain(text: str) -> str:
    """A word as it is looked up: small letters, and the full-width signs of a Chinese keyboard as those of ASCII."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


@cache
def _choices(list_name: str) -> tuple[Choice, ...]:
    if list_name == "category":
        return tuple(Choice(one.code, one.name_en, one.name_zh) for one in catalog.categories())
    if list_name in {"node_kind", "pipe_kind"}:
        kinds: Iterable[str] = NodeKind if list_name == "node_kind" else PipeKind
        return tuple(Choice(str(kind), *kind_names(str(kind))) for kind in kinds)
    if list_name in {"material", "burial"}:
        known = catalog.materials() if list_name == "material" else catalog.burials()
        return tuple(Choice(one.code, one.name_en, one.name_zh) for one in known.values())
    if list_name in {"feature", "appurtenance"}:
        return tuple(_point_words("feature" if list_name == "feature" else "appurtenance"))
    return tuple(Choice(value, row.label_en, row.label_zh) for value, row in values(list_name).items() if value)


def _point_words(kind: Literal["feature", "appurtenance"]) -> Iterator[Choice]:
    """Words for points, each once, in the order of the categories that list them."""
    known = catalog.point_words()
    majors = [one.code for one in catalog.categories() if one.level == "major"]
    for text in dict.fromkeys(text for major in majors for text in catalog.point_names(major, kind)):
        named = next((word.name_en for (word_text, _category), word in known.items() if word_text == text), "")
        yield Choice(text, named, text)
