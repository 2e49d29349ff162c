"""Tables with one line a defect, the inspection repeated or filled down: CJJ 181 as Chinese programs have it, WinCan's CSV."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from pipemap import assets
from pipemap.formats.inspections.cells import LARGEST_MM, Row, code_of, direction_of, joined_continuous, names_in
from pipemap.formats.inspections.findings import Findings
from pipemap.formats.survey_tables.headers import IGNORED, plain_header
from pipemap.model.inspected import Inspected, Observed, System

if TYPE_CHECKING:
    from pipemap.formats.survey_tables.sheets import Sheet

NAME = "cctv-tables"
MOST_LINES = 1_000_000
_SEARCHED_ROWS = 20
_OF_RUN = (
    *("name", "start", "end", "direction", "length", "inspected_length", "material", "diameter", "inspected", "time"),
    *("inspector", "company", "video", "number", "aborted", "cleaned", "plugged", "equipment", "calibration", "weather"),
    *("water", "not_done"),
)
"""Fields of the inspection; where a line leaves all its names empty, it belongs to the inspection above."""
_NAMES = ("name", "start", "end", "video", "number")
_NEEDED = (frozenset({"code"}), frozenset({"start", "end", "name", "video"}))
_TABLES = frozenset({".csv", ".txt", ".tsv", ".xlsx", ".xlsm", ".xls", ".mdb", ".accdb"})
_ROMAN = {"Ⅰ": 1, "Ⅱ": 2, "Ⅲ": 3, "Ⅳ": 4, "I": 1, "II": 2, "III": 3, "IV": 4, "一": 1, "二": 2, "三": 3, "四": 4}
_GRADE = re.compile(r"(?:grade)?(\d|[ⅠⅡⅢⅣ一二三四]|I{1,3}V?|IV)(?:\.0)?(?:级)?", re.IGNORECASE)
_CODE_IN_WORDS = re.compile(r"[(（\[]?([A-Z]{2})[)）\]]?")
_YES = frozenset({"是", "yes", "y", "true", "1", "中止", "未完成"})
_ABANDONED = ("ZZ", "BDC", "MSA")
_EN_CODE = re.compile(r"[BD][A-F][A-Z](\.|$)")


@dataclass(frozen=True, slots=True)
class Heading:
    """Where a table has its heading (row from 0), column by field, and headings that nothing is known of."""

    row: int
    columns: Mapping[str, int]
    left: tuple[str, ...]
    titles: Mapping[str, str]


@cache
def aliases() -> Mapping[str, str]:
    """Return plain heading → field."""
    return {plain_header(row["alias"]): row["field"] for row in assets.read_rows("standards", "inspection_columns.csv")}


def heading_of(head: Sequence[Sequence[str]]) -> Heading | None:
    """Find the row of headings of a table of inspections; None where there is none."""
    best: Heading | None = None
    for number, cells in enumerate(head[:_SEARCHED_ROWS]):
        found = _match(number, cells)
        if all(set(found.columns) & wanted for wanted in _NEEDED) and (best is None or len(found.columns) > len(best.columns)):
            best = found
    return best


def _match(number: int, cells: Sequence[str]) -> Heading:
    columns: dict[str, int] = {}
    left = []
    for column, cell in enumerate(cells):
        plain = plain_header(cell)
        field = aliases().get(plain, "")
        if not plain or field == IGNORED:
            continue
        if not field or field in columns:
            left.append(cell)
        else:
            columns[field] = column
    return Heading(number, columns, tuple(left), {field: cells[column] for field, column in columns.items()})


def recognizes(path: Path) -> float:
    """Return how sure it is that a file is a table of inspections, by its headings."""
    if path.is_dir() or path.suffix.lower() not in _TABLES:
        return 0.0
    try:
        from pipemap.formats.customers.recognition import heads

        found = any(heading_of(head) is not None for head in heads(path))
    except Exception:  # noqa: BLE001 -- whatever a foreign file does to a look at it, it is not known to hold inspections
        return 0.0
    return 0.95 if found else 0.0


def read(path: Path, findings: Findings) -> list[Inspected]:
    """Read one file: every table of it that holds inspections; the others are listed."""
    from pipemap.formats.survey_tables.reader import read_sheets

    found: list[Inspected] = []
    for sheet in read_sheets([path]):
        heading = heading_of(sheet.head)
        if heading is None:
            findings.add("unknown-sheet", sheet.place)
        else:
            found += _Reading(sheet, heading, findings).inspections()
    return found


class _Reading:
    """One table while it is read."""

    def __init__(self, sheet: Sheet, heading: Heading, findings: Findings) -> None:
        self._sheet, self._heading, self._findings = sheet, heading, findings
        self._columns = {field: sheet.columns[column].to_pylist() for field, column in heading.columns.items()
                         if column < len(sheet.columns)}  # fmt: skip
        if heading.left:
            findings.add("columns-left-out", sheet.place, {"columns": ", ".join(heading.left)})

    def inspections(self) -> list[Inspected]:
        """Gather the lines of each inspection, in the order in which these begin."""
        groups: dict[tuple[str, ...], list[int]] = {}
        above: dict[str, str] = {}
        runs: dict[int, dict[str, str]] = {}
        for row in range(self._heading.row + 1, min(self._sheet.height, self._heading.row + 1 + MOST_LINES)):
            cells = self._cells(row)
            if not any(cells.values()) or self._is_heading(cells):
                continue
            if any(cells.get(name) for name in _NAMES):
                above = {name: cells.get(name, "") for name in _OF_RUN}
            elif not above:
                self._findings.add(
                    "no-inspection", self._sheet.where(row), {"text": " | ".join(filter(None, cells.values()))[:120]}
                )
                continue
            run = {name: cells.get(name) or above.get(name, "") for name in _OF_RUN}
            key = tuple(run[name] for name in ("name", "start", "end", "direction", "inspected", "time", "video", "number"))
            groups.setdefault(key, []).append(row)
            runs.setdefault(groups[key][0], run)
        if self._sheet.height > self._heading.row + 1 + MOST_LINES:
            self._findings.add("too-many", self._sheet.place, {"count": f"{MOST_LINES:,}"})
        return [self._inspection(runs[rows[0]], rows) for rows in groups.values()]

    def _cells(self, row: int) -> dict[str, str]:
        return {field: (column[row] or "").strip() for field, column in self._columns.items()}

    def _is_heading(self, cells: Mapping[str, str]) -> bool:
        return sum(aliases().get(plain_header(text)) == field for field, text in cells.items() if text) > len(cells) // 2

    def _inspection(self, run: Mapping[str, str], rows: Sequence[int]) -> Inspected:
        where = self._sheet.where(rows[0])
        line = Row(where, self._findings)
        observed = [one for row in rows if (one := self._observed(row)) is not None]
        lasting = [one.station for one in observed if one.station is not None]
        seen = line.number(run["inspected_length"], self._title("inspected_length"))
        last = seen if seen is not None else max(lasting, default=None)
        if not (run["name"] or run["start"] or run["end"]):
            self._findings.add("no-name", where)
        return Inspected(
            kind="pipe",
            name=_id(run["name"]),
            start=_id(run["start"]),
            end=_id(run["end"]),
            direction=direction_of(run["direction"]),
            length=line.number(run["length"], self._title("length")),
            inspected_length=last,
            aborted=run["aborted"].casefold() in _YES or any(one.code.startswith(_ABANDONED) for one in observed),
            cleaned=_said(run["cleaned"], "已清洗", "清洗", "已疏通", "疏通"),
            plugged=_said(run["plugged"], "已封堵", "封堵", "已封堵降水"),
            equipment=run["equipment"],
            calibration=run["calibration"],
            weather=run["weather"],
            water_percent=line.number(run["water"].rstrip("%％"), self._title("water"), largest=100.0),
            not_done=run["not_done"],
            diameter_mm=line.number(re.sub(r"(?i)^(dn|d|φ|Φ)", "", run["diameter"]).split("x")[0].split("X")[0].split("×")[0],
                                    self._title("diameter"), largest=LARGEST_MM),
            material=run["material"],
            inspected=line.date(" ".join(filter(None, (run["inspected"], run["time"])))),
            inspector=run["inspector"],
            company=run["company"],
            system=self._system(observed),
            video=next(iter(names_in(run["video"])), ""),
            note=line.note(),
            found_in=where,
            observed=joined_continuous(observed, last, self._findings, where),
        )  # fmt: skip

    def _system(self, observed: Sequence[Observed]) -> System:
        """Tell the coding system by the shape of the codes; two letters in a table without Chinese headings are of PACP."""
        codes = [one.code for one in observed if one.code]
        if codes and all(_EN_CODE.match(code) for code in codes):
            return "en13508"
        chinese = any(not title.isascii() for title in self._heading.titles.values())
        return "cjj181" if chinese or not codes else "pacp"

    def _title(self, field: str) -> str:
        return self._heading.titles.get(field, field)

    def _observed(self, row: int) -> Observed | None:
        """Make a finding of a line; None where the line only says that the run was inspected."""
        cells = self._cells(row)
        said = [cells.get(name, "") for name in ("code", "defect", "grade", "station", "photos", "description")]
        if not any(text and text not in {"/", "-", "无", "—"} for text in said):
            return None
        line = Row(self._sheet.where(row), self._findings)
        code = _code(cells.get("code") or cells.get("defect") or "", cells.get("char_1"), cells.get("char_2"))
        if not code:
            self._findings.add("no-code", line.where, {"text": " | ".join(filter(None, said))[:120]})
        station, length = (
            line.number(cells.get("station"), self._title("station")),
            line.number(cells.get("defect_length"), self._title("defect_length")),
        )
        clock, grade = line.clock(cells.get("clock"), cells.get("clock_to")), self._grade(cells.get("grade"), line)
        extra = [f"{self._title(name)}: {cells[name]}" for name in ("mixed", "manhole", "gully", "place") if cells.get(name)]
        return Observed(
            station=station,
            code=code,
            length=length or None,
            continuous=cells.get("continuous", ""),
            clock=clock,
            grade=grade,
            quantity_1=cells.get("quantity_1", ""),
            quantity_2=cells.get("quantity_2", ""),
            photos=names_in(cells.get("photos")),
            note=line.note(cells.get("description"), cells.get("note"), *extra),
        )

    def _grade(self, text: str | None, line: Row) -> int | None:
        plain = (text or "").strip()
        if plain in {"", "/", "-", "—", "无"}:
            return None
        found = _GRADE.fullmatch(plain)
        if found is None:
            line.refuse("not-a-number", self._title("grade"), plain)
            return None
        return _ROMAN[found[1].upper()] if found[1].upper() in _ROMAN else int(found[1])


def _said(text: str, *words: str) -> bool | None:
    """Return whether a cell says yes, or one of these words; None where it says nothing."""
    return text.casefold() in {*_YES, *words} if text else None


def _id(text: str) -> str:
    return re.sub(r"^(\d+)\.0+$", r"\1", text.strip().lstrip("'"))


def _code(text: str, *characterisations: str | None) -> str:
    """Take the letters of ``破裂(PL)`` or ``PL破裂``; words alone stay as they are."""
    plain = text.strip()
    if not plain or plain in {"/", "-", "—", "无"}:
        return ""
    if not plain.isascii() and (found := _CODE_IN_WORDS.search(plain)) is not None:
        return found[1]
    return code_of(plain, *characterisations)
