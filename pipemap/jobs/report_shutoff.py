"""Papers of a shut-off: the ticket with its map, the way back, and notices to customers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from pipemap.errors import ReportError
from pipemap.jobs.report_pictures import MapView, draw_map
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.analysis.shutoff import ShutoffPlan
    from pipemap.analysis.steps import Step
    from pipemap.jobs.reporting import Asked, Gathered
    from pipemap.model.network import Network
    from pipemap.model.plans import Plan
    from pipemap.reports.ticket import ValveFacts
    from pipemap.store import Survey

NOTICE_HOURS = "notice_hours"
"""Setting of a survey, with a dot and the trade: hours between a notice and its stoppage."""
_MOST_ROADS = 8
_MOST_MARKS = 200


def gather_ticket(asked: Asked) -> Gathered:
    """Write the ticket of the plan that is asked for, or of its way back (option ``way``).

    Raises
    ------
    ReportError
        A valve of the plan, or what is broken, is marked secret: a ticket that leaves it out would be wrong.
    """
    from pipemap.analysis.reopening import reopenings
    from pipemap.analysis.steps import step, steps_of
    from pipemap.jobs.plan_papers import steps_for_papers, ticket_record
    from pipemap.jobs.reporting import Gathered
    from pipemap.reports.ticket import Around, PlanRecord, ticket_report

    kept, way = _kept(asked), asked.options.get("way", "close")
    plan = _plan(asked, kept)
    if kept is None:
        steps, reopen = steps_of(plan), tuple(step(plan, one.valve, "reopen") for one in reopenings(plan))
    else:
        steps, reopen = steps_for_papers(plan, kept)
    _check_secrecy(plan, (*steps, *reopen))
    facts = {one.key: _facts(plan, one) for one in (*steps, *reopen) if one.task != "not_needed"}
    record = ticket_record(kept, plan.network, way=way) if kept is not None else asked.options.get("record") or PlanRecord()
    picture = _map(asked, plan, steps, reopen) if asked.options.get("pictures", True) else None
    around = Around(_about(asked), steps, facts, picture, reopen)
    report = ticket_report(plan, around, record, way=way)
    return Gathered(report, len(steps) + len(reopen), len(plan.request.broken))


def gather_notice(asked: Asked) -> Gathered:
    """Write a notice to customers.

    Raises
    ------
    ReportError
        It says too little, too much, or comes too late.
    """
    from pipemap.jobs.plan_papers import notice_options
    from pipemap.jobs.reporting import Gathered
    from pipemap.reports.notice import Notice, check_notice, notice_report

    kept = _kept(asked)
    plan, options = _plan(asked, kept, way="return"), asked.options
    if kept is not None:
        options = notice_options(kept, dict(options))
    trade = trade_of(plan)
    notice = Notice(
        trade,
        options.get("stage") or "planned",
        options.get("area") or area_of(plan),
        options.get("reason", ""),
        options.get("starts", ""),
        options.get("ends", ""),
        options.get("phone") or asked.template.text("office", "phone"),
        options.get("issued") or f"{datetime.now():%Y-%m-%d %H:%M}",  # noqa: DTZ005 -- as the clock on the wall says
        households_of(plan),
        emergency=bool(options.get("emergency")),
    )
    network = plan.network
    ids = {*plan.contained.nodes, *plan.contained.pipes, *plan.lost.nodes, *plan.lost.pipes, *plan.why}
    ids |= {network.element_id(one) for one in plan.request.broken}
    check_notice(notice, period=notice_hours(asked.survey, trade), ids=ids)
    return Gathered(notice_report(notice, _about(asked), office=asked.template.text("office", "name")), 0, 0)


# -- what is asked about ---------------------------------------------------------------------------------------------------


def _kept(asked: Asked) -> Plan | None:
    """Return the plan that is kept in the survey, where its number is given."""
    number = asked.options.get("kept")
    return None if number is None else asked.survey.plan(int(number))


def _plan(asked: Asked, kept: Plan | None, *, way: str = "") -> ShutoffPlan:
    """Return the answer of a kept plan, or the one that is given, else the one for what is named as broken."""
    from pipemap.analysis.shutoff import plan_shutoff
    from pipemap.jobs.plan_papers import answer_for_papers

    if kept is not None:
        return answer_for_papers(asked.survey, kept, way=way or asked.options.get("way", "close"))
    given: ShutoffPlan | None = asked.options.get("plan")
    if given is not None:
        return given
    pipes, nodes, inoperable, opened = (asked.options.get(name) or () for name in ("pipes", "nodes", "inoperable", "opened"))
    return plan_shutoff(asked.survey.network, pipes=pipes, nodes=nodes, inoperable=inoperable, opened=opened)


def _about(asked: Asked) -> Any:  # noqa: ANN401 -- an About, imported late
    from pipemap.reports.about import About

    state, time = asked.state
    return About(asked.survey.name, state, time, asked.printed)


def trade_of(plan: ShutoffPlan) -> str:
    """What the broken elements carry: ``water``, ``gas``, ``heating`` or ``industrial``."""
    from pipemap import catalog

    network = plan.network
    codes = [network.pipe_category[one.row] for one in plan.request.broken if one.layer == "pipe"]
    codes += [network.node_category[one.row] for one in plan.request.broken if one.layer == "node"]
    known = [found.carries for found in map(catalog.category, codes) if found is not None]
    return next((carries for carries in known if carries in ("water", "gas", "heating")), "industrial" if known else "water")


def households_of(plan: ShutoffPlan) -> int | None:
    """How many households are without supply; ``None`` where nobody knows."""
    if not len(plan.network.customers) or not plan.supply_known:
        return None
    return plan.contained.customers.households + plan.lost.customers.households


def area_of(plan: ShutoffPlan) -> str:
    """Return the roads along which supply stops, those with most pipe first."""
    network = plan.network
    rows = np.union1d(plan.contained.pipe_rows, plan.lost.pipe_rows)
    rows = network.release.only("pipe", rows)
    roads: dict[str, float] = {}
    column = network.column("pipe", "road")
    for row in rows.tolist():
        road = column[row].as_py()
        if road:
            roads[road] = roads.get(road, 0.0) + float(network.weight[row])
    order = sorted(roads, key=lambda road: (-roads[road], road))
    return _(", ").join(order[:_MOST_ROADS])


def notice_hours(survey: Survey, trade: str) -> float:
    """Return the hours that must lie between a notice and its stoppage."""
    from pipemap.reports.notice import PERIODS

    own = survey.setting(f"{NOTICE_HOURS}.{trade}")
    try:
        return float(own) if own is not None else PERIODS.get(trade, PERIODS["industrial"])
    except ValueError:
        return math.inf  # a period that nobody can read lets nothing pass but emergencies


def set_notice_hours(survey: Survey, trade: str, hours: float) -> None:
    """Set the hours for a trade in a survey.

    Raises
    ------
    ReportError
        There is no such trade, or it is no number of hours.
    """
    from pipemap.reports.notice import PERIODS

    if trade not in PERIODS:
        raise ReportError(
            _("There is no trade “{name}”.").format(name=trade), _("Known are {names}.").format(names=", ".join(PERIODS))
        )
    if not 0 <= hours <= 10_000:  # noqa: PLR2004 -- more than a year is a mistake
        raise ReportError(_("“{value}” is no number of hours.").format(value=hours))
    survey.set_setting(f"{NOTICE_HOURS}.{trade}", f"{hours:g}")


def _check_secrecy(plan: ShutoffPlan, steps: Sequence[Step]) -> None:
    from pipemap.analysis.measures import measures_of

    released = plan.network.release
    measured = (element for one in measures_of(plan) for element in one.elements)
    told = [*plan.request.broken, *(one.element for one in steps), *measured]
    hidden = sum(not released.rows(one.layer)[one.row] for one in told)
    if hidden:
        raise ReportError(
            _("Elements of this plan are marked secret, and a ticket without them would be wrong: {n}.").format(n=hidden),
            _("Whoever may do so lifts the mark first (pipemap secrecy)."),
        )


# -- what is known of a valve ----------------------------------------------------------------------------------------------


def _facts(plan: ShutoffPlan, step: Step) -> ValveFacts:
    from pipemap.analysis.tie_points import tie_points
    from pipemap.model.wording import kind_label
    from pipemap.reports.sketch import Offset
    from pipemap.reports.ticket import ValveFacts

    network, element = plan.network, step.element
    public = network.public
    row = element.row if element.layer == "node" else int(network.pipe_ends[element.row, 0])
    east, north = (float(part) for part in network.node_xyz[row, :2])
    near = tie_points(public, east, north) if math.isfinite(east + north) else ()
    offsets = tuple(Offset(_seen(public, one.row), one.distance, one.bearing) for one in near)
    if element.layer == "pipe":
        kind = network.pipe_kind[element.row] or ""
        return ValveFacts(kind_label(kind), normal_state=_word(network, "pipe", "normal_state", element.row), offsets=offsets)
    words = [network.node_appurtenance[row] or kind_label(network.node_kind[row] or ""), _word(network, "node", "model", row)]
    return ValveFacts(
        " ".join(filter(None, words)),
        float(network.chamber_depth[row]),
        _word(network, "node", "normal_state", row),
        _word(network, "node", "last_operated", row),
        offsets,
    )


def _seen(network: Network, row: int) -> str:
    from pipemap.model.wording import kind_label

    return network.node_ids[row] or kind_label(network.node_kind[row] or "point")


def _word(network: Network, layer: Any, name: str, row: int) -> str:  # noqa: ANN401 -- a layer
    return str(network.column(layer, name)[row].as_py() or "")


# -- the map ---------------------------------------------------------------------------------------------------------------


def _map(asked: Asked, plan: ShutoffPlan, steps: Sequence[Step], reopen: Sequence[Step]) -> Any:  # noqa: ANN401 -- a Picture
    network = plan.network
    groups = tuple((role, part.node_rows, part.pipe_rows) for role, part in (("contained", plan.contained), ("lost", plan.lost)))
    close = [one for one in steps if one.task == "close"]
    marks = [(one.element.layer, one.element.row, "close", str(place)) for place, one in enumerate(close, start=1)]
    marks += [(one.layer, one.row, "start", "") for one in plan.request.broken]
    marks += [(one.element.layer, one.element.row, one.task, "") for one in (*steps, *reopen) if one.task != "close"]
    marks += [("node", int(row), "source", "") for row in plan.source_rows]
    view = MapView(groups, tuple(marks[:_MOST_MARKS]), (2200, 1350), _("Map of the shut-off"))
    return draw_map(asked.survey.path, network, view, progress=asked.progress)
