"""What a table or an answer shows, as a spreadsheet: ``.xlsx`` or ``.csv`` by the name of the file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pipemap.errors import ReportError
from pipemap.jobs.writing import written_whole
from pipemap.model.fields import Layer, fields, values
from pipemap.model.problem import sort_worst_first
from pipemap.model.wording import customer_label, heading
from pipemap.progress import SILENT, Progress
from pipemap.texts import _

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from xlsxwriter import Workbook

    from pipemap.analysis.shutoff import Part, ShutoffPlan
    from pipemap.analysis.steps import Step
    from pipemap.analysis.trace import Trace
    from pipemap.model.network import Network
    from pipemap.model.problem import Problem
    from pipemap.store import HandOut, Survey

_CHUNK = 5000
_WIDEST = 40

Row = Sequence[object]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table: its name, its headings, its rows as they come, and how many these are where that is known."""

    name: str
    headings: Sequence[str]
    rows: Iterable[Row]
    count: int | None = None


def export_elements(
    survey: Survey, layer: Layer, fids: NDArray[np.int64], names: Sequence[str], to: Path, *, progress: Progress = SILENT
) -> Path:
    """Write fields of nodes or pipes to a spreadsheet, in the order given, without what is marked secret.

    Parameters
    ----------
    layer, fids, names
        Which elements, and which of their fields.
    to
        ``.csv`` (UTF-8, with the mark that Excel wants) or ``.xlsx``.
    progress
        Told how many rows are written; may cancel, and then nothing is written.

    Returns
    -------
    Path
        The file written.

    Raises
    ------
    ReportError
        There are more rows than a spreadsheet takes, or the ending is unknown.
    SurveyFileError
        The file cannot be written.
    """
    fids = fids[may_leave(survey.network, layer, fids)]
    known = fields(layer)
    headings = [heading(known[name]) if name in known else name for name in names]
    rows = (row for some in _chunks(fids) for row in survey.rows(layer, some, names))
    title = _("Nodes") if layer == "node" else _("Pipes")
    return write_sheets([Sheet(title, headings, rows, len(fids))], to, progress=progress)


def export_trace(trace: Trace, to: Path, *, progress: Progress = SILENT) -> Path:
    """Write what a trace found: pipes, nodes and what stopped it; three sheets, or one table of everything in a ``.csv``.

    What is marked secret is left out.

    Raises
    ------
    ReportError
        The ending is unknown, or there are more rows than a spreadsheet takes.
    SurveyFileError
        The file cannot be written.
    """
    from pipemap.analysis.trace import REASON_TEXTS

    network, released = trace.network, trace.network.release
    pipes = _pipe_sheet(network, released.only("pipe", trace.pipe_rows))
    nodes = _node_sheet(network, released.only("node", trace.node_rows))
    stops = [
        (stop.id, _(REASON_TEXTS[stop.reason]))
        for stop in trace.stopped_by
        if released.rows(stop.element.layer)[stop.element.row]
    ]
    if to.suffix.lower() == ".csv":
        return write_sheets([_one_sheet(pipes, nodes)], to, progress=progress)
    return write_sheets([pipes, nodes, Sheet(_("Stopped by"), [_("Id"), _("Reason")], stops)], to, progress=progress)


def export_rows(
    network: Network, nodes: NDArray[np.int64], pipes: NDArray[np.int64], to: Path, *, progress: Progress = SILENT
) -> tuple[int, int]:
    """Write nodes and pipes; return how many were written, and how many stayed because they are secret.

    Two sheets, or one table of everything in a ``.csv``; raises as :func:`export_trace`.
    """
    released = network.release
    kept = released.only("node", nodes), released.only("pipe", pipes)
    sheets = [_pipe_sheet(network, kept[1]), _node_sheet(network, kept[0])]
    write_sheets([_one_sheet(*sheets)] if to.suffix.lower() == ".csv" else sheets, to, progress=progress)
    written = len(kept[0]) + len(kept[1])
    return written, len(nodes) + len(pipes) - written


def _one_sheet(pipes: Sheet, nodes: Sheet) -> Sheet:
    headings = [_("Layer"), _("Id"), _("Category"), _("Length (m)")]
    told, listed = _("Pipe"), _("Node")
    rows = chain(((told, row[0], row[1], row[-1]) for row in pipes.rows), ((listed, row[0], row[1], None) for row in nodes.rows))
    return Sheet(_("Trace"), headings, rows, (pipes.count or 0) + (nodes.count or 0))


def _pipe_sheet(network: Network, rows: NDArray[np.int64]) -> Sheet:
    headings = [_("Id"), _("Category"), _("From"), _("To"), _("Material"), _("Width (mm)"), _("Height (mm)"), _("Length (m)")]
    return Sheet(_("Pipes"), headings, _pipe_rows(network, rows), len(rows))


def _node_sheet(network: Network, rows: NDArray[np.int64]) -> Sheet:
    headings = [_("Id"), _("Category"), _("Feature"), _("Appurtenance"), _("East"), _("North"), _("Ground level")]
    return Sheet(_("Nodes"), headings, _node_rows(network, rows), len(rows))


def export_shutoff(plan: ShutoffPlan, to: Path, *, progress: Progress = SILENT) -> Path:
    """Write a shut-off plan: its valves in order (all that a ``.csv`` holds), notes, customers, what is without supply.

    Raises
    ------
    ReportError
        The ending is unknown.
    SurveyFileError
        The file cannot be written.
    """
    from pipemap.analysis.reopening import reopenings
    from pipemap.analysis.steps import step, steps_of

    steps = [*steps_of(plan), *(step(plan, one.valve, "reopen") for one in reopenings(plan))]
    network = plan.network
    parts = ((_("Contained"), plan.contained), (_("Supply lost"), plan.lost))
    pipes = ((name, *row) for name, part in parts for row in _pipe_rows(network, part.pipe_rows))
    nodes = ((name, *row) for name, part in parts for row in _node_rows(network, part.node_rows))
    where = [_("Part"), _("Id"), _("Category")]
    sizes = [_("From"), _("To"), _("Material"), _("Width (mm)"), _("Height (mm)"), _("Length (m)")]
    places = [_("Feature"), _("Appurtenance"), _("East"), _("North"), _("Ground level")]
    return write_sheets(
        [
            Sheet(_("Valves"), _valve_headings(), list(_step_rows(plan, steps))),
            Sheet(_("Plan"), [_("What"), _("Value")], _plan_rows(plan)),
            Sheet(_("Customers"), _customer_headings(), [row for name, part in parts for row in _people_rows(name, part)]),
            Sheet(_("Pipes"), [*where, *sizes], pipes, sum(len(part.pipe_rows) for _name, part in parts)),
            Sheet(_("Nodes"), [*where, *places], nodes, sum(len(part.node_rows) for _name, part in parts)),
        ],
        to,
        progress=progress,
    )


def _valve_headings() -> list[str]:
    titles = [_("Step"), _("Task"), _("Id"), _("Road"), _("Size (mm)"), _("State"), _("Turns"), _("Closing direction")]
    return [*titles, _("Reason"), _("East"), _("North")]


def _customer_headings() -> list[str]:
    titles = [_("Part"), _("Name"), _("Id"), _("Class"), _("Critical"), _("Households"), _("Own tank (h)")]
    return [*titles, _("Tied by a guess"), _("Address"), _("Contact")]


def _step_rows(plan: ShutoffPlan, steps: Sequence[Step]) -> Iterator[Row]:
    from pipemap.analysis.shutoff import reason_text

    tasks = {
        "close": _("Close"),
        "already_closed": _("Already closed, verify"),
        "not_needed": _("Not needed"),
        "reopen": _("Could be opened, after checks"),
    }
    states, ways = values("state"), values("turn_direction")
    network = plan.network
    for number, one in enumerate(steps, start=1):
        row = one.element.row if one.element.layer == "node" else int(network.pipe_ends[one.element.row, 0])
        yield (
            number, tasks[one.task], one.id, one.road, round(one.size * 1000, 1), states[one.state or "unknown"].label, one.turns,
            ways[one.turn_direction].label if one.turn_direction in ways else one.turn_direction,
            reason_text(one.reason) if one.reason else "", *network.node_xyz[row, :2].tolist(),
        )  # fmt: skip


def _plan_rows(plan: ShutoffPlan) -> list[Row]:
    broken = ", ".join(plan.network.element_id(one) for one in plan.request.broken)
    rows: list[Row] = [(_("Broken"), broken), *((_("Note"), note) for note in plan.notes)]
    for name, part in ((_("Contained"), plan.contained), (_("Supply lost"), plan.lost)):
        known = plan.supply_known or part is plan.contained
        people = part.customers
        figures = (
            (_("Customers"), people.count), (_("Households"), people.households), (_("Tied by a guess"), people.guessed),
            (_("Pipes"), len(part.pipe_rows)), (_("Length (m)"), round(part.length, 1)),
        )  # fmt: skip
        rows += [(f"{name}: {title}", value if known else _("unknown")) for title, value in figures]
    rows.append((_("Volume in the pipes (m³)"), round(plan.volume, 1)))
    return [*rows, *((_("Source in the zone"), id_) for id_ in plan.sources_in_zone)]


def _people_rows(name: str, part: Part) -> Iterator[Row]:
    from pipemap.analysis.affected import customers_by_need

    answers = {True: _("Yes"), False: _("No")}
    for one in customers_by_need(part.network, part.customers.rows):
        yield (
            name, one.name, one.id, customer_label(one.class_), answers[one.critical], one.households, one.tank_hours,
            answers[one.guessed], one.address, one.contact,
        )  # fmt: skip


def export_problems(problems: Sequence[Problem], to: Path, *, progress: Progress = SILENT) -> Path:
    """Write problems found by checks, worst first, and how many each check found.

    Raises
    ------
    ReportError
        The ending is neither ``.xlsx`` nor ``.csv``.
    SurveyFileError
        The file cannot be written.
    """
    from pipemap.analysis.checks import checks

    severities = {"error": _("error"), "warning": _("warning"), "info": _("note")}
    headings = [_("Severity"), _("Check"), _("Element"), _("Problem"), _("Why it matters"), _("East"), _("North")]
    known = checks()

    def row(problem: Problem) -> Row:
        why = known[problem.rule].why if problem.rule in known else ""
        return (severities[problem.severity], problem.rule, problem.element, problem.message, why, problem.x, problem.y)

    counts = Counter(problem.rule for problem in problems)
    summary = [(name, known[name].title if name in known else "", count) for name, count in counts.most_common()]
    return write_sheets(
        [
            Sheet(_("Problems"), headings, map(row, sort_worst_first(problems)), len(problems)),
            Sheet(_("Checks"), [_("Check"), _("Finds"), _("Listed")], summary),
        ],
        to,
        progress=progress,
    )


def may_leave(network: Network, layer: Layer, fids: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which elements, by their keys, may leave; those that are gone may not."""
    released = network.release
    if released.is_whole:
        return np.ones(len(fids), dtype=np.bool_)
    keys = network.node_fid if layer == "node" else network.pipe_fid
    return np.isin(fids, keys[released.rows(layer)])


def write_sheets(sheets: Sequence[Sheet], to: Path, *, progress: Progress = SILENT) -> Path:
    """Write tables to a spreadsheet; a ``.csv`` file holds the first alone.

    Parameters
    ----------
    progress
        Told how many rows of a table are written; may cancel, and then nothing is written.

    Raises
    ------
    ReportError
        The ending is neither ``.csv`` nor ``.xlsx``, or a table has more rows than a sheet takes.
    SurveyFileError
        The file cannot be written.
    """
    from pipemap.formats.spreadsheets import text_table, workbook

    ending = to.suffix.lower()
    if ending not in {".csv", ".xlsx"}:
        raise ReportError(_("“{file}” ends neither with .xlsx nor with .csv.").format(file=to.name))
    if ending == ".xlsx":
        _check_room(sheets)
    with written_whole(to) as part:
        if ending == ".csv":
            with text_table(part) as file:
                file.put_row(sheets[0].headings)
                for row in _told_of(sheets[0], to, progress):
                    file.put_row(row)
        else:
            with workbook(part, progress) as book:
                _put_sheets(book, sheets, to, progress)
    return to


def _check_room(sheets: Sequence[Sheet]) -> None:
    from pipemap.formats.spreadsheets import MOST_ROWS

    most = MOST_ROWS - 1  # the headings have one
    longest = max(sheet.count or 0 for sheet in sheets)
    if longest > most:
        raise ReportError(
            _("A spreadsheet takes {most} rows, and these are {count}.").format(most=f"{most:,}", count=f"{longest:,}"),
            _("Write a .csv file instead, or filter first."),
        )


def _put_sheets(book: Workbook, sheets: Sequence[Sheet], to: Path, progress: Progress) -> None:
    from pipemap.formats.spreadsheets import add_sheet, sheet_name

    bold, taken = book.add_format({"bold": True}), set[str]()
    for sheet in sheets:
        page = add_sheet(book, sheet_name(sheet.name, taken))
        page.freeze_panes(1, 0)
        for column, title in enumerate(sheet.headings):
            page.set_column(column, column, min(_WIDEST, max(10, 2 * len(title))))
            page.write_string(0, column, title, bold)
        for number, row in enumerate(_told_of(sheet, to, progress), start=1):
            page.put_row(number, row)


def _told_of(sheet: Sheet, to: Path, progress: Progress) -> Iterator[Row]:
    """Give the rows of a table, telling how many are done."""
    label = _("Writing {file}").format(file=to.name)
    for number, row in enumerate(sheet.rows):
        if number % _CHUNK == 0:
            progress(number, sheet.count, label)
        yield row


def _chunks(rows: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    for start in range(0, len(rows), _CHUNK):
        yield rows[start : start + _CHUNK]


def _pipe_rows(network: Network, rows: NDArray[np.int64]) -> Iterator[Row]:
    for some in _chunks(rows):
        ends = network.pipe_ends[some]
        ids = (network.pipe_ids.take(some), network.node_ids.take(ends[:, 0]), network.node_ids.take(ends[:, 1]))
        words = ([column[row] for row in some.tolist()] for column in (network.pipe_category, network.pipe_material))
        sizes = (np.round(metres[some].astype(np.float64) * 1000, 1).tolist() for metres in (network.width, network.height))
        lengths = np.round(network.length[some].astype(np.float64), 3).tolist()
        category, material = words
        yield from zip(ids[0], category, *ids[1:], material, *sizes, lengths, strict=True)


def _node_rows(network: Network, rows: NDArray[np.int64]) -> Iterator[Row]:
    for some in _chunks(rows):
        columns = (network.node_category, network.node_feature, network.node_appurtenance)
        words = ([column[row] for row in some.tolist()] for column in columns)
        yield from zip(network.node_ids.take(some), *words, *network.node_xyz[some].T.tolist(), strict=True)


def hand_out_rows(entries: Iterable[HandOut]) -> tuple[list[str], list[Row]]:
    """Return headings and rows of the register, as it is listed and printed."""
    headings = [
        *(_("No."), _("Time (UTC)"), _("Handed out by"), _("What"), _("Format"), _("Area (km²)"), _("Coordinate system")),
        *(_("Attributes"), _("Nodes"), _("Pipes"), _("Withheld"), _("Recipient"), _("Purpose"), _("Approver"), _("File")),
        *("SHA-256", _("Head of the history"), _("Area")),
    ]
    rows: list[Row] = [
        (
            *(one.number, one.time, one.author, one.content, one.format),
            None if one.area_m2 is None else round(one.area_m2 / 1e6, 6),
            *(one.crs, one.fields, one.nodes, one.pipes, one.withheld, one.recipient, one.purpose, one.approver),
            *(one.file, one.sha256, one.head, one.area),
        )
        for one in entries
    ]
    return headings, rows


def export_hand_outs(survey: Survey, to: Path) -> Path:
    """Write the register of what left a survey to a spreadsheet; errors as for :func:`write_sheets`."""
    headings, rows = hand_out_rows(survey.hand_outs())
    return write_sheets([Sheet(_("Hand-outs"), headings, rows)], to)
