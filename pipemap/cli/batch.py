"""``pipemap batch FILE list|submit|check|approve|store|return|edges|demand``: batches on their way into the survey."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from pipemap.cli.words import UsageError, answer, metres_of, table
from pipemap.model.acceptance import STATE_TITLES, STEPS
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.jobs.batches import BatchRow, Edge
    from pipemap.model.network import Network
    from pipemap.store import Survey

_ACTIONS = ("list", *(step.name for step in STEPS), "edges", "demand")


def add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], parents: list[argparse.ArgumentParser]
) -> argparse.ArgumentParser:
    """Declare the command."""
    command = commands.add_parser("batch", parents=parents, help=_("batches on their way into a survey"))
    command.add_argument("file", metavar="FILE", help=_("survey database"))
    command.add_argument("action", metavar="ACTION", nargs="?", default="list", choices=_ACTIONS, help=", ".join(_ACTIONS))
    command.add_argument("batch", metavar="BATCH", nargs="?", default="", help=_("name of the batch"))
    command.add_argument("--reason", metavar="TEXT", default="", help=_("why a batch is returned"))
    command.add_argument(
        "--override", metavar="TEXT", default="", help=_("store: why a batch is taken in although its acceptance failed")
    )
    command.add_argument("--author", metavar="NAME", default="", help=_("who takes the step (default: the name of the settings)"))
    command.add_argument(
        "--tolerance", metavar="M", type=metres_of, help=_("metres within which points of two batches are one (default: 0.05)")
    )
    command.add_argument("--no-join", action="store_true", help=_("store without joining the edges"))
    command.add_argument("--acceptance", choices=("on", "off"), help=_("demand: whether batches have to be accepted"))
    command.add_argument("--different-people", choices=("on", "off"), help=_("demand: whether each step is another person's"))
    return command


def run(args: argparse.Namespace) -> int:
    """List, take a step, or say what the survey demands."""
    from pipemap.jobs import open_survey

    if args.action not in {"list", "demand"} and not args.batch:
        raise UsageError(_("Name the batch."), f"pipemap batch FILE {args.action} BATCH")
    with open_survey(args.file, read_only=args.action in {"list", "edges"}) as survey:
        if args.action == "list":
            return _list(args, survey)
        if args.action == "edges":
            return _edges(args, survey)
        if args.action == "demand":
            return _demand(args, survey)
        return _step(args, survey)


def _list(args: argparse.Namespace, survey: Survey) -> int:
    from pipemap.jobs.batches import list_batches
    from pipemap.store.acceptance import demands

    found, wanted = list_batches(survey), demands(survey)
    rows = [(_("Batch"), _("State"), _("Nodes"), _("Pipes"), _("Last step"))]
    rows += [(one.name, _(STATE_TITLES[one.state]), f"{one.nodes:,}", f"{one.pipes:,}", _last(one)) for one in found]
    record = {
        "acceptance": wanted.acceptance,
        "different_people": wanted.different_people,
        "batches": [
            {
                "name": one.name, "state": one.state, "nodes": one.nodes, "pipes": one.pipes, "reason": one.reason,
                "override": one.override,
                "steps": {state: {"time": one.when[state], "by": one.who[state]} for state in one.when if one.when[state]},
            }
            for one in found
        ],
    }  # fmt: skip
    return answer(args, record, table(rows) if found else [_("The survey has no batches.")])


def _last(one: BatchRow) -> str:
    words = f"{one.when[one.state][:16].replace('T', ' ')} {one.who[one.state]}".strip()
    return f"{words}: {one.reason}" if one.state == "returned" else words


def _step(args: argparse.Namespace, survey: Survey) -> int:
    from pipemap.jobs.batches import TOLERANCE, step
    from pipemap.settings import Settings

    done = step(
        survey,
        args.batch,
        args.action,
        reason=args.reason,
        tolerance=None if args.no_join else TOLERANCE if args.tolerance is None else args.tolerance,
        override=args.override,
        author=args.author or str(Settings().value("author")),
    )
    lines = [_("Batch “{name}” is now “{state}”.").format(name=args.batch, state=_(STATE_TITLES[done.state]))]
    if done.joined:
        lines.append(_("Joined to what lies beside it: {n}.").format(n=f"{done.joined:,}"))
    if done.replaced:
        lines.append(_("Replaced, and kept in the history: {pipes}.").format(pipes=", ".join(done.replaced)))
    if done.kept:
        lines.append(_("Lie twice now, because findings belong to them: {pipes}.").format(pipes=", ".join(done.kept)))
    record = {
        "batch": args.batch, "state": done.state, "joined": done.joined, "replaced": done.replaced, "kept": done.kept,
        "change": done.change_id,
    }  # fmt: skip
    return answer(args, record, lines)


def _edges(args: argparse.Namespace, survey: Survey) -> int:
    from pipemap.jobs.batches import TOLERANCE, find_batch, find_edges

    network = survey.network
    tolerance = TOLERANCE if args.tolerance is None else args.tolerance
    found = find_edges(network, find_batch(survey, args.batch).fid, tolerance=tolerance)
    rows = [(_("Node"), _("Beside it"), _("Apart (m)"), _("Joins"), _("Remark"))]
    rows += [_edge_row(network, edge) for edge in found]
    record = {"edges": [_edge_record(network, edge) for edge in found]}
    return answer(args, record, table(rows) if found else [_("Nothing of another batch lies beside it.")])


def _edge_row(network: Network, edge: Edge) -> tuple[str, str, str, str, str]:
    ids = network.node_ids
    joins = _("yes") if edge.joins else _("no")
    return (str(ids[edge.ours]), str(ids[edge.beside]), f"{edge.distance:.3f}", joins, edge.remark)


def _edge_record(network: Network, edge: Edge) -> dict[str, object]:
    ids = network.node_ids
    return {
        "node": ids[edge.ours], "beside": ids[edge.beside], "distance_m": edge.distance, "height_m": edge.height,
        "joins": edge.joins, "remark": edge.remark,
    }  # fmt: skip


def _demand(args: argparse.Namespace, survey: Survey) -> int:
    from pipemap.store.acceptance import Demands, demands, set_demands

    was = demands(survey)
    chosen = {"on": True, "off": False}
    wanted = Demands(chosen.get(args.acceptance, was.acceptance), chosen.get(args.different_people, was.different_people))
    set_demands(survey, wanted, author=args.author)
    words = {True: _("yes"), False: _("no")}
    lines = [
        _("Batches have to be accepted: {answer}").format(answer=words[wanted.acceptance]),
        _("Each step is another person's: {answer}").format(answer=words[wanted.different_people]),
    ]
    return answer(args, {"acceptance": wanted.acceptance, "different_people": wanted.different_people}, lines)
