"""What the lines of a kept model speak of, and what becomes of them when an element is no longer there or has a new id."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from pipemap.formats.inp.draft import Draft
    from pipemap.formats.inp.text import Row
    from pipemap.formats.losses import Losses

Kind = Literal["node", "pipe", "area"]


class Reference(NamedTuple):
    """A word of a line that names an element; a ``loose`` one can be left out and the line still says something."""

    at: int
    kind: Kind
    loose: bool = False


@dataclass
class Fate:
    """Ids of a kept model → what they are called now; None for what is gone.

    ``ignore_case`` as the program has it.
    """

    ignore_case: bool = False
    names: dict[tuple[Kind, str], str | None] = field(default_factory=dict)

    def put(self, kind: Kind, old: str, new: str | None) -> None:
        """Say what became of an id; of several elements with one id the first that is still there counts."""
        key = self._key(kind, old)
        if self.names.get(key) is None:
            self.names[key] = new

    def of(self, kind: Kind, old: str) -> str | None:
        """Return what an id is now, None when nothing has it."""
        return self.names.get(self._key(kind, old))

    def knows(self, kind: Kind, old: str) -> bool:
        """Whether the model had this id."""
        return self._key(kind, old) in self.names

    def is_lost(self, kind: Kind, old: str) -> bool:
        """Whether the model had this id and nothing has it any more."""
        return self.names.get(self._key(kind, old), old) is None

    def changed(self, kind: Kind, old: str) -> str | None:
        """Return the new id where it is another one."""
        new = self.of(kind, old)
        return new if new is not None and self._key(kind, new) != self._key(kind, old) else None

    def _key(self, kind: Kind, name: str) -> tuple[Kind, str]:
        return kind, name.upper() if self.ignore_case else name


def settle_rows(
    draft: Draft, sections: Iterable[str], find: Callable[[str, list[str]], list[Reference]], fate: Fate, losses: Losses
) -> None:
    """Rename in every line of some sections what has a new id; leave out lines about what is gone, counted."""
    for section in sections:
        for row in list(draft.rows(section)):
            found = find(section, row.words)
            if any(fate.is_lost(ref.kind, row.words[ref.at]) for ref in found if not ref.loose):
                draft.drop(row.number)
                losses.add("control-gone" if section == "CONTROLS" else "line-gone", f"[{section}]")
            elif found:
                _rename(draft, row, found, fate, losses)


def _rename(draft: Draft, row: Row, found: list[Reference], fate: Fate, losses: Losses) -> None:
    gone = {ref.at for ref in found if fate.is_lost(ref.kind, row.words[ref.at])}
    if gone:
        losses.add("name-gone", count=len(gone))
        words = [_now(fate, found, index, word) for index, word in enumerate(row.words) if index not in gone]
        draft.put_line(row.number, words, row.comment)
        return
    renamed = {ref.at: new for ref in found if (new := fate.changed(ref.kind, row.words[ref.at])) is not None}
    if renamed:
        draft.put_words(row.number, renamed)


def _now(fate: Fate, found: list[Reference], index: int, word: str) -> str:
    ref = next((ref for ref in found if ref.at == index), None)
    return word if ref is None else fate.of(ref.kind, word) or word


def settle_blocks(
    draft: Draft, section: str, kinds: Mapping[str, Kind], starts: Collection[str], fate: Fate, losses: Losses
) -> None:
    """Rename inside rules; a rule that speaks of what is gone is left out whole, counted.

    Parameters
    ----------
    kinds
        Word before an id → what the id names: ``PUMP``, ``TANK`` …
    starts
        Words that begin a rule.
    """
    for block in list(_blocks(draft, section, starts)):
        clauses = [row for row in block if row.words[0].upper() != "RULE"]
        found = [(row, ref) for row in clauses for ref in clause_references(row.words, kinds)]
        if any(fate.is_lost(ref.kind, row.words[ref.at]) for row, ref in found):
            for row in block:
                draft.drop(row.number)
            losses.add("rule-gone")
            continue
        for row, ref in found:
            new = fate.changed(ref.kind, row.words[ref.at])
            if new is not None:
                draft.put_words(row.number, {ref.at: new})


def _blocks(draft: Draft, section: str, starts: Collection[str]) -> Iterator[list[Row]]:
    block: list[Row] = []
    for row in draft.rows(section):
        if row.words[0].upper() in starts and block:
            yield block
            block = []
        block.append(row)
    if block:
        yield block


def clause_references(words: list[str], kinds: Mapping[str, Kind], *, first: int = 1) -> list[Reference]:
    """Return the ids in a clause such as ``IF TANK T1 LEVEL ABOVE 5``: each stands behind a word that says what it is."""
    found = []
    index = first
    while index + 1 < len(words):
        kind = kinds.get(words[index].upper())
        if kind is not None:
            found.append(Reference(index + 1, kind))
            index += 1
        index += 1
    return found
