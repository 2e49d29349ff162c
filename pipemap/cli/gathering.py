"""What ``pipemap trace`` tells along the flow: fields that gather, flow time, and the catchment as an outline."""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import TYPE_CHECKING

from pipemap.cli.words import UsageError, progress_of, table
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.analysis.flow_time import Pace
    from pipemap.analysis.trace import Trace
    from pipemap.store import Survey


def add_options(command: argparse.ArgumentParser) -> None:
    """Declare the options."""
    command.add_argument(
        "--accumulate", metavar="FIELD", nargs="+", action="extend", default=[],
        help=_("at every element, total a field over what lies upstream of it"),
    )  # fmt: skip
    command.add_argument("--flow-time", action="store_true", help=_("how long water is on its way to or from every element"))
    command.add_argument("--velocity", metavar="M/S", type=float, help=_("of a flow time: how fast mains flow"))
    command.add_argument("--flow", metavar="L/S", type=float, help=_("of a flow time: what flows through each main"))
    command.add_argument("--simulate", action="store_true", help=_("of a flow time: compute the velocities in mains with EPANET"))
    command.add_argument(
        "--catchment", metavar="M", type=float, nargs="?", const=math.nan,
        help=_("outline what lies within M metres of the drains and inlets upstream (default: 30)"),
    )  # fmt: skip
    command.add_argument("--outline", metavar="FILE", type=Path, help=_("write the catchment to a .geojson or .wkt file"))


def check(args: argparse.Namespace) -> None:
    """Refuse options that mean nothing together."""
    if (args.velocity is not None or args.flow is not None or args.simulate) and not args.flow_time:
        raise UsageError(_("--velocity, --flow and --simulate belong to --flow-time."))
    if args.outline is not None and args.catchment is None:
        raise UsageError(_("--outline belongs to --catchment."))


def add(args: argparse.Namespace, survey: Survey, found: Trace, record: dict[str, object], lines: list[str]) -> None:
    """Work out what was asked for, and put it into the answer."""
    for field in args.accumulate:
        _add_accumulated(args, found, field, record, lines)
    if args.flow_time:
        _add_flow_time(found, _pace(args, survey), record, lines)
    if args.catchment is not None:
        _add_catchment(args, found, record, lines)


def _pace(args: argparse.Namespace, survey: Survey) -> Pace:
    from pipemap.analysis.flow_time import Pace

    computed = None
    if args.simulate:
        from pipemap.jobs.flow_times import computed_velocities
        from pipemap.jobs.simulating import simulate_water

        computed = computed_velocities(simulate_water(survey, progress=progress_of(args)).before.run)
    return Pace(args.velocity, args.flow, computed)


def _add_flow_time(found: Trace, pace: Pace, record: dict[str, object], lines: list[str]) -> None:
    from pipemap.analysis.flow_time import Basis, flow_time

    answer = flow_time(found, pace)
    nodes = [{"element": name, "seconds": _known(value)} for name, value in zip(found.nodes, answer.nodes.tolist(), strict=True)]
    columns = (found.pipes, answer.pipes.tolist(), answer.velocity.tolist(), answer.basis.tolist())
    pipes = [
        {
            "element": name,
            "seconds": _known(value),
            "velocity_ms": _known(speed),
            "basis": Basis(why).name.lower().replace("_", "-"),
        }
        for name, value, speed, why in zip(*columns, strict=True)
    ]
    record["flow_time"] = {
        "longest_s": _known(answer.longest), "assumptions": answer.assumptions, "nodes": nodes, "pipes": pipes,
    }  # fmt: skip
    longest = _known(answer.longest)
    words = "–" if longest is None else f"{longest / 60:,.1f}"
    lines.append(_("Flow time: {minutes} minutes at most").format(minutes=words))
    lines += [f"  {text}" for text in answer.assumptions]


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _add_catchment(args: argparse.Namespace, found: Trace, record: dict[str, object], lines: list[str]) -> None:
    from pipemap.analysis.catchment import REACH, catchment

    answer = catchment(found, REACH if math.isnan(args.catchment) else args.catchment, progress=progress_of(args))
    written = None
    if args.outline is not None:
        from pipemap.jobs.catchments import export_catchment

        written = export_catchment(answer, args.outline)
    record["catchment"] = {
        "area_m2": answer.square_metres, "reach_m": answer.reach, "pipes": len(answer.pipes), "inlets": len(answer.inlets),
        "wkt": answer.wkt, "written": written,
    }  # fmt: skip
    words = _("Catchment: {hectares} ha within {reach} m of {pipes} pipes and {inlets} inlets")
    lines.append(
        words.format(
            hectares=f"{answer.square_metres / 10_000:,.2f}", reach=f"{answer.reach:g}", pipes=f"{len(answer.pipes):,}",
            inlets=f"{len(answer.inlets):,}",
        )
    )  # fmt: skip
    if written is not None:
        lines.append(_("Written: {file}").format(file=written))


def _add_accumulated(args: argparse.Namespace, found: Trace, field: str, record: dict[str, object], lines: list[str]) -> None:
    from pipemap.analysis.accumulating import accumulate

    gathered = accumulate(found, field, progress=progress_of(args))
    rows = []
    for ids, figures in ((found.nodes, gathered.nodes), (found.pipes, gathered.pipes)):
        for name, (sum_, least, most, count) in zip(ids, figures.tolist(), strict=True):
            known = count > 0
            rows.append((name, sum_ if known else None, least if known else None, most if known else None, int(count)))
    names = ("element", "sum", "min", "max", "count")
    kept = record.setdefault("accumulated", {})
    assert isinstance(kept, dict)  # noqa: S101 -- made above
    kept[field] = [dict(zip(names, row, strict=True)) for row in rows]
    lines += table(rows, [field, _("Sum"), _("Least"), _("Most"), _("Count")])
