"""What an export could not carry, counted by kind: one sentence a kind, however many elements it concerns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from pipemap.model.problem import Problem, Severity

_SHOWN = 5


class Losses:
    """Losses of one export, in the order in which the first of each kind was met.

    Texts may use ``{count}`` and ``{examples}``, the first few elements named.
    """

    def __init__(self, rules: Mapping[str, tuple[Severity, str]]) -> None:
        self._rules = rules
        self._count: dict[str, int] = {}
        self._examples: dict[str, list[str]] = {}
        self._layer: dict[str, Literal["node", "pipe", ""]] = {}

    def add(self, rule: str, element: str = "", *, count: int = 1, layer: Literal["node", "pipe", ""] = "") -> None:
        """Count ``count`` more of a kind (0: none); ``element`` is named if it is among the first."""
        if count < 1:
            return
        self._count[rule] = self._count.get(rule, 0) + count
        self._layer.setdefault(rule, layer)
        shown = self._examples.setdefault(rule, [])
        if element and element not in shown and len(shown) < _SHOWN:
            shown.append(element)

    def add_all(self, rule: str, elements: Iterable[str], *, layer: Literal["node", "pipe", ""] = "") -> None:
        """Count each of several elements."""
        for element in elements:
            self.add(rule, element, layer=layer)

    def count(self, rule: str) -> int:
        """How many of a kind there are so far."""
        return self._count.get(rule, 0)

    def problems(self) -> tuple[Problem, ...]:
        """One problem a kind."""
        return tuple(self._problem(rule, count) for rule, count in self._count.items())

    def _problem(self, rule: str, count: int) -> Problem:
        severity, text = self._rules[rule]
        shown = self._examples[rule]
        examples = ", ".join(shown) + (" …" if count > len(shown) else "")
        return Problem(rule, severity, "", text, {"count": count, "examples": examples}, layer=self._layer[rule])
