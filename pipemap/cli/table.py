"""``pipemap table FILE set|calculate|replace``: what the attribute tables do to many cells at once, each as one Change."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from pipemap.cli.words import UsageError, answer, progress_of, say_notices, table
from pipemap.texts import _

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from pipemap.jobs.cell_edits import Proposal
    from pipemap.model.fields import Layer
    from pipemap.store import Survey

_MOST_SHOWN = 20
_MOST_LISTED = 10_000


def add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], parents: list[argparse.ArgumentParser]
) -> argparse.ArgumentParser:
    """Declare the command."""
    command = commands.add_parser("table", help=_("edit many cells at once: set, calculate, replace"))
    command.add_argument("file", metavar="FILE", help=_("survey database"))
    kinds = command.add_subparsers(dest="act", title=_("commands"), metavar=_("COMMAND"), required=True)
    give = kinds.add_parser("set", parents=parents, help=_("give fields a value"))
    give.add_argument("assignments", metavar="FIELD=VALUE", nargs="+", help=_("an empty value means unknown"))
    calculate = kinds.add_parser("calculate", parents=parents, help=_("work a field out from others"))
    calculate.add_argument("assignment", metavar="FIELD=EXPR", help=_("such as: from_depth=round(from_depth + 0.15, 2)"))
    change = kinds.add_parser("replace", parents=parents, help=_("find and replace in fields"))
    change.add_argument("text", metavar="TEXT", help=_("what to look for; empty with --whole: empty cells"))
    change.add_argument("instead", metavar="NEW", help=_("what stands there instead"))
    change.add_argument(
        "--field", metavar="FIELD", action="append", required=True, help=_("field to look in; more with more --field")
    )
    change.add_argument("--case", action="store_true", help=_("capital and small letters differ"))
    change.add_argument("--whole", action="store_true", help=_("the whole cell must be the text"))
    change.add_argument("--regex", action="store_true", help=_("the text is a regular expression (RE2); \\1 is its first group"))
    for kind in (give, calculate, change):
        _add_common(kind)
    return command


def _add_common(kind: argparse.ArgumentParser) -> None:
    kind.add_argument("--layer", choices=("node", "pipe"), required=True, help=_("nodes or pipes"))
    which = kind.add_mutually_exclusive_group(required=True)
    which.add_argument("--id", metavar="ID", action="append", default=[], help=_("this element; more with more --id"))
    which.add_argument("--where", metavar="EXPR", help=_("those that fit, such as: diameter_mm >= 300 and material = PE"))
    which.add_argument("--all", action="store_true", help=_("all of the layer"))
    kind.add_argument("--dry-run", action="store_true", help=_("say what would change, and store nothing"))
    kind.add_argument("--skip-refused", action="store_true", help=_("store the right cells although others are refused"))
    kind.add_argument("--author", metavar="NAME", default="", help=_("who does it (default: your name in the settings)"))


def run(args: argparse.Namespace) -> int:
    """Propose, store, and say what was done."""
    from pipemap.jobs import open_survey
    from pipemap.jobs.cell_edits import followers, lines_of
    from pipemap.settings import Settings

    with open_survey(args.file, read_only=args.dry_run) as survey:
        say_notices(survey)
        progress = progress_of(args)
        proposal = _propose(survey, args, _fids(survey, args))
        stored = not args.dry_run and (args.skip_refused or not proposal.refused)
        change = survey.plan_update(proposal.cells, proposal.label, progress=progress)
        cells = lines_of(survey, proposal.cells, _MOST_LISTED)
        record: dict[str, object] = {
            "layer": args.layer,
            "changed": sum(1 for _cell in cells) if len(cells) < _MOST_LISTED else len(proposal.cells),
            "cells": [{"id": one.id, "field": one.field, "before": one.before, "after": one.after} for one in cells],
            "follows": [
                {"layer": one.layer, "id": one.id, "field": one.field, "before": one.before, "after": one.after}
                for one in followers(survey, change, proposal.cells)
            ],
            "refused": [
                {"id": _id_of(survey, args.layer, one.fid), "field": one.field, "text": one.text, "reason": one.reason}
                for one in proposal.refused[:_MOST_LISTED]
            ],
            "notes": list(proposal.notes),
        }
        author = args.author or str(Settings().value("author"))
        number = survey.update_cells(proposal.cells, proposal.label, author=author, progress=progress) if stored else None
        record |= {"stored": number is not None, "change": number}
    return answer(args, record, _lines(record, dry_run=args.dry_run, refused=len(proposal.refused)))


def _fids(survey: Survey, args: argparse.Namespace) -> NDArray[np.int64]:
    import numpy as np

    from pipemap.analysis.where import rows_where

    network, layer = survey.network, args.layer
    known: NDArray[np.int64] = network.node_fid if layer == "node" else network.pipe_fid
    if args.all:
        return known
    if args.where:
        return known[rows_where(network, layer, args.where)]
    rows = [network.element(text if text.startswith(f"{layer}:") else f"{layer}:{text}").row for text in args.id]
    return known[np.array(sorted(set(rows)), dtype=np.int64)]


def _propose(survey: Survey, args: argparse.Namespace, fids: NDArray[np.int64]) -> Proposal:
    from pipemap.jobs.calculating import propose_calculation
    from pipemap.jobs.cell_edits import Reader, propose_same
    from pipemap.jobs.replacing import Wanted, propose_replacement

    layer: Layer = args.layer
    if args.act == "set":
        pairs = [_assignment(layer, text) for text in args.assignments]
        reader = Reader(survey.network, layer)
        values = {name: reader.read(name, text) for name, text in pairs}
        return propose_same(survey, layer, fids, values, _("Set {fields}").format(fields=", ".join(args.assignments)))
    if args.act == "calculate":
        name, text = _assignment(layer, args.assignment)
        return propose_calculation(survey, layer, fids, name, text, progress=progress_of(args))
    wanted = Wanted(args.text, args.instead, case=args.case, whole=args.whole, pattern=args.regex)
    names = [_field(layer, name) for name in args.field]
    return propose_replacement(survey, layer, fids, names, wanted, progress=progress_of(args))


def _assignment(layer: Layer, text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign:
        raise UsageError(_("“{text}” gives no field a value.").format(text=text), "FIELD=VALUE")
    return _field(layer, name.strip()), value


def _field(layer: Layer, name: str) -> str:
    """Return a field by its name, or its label in either language."""
    from difflib import get_close_matches

    from pipemap.model.fields import fields

    known = fields(layer)
    for field in known.values():
        if name.casefold() in {field.name, field.label_en.casefold(), field.label_zh}:
            return field.name
    near = get_close_matches(name, known, n=3, cutoff=0.5)
    hint = _("Did you mean {ids}?").format(ids=", ".join(near)) if near else ""
    raise UsageError(_("{layer} has no field “{name}”.").format(layer=layer, name=name), hint)


def _id_of(survey: Survey, layer: Layer, fid: int | None) -> str:
    return "" if fid is None else str(survey.rows(layer, [fid], ["id"])[0][0] or f"#{fid}")


def _lines(record: dict[str, object], *, dry_run: bool, refused: int) -> list[str]:
    cells, follows, wrong = record["cells"], record["follows"], record["refused"]
    assert isinstance(cells, list)  # noqa: S101 -- made above
    assert isinstance(follows, list)  # noqa: S101
    assert isinstance(wrong, list)  # noqa: S101
    count = record["changed"]
    lines = [_("Cells that change: {n}").format(n=f"{count:,}")]
    headers = [_("Id"), _("Field"), _("Before"), _("After")]
    lines += table([[one["id"], one["field"], one["before"], one["after"]] for one in cells[:_MOST_SHOWN]], headers)
    if follows:
        lines += [_("What follows:")]
        lines += table([[one["id"], one["field"], one["before"], one["after"]] for one in follows[:_MOST_SHOWN]], headers)
    if wrong:
        lines += [_("Refused: {n}").format(n=f"{refused:,}")]
        lines += table(
            [[one["id"], one["field"], one["text"], " ".join(one["reason"].split("\n"))] for one in wrong[:_MOST_SHOWN]]
        )
    lines += [str(note) for note in record["notes"]]  # type: ignore[attr-defined]
    if record["stored"]:
        lines.append(_("Stored as change {n}.").format(n=record["change"]))
    elif dry_run:
        lines.append(_("Nothing was stored: this was a dry run."))
    elif wrong:
        lines.append(_("Nothing was stored; --skip-refused stores the right cells."))
    else:
        lines.append(_("Nothing was different."))
    return lines
