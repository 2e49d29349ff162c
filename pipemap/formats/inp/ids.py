"""Ids that a model can have: made legal and unique, the same ones at every export."""

from __future__ import annotations

import re
from hashlib import blake2s

_UNUSUAL = re.compile(r"[^A-Za-z0-9_.\-+/#@:~]+")
_BREAKING = re.compile(r'[\x00-\x1f\x7f-\x9f\u2028\u2029";\[\]]')
_MARK = 7
_TRIES = 10_000_000


class LegalIds:
    """Ids given out so far, for one kind of element.

    Parameters
    ----------
    longest
        Bytes that an id may have; None: as many as it likes.
    ignore_case
        Whether the program takes ``a`` and ``A`` for the same.
    """

    def __init__(self, *, longest: int | None = None, ignore_case: bool = False) -> None:
        self._longest = longest
        self._ignore_case = ignore_case
        self._taken: set[str] = set()

    @property
    def ignores_case(self) -> bool:
        """Whether ``a`` and ``A`` are the same."""
        return self._ignore_case

    def keep(self, id_: str) -> str:
        """Return an id of a model's own: as it is unless it would break the file, is too long for the program, or is used."""
        if id_ and not _BREAKING.search(id_) and self._fits(id_) and self._key(id_) not in self._taken:
            self._taken.add(self._key(id_))
            return id_
        return self.legal(id_)

    def legal(self, id_: str) -> str:
        """Return an id of letters, digits and a few signs that nothing else has.

        What had to be changed carries a mark that follows from the whole id, so that two long ids stay two and every export
        gives the same; a second element of the same id becomes ``ID#2``.
        """
        plain = _UNUSUAL.sub("_", id_)
        if plain != id_ or not self._fits(plain):
            mark = blake2s(id_.encode("utf-8", errors="surrogatepass"), digest_size=3).hexdigest()
            kept = plain if self._longest is None else plain[: self._longest - _MARK]
            plain = f"{kept}~{mark}"
        return self._unique(plain)

    def _unique(self, plain: str) -> str:
        found = plain
        for number in range(2, _TRIES):
            if self._key(found) not in self._taken:
                break
            tail = f"#{number}"
            found = (plain if self._longest is None else plain[: self._longest - len(tail)]) + tail
        self._taken.add(self._key(found))
        return found

    def _fits(self, id_: str) -> bool:
        return self._longest is None or len(id_.encode("utf-8", errors="replace")) <= self._longest

    def _key(self, id_: str) -> str:
        return id_.upper() if self._ignore_case else id_
