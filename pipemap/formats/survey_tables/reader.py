"""Survey tables to a delivery."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pipemap.errors import SurveyDataError
from pipemap.formats.survey_tables.assembly import assemble
from pipemap.formats.survey_tables.blocks import blocks
from pipemap.formats.survey_tables.findings import Findings
from pipemap.formats.survey_tables.headers import IGNORED, find_header
from pipemap.formats.survey_tables.joining import PointIndex
from pipemap.formats.survey_tables.mapping import ColumnMapping, read_mapping
from pipemap.formats.survey_tables.network import Nodes, floats, join_points
from pipemap.formats.survey_tables.pairing import merge_halves
from pipemap.formats.survey_tables.pipes import Lines, joined, read_halves, read_lines
from pipemap.formats.survey_tables.points import read_points
from pipemap.formats.survey_tables.sheets import MAX_COLUMNS, Sheet
from pipemap.formats.survey_tables.tables import Table, describe, understand
from pipemap.formats.survey_tables.text_files import read_text_sheet
from pipemap.formats.survey_tables.workbooks import is_workbook, read_workbook
from pipemap.model.delivery import Batch, Delivery
from pipemap.progress import SILENT, Progress
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.formats.registry import ReadOptions

NAME = "survey-tables"
_UNSURE = 0.9
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
    tables = find_tables(sheets, mapping, findings)
    if not tables:
        raise _nothing_found(paths, sheets)
    progress(0, None, _("Joining points and pipes"))
    points = [None if table.header.layout == "pipe" else read_points(table, findings) for table in tables]
    nodes = join_points(tables, points, options.crs, findings)
    lines = _all_lines(tables, nodes, findings)
    network = assemble(nodes, lines, tables, findings)
    batch = _batch(paths, tables, nodes.crs, options)
    understood = {key: value for table in tables for key, value in describe(table).items()}
    return Delivery(network.nodes, network.pipes, network.courses, batch, NAME, nodes.crs, findings.problems, (), understood)


def read_sheets(paths: Sequence[Path], *, progress: Progress = SILENT) -> list[Sheet]:
    """Read every table of cells that the files hold."""
    workbooks = [path for path in paths if is_workbook(path)]
    sheets: list[Sheet] = []
    for path in paths:
        progress(0, None, _("Reading {file}").format(file=path.name))
        if path in workbooks:
            sheets += read_workbook(path, alone=len(workbooks) == 1, progress=progress)
        else:
            sheets.append(read_text_sheet(path, progress=progress))
    return sheets


def find_tables(sheets: Sequence[Sheet], mapping: ColumnMapping, findings: Findings) -> list[Table]:
    """Find the sheets that are tables of points, pipes or both; the others are listed."""
    tables: list[Table] = []
    for sheet in (block for whole in sheets for block in blocks(whole)):
        header = find_header(sheet.head, corrections=mapping.of(sheet.stem, sheet.name))
        if header is None:
            findings.add("unknown-sheet", sheet.mark.rstrip(":!"))
            continue
        table = understand(sheet, header, len(tables), findings, mapping.profile)
        tables.append(table)
        _list_columns(table, findings)
    return tables


def _list_columns(table: Table, findings: Findings) -> None:
    sheet = table.sheet
    where = sheet.mark.rstrip(":!")
    for match in table.header.matches:
        if match.confidence < _UNSURE and match.field != IGNORED:
            findings.add("unsure-column", where, {"column": match.header, "field": match.field})
    for column, header in table.header.unknown:
        if table.text_at(column).null_count < len(table):
            findings.add("unknown-column", where, {"column": header})
    if sheet.odd_rows:
        findings.add("mixed-encoding", sheet.where(sheet.odd_rows[0]), {"count": len(sheet.odd_rows)})
    for row in sheet.cut_rows:
        findings.add("too-many-columns", sheet.where(row), {"count": MAX_COLUMNS})


def _all_lines(tables: Sequence[Table], nodes: Nodes, findings: Findings) -> Lines | None:
    """Read the pipes of every table, halves merged."""
    import pyarrow as pa

    category, sheet = nodes.table["category"].combine_chunks(), nodes.table["_sheet"].to_numpy()
    by_id = PointIndex(nodes.table["id"].combine_chunks(), category, sheet)
    printed = (
        nodes.table["map_id"].combine_chunks()
        if "map_id" in nodes.table.column_names
        else pa.nulls(nodes.table.num_rows, pa.string())
    )
    by_map_id = PointIndex(printed, category, sheet)
    grounds = floats(nodes.table["ground"])
    parts, halves = [], []
    for table, of_record in zip(tables, nodes.of_record, strict=True):
        if of_record is None:
            parts.append(read_lines(table, by_id, by_map_id, findings))
        elif table.header.layout == "row":
            ground = np.where(of_record >= 0, grounds[of_record], np.nan) if len(grounds) else np.full(len(table), np.nan)
            halves.append(read_halves(table, of_record, by_id, by_map_id, ground, findings))
    if halves:
        parts.append(_merged(joined(halves), tables, nodes, findings))
    return joined(parts) if parts else None


def _merged(halves: Lines, tables: Sequence[Table], nodes: Nodes, findings: Findings) -> Lines:
    """Merge halves; those to missing points are told apart by the number they name."""
    missing: dict[str, int] = {}
    names = list(nodes.names)
    to_node = halves.to_node.copy()
    for half in np.flatnonzero(to_node < 0).tolist():
        text = halves.to_text[half].as_py()
        if text not in missing:
            missing[text] = len(names)
            names.append(text)
        to_node[half] = missing[text]
    merged = merge_halves(replace(halves, to_node=to_node), tables, names, findings)
    known = len(nodes.names)
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


def _nothing_found(paths: Sequence[Path], sheets: Sequence[Sheet]) -> SurveyDataError:
    seen = "; ".join(
        f"{sheet.name}: {', '.join(cell for row in sheet.head[:3] for cell in row if cell)[:120]}" for sheet in sheets[:3]
    )
    hint = _(
        "Wanted: a row with a point number and coordinates, with a start and an end point, or with a point and its connection."
    )
    if seen:
        hint += " " + _("Found: {columns}.").format(columns=seen)
    return SurveyDataError(
        _("No table of points or pipes was found in {files}.").format(files=", ".join(path.name for path in paths)), hint
    )
