"""``pipemap export FILE --to OUT``: a survey, or a part of it, as other programs want it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from pipemap.cli.import_ import problem_record
from pipemap.cli.words import UsageError, add_as_of, answer, progress_of, say_notices
from pipemap.texts import _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipemap.jobs.exporting import Chosen, ExportResult
    from pipemap.model.fields import Layer
    from pipemap.store import Survey

_WORDS = ("title", "surveyor", "drawn", "checked", "approved", "date")


def add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], parents: list[argparse.ArgumentParser]
) -> argparse.ArgumentParser:
    """Declare the command."""
    command = commands.add_parser("export", parents=parents, help=_("write a survey for other programs"))
    command.add_argument("file", metavar="FILE", help=_("survey database"))
    add_as_of(command)
    command.add_argument("--to", metavar="OUT", type=Path, required=True, help=_("file to write"))
    command.add_argument("--format", metavar="F", default="", help=_("format (default: what the ending of OUT says)"))
    _add_choice(command)
    _add_form(command)
    told = command.add_argument_group(_("for the hand-out register"))
    told.add_argument("--recipient", metavar="NAME", default="", help=_("who gets it"))
    told.add_argument("--purpose", metavar="TEXT", default="", help=_("what for"))
    told.add_argument("--approver", metavar="NAME", default="", help=_("who approved it"))
    told.add_argument("--author", metavar="NAME", default="", help=_("who does it (default: your name in the settings)"))
    command.add_argument("--overwrite", action="store_true", help=_("replace files of that name; a survey is never replaced"))
    return command


def _add_choice(command: argparse.ArgumentParser) -> None:
    group = command.add_argument_group(_("what of the survey (default: all; several conditions hold together)"))
    group.add_argument(
        "--area", metavar="WKT", default="", help=_("polygon, or @FILE with one: what lies in it or crosses its border, uncut")
    )
    group.add_argument("--area-crs", metavar="EPSG:N", default="", help=_("in which it is (default: the survey's)"))
    group.add_argument("--select", metavar="ID", nargs="+", action="extend", default=[], help=_("these nodes and pipes"))
    group.add_argument("--category", metavar="C", nargs="+", action="extend", default=[], help=_("categories by their codes"))


def _add_form(command: argparse.ArgumentParser) -> None:
    group = command.add_argument_group(_("how it is written"))
    group.add_argument("--crs", metavar="EPSG:N", default="", help=_("coordinate system to write (default: the survey's)"))
    group.add_argument(
        "--fields", metavar="LAYER:NAME,…", default="", help=_("attributes, such as node:id,node:ground,pipe:material")
    )
    group.add_argument("--labels", action="store_true", help=_("a column of words beside each column of codes"))
    group.add_argument("--encoding", metavar="NAME", default="", help=_("encoding of text tables, such as gb18030"))
    said = {
        "title": _("title on sheets and drawings"),
        "surveyor": _("survey unit"),
        "drawn": _("who drew it"),
        "checked": _("who checked it"),
        "approved": _("who approved the sheets"),
        "date": _("date on sheets"),
    }
    for name in _WORDS:
        group.add_argument(f"--{name}", metavar="TEXT", default="", help=said[name])


def run(args: argparse.Namespace) -> int:
    """Export and report."""
    from pipemap.formats.writing import WriteOptions
    from pipemap.jobs.exporting import HandOutWords, export_survey
    from pipemap.jobs.looking_back import opened
    from pipemap.settings import Settings

    settings = Settings()
    options = WriteOptions(
        crs=args.crs,
        fields=attributes(args.fields),
        labels=args.labels,
        words={name: getattr(args, name) for name in _WORDS if getattr(args, name)},
        encoding=args.encoding,
    )
    words = HandOutWords(args.recipient, args.purpose, args.approver, args.author or str(settings.value("author")))
    with opened(args.file, args.as_of, read_only=False, progress=progress_of(args)) as survey:
        say_notices(survey)
        result = export_survey(
            survey,
            args.to,
            format=args.format,
            chosen=_chosen(survey, args),
            options=options,
            hand_out=words,
            limit_km2=float(settings.value("hand_out_area")),
            overwrite=args.overwrite,
            progress=progress_of(args),
        )
    return answer(args, _record(result), _lines(result))


def attributes(text: str) -> dict[Layer, Sequence[str]]:
    """Return the fields by layer of ``node:id,pipe:material``.

    Raises
    ------
    UsageError
        A layer is missing or does not exist.
    """
    found: dict[Layer, list[str]] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        layer, colon, name = part.partition(":")
        if not colon or layer not in {"node", "pipe"}:
            raise UsageError(
                _("“{part}” does not say of which layer it is.").format(part=part),
                _("Write node:{part} or pipe:{part}.").format(part=name or part),
            )
        found.setdefault("node" if layer == "node" else "pipe", []).append(name.strip())
    return dict(found)


def _chosen(survey: Survey, args: argparse.Namespace) -> Chosen:
    from pipemap.jobs.exporting import Chosen

    nodes, pipes = None, None
    if args.select:
        network = survey.network
        elements = [network.element(text) for text in args.select]
        nodes = [int(network.node_fid[one.row]) for one in elements if one.layer == "node"]
        pipes = [int(network.pipe_fid[one.row]) for one in elements if one.layer == "pipe"]
    return Chosen(nodes=nodes, pipes=pipes, area=_text(args.area), area_crs=args.area_crs, categories=args.category)


def _text(given: str) -> str:
    """Return a text, or that of the file which ``@FILE`` names."""
    if not given.startswith("@"):
        return given
    try:
        return Path(given[1:]).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UsageError(_("{file} cannot be read: {reason}.").format(file=given[1:], reason=reason)) from error


def _record(result: ExportResult) -> dict[str, object]:
    return {
        "written": result.written,
        "format": result.format,
        "counts": {"nodes": result.nodes, "pipes": result.pipes},
        "withheld": result.withheld,
        "losses": [problem_record(loss) for loss in result.losses],
        "area_m2": result.hand_out.area_m2,
        "crs": result.hand_out.crs,
        "hand_out": result.hand_out.number,
    }


def _lines(result: ExportResult) -> list[str]:
    lines = [_("Written: {file}").format(file=file) for file in result.written]
    lines.append(_("{nodes} nodes, {pipes} pipes").format(nodes=f"{result.nodes:,}", pipes=f"{result.pipes:,}"))
    if result.withheld:
        lines.append(_("{n} elements that are marked secret stay in the survey.").format(n=f"{result.withheld:,}"))
    lines += [loss.message for loss in result.losses]
    return [*lines, _("Entered into the hand-out register as number {n}.").format(n=result.hand_out.number)]
