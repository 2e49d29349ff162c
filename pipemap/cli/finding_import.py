"""``pipemap finding import|match FILE``: files of inspections into a survey, and what they belong to."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from pipemap.cli.words import UsageError, answer, progress_of, table
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.jobs.inspections import InspectionPlan
    from pipemap.store import Survey

_SHOWN = 50


def add_options(command: argparse.ArgumentParser) -> None:
    """Declare what the two actions take beside the file."""
    group = command.add_argument_group(_("import and match"))
    group.add_argument("--format", metavar="F", help=_("format of the files (default: found by a look inside)"))
    group.add_argument(
        "--photos", metavar="DIR", type=Path, help=_("folder of photos and videos (default: that of the first file)")
    )
    group.add_argument("--dry-run", action="store_true", help=_("read, match and report, write nothing"))
    group.add_argument("--to-node", metavar="ID", help=_("match: the end of the run, where it is not one pipe"))


def import_(args: argparse.Namespace, survey: Survey) -> int:
    """Read, match, store and report."""
    from pipemap.jobs.inspections import plan_inspections, store_inspection_plan

    if not args.rest:
        raise UsageError(_("Name the files of inspections."), "pipemap finding import FILE SOURCE…")
    plan = plan_inspections(
        survey, [Path(word) for word in args.rest], format=args.format, photos=args.photos, progress=progress_of(args)
    )
    change = None
    if not args.dry_run:
        change = store_inspection_plan(survey, plan, author=args.author, progress=progress_of(args)).change_id
    return answer(args, record_of(plan) | {"change": change}, lines_of(plan))


def record_of(plan: InspectionPlan) -> dict[str, object]:
    """Return a plan as keys and values."""
    network = plan.network
    matches = [
        {
            "name": one.name, "start": one.start, "end": one.end, "inspected": one.inspected,
            "pipes": [network.pipe_ids[leg.pipe] for leg in match.legs],
            "from_node": network.node_ids[match.start] if match.start >= 0 else None,
            "reversed": match.reversed, "confidence": match.confidence, "matched": match.accepted, "reason": match.reason,
            "length": match.length, "inspected_length": one.inspected_length, "findings": len(one.observed),
            "updates": fid,
        }
        for one, match, fid in zip(plan.delivery.inspections, plan.matches, plan.stored, strict=True)
    ]  # fmt: skip
    problems = [{"rule": one.rule, "severity": one.severity, "where": one.where, "message": one.message} for one in plan.problems]
    return {
        "inspections": len(plan.matches), "findings": plan.delivery.finding_count, "matched": plan.matched,
        "unmatched": plan.unmatched, "updated": sum(fid is not None for fid in plan.stored), "format": plan.delivery.format,
        "matches": matches, "problems": problems,
    }  # fmt: skip


def lines_of(plan: InspectionPlan) -> list[str]:
    """Say the same to a person."""
    from pipemap.jobs.inspection_problems import told_name
    from pipemap.model.problem import sort_worst_first

    network = plan.network
    rows = [
        (
            told_name(one),
            ", ".join(str(network.pipe_ids[leg.pipe]) for leg in match.legs) or "–",
            f"{match.confidence:.0%}",
            match.reason,
        )
        for one, match in zip(plan.delivery.inspections, plan.matches, strict=True)
    ]
    problems = sort_worst_first(plan.problems)
    return [
        _("Inspections: {n}, with findings: {findings}").format(n=len(plan.matches), findings=plan.delivery.finding_count),
        _("Matched: {matched}, not matched: {unmatched}, there before: {updated}").format(
            matched=plan.matched, unmatched=plan.unmatched, updated=sum(fid is not None for fid in plan.stored)
        ),
        "",
        *table(rows[:_SHOWN], [_("Inspection"), _("Pipes"), _("Confidence"), _("Reason")]),
        *([_("… and {n} more").format(n=len(rows) - _SHOWN)] if len(rows) > _SHOWN else []),
        *(["", _("Problems: {n}").format(n=len(problems))] if problems else []),
        *(f"{one.where}: {one.message}" if one.where else one.message for one in problems[:_SHOWN]),
    ]


def match(args: argparse.Namespace, survey: Survey) -> int:
    """Match an inspection of the survey by hand."""
    from pipemap.jobs.inspections import match_stored

    if not args.pipe and not (args.from_node and args.to_node) and not args.node:
        raise UsageError(_("Name a pipe, or the nodes at both ends."), "--pipe, --from-node, --to-node")
    done = match_stored(
        survey, args.id, pipe=args.pipe or "", start=args.from_node or args.node or "", end=args.to_node or "", author=args.author
    )
    record = {
        "inspection": args.id,
        "pipe": done.pipe,
        "from_node": done.from_node,
        "to_node": done.to_node,
        "findings": len(done.findings),
    }
    return answer(
        args, record, [_("Inspection {n} is matched; findings placed: {findings}").format(n=args.id, findings=len(done.findings))]
    )
