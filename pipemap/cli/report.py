"""``pipemap report KIND FILE -o OUT``: a survey on paper, and what has changed since."""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipemap.cli.words import UsageError, answer, progress_of, say_notices, table
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.jobs.reporting import Compared, ReportResult

_MOST_LISTED = 50


def add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], parents: list[argparse.ArgumentParser]
) -> argparse.ArgumentParser:
    """Declare the command."""
    from pipemap.reports.kinds import KINDS

    command = commands.add_parser("report", parents=parents, help=_("write a report of a survey as PDF, Word, Excel or web page"))
    kinds = ", ".join(kind.name for kind in KINDS)
    command.add_argument("kind", metavar="KIND", nargs="?", help=_("one of {kinds}").format(kinds=kinds))
    command.add_argument("file", metavar="FILE", nargs="?", help=_("survey database"))
    command.add_argument("-o", "--out", metavar="OUT", type=Path, help=_("file to write: .pdf, .docx, .xlsx or .html"))
    command.add_argument("--template", metavar="FILE", type=Path, help=_("the office's template (default: beside the survey)"))
    command.add_argument("--time", metavar="TEXT", default="", help=_("time of printing to show; without one none is shown"))
    command.add_argument("--no-pictures", action="store_true", help=_("leave out the pictures of the map"))
    command.add_argument("--batch", metavar="NAME", default="", help=_("metadata: of this batch alone; checks: the batch"))
    command.add_argument("--level", metavar="N", type=int, help=_("checks: level of checks (default: the last)"))
    command.add_argument("--overwrite", action="store_true", help=_("replace files of that name; a survey is never replaced"))
    command.add_argument("--patrol", metavar="N", default="", help=_("patrol: its number or name"))
    command.add_argument("--sheet", action="store_true", help=_("patrol: the sheet for the crew instead"))
    command.add_argument("--hazard", metavar="N", type=int, help=_("patrol: the rectification notice of this hazard instead"))
    _add_shutoff(command)
    told = command.add_argument_group(_("for the hand-out register"))
    told.add_argument("--recipient", metavar="NAME", default="", help=_("who gets it"))
    told.add_argument("--purpose", metavar="TEXT", default="", help=_("what for"))
    told.add_argument("--approver", metavar="NAME", default="", help=_("who approved it"))
    told.add_argument("--author", metavar="NAME", default="", help=_("who does it (default: your name in the settings)"))
    other = command.add_argument_group(_("instead of writing a report"))
    other.add_argument("--verify", metavar="REPORT", type=Path, help=_("tell what has changed in FILE since that report"))
    other.add_argument("--write-template", metavar="TO", type=Path, help=_("write the standard template, to change it"))
    other.add_argument(
        "--notice-hours", metavar="TRADE=H", help=_("from now on, hours between a notice and its stoppage, such as water=24")
    )
    return command


def _add_shutoff(command: argparse.ArgumentParser) -> None:
    group = command.add_argument_group(_("of a shut-off (shutoff, notice)"))
    several = {"metavar": "ID", "nargs": "+", "action": "extend", "default": []}
    group.add_argument("--pipe", **several, help=_("broken pipes"))  # type: ignore[arg-type]
    group.add_argument("--node", **several, help=_("broken nodes"))  # type: ignore[arg-type]
    group.add_argument("--inoperable", **several, help=_("valves that do not turn"))  # type: ignore[arg-type]
    group.add_argument("--opened", **several, help=_("closed valves that are opened meanwhile"))  # type: ignore[arg-type]
    group.add_argument("--plan", metavar="N", type=int, help=_("a plan that is kept in the survey, by its number"))
    group.add_argument("--return", dest="is_return", action="store_true", help=_("the way back instead"))
    group.add_argument("--stage", choices=("planned", "delay", "restore"), default="planned", help=_("which notice"))
    group.add_argument("--area", metavar="TEXT", default="", help=_("where, in words (default: the roads)"))
    group.add_argument("--reason", metavar="TEXT", default="", help=_("why"))
    group.add_argument("--from", metavar="TIME", dest="starts", default="", help=_("when it begins, such as “2026-11-26 08:00”"))
    group.add_argument("--to", metavar="TIME", dest="ends", default="", help=_("when it ends, or ended"))
    group.add_argument("--phone", metavar="TEXT", default="", help=_("whom to call (default: the office's)"))
    group.add_argument("--emergency", action="store_true", help=_("needs no notice period"))


def run(args: argparse.Namespace) -> int:
    """Write, compare, or hand out the template."""
    if args.write_template is not None:
        return _write_template(args)
    if args.verify is not None:
        return _verify(args)
    if args.notice_hours is not None:
        return _set_notice_hours(args)
    if not args.kind or not args.file or args.out is None:
        raise UsageError(_("A report needs its kind, a survey, and -o with the file to write."), _kinds_hint())
    return _write(args)


def _kinds_hint() -> str:
    from pipemap.reports.kinds import KINDS

    return _("Kinds are {names}.").format(names=", ".join(kind.name for kind in KINDS))


def _write(args: argparse.Namespace) -> int:
    from pipemap.jobs import open_survey
    from pipemap.jobs.exporting import HandOutWords
    from pipemap.jobs.reporting import make_report
    from pipemap.reports.kinds import report_kind
    from pipemap.settings import Settings

    report_kind(args.kind)
    words = HandOutWords(args.recipient, args.purpose, args.approver, args.author or str(Settings().value("author")))
    with open_survey(args.file) as survey:
        say_notices(survey)
        result = make_report(
            survey,
            args.kind,
            args.out,
            options=_options(args),
            template=args.template,
            printed=args.time,
            hand_out=words,
            overwrite=args.overwrite,
            progress=progress_of(args),
        )
    record = {
        "written": result.written,
        "kind": result.kind,
        "state": result.state,
        "withheld": result.withheld,
        "unreadable": result.unreadable,
        "hand_out": result.hand_out.number,
    }
    return answer(args, record, _lines(result))


def _options(args: argparse.Namespace) -> dict[str, Any]:
    options: dict[str, Any] = {"pictures": not args.no_pictures, "batch": args.batch, "level": args.level}
    if args.kind == "patrol":
        return (
            options
            | {"patrol": args.patrol, "way": "sheet" if args.sheet else "report"}
            | ({} if args.hazard is None else {"way": "notice", "finding": args.hazard})
        )
    if args.kind not in ("shutoff", "notice"):
        return options
    if args.plan is None and not args.pipe and not args.node:
        raise UsageError(
            _("A shut-off plan needs a broken pipe or node."), _("Name it with --pipe or --node, or a plan (--plan).")
        )
    options |= {"kept": args.plan} if args.plan is not None else {}
    options |= {"pipes": args.pipe, "nodes": args.node, "inoperable": args.inoperable, "opened": args.opened}
    if args.kind == "notice":
        named = ("stage", "area", "reason", "starts", "ends", "phone", "emergency")
        return options | {name: getattr(args, name) for name in named} | {"issued": args.time}
    from pipemap.reports.ticket import PlanRecord

    record = PlanRecord(reason=args.reason, starts=args.starts, ends=args.ends, phone=args.phone, emergency=args.emergency)
    return options | {"record": record, "way": "return" if args.is_return else "close"}


def _lines(result: ReportResult) -> list[str]:
    lines = [_("Written: {file}").format(file=result.written)]
    if result.withheld:
        lines.append(_("{n} elements that are marked secret stay in the survey.").format(n=f"{result.withheld:,}"))
    if result.unreadable:
        lines.append(_("{n} characters are not in the font of this machine; they are boxes.").format(n=f"{result.unreadable:,}"))
    return [*lines, _("Entered into the hand-out register as number {n}.").format(n=result.hand_out.number)]


def _set_notice_hours(args: argparse.Namespace) -> int:
    from pipemap.jobs import open_survey
    from pipemap.jobs.report_shutoff import set_notice_hours

    file = args.file or args.kind
    trade, _equals, text = args.notice_hours.partition("=")
    try:
        hours = float(text)
    except ValueError as error:
        raise UsageError(_("Hours are written like water=24, not “{text}”.").format(text=args.notice_hours)) from error
    if not file:
        raise UsageError(_("The hours are kept in a survey."), _("Name its file."))
    with open_survey(file) as survey:
        set_notice_hours(survey, trade, hours)
    told = _("From now on {hours} h must lie between a notice and its stoppage.").format(hours=f"{hours:g}")
    return answer(args, {"trade": trade, "notice_hours": hours}, [told])


def _write_template(args: argparse.Namespace) -> int:
    from pipemap.errors import ReportError
    from pipemap.jobs.writing import written_whole
    from pipemap.reports.template import standard_file

    to: Path = args.write_template
    if to.exists() and not args.overwrite:
        raise ReportError(
            _("{file} exists already.").format(file=to), _("Choose another name, or say that it may be replaced (--overwrite).")
        )
    with written_whole(to, error=ReportError) as part:
        shutil.copyfile(standard_file(), part)
    return answer(args, {"written": to}, [_("Written: {file}").format(file=to)])


def _verify(args: argparse.Namespace) -> int:
    from pipemap.jobs import open_survey
    from pipemap.jobs.reporting import compare_report

    file = args.file or args.kind
    if not file:
        raise UsageError(_("A report is compared with a survey."), "pipemap report --verify REPORT FILE")
    with open_survey(file, read_only=True) as survey:
        found = compare_report(args.verify, survey)
    record = {
        "state": found.state,
        "known": found.known,
        "current": found.current,
        "hand_out": found.hand_out,
        "since": [{"id": one.id, "label": one.label, "author": one.author, "time": one.time} for one in found.since],
    }
    return answer(args, record, _told(found))


def _told(found: Compared) -> list[str]:
    if found.hand_out is not None:
        lines = [_("The file is exactly what was handed out as number {n}.").format(n=found.hand_out)]
    else:
        lines = [_("The register has no such file: it was altered since, or written from another copy of the survey.")]
    if not found.known:
        return [*lines, _("The survey was never in the state that the report speaks of.")]
    if found.current:
        return [*lines, _("Nothing in the survey has changed since.")]
    lines.append(_("Changes since: {n}").format(n=len(found.since)))
    rows = [(one.id, one.time[:16].replace("T", " "), one.author, one.label) for one in found.since[:_MOST_LISTED]]
    return [*lines, *table(rows, [_("No."), _("Time (UTC)"), _("By"), _("Change")])]
