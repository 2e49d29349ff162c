"""How a trace is asked: its conditions, limits and costs; kept in the survey under a name."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass, field, fields

LEAK, WAYS = "leak", "ways"
"""Questions beside the types of :class:`pipemap.analysis.trace.TraceType`: where a leak can spread, and several ways."""

MOST_WAYS = 20


@dataclass(frozen=True, slots=True)
class TraceSettings:
    """What a trace is asked with beside its type and its places.

    Attributes
    ----------
    where
        Condition on the pipes that the answer shows; blank for all.
    barrier_where
        Condition on pipes to treat as closed; blank for none.
    limit, limit_by
        How far it goes at most (None: no limit), and what adds up: ``length``, ``pipes`` or a number field of pipes.
    alternatives, cost, along_flow
        Of ways between two places: how many, what they are weighed by, and whether only along the flow.
    all_lifecycles
        Follow what is not in use too.
    through_ground, along
        Of a leak: metres through the ground, and inside what is hollow.
    """

    where: str = ""
    barrier_where: str = ""
    limit: float | None = None
    limit_by: str = "length"
    alternatives: int = 3
    cost: str = "length"
    along_flow: bool = False
    all_lifecycles: bool = False
    through_ground: float = 5.0
    along: float = 100.0


@dataclass(frozen=True, slots=True)
class Configuration:
    """A type of trace and its settings under a name."""

    name: str
    type: str
    settings: TraceSettings = field(default_factory=TraceSettings)


def written(configurations: Iterable[Configuration]) -> str:
    """Return configurations as the survey keeps them: JSON, only what differs from the usual."""
    usual = TraceSettings()
    rows = []
    for one in configurations:
        row: dict[str, object] = {"name": one.name, "type": one.type}
        for part in fields(TraceSettings):
            value = getattr(one.settings, part.name)
            if value != getattr(usual, part.name):
                row[part.name] = value
        rows.append(row)
    return json.dumps(rows, ensure_ascii=False)


def read(text: str | None) -> tuple[Configuration, ...]:
    """Return the configurations that a text holds; what cannot be read as one is left out."""
    try:
        rows = json.loads(text or "[]")
    except (ValueError, RecursionError):
        return ()
    found = [_configuration(row) for row in rows] if isinstance(rows, list) else []
    return tuple(one for one in found if one is not None)


def _configuration(row: object) -> Configuration | None:
    if not isinstance(row, dict):
        return None
    name, kind = row.get("name"), row.get("type")
    if not (isinstance(name, str) and name and isinstance(kind, str)):
        return None
    usual, values = TraceSettings(), {}
    for part in fields(TraceSettings):
        value = row.get(part.name, getattr(usual, part.name))
        if not _fits(value, getattr(usual, part.name)):
            return None
        values[part.name] = value
    if values["alternatives"] < 1:
        return None
    return Configuration(name, kind, TraceSettings(**values))


def _fits(value: object, usual: object) -> bool:
    if isinstance(usual, str | bool):
        return type(value) is type(usual)
    if isinstance(value, bool):
        return False
    if isinstance(usual, int):
        return isinstance(value, int) and value <= MOST_WAYS
    if value is None:
        return usual is None
    return isinstance(value, int | float) and math.isfinite(value) and value >= 0
