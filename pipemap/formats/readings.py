"""Tables of readings: one value a row with its kind, or a column for each kind; CSV in any encoding, and workbooks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pipemap.catalog.readings import ReadingKind, reading_kind
from pipemap.catalog.words import plain
from pipemap.errors import SurveyDataError
from pipemap.progress import SILENT, Progress
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.formats.survey_tables.sheets import Sheet

HEADS = {
    "element": (
        "element", "id", "node", "pipe", "point",
        "物探点号", "管线点号", "管线段编号", "图上点号", "编号", "点号", "设施编号", "位置",
    ),
    "kind": ("kind", "reading", "quantity", "type", "检测项目", "项目", "读数类型", "类型", "检测项"),
    "value": ("value", "读数", "检测值", "测值", "数值", "值"),
    "unit": ("unit", "单位"),
    "taken": ("taken", "time", "date", "datetime", "检测时间", "测量时间", "时间", "日期", "检测日期"),
    "taken_by": ("taken by", "person", "by", "crew", "检测人", "测量人", "人员", "巡检人"),
    "instrument": ("instrument", "仪器", "仪器编号"),
    "note": ("note", "remark", "remarks", "备注", "说明"),
}  # fmt: skip
"""What columns are called; the first that is there counts."""
_SEARCHED = 20
_UNIT = re.compile(r"[(（\[]([^)）\]]+)[)）\]]\s*$")
_CHINESE_DATE = re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日")
_DOTTED_DATE = re.compile(r"^(\d{4})\.(\d{1,2})\.(\d{1,2})")
_LOOSE_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)")
_SHORT_HOUR = re.compile(r"^(\d{4}-\d\d-\d\d)[ T](\d:)")


@dataclass(frozen=True, slots=True)
class WrittenReading:
    """A reading as a person or a table writes it; ``where`` is its place in that for a person."""

    element: str
    kind: str
    value: str
    unit: str = ""
    taken: str = ""
    taken_by: str = ""
    instrument: str = ""
    note: str = ""
    where: str = ""


def read_readings(path: Path | str, *, progress: Progress = SILENT) -> tuple[WrittenReading, ...]:
    """Read a table of readings.

    Raises
    ------
    SurveyFileError
        The file is damaged, locked or not there.
    SurveyDataError
        No table in it names elements and readings.
    """
    from pipemap.formats.survey_tables.reader import read_sheets

    file = Path(path)
    found = []
    for sheet in read_sheets([file], progress=progress):
        found += list(_of_sheet(sheet) or ())
    if not found:
        raise SurveyDataError(
            _("{file} holds no readings.").format(file=file.name),
            _("Wanted: a column element (物探点号), and kind and value (项目, 读数), or a column for each kind of reading."),
        )
    return tuple(found)


def _of_sheet(sheet: Sheet) -> Iterator[WrittenReading] | None:
    for row, head in enumerate(sheet.head[:_SEARCHED]):
        columns, wide = _columns(head)
        if "element" in columns and (wide or {"kind", "value"} <= set(columns)):
            return _rows(sheet, row + 1, columns, wide)
    return None


def _columns(head: Sequence[str]) -> tuple[dict[str, int], list[tuple[int, ReadingKind, str]]]:
    """Return column by field, and the columns that are a kind of reading each, with the unit in their heading."""
    titles = [plain(_UNIT.sub("", title)) for title in head]
    columns = {
        name: titles.index(plain(word)) for name, words in HEADS.items() for word in reversed(words) if plain(word) in titles
    }
    wide = []
    for place, title in enumerate(head):
        known = reading_kind(_UNIT.sub("", title))
        if known is not None and place not in columns.values():
            unit = _UNIT.search(title)
            wide.append((place, known, unit[1] if unit else ""))
    return columns, wide


def _rows(
    sheet: Sheet, first: int, columns: dict[str, int], wide: list[tuple[int, ReadingKind, str]]
) -> Iterator[WrittenReading]:
    cells = [column.to_pylist() for column in sheet.columns]
    for row in range(first, sheet.height):
        said = {name: str(cells[place][row] or "").strip() for name, place in columns.items()}
        if not any(said.values()) and not any(cells[place][row] for place, _kind, _unit in wide):
            continue
        words = {name: said.get(name, "") for name in ("taken", "taken_by", "instrument", "note")}
        element, where = said["element"], sheet.where(row)
        if "kind" in columns and (said["kind"] or said.get("value")):
            yield WrittenReading(element, said["kind"], said.get("value", ""), said.get("unit", ""), **words, where=where)
        for place, known, unit in wide:
            if text := str(cells[place][row] or "").strip():
                yield WrittenReading(element, known.kind, text, unit, **words, where=where)


def moment_of(text: str) -> str | None:
    """Return a day or a time as ISO text, None where it is none.

    Examples
    --------
    >>> moment_of("2026/11/5 8:30"), moment_of("2026年11月5日"), moment_of("soon")
    ('2026-11-05T08:30', '2026-11-05', None)
    """
    day = _CHINESE_DATE.sub(r"\1-\2-\3 ", text.strip()).replace("/", "-").strip()
    day = _DOTTED_DATE.sub(r"\1-\2-\3", " ".join(day.split()))
    day = _LOOSE_DATE.sub(lambda found: f"{found[1]}-{int(found[2]):02d}-{int(found[3]):02d}", day, count=1)
    day = _SHORT_HOUR.sub(r"\1 0\2", day)
    try:
        found = datetime.fromisoformat(day)
    except ValueError:
        return None
    if len(day) <= len("2026-11-05"):
        return found.date().isoformat()
    return found.isoformat(timespec="seconds" if found.second else "minutes")
