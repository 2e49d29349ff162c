"""Survey tables to a delivery."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pipemap.errors import SurveyDataError
from pipemap.formats.survey_tables.access import is_access, read_access
from pipemap.formats.survey_tables.assembly import assemble
from pipemap.formats.survey_tables.blocks import blocks
from pipemap.formats.survey_tables.findings import Findings
from pipemap.formats.survey_tables.heating import with_supply_and_return
from pipemap.formats.survey_tables.joining import PointIndex
from pipemap.formats.survey_tables.mapping import ColumnMapping, read_mapping
from pipemap.formats.survey_tables.nearness import nearest
from pipemap.formats.survey_tables.network import Nodes, floats, join_points
from pipemap.formats.survey_tables.pairing import merge_halves
from pipemap.formats.survey_tables.pipes import Lines, joined, read_halves, read_lines
from pipemap.formats.survey_tables.points import read_points
from pipemap.formats.survey_tables.samples import with_samples
from pipemap.formats.survey_tables.screening import header_of, list_columns
from pipemap.formats.survey_tables.sheets import Sheet
from pipemap.formats.survey_tables.sources import describe, source_left_out, source_of
from pipemap.formats.survey_tables.tables import Table, understand
from pipemap.formats.survey_tables.text_files import read_text_file
from pipemap.formats.survey_tables.workbooks import is_workbook, read_workbook
from pipemap.model.delivery import Batch, Delivery, SourceTable
from pipemap.progress import SILENT, Progress
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.formats.registry import ReadOptions

NAME = "survey-tables"
_TITLED = {
    "project": re.compile(r"(?:工程名称|项目名称|工程项目)\s*[:：]\s*([^\s:：]+)"),
    "surveyor": re.compile(r"(?:探测单位|测量单位|作业单位|施测单位)\s*[:：]\s*([^\s:：]+)"),
    "supervisor": re.compile(r"(?:监理单位|监理)\s*[:：]\s*([^\s:：]+)"),
    "height_system": re.compile(r"(?:高程系统|高程基准)\s*[:：]?\s*([^\s:：]+)"),
    "finished": re.compile(r"日期\s*[:：]?\s*(\d{4}[-./年]\d{1,2}(?:[-./月]\d{1,2})?)"),
}


def read_survey_tables(paths: Sequence[Path], *, options: ReadOptions, progress: Progress = SILENT) -> Delivery:
    """Read workbooks and text files as one delivery of points and pipes.

    Raises
    ------
    SurveyFileError
        A file is damaged, locked, absurdly large, or holds no text.
    SurveyDataError
        No table names the columns that points or pipes need, or the mapping or coordinate system is unknown.
    """
    mapping = read_mapping(options.mapping)
    findings = Findings()
    sheets = read_sheets(paths, progress=progress)
    found = find_tables(sheets, mapping, findings, progress=progress)
    tables = found.tables
    if not tables:
        raise _nothing_found(paths, sheets, with_samples(found.sources, found.sheets, findings.problems))
    progress(0, None, _("Joining points and pipes"))
    points = [None if table.header.layout == "pipe" else read_points(table, findings) for table in tables]
    nodes = join_points(tables, points, options.crs, findings, progress=progress)
    lines = _all_lines(tables, nodes, findings, progress)
    progress(0)
    network = assemble(nodes, lines, tables, findings, progress=progress)
    batch = _batch(paths, tables, nodes.crs, options)
    understood = {key: value for table in tables for key, value in describe(table).items()}
    return Delivery(
        network.nodes,
        network.pipes,
        network.courses,
        batch,
        NAME,
        nodes.crs,
        findings.problems,
        understood=understood,
        tables=with_samples(found.sources, found.sheets, findings.problems),
    )


def read_sheets(paths: Sequence[Path], *, progress: Progress = SILENT) -> list[Sheet]:
    """Read every table of cells that the files hold."""
    books = [path for path in paths if is_workbook(path) or is_access(path)]
    sheets: list[Sheet] = []
    for path in paths:
        progress(0, None, _("Reading {file}").format(file=path.name))
        if path not in books:
            sheets += read_text_file(path, progress=progress)
            continue
        read = read_access if is_access(path) else read_workbook
        sheets += read(path, alone=len(books) == 1, progress=progress)
    return sheets


@dataclass(frozen=True, slots=True)
class Found:
    """Tables that are read, and everything that a person should see of the source, what is left out included, with its sheet."""

    tables: list[Table]
    sources: tuple[SourceTable, ...]
    sheets: tuple[Sheet, ...]


def find_tables(sheets: Sequence[Sheet], mapping: ColumnMapping, findings: Findings, *, progress: Progress = SILENT) -> Found:
    """Find the sheets that are tables of points, pipes or both; the others are listed."""
    tables: list[Table] = []
    sources: list[SourceTable] = []
    parts = tuple(block for whole in sheets for block in blocks(whole))
    for sheet in parts:
        header = header_of(sheet, mapping, findings)
        if header is None:
            sources.append(source_left_out(sheet))
            continue
        table = understand(sheet, header, len(tables), findings, mapping.profile, progress=progress)
        tables.append(table)
        sources.append(source_of(table))
        list_columns(table, findings)
        if not len(table):
            findings.add("no-rows", sheet.place)
    return Found(tables, tuple(sources), parts)


def _all_lines(tables: Sequence[Table], nodes: Nodes, findings: Findings, progress: Progress) -> Lines | None:
    """Read the pipes of every table, halves merged."""
    progress(0)
    numbers = _by_number(nodes)
    grounds = floats(nodes.table["ground"])
    parts, halves = [], []
    for table, of_record in zip(tables, nodes.of_record, strict=True):
        if of_record is None:
            parts.append(nearest(read_lines(table, numbers, findings), nodes, tables, findings))
        elif table.header.layout == "row":
            ground = np.where(of_record >= 0, grounds[of_record], np.nan) if len(grounds) else np.full(len(table), np.nan)
            read = read_halves(table, of_record, numbers, ground, findings)
            halves.append(nearest(read, nodes, tables, findings, start_known=True))
    progress(0)
    if halves:
        parts.append(_merged(joined(halves), tables, nodes, findings))
    return with_supply_and_return(joined(parts), tables, findings) if parts else None


def _by_number(nodes: Nodes) -> dict[str, PointIndex]:
    """Points by each kind of number that they have."""
    category, sheet = nodes.table["category"].combine_chunks(), nodes.table["_sheet"].to_numpy()
    kinds = [name for name in ("id", "map_id", "_other") if name in nodes.table.column_names]
    return {name: PointIndex(nodes.table[name].combine_chunks(), category, sheet) for name in kinds}


def _merged(halves: Lines, tables: Sequence[Table], nodes: Nodes, findings: Findings) -> Lines:
    """Merge halves; those to missing points are told apart by the number they name."""
    import pyarrow as pa
    import pyarrow.compute as pc

    known = len(nodes.names)
    absent = np.flatnonzero(halves.to_node < 0)
    named = pc.dictionary_encode(halves.to_text.take(pa.array(absent)))
    to_node = halves.to_node.copy()
    to_node[absent] = known + np.asarray(named.indices, dtype=np.int64)
    names = nodes.names.more(named.dictionary.to_pylist())
    merged = merge_halves(replace(halves, to_node=to_node), tables, names, findings)
    return replace(merged, to_node=np.where(merged.to_node < known, merged.to_node, -1))


def _batch(paths: Sequence[Path], tables: Sequence[Table], crs: str, options: ReadOptions) -> Batch:
    said: dict[str, str] = {}
    for table in tables:
        project = table.text("project")
        if project is not None and project.null_count < len(project):
            said.setdefault("project", str(project.drop_null()[0]))
        title = " ".join(cell for row in table.sheet.head[: table.header.first] for cell in row if cell)
        for name, pattern in _TITLED.items():
            match = pattern.search(title)
            if match:
                said.setdefault(name, match[1])
    return Batch(options.batch or paths[0].stem, crs=crs, source=", ".join(path.name for path in paths), **said)


def _nothing_found(paths: Sequence[Path], sheets: Sequence[Sheet], shown: Sequence[SourceTable]) -> SurveyDataError:
    seen = "; ".join(
        f"{sheet.name}: {', '.join(cell for row in sheet.head[:3] for cell in row if cell)[:120]}" for sheet in sheets[:3]
    )
    hint = _(
        "Wanted: a row with a point number and coordinates, with a start and an end point, or with a point and its connection."
    )
    if seen:
        hint += " " + _("Found: {columns}.").format(columns=seen)
    return SurveyDataError(
        _("No table of points or pipes was found in {files}.").format(files=", ".join(path.name for path in paths)),
        hint,
        tables=shown,
    )
