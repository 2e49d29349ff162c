"""Plans that stand at the same time, and who loses supply only because they do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from pipemap.errors import PipemapError
from pipemap.jobs.plan_answers import question_of, solved
from pipemap.model.plans import LIVE, Asked, Overlap, Plan, Stranded
from pipemap.progress import SILENT, Progress
from pipemap.texts import _

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.analysis.shutoff import ShutoffPlan
    from pipemap.model.lookup import Element
    from pipemap.model.network import Network
    from pipemap.store import Survey

_OPEN_END = "9999-12-31 23:59"
_MOST_AT_ONCE = 6
"""Plans at one time of which every pair is looked at; of more only all together."""


@dataclass(frozen=True, slots=True)
class Span:
    """When a plan stands; one in progress from when it was begun, and past its forecast end until it is finished."""

    number: int
    starts: str
    ends: str


def span_of(number: int, state: str, starts: str, ends: str, started: str) -> Span | None:
    """Return when a plan stands; ``None`` where nobody said."""
    if state == "in_progress":
        now = f"{datetime.now():%Y-%m-%d %H:%M}"  # noqa: DTZ005 -- as the clock on the wall says
        return Span(number, started or starts or now, max(ends, now) if ends else _OPEN_END)
    if state not in LIVE or not starts:
        return None
    return Span(number, starts, ends or _OPEN_END)


def groups(spans: Sequence[Span]) -> list[tuple[Span, ...]]:
    """Return plans that stand at one time: every pair, and as many as stand together, each group once."""
    found: dict[frozenset[int], tuple[Span, ...]] = {}
    for one in spans:
        there = tuple(other for other in spans if other.starts <= one.starts < other.ends)
        pairs = combinations(there, 2) if len(there) <= _MOST_AT_ONCE else ()
        for group in (*pairs, there):
            if len(group) > 1:
                found.setdefault(frozenset(other.number for other in group), group)
    return sorted(found.values(), key=lambda group: (max(one.starts for one in group), len(group)))


def find_overlaps(survey: Survey, *, progress: Progress = SILENT) -> list[Overlap]:
    """Return plans that stand at the same time, combined: who is stranded by them together and by none alone.

    A plan that cannot be worked out any more is listed with why.
    """
    spans = []
    for row in survey.plan_rows():
        words = (str(row[name] or "") for name in ("status", "planned_from", "planned_to", "started"))
        if (span := span_of(row["fid"], *words)) is not None:
            spans.append(span)
    together, network = groups(spans), survey.network
    alone = {number: _alone(survey, network, survey.plan(number)) for number in sorted({s.number for g in together for s in g})}
    found = []
    for place, group in enumerate(together, start=1):
        found.append(_combined(network, group, [alone[one.number] for one in group]))
        progress(place, len(together), _("Combining plans"))
    known = {frozenset(one.plans): set(one.nodes) | {-fid - 1 for fid in one.pipes} for one in found}
    return [one for one in found if len(one.plans) == 2 or _says_more(one, known)]  # noqa: PLR2004 -- a pair is always told of


def _says_more(one: Overlap, known: dict[frozenset[int], set[int]]) -> bool:
    """Whether more than two plans strand what no two of them do."""
    mine = frozenset(one.plans)
    pairs: set[int] = set().union(*(what for plans, what in known.items() if plans < mine))
    return bool(one.note) or bool(known[mine] - pairs) or not any(plans < mine for plans in known)


def _alone(survey: Survey, network: Network, plan: Plan) -> tuple[Asked, ShutoffPlan] | str:
    try:
        asked = question_of(survey, network, plan)
        return asked, solved(network, asked)
    except PipemapError as error:
        return _("Plan {n}: {why}").format(n=plan.number, why=error.message)


def _combined(network: Network, group: Sequence[Span], alone: Sequence[tuple[Asked, ShutoffPlan] | str]) -> Overlap:
    ends = min(one.ends for one in group)
    numbers = tuple(sorted(one.number for one in group))
    shared = Overlap(numbers, max(one.starts for one in group), "" if ends == _OPEN_END else ends)
    known = [one for one in alone if not isinstance(one, str)]
    if len(known) < len(alone):
        return replace(shared, note="; ".join(one for one in alone if isinstance(one, str)))
    try:
        both = solved(network, _joined([asked for asked, _plan in known]))
    except PipemapError as error:
        return replace(shared, note=error.message)
    if not both.supply_known:
        return replace(shared, note=_("Who loses supply is unknown: a part of the network has no known source."))
    nodes, pipes, people = (
        _more(_rows(both, what), [_rows(plan, what) for _asked, plan in known]) for what in ("node_rows", "pipe_rows", "people")
    )
    customers = _stranded(network, people)
    return replace(
        shared,
        customers=customers,
        households=sum(one.households for one in customers),
        nodes=tuple(network.node_fid[nodes].tolist()),
        pipes=tuple(network.pipe_fid[pipes].tolist()),
    )


def _joined(asked: Sequence[Asked]) -> Asked:
    """One question for all: whatever one of them relies on less, none relies on; what closes fewest is asked anew."""
    return Asked(
        tuple(dict.fromkeys(key for one in asked for key in one.broken)),
        tuple(dict(failure for one in asked for failure in one.failures).items()),
        tuple(dict.fromkeys(key for one in asked for key in one.opened)),
        trust_check_valves=all(one.trust_check_valves for one in asked),
        close_control_valves=all(one.close_control_valves for one in asked),
        fewest=all(one.fewest for one in asked),
    )


def _rows(plan: ShutoffPlan, what: str) -> NDArray[np.int64]:
    parts = (plan.contained, plan.lost)
    if what == "people":
        return np.union1d(*(part.customers.rows for part in parts))
    return np.union1d(*(getattr(part, what) for part in parts))


def _more(both: NDArray[np.int64], alone: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    for one in alone:
        both = np.setdiff1d(both, one)
    return both


def _stranded(network: Network, rows: NDArray[np.int64]) -> tuple[Stranded, ...]:
    from pipemap.analysis.affected import customers_by_need

    def key(element: Element | None) -> str:
        if element is None:
            return ""
        fids = network.node_fid if element.layer == "node" else network.pipe_fid
        return f"{element.layer}:#{fids[element.row]}"

    return tuple(
        Stranded(one.name, one.class_, one.critical, one.households, key(one.element)) for one in customers_by_need(network, rows)
    )


def combined_effect(
    survey: Survey, network: Network, overlap: Overlap
) -> tuple[tuple[int, NDArray[np.int64], NDArray[np.int64]], ...]:
    """Return for each plan of a group its number and the rows of the nodes and pipes that it alone leaves without supply.

    Raises
    ------
    PipemapError
        One of them cannot be worked out any more.
    """
    found = []
    for number in overlap.plans:
        alone = _alone(survey, network, survey.plan(number))
        if isinstance(alone, str):
            raise PipemapError(alone)
        found.append((number, _rows(alone[1], "node_rows"), _rows(alone[1], "pipe_rows")))
    return tuple(found)
