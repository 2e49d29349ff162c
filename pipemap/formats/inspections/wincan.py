"""WinCan VX: its SQLite database (.db3), opened so that nothing in it runs and nothing is written beside it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pipemap.errors import SurveyFileError
from pipemap.formats.inspections.cells import LARGEST_MM, Row, code_of, direction_of, joined_continuous, names_in
from pipemap.formats.inspections.findings import Findings
from pipemap.model.inspected import Inspected, Observed, System
from pipemap.texts import _

NAME = "wincan"
MAGIC = b"SQLite format 3\x00"
MOST_ROWS = 2_000_000
_LONGEST = 16 << 20
_STEPS = 200_000_000
"""Steps of SQLite's machine that one table may take: a thousand times what the largest project needs. Our own figure."""
_PROGRESS_EVERY = 100_000
_ABANDONED = ("BDC", "DDC", "MSA", "SA")
_VIDEO = (".mpg", ".mpeg", ".mp4", ".avi", ".wmv", ".mov", ".mkv")

Record = Mapping[str, Any]


def recognizes(path: Path) -> float:
    """Return how sure it is that a file is a WinCan database, by its tables."""
    try:
        with path.open("rb") as file:
            if file.read(len(MAGIC)) != MAGIC:
                return 0.0
        with closing(_opened(path)) as connection:
            return 0.97 if {"SECTION", "SECINSP", "SECOBS"} <= set(_tables(connection)) else 0.0
    except (OSError, sqlite3.Error):
        return 0.0


def read(path: Path, findings: Findings) -> list[Inspected]:
    """Read one database.

    Raises
    ------
    SurveyFileError
        It is damaged, or no database.
    """
    try:
        with closing(_opened(path)) as connection:
            return _Reading(connection, path.name, findings).inspections()
    except (sqlite3.Error, OverflowError) as error:
        raise SurveyFileError(_("{file} cannot be read: {reason}").format(file=path.name, reason=error)) from error


def _opened(path: Path) -> sqlite3.Connection:
    uri = f"file:{quote(str(path.absolute()))}?mode=ro&immutable=1"
    connection = sqlite3.connect(uri, uri=True, isolation_level=None)
    try:
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA cell_size_check = ON")
        connection.execute("PRAGMA mmap_size = 0")
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST)
        connection.text_factory = lambda raw: raw.decode("utf-8", errors="replace")
        connection.row_factory = sqlite3.Row
    except BaseException:
        connection.close()
        raise
    return connection


def _tables(connection: sqlite3.Connection) -> dict[str, str]:
    """Return real tables, no views and none that a module makes up: name in capitals → name as it is."""
    rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall()
    return {str(row[0]).upper(): str(row[0]) for row in rows if str(row[1] or "").upper().startswith("CREATE TABLE")}


class _Reading:
    """One database while it is read."""

    def __init__(self, connection: sqlite3.Connection, file: str, findings: Findings) -> None:
        self._connection, self._file, self._findings = connection, file, findings
        self._tables = _tables(connection)
        self._nodes = {str(row.get("OBJ_PK")): _text(row, "OBJ_Key") for row in self._rows("NODE")}
        self._lines: dict[str, list[Record]] = {}
        for row in self._rows("SECOBS"):
            self._lines.setdefault(str(row.get("OBS_Inspection_FK")), []).append(row)
        self._photos, self._videos = self._media("SECOBSMM", "OMM_Observation_FK", "OMM_FileName")
        _pictures, self._films = self._media("SECINSPMM", "IMM_Inspection_FK", "IMM_FileName")

    def _rows(self, table: str) -> Iterator[Record]:
        """Give the rows of a table that are not marked as deleted; none where it is not there."""
        name = self._tables.get(table)
        if name is None:
            return
        steps = 0

        def watch() -> bool:
            nonlocal steps
            steps += _PROGRESS_EVERY
            return steps > _STEPS

        self._connection.set_progress_handler(watch, _PROGRESS_EVERY)
        quoted = '"' + name.replace('"', '""') + '"'
        for number, row in enumerate(self._connection.execute(f"SELECT * FROM {quoted}")):  # noqa: S608 -- quoted
            if number >= MOST_ROWS:
                self._findings.add("too-many", f"{self._file}: {table}", {"count": f"{MOST_ROWS:,}"})
                return
            record = {key: row[key] for key in row.keys()}  # noqa: SIM118 -- a sqlite3.Row, not a dict
            prefix = next((key.split("_")[0] for key in record), "")
            if not record.get(f"{prefix}_Deleted"):
                yield record

    def _media(self, table: str, owner: str, name: str) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
        photos: dict[str, list[str]] = {}
        videos: dict[str, list[str]] = {}
        for row in self._rows(table):
            for file in names_in(_text(row, name)):
                kind = videos if file.lower().endswith(_VIDEO) else photos
                kind.setdefault(str(row.get(owner)), []).append(file)
        return photos, videos

    def inspections(self) -> list[Inspected]:
        """Return every inspection of a section that the database has."""
        sections = {str(row.get("OBJ_PK")): row for row in self._rows("SECTION")}
        return [self._inspection(row, sections.get(str(row.get("INS_Section_FK")), {})) for row in self._rows("SECINSP")]

    def _inspection(self, visit: Record, section: Record) -> Inspected:
        name, key = _text(section, "OBJ_Key"), str(visit.get("INS_PK"))
        where = f"{self._file}: {name or key}"
        row = Row(where, self._findings)
        upper, lower = (self._node(section, f"OBJ_{end}Node_REF") for end in ("From", "To"))
        direction = direction_of(_text(visit, "INS_InspectionDir"))
        if not (name or upper or lower):
            self._findings.add("no-name", where)
        if not direction:
            self._findings.add("start-unknown", where, {"node": upper or "?"})
        start, end = (lower, upper) if direction == "against" else (upper, lower)
        lines = sorted(self._lines.get(key, []), key=lambda line: _order(line.get("OBS_SortOrder")))
        observed = [self._observed(line, where) for line in lines]
        run = row.number(_text(visit, "INS_InspectedLength"), "INS_InspectedLength")
        if run is None:
            run = max((one.station for one in observed if one.station is not None), default=None)
        films = [*self._films.get(key, []), *(film for line in lines for film in self._videos.get(str(line.get("OBS_PK")), []))]
        return Inspected(
            kind="pipe",
            name=name,
            start=start,
            end=end,
            direction=direction,
            length=row.number(_text(section, "OBJ_Length") or _text(section, "OBJ_PipeLength"), "OBJ_Length"),
            inspected_length=run,
            aborted=any(one.code.startswith(_ABANDONED) for one in observed),
            diameter_mm=row.number(_text(section, "OBJ_Size1"), "OBJ_Size1", largest=LARGEST_MM),
            material=_text(section, "OBJ_Material"),
            inspected=row.date(_text(visit, "INS_StartDate")),
            inspector=_text(visit, "INS_Operator_REF"),
            system=_system(observed),
            video=next(iter(films), ""),
            note=row.note(_text(visit, "INS_Memo")),
            found_in=where,
            observed=joined_continuous(observed, run, self._findings, where),
        )

    def _node(self, section: Record, column: str) -> str:
        said = _text(section, column)
        return self._nodes.get(said, said)

    def _observed(self, line: Record, where: str) -> Observed:
        row = Row(where, self._findings)
        code = code_of(_text(line, "OBS_OpCode"), _text(line, "OBS_Char1"), _text(line, "OBS_Char2"))
        if not code:
            self._findings.add("no-code", where, {"text": _text(line, "OBS_Observation")[:120]})
        station, length = (row.number(_text(line, name), name) for name in ("OBS_Distance", "OBS_ContDefectLength"))
        clock = row.clock(_text(line, "OBS_ClockPos1"), _text(line, "OBS_ClockPos2"))
        return Observed(
            station=station,
            code=code,
            length=length or None,
            continuous=_text(line, "OBS_CD_Code1"),
            clock=clock,
            quantity_1=_text(line, "OBS_Q1_Value"),
            quantity_2=_text(line, "OBS_Q2_Value"),
            photos=tuple(dict.fromkeys(self._photos.get(str(line.get("OBS_PK")), []))),
            note=row.note(_text(line, "OBS_Observation"), _text(line, "OBS_Memo")),
        )


def _text(record: Record, name: str) -> str:
    value = record.get(name)
    if isinstance(value, bytes):
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < _LONGEST:
        return str(int(value))
    return "" if value is None else str(value).replace("\x00", "").strip()[:4000]


def _order(value: object) -> float:
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return 0.0
    return number if number == number else 0.0  # noqa: PLR0124 -- NaN


def _system(observed: list[Observed]) -> System:
    codes = [one.code for one in observed if one.code]
    european = sum(len(code.split(".")[0]) == 3 and code[0] in "BD" for code in codes)  # noqa: PLR2004 -- letters of a code
    return "en13508" if 2 * european >= len(codes) else "pacp"
