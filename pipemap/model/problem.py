"""Something wrong with the data: kept beside the element it concerns, worded in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from pipemap.texts import _

Severity = Literal["error", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem, as a fact and not as a sentence.

    Attributes
    ----------
    rule
        Short name of the rule that found it, such as ``missing-node``.
    severity
        ``error``, ``warning`` or ``info``.
    where
        Place in the source, for a person: ``管线.csv, row 5``; empty when it is the element alone.
    text
        English message with ``{placeholders}``, marked with ``N_`` where it is written.
    values
        What fills the placeholders.
    layer, element
        ``node`` or ``pipe`` and the printed id it concerns; empty for the whole source.
    x, y
        Where to look, in the survey's coordinates; ``None`` when there is no place.
    """

    rule: str
    severity: Severity
    where: str
    text: str
    values: Mapping[str, object] = field(default_factory=dict)
    layer: Literal["node", "pipe", ""] = ""
    element: str = ""
    x: float | None = None
    y: float | None = None

    @property
    def message(self) -> str:
        """The sentence, in the language on screen."""
        return _(self.text).format_map(self.values)


def sort_worst_first(problems: Iterable[Problem]) -> list[Problem]:
    """Errors before warnings before remarks; within one severity as they came."""
    return sorted(problems, key=lambda problem: SEVERITIES.index(problem.severity))
