"""Columns in memory are sorted, filtered and searched as SQLite does it."""

from __future__ import annotations

import sqlite3

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipemap.store import query, sorting
from pipemap.store.query import OPERATORS, Condition

WORDS = st.sampled_from(["", "a", "A", "ab", "JS1", "js12", "解放路", "中山路", "Ä", "x" * 20, "100%_"]) | st.text(
    st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20
)
NUMBERS = st.sampled_from([0.0, 1.0, -1.5, 100.0, 300.0]) | st.floats(-1e6, 1e6)


def table(texts: list[str | None], numbers: list[float | None]) -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE pipe (fid INTEGER PRIMARY KEY, geom BLOB, id TEXT, road TEXT, diameter_mm REAL)")
    rows = [(7 + at, text, text, number) for at, (text, number) in enumerate(zip(texts, numbers, strict=True))]
    connection.executemany("INSERT INTO pipe (fid, id, road, diameter_mm) VALUES (?, ?, ?, ?)", rows)
    return connection


def columns(texts: list[str | None], numbers: list[float | None]) -> dict[str, pa.Array]:
    plain = pa.array(texts, pa.string())
    return {
        "fid": pa.array(np.arange(7, 7 + len(texts))),
        "id": plain,
        "road": pc.dictionary_encode(plain),
        "diameter_mm": pa.array(numbers, pa.float64()),
    }


@given(
    st.lists(st.tuples(st.none() | WORDS, st.none() | NUMBERS), max_size=40),
    st.sampled_from(["fid", "id", "road", "diameter_mm"]),
    st.booleans(),
    st.lists(st.tuples(st.sampled_from(["id", "road", "diameter_mm"]), st.sampled_from(OPERATORS), WORDS, NUMBERS), max_size=2),
)
def test_order_and_conditions_are_those_of_sqlite(
    rows: list[tuple[str | None, float | None]],
    column: str,
    descending: bool,  # noqa: FBT001 -- drawn
    drawn: list[tuple[str, query.Operator, str, float]],
) -> None:
    texts, numbers = [row[0] for row in rows], [row[1] for row in rows]
    held, connection = columns(texts, numbers), table(texts, numbers)
    conditions = [Condition(name, op, number if name == "diameter_mm" else text) for name, op, text, number in drawn]
    if not query.can_compare(held, conditions):
        assert any(one.op == "contains" and one.column == "diameter_mm" for one in conditions)
        return
    ours = query.order_held(held, "pipe", column, descending=descending, conditions=conditions)
    theirs = query.order(connection, "pipe", column, descending=descending, conditions=conditions)
    assert ours.tolist() == theirs.tolist()


@given(st.lists(WORDS | st.just("a\0b"), max_size=30))
def test_texts_are_sorted_by_their_bytes(texts: list[str]) -> None:
    order = sorting.order_of_texts(pa.array(texts, pa.string()))
    assert order.tolist() == sorted(range(len(texts)), key=lambda row: texts[row].encode())


@given(st.lists(st.none() | WORDS, max_size=20), WORDS)
def test_a_text_is_found_where_like_finds_it(texts: list[str | None], wanted: str) -> None:
    connection = table(texts, [None] * len(texts))
    pattern = f"%{wanted.replace(chr(92), chr(92) * 2).replace('%', chr(92) + '%').replace('_', chr(92) + '_')}%"
    theirs = connection.execute("SELECT fid - 7 FROM pipe WHERE road LIKE ? ESCAPE '\\'", (pattern,)).fetchall()
    assert np.flatnonzero(sorting.holds(pa.array(texts, pa.string()), wanted)).tolist() == [row[0] for row in theirs]


@pytest.mark.parametrize("kind", [pa.int64(), pa.bool_()])
def test_whole_numbers_and_truths_have_an_order_too(kind: pa.DataType) -> None:
    column = pa.array([1, None, 0, 1], kind) if kind == pa.int64() else pa.array([True, None, False, True], kind)
    assert sorting.order_of(column, descending=False).tolist() == [2, 0, 3, 1]
    assert sorting.order_of(column, descending=True).tolist() == [0, 3, 2, 1]
