"""Something wrong with the data: kept beside the element it concerns, worded in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from pipemap.texts import N_, _

Severity = Literal["error", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")

MORE = N_("{count} more of these ({rule})")
"""What stands for the rest where a rule finds too many to list them one by one."""

CUSTOMER_METRES = 20.0
"""Metres of pipe that weigh as much as one customer where problems are ranked. Our own figure."""

EXTENT_NONE = N_("this element alone")
EXTENT = N_("{metres} m of pipe")
EXTENT_ONE = N_("{metres} m of pipe and 1 customer")
EXTENT_MANY = N_("{metres} m of pipe and {customers} customers")
ONE_CUSTOMER = N_("1 customer")
MANY_CUSTOMERS = N_("{customers} customers")


@dataclass(frozen=True, slots=True)
class Effect:
    """What solving a problem would change: for so many metres of pipe and so many customers an answer becomes another one.

    Attributes
    ----------
    text
        English sentence with ``{extent}``, marked with ``N_`` where it is written.
    metres, customers
        How far it reaches.
    """

    text: str
    metres: float
    customers: int

    @property
    def weight(self) -> float:
        """What problems are ranked by: the metres, and ``CUSTOMER_METRES`` for each customer."""
        return self.metres + CUSTOMER_METRES * self.customers

    @property
    def extent(self) -> str:
        """How far it reaches, in the language on screen."""
        if round(self.metres):
            words = {0: EXTENT, 1: EXTENT_ONE}.get(self.customers, EXTENT_MANY)
        else:
            words = {0: EXTENT_NONE, 1: ONE_CUSTOMER}.get(self.customers, MANY_CUSTOMERS)
        return _(words).format(metres=f"{self.metres:,.0f}", customers=f"{self.customers:,}")

    @property
    def message(self) -> str:
        """The sentence, in the language on screen."""
        return _(self.text).format(extent=self.extent)


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
    effect
        What solving it would change; ``None`` where nobody worked that out.
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
    effect: Effect | None = None

    @property
    def message(self) -> str:
        """The sentence, in the language on screen."""
        return _(self.text).format_map(self.values)


def sort_worst_first(problems: Iterable[Problem]) -> list[Problem]:
    """Errors before warnings before remarks; within one severity as they came."""
    return sorted(problems, key=lambda problem: SEVERITIES.index(problem.severity))


def sort_by_effect(problems: Iterable[Problem]) -> list[Problem]:
    """Those whose solving would change most first, remarks last; what changes as much by severity, else as it came."""

    def key(problem: Problem) -> tuple[bool, float, int]:
        weight = problem.effect.weight if problem.effect is not None else 0.0
        return problem.severity == "info", -weight, SEVERITIES.index(problem.severity)

    return sorted(problems, key=key)
