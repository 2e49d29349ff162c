"""``pipemap inspection add|list|change|remove FILE``: visits of a camera or a crew that are written down by hand."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pipemap.cli.words import UsageError, answer, say_notices, table
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.jobs.inspection_entry import ListedInspection
    from pipemap.model.finding import Inspection
    from pipemap.store import Survey

_ACTIONS = ("add", "list", "change", "remove")
_TEXTS = ("kind", "section", "inspected", "inspector", "company", "equipment", "calibration", "weather", "video", "note")
_FLAGS = ("cleaned", "plugged", "aborted")
_NUMBERS = ("water_percent", "inspected_length")


def add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], parents: list[argparse.ArgumentParser]
) -> argparse.ArgumentParser:
    """Declare the command."""
    command = commands.add_parser("inspection", parents=parents, help=_("inspections of sections: enter, list, change"))
    command.add_argument("action", metavar="ACTION", choices=_ACTIONS, help=", ".join(_ACTIONS))
    command.add_argument("file", metavar="FILE", help=_("survey database"))
    command.add_argument("id", metavar="ID", nargs="?", type=int, help=_("number of an inspection (change, remove)"))
    group = command.add_argument_group(_("where"))
    group.add_argument("--pipe", metavar="ID", default="", help=_("the pipe"))
    group.add_argument("--from-node", metavar="ID", default="", help=_("where the camera set out; alone: a manhole"))
    group.add_argument("--to-node", metavar="ID", default="", help=_("where it went, when the section is several pipes"))
    group.add_argument("--direction", choices=("with", "against"), help=_("with or against the flow"))
    _add_how(command.add_argument_group(_("how")))
    command.add_argument("--with-findings", action="store_true", help=_("remove: delete its findings too"))
    command.add_argument("--author", metavar="NAME", default="", help=_("who does it (default: your name in the settings)"))
    return command


def _add_how(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--method", dest="kind", metavar="WORD", help=_("cctv (default), qv, sonar, person, mirror, other"))
    group.add_argument("--section", metavar="ID", help=_("id of the section as printed"))
    group.add_argument("--date", dest="inspected", metavar="DATE", help=_("when"))
    group.add_argument("--operator", dest="inspector", metavar="NAME", help=_("by whom"))
    group.add_argument("--company", metavar="NAME", help=_("for which company"))
    group.add_argument("--equipment", metavar="TEXT", help=_("robot and camera"))
    group.add_argument("--calibration", metavar="TEXT", help=_("certificate of calibration, and until when it holds"))
    group.add_argument("--weather", metavar="TEXT", help=_("the weather"))
    group.add_argument(
        "--water", dest="water_percent", metavar="PERCENT", type=float, help=_("water level in percent of the height")
    )
    group.add_argument("--inspected-length", metavar="M", type=float, help=_("metres that were seen"))
    group.add_argument("--not-done", metavar="REASON", help=_("why it was not made"))
    group.add_argument("--video", metavar="NAME", help=_("file of the video"))
    group.add_argument("--note", metavar="TEXT", help=_("remarks"))
    for name, words in zip(_FLAGS, (_("it was cleaned before"), _("it was plugged"), _("it was broken off")), strict=True):
        group.add_argument(f"--{name}", action=argparse.BooleanOptionalAction, default=None, help=words)


def run(args: argparse.Namespace) -> int:
    """Enter, list, change or delete."""
    from pipemap.jobs import open_survey
    from pipemap.settings import Settings

    if args.action in {"change", "remove"} and args.id is None:
        raise UsageError(_("Name the inspection by its number."), f"pipemap inspection {args.action} FILE ID")
    args.author = args.author or str(Settings().value("author"))
    actions = {"add": _keep, "list": _list, "change": _keep, "remove": _remove}
    with open_survey(args.file, read_only=args.action == "list") as survey:
        say_notices(survey)
        return actions[args.action](args, survey)


def _keep(args: argparse.Namespace, survey: Survey) -> int:
    from pipemap.jobs.inspection_entry import enter_inspection
    from pipemap.model.finding import Inspection

    pipe, start, end = args.pipe, args.from_node, args.to_node
    if args.action == "add":
        if not (pipe or start):
            raise UsageError(_("Name a pipe, or the nodes at both ends."), "--pipe, --from-node, --to-node")
        before = Inspection()
    else:
        before = _stored(survey, args.id)
        if not (pipe or start):
            pipe, start, end = (f"#{fid}" if fid is not None else "" for fid in (before.pipe, before.from_node, before.to_node))
            end = "" if pipe else end
    fields: dict[str, Any] = {
        name: value
        for name in (*_TEXTS, *_FLAGS, *_NUMBERS, "direction", "not_done")
        if (value := getattr(args, name)) is not None
    }
    fid = enter_inspection(survey, replace(before, **fields), pipe=pipe, start=start, end=end, author=args.author)
    return answer(args, {"id": fid}, [_("Inspection {n} is in the survey.").format(n=fid)])


def _stored(survey: Survey, fid: int) -> Inspection:
    from pipemap.errors import EditError
    from pipemap.jobs.findings import list_inspections

    found = next((one for one in list_inspections(survey) if one.fid == fid), None)
    if found is None:
        raise EditError(_("There is no inspection {n}.").format(n=fid))
    return found


def _remove(args: argparse.Namespace, survey: Survey) -> int:
    from pipemap.jobs.inspection_entry import remove_inspections

    remove_inspections(survey, [args.id], with_findings=args.with_findings, author=args.author)
    return answer(args, {"removed": [args.id]}, [_("Inspection {n} was deleted.").format(n=args.id)])


def _list(args: argparse.Namespace, survey: Survey) -> int:
    from pipemap.jobs.inspection_entry import listed_inspections
    from pipemap.model.finding import INSPECTION_KINDS

    found = listed_inspections(survey)
    rows = [
        (
            one.fid,
            one.name,
            _(INSPECTION_KINDS.get(one.inspection.kind, one.inspection.kind)),
            one.inspection.inspected,
            ", ".join(one.ids) or "–",
            one.findings,
            one.inspection.not_done,
        )
        for one in found
    ]
    heads = [_("No."), _("Section"), _("Method"), _("Date"), _("Pipes"), _("Findings"), _("Not done because")]
    return answer(args, {"inspections": [_record(one) for one in found]}, table(rows, heads))


def _record(one: ListedInspection) -> dict[str, object]:
    told = one.inspection
    return {
        "id": one.fid, "section": one.name, "pipes": one.ids, "from_node": one.start, "to_node": one.end,
        "length_m": one.length, "findings": one.findings, "matched": one.is_matched, "done": told.is_done,
        "direction": told.direction, "confidence": told.confidence,
        **{name: getattr(told, name) for name in (*_TEXTS, *_FLAGS, *_NUMBERS, "not_done") if name != "section"},
    }  # fmt: skip
