"""``pipemap condition FILE``: the condition of inspected sections by CJJ 181, each number with the way to it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from pipemap.cli.words import UsageError, add_as_of, answer, progress_of, say_notices, table
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.jobs.condition import Condition, SectionCondition


def add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], parents: list[argparse.ArgumentParser]
) -> argparse.ArgumentParser:
    """Declare the command."""
    command = commands.add_parser("condition", parents=parents, help=_("condition of inspected sections by CJJ 181-2012"))
    command.add_argument("file", metavar="FILE", help=_("survey database"))
    command.add_argument("--xlsx", metavar="OUT", type=Path, help=_("write it as an Excel workbook too"))
    command.add_argument("--overwrite", action="store_true", help=_("replace a workbook of that name"))
    command.add_argument("--explain", metavar="SECTION", default="", help=_("how each number of a section came about"))
    command.add_argument("--area", metavar="K", help=_("importance of the area: 0, 3, 6, 10, or its word such as other_road"))
    command.add_argument("--soil", metavar="T", help=_("soil: 0 to 10, or its word such as general, fine_sand"))
    command.add_argument("--keep", metavar="SECTION", default="", help=_("write area and soil of a section down in the survey"))
    command.add_argument("--author", metavar="NAME", default="", help=_("who does it (default: your name in the settings)"))
    add_as_of(command)
    return command


def run(args: argparse.Namespace) -> int:
    """Rate and print."""
    from pipemap.jobs.condition import condition, keep_factors, write_condition
    from pipemap.jobs.looking_back import opened
    from pipemap.settings import Settings

    area, soil = _factor("K", args.area), _factor("T", args.soil)
    with opened(args.file, args.as_of, read_only=not args.keep, progress=progress_of(args)) as survey:
        say_notices(survey)
        if args.keep:
            one = _named(condition(survey), args.keep)
            keep_factors(survey, one, area=area, soil=soil, author=args.author or str(Settings().value("author")))
            area = soil = None
        found = condition(survey, area=area, soil=soil, progress=progress_of(args))
    if args.xlsx is not None:
        write_condition(found, args.xlsx, overwrite=args.overwrite)
    if args.explain:
        return _explain(args, found)
    return answer(args, _record(found, args.xlsx), _lines(found))


def _factor(factor: str, text: str | None) -> float | None:
    from pipemap.catalog.findings import condition_factors

    if text is None:
        return None
    known = condition_factors(factor)
    if text in known:
        return known[text].value
    values = {f"{row.value:g}": row.value for row in known.values()}
    if text in values:
        return values[text]
    raise UsageError(
        _("“{text}” is no value of {factor}.").format(text=text, factor=factor),
        ", ".join(f"{row.choice} ({row.value:g})" for row in known.values()),
    )


def _named(found: Condition, name: str) -> SectionCondition:
    from pipemap.errors import UnknownElementError

    for one in found.sections:
        if name in {one.section, *one.pipes}:
            return one
    import difflib

    raise UnknownElementError(name, difflib.get_close_matches(name, [one.section for one in found.sections]))


def _record(found: Condition, xlsx: Path | None) -> dict[str, object]:
    others = [{"pipe": pipe, "scale": scale} for pipe, scale in found.others]
    return {"sections": [one.record for one in found.sections], "other_systems": others, "written": xlsx}


def _lines(found: Condition) -> list[str]:
    from pipemap.jobs.condition import COLUMNS

    if not found.sections:
        return [_("Nothing was inspected, and nothing was found.")]
    shown = [(name, title) for name, title in COLUMNS if name != "pipes"]
    records = [one.record for one in found.sections]
    rows = [[_told(record[name]) for name, _title in shown] for record in records]
    lines = table(rows, [_(title) for _name, title in shown])
    lines += [f"{one.section}: {note}" for one in found.sections for note in one.notes]
    for pipe, scale in found.others:
        lines.append(_("{pipe}: findings in {system} {n}, the worst grade {worst}; not part of the rating above.").format(
            pipe=pipe, system=scale.system, n=scale.findings, worst="–" if scale.worst is None else scale.worst))  # fmt: skip
    return lines


def _told(value: object) -> object:
    return f"{value:.3g}" if isinstance(value, float) else value


def _explain(args: argparse.Namespace, found: Condition) -> int:
    one = _named(found, args.explain)
    rows = [
        (step["name"], step["formula"], step["inserted"], _told(step["value"]), ", ".join(f"#{n}" for n in step["findings"]),
         step["note"])
        for step in one.steps
    ]  # fmt: skip
    heads = [_("Number"), _("Formula"), _("Inserted"), _("Value"), _("Findings"), _("Remark")]
    return answer(args, {**one.record, "steps": one.steps}, [one.section, *table(rows, heads), *one.notes])
