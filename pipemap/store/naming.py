"""Ids for pipes that have none: ``A-B``, then ``A-B#2``, the same at every import whatever the order of rows."""

from __future__ import annotations

from collections import defaultdict

import pyarrow as pa

from pipemap.model.delivery import Lines


def with_ids(pipes: pa.Table, from_ids: list[str | None], to_ids: list[str | None], lines: Lines) -> pa.Array:
    """Return the ids of all pipes of a delivery; those that are printed stay as they are.

    Parallel pipes without an id are numbered in the order of their attributes and courses.
    """
    given: list[str | None] = pipes["id"].to_pylist() if "id" in pipes.column_names else [None] * pipes.num_rows
    if None not in given:
        return pa.array(given, type=pa.string())
    taken = {text for text in given if text is not None}
    nameless = defaultdict(list)
    for row, text in enumerate(given):
        if text is None:
            nameless[f"{from_ids[row] or '?'}-{to_ids[row] or '?'}"].append(row)
    ids = list(given)
    names = sorted(set(pipes.column_names) - {"id", "from_fid", "to_fid", "batch", "fid", "geom"})
    for base, rows in nameless.items():
        ordered = rows if len(rows) == 1 else sorted(rows, key=lambda row: _attributes(pipes, names, lines, row))
        number = 1
        for row in ordered:
            while (name := base if number == 1 else f"{base}#{number}") in taken:
                number += 1
            taken.add(name)
            ids[row] = name
    return pa.array(ids, type=pa.string())


def _attributes(pipes: pa.Table, names: list[str], lines: Lines, row: int) -> tuple[tuple[str, ...], list[list[float]]]:
    course = [[value if value == value else 0.0 for value in vertex] for vertex in lines[row].tolist()]  # noqa: PLR0124 -- NaN sorts nowhere
    return tuple(str(pipes[name][row].as_py() or "") for name in names), course
