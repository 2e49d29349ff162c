"""``pipemap simulate FILE``: pressures and flows of a water network, floods of a drainage network."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from pipemap.cli.words import UsageError, add_as_of, answer, progress_of, say_notices
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.jobs.simulating import WaterAnswer
    from pipemap.jobs.simulating_drainage import DrainageAnswer
    from pipemap.store import Survey


def add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], parents: list[argparse.ArgumentParser]
) -> argparse.ArgumentParser:
    """Declare the command."""
    command = commands.add_parser("simulate", parents=parents, help=_("compute pressures and flows, or what floods"))
    command.add_argument("file", metavar="FILE", help=_("survey database"))
    add_as_of(command)
    command.add_argument(
        "--drainage", action="store_true", help=_("the drains, with SWMM's engine; else the water, with EPANET's")
    )
    command.add_argument("--hours", type=float, metavar="H", help=_("how long; without it as the model says, else one moment"))
    command.add_argument(
        "--service-pressure",
        type=float,
        metavar="M",
        help=_("metres of water that a customer should have; else as the survey says"),
    )
    command.add_argument("--keep", action="store_true", help=_("keep that service pressure as the survey's own"))
    command.add_argument(
        "--demand-driven",
        action="store_true",
        help=_("everyone gets what they ask for, whatever the pressure; as older models count"),
    )
    several = {"metavar": "ID", "nargs": "+", "action": "extend", "default": []}
    command.add_argument("--plan-pipe", **several, help=_("with the shut-off of these broken pipes"))  # type: ignore[arg-type]
    command.add_argument("--plan-node", **several, help=_("with the shut-off of these broken nodes"))  # type: ignore[arg-type]
    command.add_argument("--inoperable", **several, help=_("valves that do not turn"))  # type: ignore[arg-type]
    command.add_argument("--xlsx", metavar="FILE", type=Path, help=_("write everything into a spreadsheet too"))
    return command


def run(args: argparse.Namespace) -> int:
    """Compute and print."""
    from pipemap.cli.hydraulics import lines_of, record_of
    from pipemap.jobs.computed import export_answer
    from pipemap.jobs.looking_back import opened

    if args.drainage and (args.plan_pipe or args.plan_node):
        raise UsageError(_("Drains are not shut off by valves."), _("Leave --drainage or --plan-pipe out."))
    if args.inoperable and not (args.plan_pipe or args.plan_node):
        raise UsageError(_("--inoperable is said of a shut-off."), _("Name what is broken with --plan-pipe or --plan-node."))
    if args.keep and (args.as_of or args.service_pressure is None):
        raise UsageError(_("--keep is said of --service-pressure, and of the survey as it is now."))
    with opened(args.file, args.as_of, progress=progress_of(args)) as survey:
        say_notices(survey)
        found = _computed(args, survey)
        record = record_of(found)
        lines = lines_of(found)
        if args.xlsx:
            record["file"] = str(export_answer(found, args.xlsx))
            lines.append(_("Written: {file}").format(file=args.xlsx))
        return answer(args, record, lines)


def _computed(args: argparse.Namespace, survey: Survey) -> WaterAnswer | DrainageAnswer:
    from pipemap.analysis.shutoff import plan_shutoff
    from pipemap.jobs.simulating import Conditions, set_service_pressure, simulate_water
    from pipemap.jobs.simulating_drainage import simulate_drainage

    progress = progress_of(args)
    if args.drainage:
        return simulate_drainage(survey, hours=args.hours, progress=progress)
    if args.keep:
        set_service_pressure(survey, args.service_pressure)
    plan = None
    if args.plan_pipe or args.plan_node:
        plan = plan_shutoff(survey.network, pipes=args.plan_pipe, nodes=args.plan_node, inoperable=args.inoperable)
    conditions = Conditions(args.hours, args.service_pressure, pressure_driven=not args.demand_driven)
    return simulate_water(survey, plan=plan, conditions=conditions, progress=progress)
