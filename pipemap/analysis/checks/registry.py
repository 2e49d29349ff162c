"""Every rule, one row each: ``resources/standards/checks.csv`` says what it means, a function how it is found."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from pipemap import assets
from pipemap.errors import PipemapError
from pipemap.model.fields import Layer
from pipemap.model.problem import Severity
from pipemap.texts import N_, _, pick

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from pipemap.analysis.checks.facts import Facts

GROUPS = {
    "record": N_("Records"),
    "point": N_("Points"),
    "line": N_("Pipes"),
    "topology": N_("Connections"),
    "level": N_("Levels and depths"),
    "gravity": N_("Drainage"),
    "network": N_("Supply"),
    "collision": N_("Collisions"),
}
"""Groups of rules, in the order in which they are shown."""

_ROOMS = ("records", "points", "lines", "topology", "levels", "gravity", "supply", "collisions")


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Elements that a rule objects to.

    Attributes
    ----------
    layer, rows
        Which.
    values
        What fills the placeholders of the sentence, one entry a row.
    other_layer, others
        The second element of each, where there is one: the point that an end misses, the pipe that a point lies on.
    """

    layer: Layer
    rows: NDArray[np.int64]
    values: Mapping[str, Sequence[object] | NDArray[Any]] = field(default_factory=dict)
    other_layer: Layer = "node"
    others: NDArray[np.int64] | None = None

    def taken(self, chosen: NDArray[np.int64]) -> Found:
        """Return some of them, in this order."""
        values = {name: [column[place] for place in chosen.tolist()] for name, column in self.values.items()}
        others = None if self.others is None else self.others[chosen]
        return Found(self.layer, self.rows[chosen], values, self.other_layer, others)


Finder = Callable[["Facts", float], Sequence[Found]]


@dataclass(frozen=True, slots=True)
class Check:
    """One rule.

    Attributes
    ----------
    name
        As typed after ``--rule``, and kept with each problem: ``reverse-slope``.
    group
        One of ``GROUPS``.
    severity
        Of the problems that it finds.
    limit, unit
        What it tolerates, NaN where there is nothing to set.
    title_en, title_zh, why_en, why_zh
        What it is called; why it matters.
    certainty
        ``found`` in a named public source, ``unverified``, ``own``: our own proposal.
    source, qc
        Where it comes from; its number in the list of consistency checks that it follows, if any.
    """

    name: str
    group: str
    severity: Severity
    limit: float
    unit: str
    title_en: str
    title_zh: str
    why_en: str
    why_zh: str
    certainty: str
    source: str
    qc: str

    @property
    def title(self) -> str:
        """What it is called, in the language on screen."""
        return pick(self.title_en, self.title_zh)

    @property
    def why(self) -> str:
        """Why it matters, in the language on screen."""
        return pick(self.why_en, self.why_zh)


_finders: dict[str, tuple[str, Finder]] = {}


def finds(name: str, sentence: str) -> Callable[[Finder], Finder]:
    """Register a function as what finds a rule; ``sentence`` is English with placeholders, marked with ``N_``."""

    def register(finder: Finder) -> Finder:
        _finders[name] = (sentence, finder)
        return finder

    return register


@cache
def checks() -> Mapping[str, Check]:
    """Return every rule by name, in the order of the table."""
    for room in _ROOMS:
        import_module(f"pipemap.analysis.checks.{room}")
    rows = assets.read_rows("standards", "checks.csv")
    return {row["name"]: Check(**{**row, "limit": float(row["limit"] or "nan")}) for row in rows}  # type: ignore[arg-type]


def check_named(name: str) -> Check:
    """Return a rule.

    Raises
    ------
    PipemapError
        There is none of that name; the hint names similar ones.
    """
    if (found := checks().get(name)) is not None:
        return found
    near = difflib.get_close_matches(name, checks(), n=3)
    hint = _("Did you mean {ids}?").format(ids=", ".join(near)) if near else ""
    raise PipemapError(_("There is no check “{name}”.").format(name=name), hint)


def finder_of(check: Check) -> tuple[str, Finder]:
    """Return the sentence and the function of a rule."""
    return _finders[check.name]
