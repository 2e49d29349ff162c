"""Between a plan that is kept and the plan that is worked out: its question asked again, its answer as it is kept."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from pipemap.errors import PipemapError
from pipemap.model.plans import Answer, Asked, KeptValve
from pipemap.texts import _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipemap.analysis.shutoff import Part, ShutoffPlan
    from pipemap.analysis.steps import Step
    from pipemap.model.lookup import Element
    from pipemap.model.network import Network
    from pipemap.model.plans import Plan
    from pipemap.store import Survey

_MOST_CRITICAL = 50


def key_of(network: Network, element: Element) -> str:
    """Return the key of an element, as :meth:`Network.element` takes it: never ambiguous, the same after a change."""
    fids = network.node_fid if element.layer == "node" else network.pipe_fid
    return f"{element.layer}:#{fids[element.row]}"


def asked_for(
    network: Network,
    *,
    pipes: Sequence[str] = (),
    nodes: Sequence[str] = (),
    inoperable: Sequence[str] = (),
    opened: Sequence[str] = (),
    trust_check_valves: bool = False,
    close_control_valves: bool = False,
    fewest: bool = False,
) -> Asked:
    """Return a question, given by ids as they are printed.

    Raises
    ------
    UnknownElementError, AmbiguousElementError
        An id is not in the network, or several elements have it.
    """
    named = [*(("pipe", text) for text in pipes), *(("node", text) for text in nodes)]
    broken = [network.element(text if text.startswith(f"{layer}:") else f"{layer}:{text}") for layer, text in named]
    return Asked(
        tuple(dict.fromkeys(key_of(network, one) for one in broken)),
        tuple((_valve_key(network, text), "stuck") for text in dict.fromkeys(inoperable)),
        tuple(_valve_key(network, text) for text in dict.fromkeys(opened)),
        trust_check_valves=trust_check_valves,
        close_control_valves=close_control_valves,
        fewest=fewest,
    )


def _valve_key(network: Network, text: str) -> str:
    return text if "@" in text else key_of(network, network.element(text))


def question_of(survey: Survey, network: Network, plan: Plan) -> Asked:
    """Return the question of a plan as it is to be asked now: of what is still there, and of the pieces of what was split.

    Raises
    ------
    PipemapError
        Nothing of what is broken is in the survey any more.
    """
    asked = plan.now.asked
    keys = [key for key in asked.broken if _is_there(network, key)]
    keys += [key for text in _starts(survey, plan.number) if (key := _found(network, text)) is not None]
    if not keys:
        raise PipemapError(_("What is broken is no longer in the survey."), _("Make a new plan."))
    return replace(
        asked,
        broken=tuple(dict.fromkeys(keys)),
        failures=tuple(one for one in asked.failures if _is_valve(network, one[0])),
        opened=tuple(key for key in asked.opened if _is_there(network, key) and _is_closed(network, key)),
    )


def _starts(survey: Survey, number: int) -> list[str]:
    rows = survey.table("shutoff_plan", ["fid", "starts"]).to_pylist()
    try:
        found = json.loads(next(row["starts"] for row in rows if row["fid"] == number) or "[]")
    except (ValueError, StopIteration):
        return []
    return [text for text in found if isinstance(text, str)] if isinstance(found, list) else []


def _is_there(network: Network, key: str) -> bool:
    return _found(network, key) is not None


def _found(network: Network, text: str) -> str | None:
    """The key of the one element that is named; ``None`` where it is gone, or several have the id by now."""
    if "@" in text:
        return text
    try:
        return key_of(network, network.element(text))
    except PipemapError:
        return None


def _is_valve(network: Network, key: str) -> bool:
    from pipemap.analysis.valves import valves_of

    try:
        valves_of(network, stations=True).number(key)
    except PipemapError:
        return False
    return True


def _is_closed(network: Network, key: str) -> bool:
    from pipemap.analysis.valves import valves_of

    if _is_valve(network, key):
        valves = valves_of(network, stations=True)
        return bool(valves.closed[valves.number(key)])
    element = network.element(key)
    return element.layer == "pipe" and bool(network.pipe_state.is_in("closed")[element.row])


def solved(network: Network, asked: Asked) -> ShutoffPlan:
    """Work a question out."""
    from pipemap.analysis.alternatives import fewest_valves
    from pipemap.analysis.shutoff import plan_shutoff

    plan = plan_shutoff(
        network,
        pipes=[key for key in asked.broken if key.startswith("pipe:")],
        nodes=[key for key in asked.broken if key.startswith("node:")],
        inoperable=asked.inoperable,
        opened=asked.opened,
        trust_check_valves=asked.trust_check_valves,
        close_control_valves=asked.close_control_valves,
    )
    return (fewest_valves(plan) or plan) if asked.fewest else plan


def answer_of(plan: ShutoffPlan) -> Answer:
    """Return what is kept of a plan that was worked out."""
    from pipemap.analysis.affected import customers_by_need
    from pipemap.analysis.reopening import reopenings
    from pipemap.analysis.steps import step, steps_of
    from pipemap.jobs.report_shutoff import area_of

    steps = [*steps_of(plan), *(step(plan, one.valve, "reopen") for one in reopenings(plan))]
    people = [part.customers for part in (plan.contained, plan.lost)]
    rows = sorted({row for one in people for row in one.rows.tolist()})
    import numpy as np

    needy = [one.name for one in customers_by_need(plan.network, np.array(rows, dtype=np.int64)) if one.critical]
    return Answer(
        tuple(_kept(plan, one) for one in steps),
        _short(plan.contained),
        _short(plan.lost),
        len(rows),
        sum(one.households for one in people),
        tuple(needy[:_MOST_CRITICAL]),
        plan.contained.length + plan.lost.length,
        plan.volume,
        plan.supply_known,
        plan.sources_in_zone,
        area_of(plan),
    )


def _kept(plan: ShutoffPlan, one: Step) -> KeptValve:
    network, element = plan.network, one.element
    own = "" if "@" in one.key else str(network.column(element.layer, "normal_state")[element.row].as_py() or "")
    normal = own if own in ("open", "closed") else "closed" if one.state == "closed" else "open"
    return KeptValve(one.key, one.id, one.task, one.state, normal, one.road)


def _short(part: Part) -> tuple[str, ...]:
    network = part.network
    nodes = network.node_fid[part.node_rows].tolist()
    return (*(f"n{fid}" for fid in nodes), *(f"p{fid}" for fid in network.pipe_fid[part.pipe_rows].tolist()))
