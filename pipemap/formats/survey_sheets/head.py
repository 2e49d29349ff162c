"""What stands above and below each sheet: title, project, coordinate and height system, who drew, checked and approved."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipemap.catalog import chinese_zones

if TYPE_CHECKING:
    from pipemap.formats.survey_sheets.sheets import CategorySheet
    from pipemap.formats.writing import WriteOptions
    from pipemap.model.delivery import Batch
    from pipemap.model.extract import Extract

BLANK = "________"
"""A line to write on."""
_MANY = 3


@dataclass(frozen=True, slots=True)
class Head:
    """Words of a sheet, in Chinese as the table's headings are.

    ``first`` and ``second`` are the lines below the title, piece by piece; ``signed`` is the line for signatures.
    """

    title: str
    first: tuple[str, ...]
    second: tuple[str, ...]
    signed: tuple[str, ...]
    date: str


def head_of(extract: Extract, sheet: CategorySheet, options: WriteOptions) -> Head:
    """Return the head of a sheet; what a person said is stronger than what the batches say, and what nobody said is a line."""
    said = {name: text.strip() for name, text in options.words.items() if text and text.strip()}
    title = said.get("title") or _of_batches(extract, lambda batch: batch.project) or extract.name
    surveyor = said.get("surveyor") or _of_batches(extract, lambda batch: batch.surveyor)
    heights = _of_batches(extract, lambda batch: batch.height_system)
    date = said.get("date") or _of_batches(extract, lambda batch: batch.finished)
    return Head(
        sheet.title,
        (
            f"工程名称：{title or BLANK}",
            f"坐标系统：{crs_name(extract.crs) or BLANK}",
            f"高程系统：{heights or BLANK}",
            f"图幅号：{map_sheets(extract, sheet) or BLANK}",
        ),
        (f"探测单位：{surveyor or BLANK}", f"管线类别：{sheet.name}", f"日期：{date or BLANK}"),
        tuple(f"{label}：{said.get(name) or BLANK}" for name, label in _SIGNED.items()),
        date or BLANK,
    )


_SIGNED: Mapping[str, str] = {"drawn": "绘制", "checked": "检查", "approved": "审核"}


def _of_batches(extract: Extract, word: Callable[[Batch], str]) -> str:
    """What the batches say, each thing once."""
    said = list(dict.fromkeys(filter(None, map(word, extract.batches.values()))))
    return "、".join(said[:_MANY]) + (" 等" if len(said) > _MANY else "")


def crs_name(crs: str) -> str:
    """Return the Chinese name of a coordinate system with its code; the text itself where it has none here."""
    known = next((row for row in chinese_zones() if row.authority_code == crs), None)
    return f"{known.name_zh}（{crs}）" if known else crs


def map_sheets(extract: Extract, sheet: CategorySheet) -> str:
    """Return the map sheets (图幅号) on which the points of a sheet lie, the first few."""
    import pyarrow as pa
    import pyarrow.compute as pc

    found = pc.unique(extract.nodes["sheet"].take(pa.array(sheet.rows.node))).drop_null().to_pylist()
    return "、".join(sorted(found)[:_MANY]) + (" 等" if len(found) > _MANY else "")
