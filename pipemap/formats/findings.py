"""What is odd in a source, collected row by row without drowning the reader: many of a kind are counted, not repeated."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import ClassVar, Literal

from pipemap.model.problem import Problem, Severity
from pipemap.texts import N_

_MORE = N_("{count} more problems of this kind ({rule}); the last: {where}")


class RowFindings:
    """Problems of one delivery, in the order in which they were found; each format has its rules in a class of its own.

    Attributes
    ----------
    rules
        Rule → severity and English text.
    most
        Problems of one rule that are listed one by one; the rest are counted in one more.
    """

    rules: ClassVar[Mapping[str, tuple[Severity, str]]]
    most: ClassVar[int] = 1000

    def __init__(self) -> None:
        self._found: list[Problem] = []
        self._count: dict[str, int] = {}
        self._last: dict[str, str] = {}

    def add(
        self,
        rule: str,
        where: str = "",
        values: Mapping[str, object] | None = None,
        *,
        layer: Literal["node", "pipe", ""] = "",
        element: str = "",
        place: tuple[float, float] | None = None,
    ) -> None:
        """List one problem; ``element`` fills its placeholder too."""
        count = self._count[rule] = self._count.get(rule, 0) + 1
        if count > self.most:
            self._last[rule] = where
            return
        severity, text = self.rules[rule]
        x, y = place if place and all(map(math.isfinite, place)) else (None, None)
        self._found.append(Problem(rule, severity, where, text, {"element": element, **(values or {})}, layer, element, x, y))

    def count(self, rule: str) -> int:
        """How many of a rule were found so far."""
        return self._count.get(rule, 0)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Everything found, and for each rule with too many one line that counts the rest."""
        more = [
            Problem(
                rule, self.rules[rule][0], where, _MORE, {"count": self._count[rule] - self.most, "rule": rule, "where": where}
            )
            for rule, where in self._last.items()
        ]
        return (*self._found, *more)
