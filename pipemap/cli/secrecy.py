"""``pipemap secrecy FILE``: what is marked secret, and marks put on or lifted."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from pipemap.cli.words import UsageError, answer, table
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.store import Survey


def add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], parents: list[argparse.ArgumentParser]
) -> argparse.ArgumentParser:
    """Declare the command."""
    command = commands.add_parser("secrecy", parents=parents, help=_("marks of secrecy: count them, put them on, lift them"))
    command.add_argument("file", metavar="FILE", help=_("survey database"))
    act = command.add_mutually_exclusive_group()
    act.add_argument("--mark", metavar="LEVEL", help=_("public, internal, secret, highly_secret or top_secret"))
    act.add_argument("--lift", action="store_true", help=_("take the mark away"))
    command.add_argument("--element", metavar="ID", nargs="+", action="extend", default=[], help=_("nodes and pipes"))
    command.add_argument("--batch", metavar="NAME", nargs="+", action="extend", default=[], help=_("whole batches"))
    command.add_argument("--survey", action="store_true", help=_("the survey as a whole"))
    command.add_argument("--reason", metavar="TEXT", default="", help=_("why; stands in the history"))
    command.add_argument("--author", metavar="NAME", default="", help=_("who does it (default: your name in the settings)"))
    return command


def run(args: argparse.Namespace) -> int:
    """Mark or lift, then count."""
    from pipemap.jobs import open_survey

    acts = args.lift or args.mark is not None
    if acts != bool(args.element or args.batch or args.survey):
        raise UsageError(
            _("Say what to do and to what."), _("--mark LEVEL or --lift, with --element ID …, --batch NAME … or --survey.")
        )
    with open_survey(args.file, read_only=not acts) as survey:
        changed = _act(survey, args) if acts else 0
        record = _count(survey)
    lines = table([[_("Nodes that must not leave"), record["nodes"]], [_("Pipes that must not leave"), record["pipes"]]])
    if acts:
        lines.insert(0, _("{n} marks changed.").format(n=f"{changed:,}"))
    return answer(args, record | {"changed": changed}, lines)


def _act(survey: Survey, args: argparse.Namespace) -> int:
    from pipemap.settings import Settings

    network = survey.network
    elements = [network.element(text) for text in args.element]
    known = {stored.batch.name: stored.fid for stored in survey.batches()}
    unknown = [name for name in args.batch if name not in known]
    if unknown:
        raise UsageError(_("The survey has no batch “{batch}”.").format(batch=unknown[0]), ", ".join(known))
    change = survey.set_secrecy(
        args.mark or "",
        node_fids=[int(network.node_fid[one.row]) for one in elements if one.layer == "node"],
        pipe_fids=[int(network.pipe_fid[one.row]) for one in elements if one.layer == "pipe"],
        batches=[known[name] for name in args.batch],
        whole=args.survey,
        author=args.author or str(Settings().value("author")),
        reason=args.reason,
    )
    return len(change)


def _count(survey: Survey) -> dict[str, object]:
    network = survey.network
    batches, whole = survey.secret_batches()
    return {
        "survey": whole,
        "batches": len(batches),
        "nodes": int((~network.release.nodes).sum()),
        "pipes": int((~network.release.pipes).sum()),
    }
