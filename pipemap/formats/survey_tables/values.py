"""Cells to values: numbers, ids, words of a list; what does not fit is named, never guessed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from pipemap.model import fields as schema

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

BLANK = frozenset(
    {
        "-",
        "--",
        "—",
        "——",
        "/",
        "\\",
        "*",
        "无",
        "null",
        "none",
        "nan",
        "n/a",
        "na",
        "<null>",
        "<空>",
        "?",
        "？",
        "不详",
        "不明",
        "未知",
    }
)
"""Texts that stand for “unknown” where a number is wanted."""

_PLAIN_NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$"
_WITH_UNIT = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+))(?:m|mm|米|毫米|kv|mpa|根|孔|条|°c|℃|年|v)?")
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")
_WHOLE_AS_FLOAT = r"^(\d+)\.0+$"
_PLUS = frozenset({"+", "＋", "﹢"})
_MINUS = frozenset({"-", "－", "−", "﹣"})
_FORWARD = frozenset({"顺", "顺流", "正向", "起点至终点", "起点到终点"})
_BACKWARD = frozenset({"逆", "逆流", "反向", "终点至起点", "终点到起点"})

_WORDS: dict[str, dict[str, str]] = {
    "visible": {
        "明显点": "visible",
        "明显": "visible",
        "隐蔽点": "hidden",
        "隐蔽": "hidden",
        "隐藏": "hidden",
        "隐藏点": "hidden",
    },
    "state": {"开启": "open", "常开": "open", "打开": "open", "关闭": "closed", "常闭": "closed", "关阀": "closed"},
    "operable": {"可操作": "yes", "不可操作": "no"},
    "circuit": {"供": "supply", "供水管": "supply", "回": "return", "回水管": "return"},
    "shape": {
        "圆": "round",
        "圆管": "round",
        "方形": "box",
        "方": "box",
        "方管": "box",
        "方沟": "box",
        "矩": "box",
        "长方形": "box",
        "拱形": "other",
        "梯形": "other",
    },
}
"""Words of surveys beside the labels of ``resources/schema/values.csv``."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """Numbers of a column, NaN where unknown, and the places of texts that are no numbers."""

    values: NDArray[np.float64]
    bad: tuple[int, ...] = ()


def numbers(column: pa.Array, *, decimal_comma: bool = False) -> Numbers:
    """Read a column of text as numbers; a blank, a dash or “unknown” is NaN, any other text is named in ``bad``."""
    import pyarrow as pa
    import pyarrow.compute as pc

    usual = pc.match_substring_regex(column, _PLAIN_NUMBER)
    values = pc.cast(pc.if_else(usual, column, None), "float64").to_numpy(zero_copy_only=False)
    values = np.array(values, dtype=np.float64)
    odd = np.flatnonzero(pc.fill_null(pc.invert(usual), fill_value=False).to_numpy(zero_copy_only=False))
    bad: list[int] = []
    if len(odd):
        encoded = pc.dictionary_encode(column.take(pa.array(odd)))
        texts = encoded.dictionary.to_pylist()
        read = [_number(text, decimal_comma=decimal_comma) for text in texts]
        code = np.asarray(encoded.indices, dtype=np.int64)
        values[odd] = np.array([np.nan if number is None else number for number in read])[code]
        wrong = np.array([number is None and text.casefold() not in BLANK for number, text in zip(read, texts, strict=True)])
        bad = odd[wrong[code]].tolist()
    huge = np.flatnonzero(~np.isfinite(values) & ~np.isnan(values))
    values[huge] = np.nan
    return Numbers(values, tuple(sorted([*bad, *huge.tolist()])))


def _number(text: str, *, decimal_comma: bool) -> float | None:
    plain = "".join(unicodedata.normalize("NFKC", text).split()).lstrip("'").casefold().replace("−", "-")
    if _THOUSANDS.fullmatch(plain) and not decimal_comma:
        return float(plain.replace(",", ""))
    if _DECIMAL_COMMA.fullmatch(plain):
        return float(plain.replace(",", "."))
    match = _WITH_UNIT.fullmatch(plain)
    return float(match[1]) if match else None


def ids(column: pa.Array) -> pa.Array:
    """Read a column of ids: ``12.0`` is ``12`` (spreadsheets make it so), a leading apostrophe is none of it."""
    import pyarrow.compute as pc

    return pc.utf8_ltrim(pc.replace_substring_regex(column, _WHOLE_AS_FLOAT, r"\1"), "'")


def whole_texts(column: pa.Array) -> pa.Array:
    """Read a column of texts that may be numbers (years, voltages): ``2005.0`` is ``2005``."""
    import pyarrow.compute as pc

    return pc.replace_substring_regex(column, _WHOLE_AS_FLOAT, r"\1")


def flow(text: str) -> str:
    """Return ``+`` or ``-`` where a recorded flow says so beyond doubt, else the text as written (0, 1, 2 alone mean nothing)."""
    if text in _PLUS or text in _FORWARD:
        return "+"
    if text in _MINUS or text in _BACKWARD:
        return "-"
    return text


@cache
def words_of(list_name: str) -> dict[str, str]:
    """Return the words of a value list of the schema: value, label or survey word to value."""
    found = dict(_WORDS.get(list_name, {}))
    for value in schema.values(list_name).values():
        for text in (value.value, value.label_en, value.label_zh):
            if text:
                found.setdefault(text.casefold(), value.value)
    return found


@dataclass(frozen=True, slots=True)
class Mapped:
    """A column after each distinct text was looked up; ``unknown`` holds the places of texts nobody knows, kept as written."""

    column: pa.Array
    unknown: tuple[int, ...] = ()


def map_texts(column: pa.Array, look_up: Callable[[str], str | None]) -> Mapped:
    """Look up each distinct text of a column once."""
    import pyarrow as pa
    import pyarrow.compute as pc

    encoded = pc.dictionary_encode(column)
    distinct = encoded.dictionary.to_pylist()
    found = [look_up(text) for text in distinct]
    resolved = pa.array([new if new is not None else old for new, old in zip(found, distinct, strict=True)], pa.string())
    unknown_codes = [code for code, new in enumerate(found) if new is None]
    indices = encoded.indices
    unknown: tuple[int, ...] = ()
    if unknown_codes:
        mask = pc.fill_null(pc.is_in(indices, pa.array(unknown_codes, indices.type)), fill_value=False)
        unknown = tuple(np.flatnonzero(mask.to_numpy(zero_copy_only=False)).tolist())
    return Mapped(pc.take(resolved, indices), unknown)
