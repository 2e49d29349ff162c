"""``pipemap shutoff FILE --pipe ID…``: which valves to close, and what comes of it."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from pipemap.cli.words import UsageError, add_as_of, answer, listing, progress_of, say_notices, table
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.analysis.affected import Affected
    from pipemap.analysis.reopening import Reopening
    from pipemap.analysis.shutoff import ShutoffPlan
    from pipemap.analysis.squeezing import SqueezePlan
    from pipemap.model.network import Network


def add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], parents: list[argparse.ArgumentParser]
) -> argparse.ArgumentParser:
    """Declare the command."""
    command = commands.add_parser("shutoff", parents=parents, help=_("which valves to close around a break"))
    command.add_argument("file", metavar="FILE", help=_("survey database"))
    add_as_of(command)
    several = {"metavar": "ID", "nargs": "+", "action": "extend", "default": []}
    command.add_argument("--pipe", **several, help=_("broken pipes"))  # type: ignore[arg-type]
    command.add_argument("--node", **several, help=_("broken nodes"))  # type: ignore[arg-type]
    command.add_argument("--trench", metavar="WKT", help=_("all that a trench touches: a LINESTRING with a width, or a POLYGON"))
    command.add_argument("--width", metavar="M", type=float, help=_("width of the trench in metres (default: 2)"))
    command.add_argument("--inoperable", **several, help=_("valves that do not turn"))  # type: ignore[arg-type]
    command.add_argument("--opened", **several, help=_("closed valves that are opened meanwhile"))  # type: ignore[arg-type]
    command.add_argument("--trust-check-valves", action="store_true", help=_("nothing comes back through a check valve"))
    command.add_argument("--close-control-valves", action="store_true", help=_("pressure and flow control valves may be shut"))
    command.add_argument("--backup", action="store_true", help=_("for each valve to close: what follows when it does not turn"))
    command.add_argument(
        "--inflow", type=float, metavar="LPS", help=_("litres a second that arrive at a broken drain: how long it can be plugged")
    )
    command.add_argument(
        "--hydraulics", action="store_true", help=_("compute who outside the zone falls below the service pressure (water)")
    )
    return command


def run(args: argparse.Namespace) -> int:
    """Plan and print."""
    from pipemap.analysis.backup import backups
    from pipemap.analysis.reopening import reopenings
    from pipemap.analysis.shutoff import plan_shutoff
    from pipemap.analysis.squeezing import plan_squeeze
    from pipemap.jobs.looking_back import opened
    from pipemap.jobs.trades import squeeze_limits
    from pipemap.settings import Settings

    if not args.pipe and not args.node and args.trench is None:
        raise UsageError(_("A shut-off plan needs a broken pipe or node."), _("Name it with --pipe or --node."))
    if args.width is not None and args.trench is None:
        raise UsageError(_("--width belongs to --trench."))
    with opened(args.file, args.as_of, progress=progress_of(args)) as survey:
        network = survey.network
        say_notices(survey)
        if args.trench is None and _are_drains(network, args):
            return _plug(args, network)
        dug = _dug(args, network)
        plan = plan_shutoff(
            network,
            pipes=[*args.pipe, *dug["pipe"]],
            nodes=[*args.node, *dug["node"]],
            inoperable=args.inoperable,
            opened=args.opened,
            trust_check_valves=args.trust_check_valves,
            close_control_valves=args.close_control_valves,
        )
        again = reopenings(plan)
        squeezed = plan_squeeze(plan, squeeze_limits(Settings()))
        record = _record(plan, again) | {"squeeze": _squeeze_record(squeezed) if squeezed is not None else None}
        if args.trench is not None:
            rows = [network.element(name).row for name in dug["pipe"]]
            record["trench"] = {"pipes": network.pipe_ids.take(rows), "others": dug["other"]}
        if args.backup:
            record["backup"] = {
                plan.cells.valves.id(one.valve): {
                    "close": one.plan.close,
                    "contained_nodes": len(one.plan.contained.node_rows),
                    "lost_nodes": len(one.plan.lost.node_rows),
                    "customers": one.plan.contained.customers.count + one.plan.lost.customers.count,
                }
                for one in backups(plan)
            }
        lines = [*_lines(plan, again), *_beside_lines(plan, squeezed)]
        if args.hydraulics:
            from pipemap.cli.hydraulics import lines_of, record_of
            from pipemap.jobs.simulating import simulate_water

            computed = simulate_water(survey, plan=plan, progress=progress_of(args))
            record["hydraulics"] = record_of(computed)
            lines += ["", *lines_of(computed)]
        return answer(args, record, lines)


def _are_drains(network: Network, args: argparse.Namespace) -> bool:
    """Whether all that is broken flows by gravity; an id that nothing has is told by whoever plans."""
    from pipemap.analysis.plugs import is_drain
    from pipemap.analysis.shutoff import element_of

    named = [element_of(network, text, layer) for layer, ids in (("pipe", args.pipe), ("node", args.node)) for text in ids]
    return all(is_drain(network, one) for one in named)


def _plug(args: argparse.Namespace, network: Network) -> int:
    """Plan plugs and print them."""
    from pipemap.analysis.plugs import plan_plugs
    from pipemap.jobs.trades import PLUG_ROLES, plug_record, plug_rows, plug_sentences

    plan = plan_plugs(network, pipes=args.pipe, nodes=args.node, inflow=args.inflow)
    lines = [_("Laid dry: {ids}").format(ids=listing(plan.contained.pipes or plan.contained.nodes))]
    lines += [
        f"{place}. {_(PLUG_ROLES[role])}: {row.id} {row.where} ({row.words})"
        for place, (role, row) in enumerate(plug_rows(plan), start=1)
    ]
    return answer(args, plug_record(plan), [*lines, *plug_sentences(plan)])


def _squeeze_record(found: SqueezePlan) -> dict[str, object]:
    network = found.plan.network
    return {
        "points": [
            {
                "pipe": network.pipe_ids[one.pipe],
                "from_node": network.node_ids[one.node],
                "station": one.station,
                "away_m": one.away,
            }
            for one in found.squeezes
        ],
        "close": found.close,
        "contained": {"nodes": found.contained.nodes, "pipes": found.contained.pipes},
        "lost": {"nodes": found.lost.nodes, "pipes": found.lost.pipes},
    }


def _beside_lines(plan: ShutoffPlan, squeezed: SqueezePlan | None) -> list[str]:
    """What is asked beside the valves, and where pipes could be squeezed."""
    from pipemap.analysis.measures import measures_of
    from pipemap.jobs.trades import squeeze_rows, squeeze_sentences

    lines = [one.text for one in measures_of(plan) if one.stage in ("reduce", "stop", "empty")]
    if squeezed is not None:
        lines += squeeze_sentences(squeezed)
        lines += [f"  {row.id}, {row.where}: {row.words}" for row in squeeze_rows(squeezed)]
    return lines


def _dug(args: argparse.Namespace, network: Network) -> dict[str, list[str]]:
    """What the trench touches, by keys; and the ids of the other pipes in it."""
    from pipemap.analysis.trench import WIDTH, read_trench, touched
    from pipemap.errors import PipemapError

    if args.trench is None:
        return {"pipe": [], "node": [], "other": []}
    found = touched(network, read_trench(args.trench, WIDTH if args.width is None else args.width))
    if found.is_empty and not args.pipe and not args.node:
        raise PipemapError(_("The trench touches nothing that valves shut off."))
    return {
        "pipe": [f"pipe:#{network.pipe_fid[row]}" for row in found.pipes.tolist()],
        "node": [f"node:#{network.node_fid[row]}" for row in found.nodes.tolist()],
        "other": list(network.pipe_ids.take(found.others)),
    }


def _record(plan: ShutoffPlan, again: tuple[Reopening, ...]) -> dict[str, object]:
    from pipemap.analysis.measures import measures_of

    network = plan.network
    return {
        "close": plan.close,
        "already_closed": plan.already_closed,
        "not_needed": plan.not_needed,
        "contained": {"nodes": plan.contained.nodes, "pipes": plan.contained.pipes},
        "lost": {"nodes": plan.lost.nodes, "pipes": plan.lost.pipes},
        "supply_known": plan.supply_known,
        "sources_in_zone": plan.sources_in_zone,
        "possible_sources_in_zone": network.node_ids.take(plan.possible_source_rows),
        "reopen": [plan.cells.valves.id(one.valve) for one in again],
        "customers": {
            "contained": _customers(plan.contained.customers),
            "lost": _customers(plan.lost.customers),
        },
        "volume_m3": plan.volume,
        "unknown_state": plan.cells.valves.ids(plan.unknown_valves),
        "perhaps_still_fed": network.node_ids.take(plan.doubtful_rows),
        "twins": plan.twins,
        "measures": [
            {"stage": one.stage, "text": one.text, "elements": [network.element_id(element) for element in one.elements]}
            for one in measures_of(plan)
        ],
        "reasons": plan.reasons,
        "notes": plan.notes,
    }


def _customers(part: Affected) -> dict[str, object]:
    return {
        "count": part.count,
        "households": part.households,
        "by_class": part.by_class,
        "critical": [{"name": name, "own_tank_hours": hours} for name, hours in part.critical],
        "guessed": part.guessed,
    }


def _lines(plan: ShutoffPlan, again: tuple[Reopening, ...]) -> list[str]:
    contained, lost = plan.contained, plan.lost
    lines = [_("Close: {ids}").format(ids=listing(plan.close) or "–")]
    for title, ids in (
        (_("Already closed, verify: {ids}"), plan.already_closed),
        (_("Need not be closed: {ids}"), plan.not_needed),
        (_("Sources inside the zone: {ids}"), plan.sources_in_zone),
    ):
        if ids:
            lines.append(title.format(ids=listing(ids)))
    rows = [
        (name, len(part.node_rows), len(part.pipe_rows), part.length, part.customers.count)
        for name, part in ((_("Contained"), contained), (_("Lost beyond it"), lost))
    ]
    lines += table(rows, [_("Part"), _("Nodes"), _("Pipes"), _("Length (m)"), _("Customers")])
    lines.append(_("Volume of the pipes in the zone: {m3} m³").format(m3=f"{plan.volume:,.1f}"))
    if again:
        valves = listing([plan.cells.valves.id(one.valve) for one in again])
        lines.append(_("Could be opened for those cut off, after hydraulic and quality check: {ids}").format(ids=valves))
    critical = [name for part in (contained, lost) for name, _hours in part.customers.critical]
    if critical:
        lines.append(_("Need supply most: {names}").format(names=listing(critical)))
    return [*lines, *plan.notes]
