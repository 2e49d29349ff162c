"""A sheet whose header is understood: its records, and what its columns say in the survey's fields."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from pipemap.catalog import Profile, category_of_sheet, lifecycle_of, pressurised_of, resolve_category
from pipemap.formats.survey_tables import values
from pipemap.formats.survey_tables.blocks import category_of_block
from pipemap.formats.survey_tables.headers import SEVERAL, Header
from pipemap.model import fields as schema
from pipemap.progress import SILENT, Progress

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from pipemap.formats.survey_tables.findings import Findings
    from pipemap.formats.survey_tables.sheets import Sheet

_KEYS = ("id", "map_id", "from_node", "to_node", "connect", "x_axis", "y_axis", "north", "east")
_REMARK = re.compile(
    r"^\s*(制表|制图|校核|校对|审核|审定|检查者|填表|说明|备注|注|合计|小计|总计|第\s*\d+\s*页|共\s*\d+\s*页|探测单位|工程名称|日期)\s*([:：]|$|\d|第|共|页)"
)
_TITLE_ENDS = re.compile(
    r"(管线|管道|管网|电缆|缆线)?(管线点|管点|特征点|探测|调查|测量|普查)*(管线点)?(成果|探测|调查|数据|属性)*(总|一览)?(表|数据)?$"
)
_ONE_OF_A_PAIR = re.compile(r"([A-Z]{2})[_-]?(?:P|L|POINT|LINE|Point|Line|point|line)")
"""Tables of one category, points and lines: ``FSP`` and ``FSL``."""
_SEEN_TITLE_ROWS = 6
_POINTS_AND_LINES = frozenset({"gd", "gx", "dian", "xian"})
"""管点, 管线 in pinyin: GD would be electricity."""
_TEXT_AS_NUMBER = frozenset({"built", "voltage", "pressure", "surveyed", "last_operated", "owner", "operator", "casing"})


@dataclass(slots=True)
class Table:
    """Records of one sheet.

    Attributes
    ----------
    sheet, header
        Where they come from, and what the columns mean.
    number
        Place of the sheet in the delivery.
    rows
        Rows of the sheet (from 0) that hold a record, blank rows, remarks and repeated headers left out.
    profile
        The city whose codes and words are used; None: only what holds everywhere.
    category
        Code that the title or the sheet's name stands for; None when they say nothing.
    notes
        Record → texts that found no place in a field and go into its note.
    progress
        Asked at each column whether to go on.
    """

    sheet: Sheet
    header: Header
    number: int
    rows: NDArray[np.int64]
    category: str | None
    profile: Profile | None = None
    decimal_comma: bool = False
    notes: dict[int, list[str]] = field(default_factory=dict)
    progress: Progress = SILENT

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def name(self) -> str:
        """The sheet, for a place that has no row."""
        return self.sheet.place

    def where(self, record: int) -> str:
        """Place of a record for a person."""
        return self.sheet.where(int(self.rows[record]))

    def text_at(self, column: int) -> pa.Array:
        """Texts of a column of the sheet, one a record, null where blank."""
        self.progress(0)
        texts = self.sheet.columns[column]
        first = int(self.rows[0]) if len(self.rows) else 0
        together = len(self.rows) == 0 or int(self.rows[-1]) - first + 1 == len(self.rows)
        return _combined(texts.slice(first, len(self.rows)) if together else texts.take(_indices(self.rows)))

    def text(self, name: str) -> pa.Array | None:
        """Texts of the column that means a field, or None when there is no such column; further ones speak where it is blank."""
        import pyarrow.compute as pc

        columns = self.header.columns(name)
        if name in SEVERAL or len(columns) < 2:  # noqa: PLR2004 -- nothing to fill up
            return self.text_at(columns[0]) if columns else None
        return pc.coalesce(*map(self.text_at, columns))

    def label(self, name: str) -> str:
        """Header of the column that means a field, as written."""
        return next((match.header for match in self.header.matches if match.field == name), name)

    def row_text(self, record: int) -> str:
        """Every cell of a record, for a message."""
        row = int(self.rows[record])
        cells = (column[row].as_py() for column in self.sheet.columns)
        return " | ".join(cell for cell in cells if cell)[:120]

    def keep_text(self, record: int, label: str, text: str) -> None:
        """Put a text that fits no field into the note of its record."""
        self.notes.setdefault(record, []).append(f"{label}: {text}")

    def numbers(
        self, name: str, findings: Findings, *, largest: float = 1e8, but: Collection[int] = ()
    ) -> NDArray[np.float64] | None:
        """Numbers of the column that means a field; what is no number is listed (``but`` some records) and kept in the note."""
        column = self.text(name)
        if column is None:
            return None
        read = values.numbers(column, decimal_comma=self.decimal_comma)
        self._list([record for record in read.bad if record not in but], column, name, "not-a-number", findings)
        absurd = np.flatnonzero(np.abs(np.nan_to_num(read.values)) > largest).tolist()
        self._list(absurd, column, name, "out-of-range", findings)
        read.values[absurd] = np.nan
        return read.values

    def _list(self, records: Sequence[int], column: pa.Array, name: str, rule: str, findings: Findings) -> None:
        label = self.label(name)
        for record in records:
            text = column[record].as_py()
            self.keep_text(record, label, text)
            findings.add(rule, self.where(record), {"column": label, "value": text})

    def attribute(self, name: str, layer: schema.Layer, findings: Findings) -> pa.Array | None:
        """Values of a field of the schema, in its type; None when no column means it."""
        import pyarrow as pa
        import pyarrow.compute as pc

        column = self.text(name)
        if column is None:
            return None
        described = schema.fields(layer)[name]
        if described.type in {"real", "int"}:
            found = pa.array(self.numbers(name, findings), pa.float64(), from_pandas=True)
            return pc.cast(pc.round(found), pa.int64()) if described.type == "int" else found
        look_up = _look_up(described.values, self.profile)
        if look_up is not None:
            mapped = values.map_texts(column, look_up)
            for record in mapped.unknown:
                findings.add("unknown-value", self.where(record), {"column": self.label(name), "value": column[record].as_py()})
            return mapped.column
        return values.whole_texts(column) if name in _TEXT_AS_NUMBER else column

    def categories(self, findings: Findings) -> pa.Array:
        """Category code of each record: by its column, else by the title or sheet; unknown texts as written, and listed."""
        import pyarrow as pa
        import pyarrow.compute as pc

        column = self.text("category")
        default = pa.scalar(self.category, pa.string())
        if column is None:
            return pa.repeat(default, len(self))
        mapped = values.map_texts(column, lambda text: resolve_category(text, profile=self.profile))
        for record in mapped.unknown:
            findings.add("unknown-category", self.where(record), {"value": column[record].as_py()})
        return pc.fill_null(mapped.column, default) if self.category else mapped.column


def understand(
    sheet: Sheet,
    header: Header,
    number: int,
    findings: Findings,
    profile: Profile | None = None,
    *,
    progress: Progress = SILENT,
) -> Table:
    """Find the records below a header; codes are read with a city's profile, where one is given."""
    title = _title(sheet, header, profile)
    category = title.category if title else None
    table = Table(sheet, header, number, _records(sheet, header, findings), category, profile, progress=progress)
    if title and header.column("category") is None:
        findings.add("category-from-title", sheet.place, {"category": category, "value": title.text})
        if resolve_category(category, profile=profile) is None:
            findings.add("unknown-category", sheet.place, {"value": category})
    return table


@dataclass(frozen=True, slots=True)
class _Title:
    """What names the category of a table, and the category."""

    text: str
    category: str


def _title(sheet: Sheet, header: Header, profile: Profile | None) -> _Title | None:
    """Return the title above a table, else the name of its sheet, where it stands for a category."""
    for row in sheet.head[max(0, header.first - _SEEN_TITLE_ROWS) : header.first]:
        for cell in row:
            word = _TITLE_ENDS.sub("", cell)
            found = (resolve_category(word, profile=profile) or category_of_block(cell)) if cell else None
            if found:
                return _Title(cell, found)
    if header.layout != "row" and (len(sheet.stem.strip()) == 1 or sheet.stem.strip().casefold() in _POINTS_AND_LINES):
        return None  # P and L are as likely points and lines as categories
    found = category_of_sheet(sheet.stem, profile=profile)
    if found is None and header.layout != "row" and (pair := _ONE_OF_A_PAIR.fullmatch(sheet.stem.strip())):
        found = pair[1]  # a code of its own, kept as written
    return _Title(sheet.stem, found) if found else None


def _records(sheet: Sheet, header: Header, findings: Findings) -> NDArray[np.int64]:
    import pyarrow.compute as pc

    filled = np.zeros(sheet.height, dtype=bool)
    for column in sheet.columns:
        filled |= pc.is_valid(column).to_numpy()
    filled[: header.last + 1] = False
    for row in _repeated_headers(sheet, header):
        filled[row] = False
    for row in _remarks(sheet, header):
        if filled[row]:
            filled[row] = False
            text = " ".join(cell for column in sheet.columns if (cell := column[row].as_py()))
            findings.add("remark-row", sheet.where(row), {"text": text[:120]})
    return np.flatnonzero(filled).astype(np.int64)


def _repeated_headers(sheet: Sheet, header: Header) -> list[int]:
    """Rows that print the header again, as at the top of each page."""
    import pyarrow.compute as pc

    same: NDArray[np.bool_] | None = None
    for match in header.matches:
        if match.field not in _KEYS:
            continue
        texts = {row[match.column] for row in sheet.head[header.first : header.last + 1] if match.column < len(row)} - {""}
        equal = np.zeros(sheet.height, dtype=bool)
        for text in texts:
            equal |= pc.fill_null(pc.equal(sheet.columns[match.column], text), fill_value=False).to_numpy()
        same = equal if same is None else same & equal
    return [] if same is None else np.flatnonzero(same).tolist()


def _remarks(sheet: Sheet, header: Header) -> list[int]:
    """Rows of signatures, sums and page numbers below the records."""
    import pyarrow.compute as pc

    first = sheet.columns[0]
    spoken = pc.fill_null(pc.match_substring_regex(first, _REMARK.pattern), fill_value=False).to_numpy()
    rows = np.flatnonzero(spoken)
    keys = [match.column for match in header.matches if match.field in _KEYS and match.column > 0]
    return [int(row) for row in rows if not any(_is_number(sheet.columns[column][int(row)].as_py()) for column in keys)]


def _is_number(text: str | None) -> bool:
    return text is not None and text.replace(".", "", 1).isdigit()


def _look_up(list_name: str, profile: Profile | None) -> Callable[[str], str | None] | None:
    if list_name == "lifecycle":
        return lambda text: lifecycle_of(text, profile=profile) or values.words_of("lifecycle").get(text.casefold())
    if list_name == "pressurised":
        return lambda text: pressurised_of(text, profile=profile)
    words: Mapping[str, str] = values.words_of(list_name) if list_name and list_name != "flow" else {}
    return (lambda text: words.get(text.casefold())) if words else None


def _indices(rows: NDArray[np.int64]) -> pa.Array:
    import pyarrow as pa

    return pa.array(rows)


def _combined(column: pa.ChunkedArray) -> pa.Array:
    import pyarrow as pa

    joined = column.combine_chunks()
    return pa.concat_arrays(joined.chunks) if isinstance(joined, pa.ChunkedArray) else joined
