"""``pipemap finding add|list|change|remove|import|match FILE``: defects and hazards at pipes, nodes and places."""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipemap.cli import finding_import
from pipemap.cli.words import UsageError, answer, say_notices, table
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.model.finding import StoredFinding
    from pipemap.store import Survey

_ACTIONS = ("add", "list", "change", "remove", "import", "match", "codes", "keep-photos")
_ROMAN = {"I": 1, "II": 2, "III": 3, "IV": 4, "V": 5}
_FIELDS = (
    *("system", "code", "grade", "severity", "pipe", "node", "from_node", "station", "length", "clock", "continuous"),
    *("quantity_1", "quantity_2", "status", "found", "found_by", "note", "x", "y"),
)


def add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], parents: list[argparse.ArgumentParser]
) -> argparse.ArgumentParser:
    """Declare the command."""
    command = commands.add_parser("finding", parents=parents, help=_("defects and hazards: enter, list, change"))
    command.add_argument("action", metavar="ACTION", choices=_ACTIONS, help=", ".join(_ACTIONS))
    command.add_argument("file", metavar="FILE", help=_("survey database; of codes, a coding system or nothing"), nargs="?")
    command.add_argument(
        "rest",
        metavar="ID",
        nargs="*",
        default=[],
        help=_("number of a finding (change, remove) or inspection (match); files (import)"),
    )
    _add_what(command)
    _add_where(command)
    finding_import.add_options(command)
    command.add_argument("--author", metavar="NAME", default="", help=_("who does it (default: your name in the settings)"))
    command.add_argument(
        "--keep", choices=("survey", "folder"), help=_("keep-photos: inside the survey, or in a folder beside it")
    )
    return command


def _add_what(command: argparse.ArgumentParser) -> None:
    group = command.add_argument_group(_("what was found"))
    group.add_argument("--system", metavar="S", help=_("coding system: cjj181 (default), en13508, pacp, hazard"))
    group.add_argument("--code", metavar="C", help=_("code, or its name in Chinese or English"))
    group.add_argument("--grade", metavar="G", help=_("grade, such as 3 or III; of a hazard general or major"))
    group.add_argument("--quantity", dest="quantity_1", metavar="TEXT", help=_("size or share, as written"))
    group.add_argument("--second-quantity", dest="quantity_2", metavar="TEXT", help=_("a second one"))
    group.add_argument("--status", metavar="WORD", help=_("reported, assigned, fixed, rechecked, closed"))
    group.add_argument("--found", metavar="DATE", help=_("when"))
    group.add_argument("--found-by", metavar="NAME", help=_("by whom"))
    group.add_argument("--note", metavar="TEXT", help=_("remarks"))
    group.add_argument("--photo", metavar="P", nargs="+", action="extend", type=Path, default=[], help=_("photos and files"))


def _add_where(command: argparse.ArgumentParser) -> None:
    group = command.add_argument_group(_("where"))
    group.add_argument("--pipe", metavar="ID", help=_("the pipe"))
    group.add_argument("--node", metavar="ID", help=_("the node"))
    group.add_argument("--at", metavar="E,N", type=_place, help=_("a place on the ground: east, north"))
    group.add_argument("--station", metavar="M", type=_metres, help=_("metres along the pipe"))
    group.add_argument("--from-node", metavar="ID", help=_("the end from which stations count (default: the first)"))
    group.add_argument("--length", metavar="M", type=_metres, help=_("metres that a continuous one reaches further"))
    group.add_argument("--clock", metavar="FFTT", help=_("from and to hour, such as 0507"))
    group.add_argument("--continuous", metavar="TEXT", help=_("marks of start and end as written in a source"))


def _metres(text: str) -> float:
    try:
        metres = float(text)
    except ValueError:
        metres = math.nan
    if not math.isfinite(metres):
        raise argparse.ArgumentTypeError(_("“{text}” is no number of metres").format(text=text))
    return metres


def _place(text: str) -> tuple[float, float]:
    parts = text.split(",")
    if len(parts) != 2:  # noqa: PLR2004 -- east and north
        raise argparse.ArgumentTypeError(_("a place is written E,N, not “{text}”").format(text=text))
    return _metres(parts[0]), _metres(parts[1])


def run(args: argparse.Namespace) -> int:
    """Enter, list, change or delete."""
    from pipemap.jobs import open_survey
    from pipemap.settings import Settings

    if args.action == "codes":
        return _codes(args)
    if not args.file:
        raise UsageError(_("Name the survey."), f"pipemap finding {args.action} FILE")
    args.id = None if args.action == "import" else _number(args)
    if args.action in {"change", "remove", "match"} and args.id is None:
        raise UsageError(_("Name the finding by its number."), f"pipemap finding {args.action} FILE ID")
    args.author = args.author or str(Settings().value("author"))
    actions = {
        "add": _add, "list": _list, "change": _change, "remove": _remove, "keep-photos": _keep_photos,
        "import": finding_import.import_, "match": finding_import.match,
    }  # fmt: skip
    with open_survey(args.file, read_only=args.action == "list" or (args.action == "import" and args.dry_run)) as survey:
        say_notices(survey)
        return actions[args.action](args, survey)


def _number(args: argparse.Namespace) -> int | None:
    """Return the number that was typed behind the file."""
    words = args.rest
    if not words:
        return None
    if len(words) > 1 or not (words[0].isascii() and words[0].isdigit()):
        raise UsageError(_("“{text}” is no number.").format(text=" ".join(words)), f"pipemap finding {args.action} FILE ID")
    return int(words[0])


def _given(args: argparse.Namespace) -> dict[str, Any]:
    """Return the fields that were typed."""
    if args.at:
        args.x, args.y = args.at
    given = {name: value for name in _FIELDS if (value := getattr(args, name, None)) is not None}
    grade = given.pop("grade", None)
    if grade is not None:
        given |= grade_of(grade)
    if given.get("system") == "hazard":
        given["kind"] = "hazard"
    return given


def grade_of(text: str) -> dict[str, Any]:
    """Return a grade as typed: 3, III, 3级, or the severity of a hazard."""
    from pipemap.model.finding import SEVERITIES

    word = text.strip().removesuffix("级")
    severity = {"一般": "general", "重大": "major"}.get(word, word.lower())
    if severity in SEVERITIES:
        return {"severity": severity}
    if word.upper() in _ROMAN:
        return {"grade": _ROMAN[word.upper()]}
    if word.isascii() and word.isdigit() and len(word) < 3:  # noqa: PLR2004 -- no grade is larger
        return {"grade": int(word)}
    raise UsageError(_("“{text}” is no grade.").format(text=text), _("Write 1 to 5, I to V, general or major."))


def _add(args: argparse.Namespace, survey: Survey) -> int:
    from pipemap.jobs.findings import add_finding, list_findings
    from pipemap.model.finding import Finding

    if not args.code:
        raise UsageError(_("A finding needs a code."), "pipemap finding codes cjj181")
    if not args.pipe and not args.node and not args.at:
        raise UsageError(_("Say where it is."), "--pipe, --node, --at")
    fid = add_finding(survey, Finding(**_given(args), photos=tuple(args.photo)), author=args.author)
    stored = next(one for one in list_findings(survey) if one.fid == fid)
    remarks = [remark.text for remark in stored.remarks]
    return answer(args, {"id": fid, "remarks": remarks}, [_("Finding {n} is in the survey.").format(n=fid), *remarks])


def _change(args: argparse.Namespace, survey: Survey) -> int:
    from pipemap.jobs.findings import change_finding

    given = _given(args)
    if args.photo:
        given["photos"] = tuple(args.photo)
    if not given:
        raise UsageError(_("Say what is to be changed."), "--code, --grade, --station …")
    change_finding(survey, args.id, author=args.author, **given)
    return answer(args, {"id": args.id}, [_("Finding {n} was changed.").format(n=args.id)])


def _remove(args: argparse.Namespace, survey: Survey) -> int:
    from pipemap.jobs.findings import remove_finding

    remove_finding(survey, args.id, author=args.author)
    return answer(args, {"id": args.id}, [_("Finding {n} was deleted.").format(n=args.id)])


def _keep_photos(args: argparse.Namespace, survey: Survey) -> int:
    from pipemap.jobs.findings import set_attachment_place

    if args.keep is None:
        raise UsageError(_("Say where photos are kept."), "--keep survey, --keep folder")
    set_attachment_place(survey, args.keep)
    words = {
        "survey": _("New photos are kept inside the survey."),
        "folder": _("New photos are kept in a folder beside the survey."),
    }
    return answer(args, {"keep": args.keep}, [words[args.keep]])


def _list(args: argparse.Namespace, survey: Survey) -> int:
    from pipemap.jobs.findings import list_findings
    from pipemap.model.lookup import find_element

    pipe = None
    if args.pipe:
        network = survey.network
        pipe = int(network.pipe_fid[find_element(network, f"pipe:{args.pipe}").row])
    found = list_findings(survey, pipe=pipe)
    lines = table([_line(one) for one in found], _HEADS()) if found else [_("The survey has no findings.")]
    lines += [f"#{one.fid}: {remark.text}" for one in found for remark in one.remarks]
    return answer(args, {"findings": [_record(one) for one in found]}, lines)


def _HEADS() -> list[str]:  # noqa: N802 -- words of a table, in the language of the moment
    return [_("No."), _("Element"), _("Station (m)"), _("Clock"), _("Code"), _("Name"), _("Grade"), _("System"), _("Status")]


def _line(one: StoredFinding) -> list[object]:
    from pipemap.model.finding import STATUSES

    finding, known = one.finding, one.finding.known
    station = None if finding.station is None else f"{finding.station:.2f}"
    grade = finding.severity or (None if finding.grade is None else str(finding.grade))
    return [
        str(one.fid), one.place, station, finding.clock or None, finding.code, known.label if known else _("unknown code"),
        grade, finding.system, _(STATUSES.get(finding.status, finding.status)),
    ]  # fmt: skip


def _record(one: StoredFinding) -> dict[str, object]:
    finding = one.finding
    return {
        "id": one.fid, "pipe": one.pipe_id or None, "node": one.node_id or None, "from_node": one.from_id or None,
        "station": finding.station, "length": finding.length, "clock": finding.clock or None, "code": finding.code,
        "grade": finding.grade, "severity": finding.severity or None, "system": finding.system, "status": finding.status,
        "found": finding.found or None, "found_by": finding.found_by or None, "note": finding.note or None,
        "x": finding.x, "y": finding.y, "inspection": finding.inspection, "photos": one.photos,
        "remarks": [remark.text for remark in one.remarks],
    }  # fmt: skip


def _codes(args: argparse.Namespace) -> int:
    from pipemap.catalog.findings import finding_codes, finding_systems

    systems = [args.file or args.system] if args.file or args.system else list(finding_systems())
    rows = [row for system in systems for row in finding_codes(system).values()]
    lines = table(
        [
            (row.system, row.code, row.name_en, row.name_zh, ", ".join(map(str, row.grades)) or None, row.certainty)
            for row in rows
        ],
        [_("System"), _("Code"), _("English"), _("Chinese"), _("Grades"), _("Certainty")],
    )
    record = [
        {
            "system": row.system, "code": row.code, "name_en": row.name_en, "name_zh": row.name_zh, "class": row.kind,
            "grades": row.grades, "scores": {rule.grade: rule.score for rule in row.rules}, "certainty": row.certainty,
        }
        for row in rows
    ]  # fmt: skip
    return answer(args, {"codes": record}, lines)
