"""Reads an Access file into CSV files, in a process of its own: bytes that kill the reader kill only this.

Started as a program, it imports nothing of pipemap. Arguments: ``driver`` or ``parser``, a folder to write to, the file.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

TABLES = "tables.json"
_OWN = ("MSys", "~", "USys")
_AT_ONCE = 5000
_DRIVER = "Microsoft Access Driver (*.mdb, *.accdb)"


def main(arguments: list[str]) -> int:
    """Read every table of a file; one that cannot be read does not stop the others."""
    how, folder, source = arguments[0], Path(arguments[1]), Path(arguments[2])
    found = []
    for number, (name, rows) in enumerate((_by_driver if how == "driver" else _by_parser)(source)):
        entry = {"name": name, "file": f"{number}.csv"}
        try:
            _write(folder / entry["file"], rows)
        except Exception as error:  # noqa: BLE001 -- whatever the reader says becomes a message over there
            entry["error"] = str(error)
        found.append(entry)
    (folder / TABLES).write_text(json.dumps(found), encoding="utf-8")
    return 0


def _by_driver(source: Path) -> Iterator[tuple[str, Iterable[Sequence[Any]]]]:
    import pyodbc  # type: ignore[import-not-found, import-untyped, unused-ignore]

    place = str(source).replace("}", "}}")
    connection = pyodbc.connect(f"DRIVER={{{_DRIVER}}};DBQ={{{place}}};ReadOnly=1;", readonly=True, autocommit=True)
    names = [row.table_name for row in connection.cursor().tables(tableType="TABLE")]
    for name in names:
        if not name.startswith(_OWN) and "]" not in name:
            yield name, _rows(connection, name)


def _rows(connection: Any, name: str) -> Iterator[Sequence[Any]]:  # noqa: ANN401 -- pyodbc has no types
    cursor = connection.cursor()
    cursor.execute(f"SELECT * FROM [{name}]")  # noqa: S608 -- the bracket cannot be closed: see above
    yield [column[0] for column in cursor.description]
    while rows := cursor.fetchmany(_AT_ONCE):
        yield from rows


def _by_parser(source: Path) -> Iterator[tuple[str, Iterable[Sequence[Any]]]]:
    from access_parser import AccessParser  # type: ignore[import-not-found, import-untyped, unused-ignore]

    database = AccessParser(str(source))
    for name in database.catalog:
        if not name.startswith(_OWN):
            yield name, _parsed(database, name)


def _parsed(database: Any, name: str) -> Iterator[Sequence[Any]]:  # noqa: ANN401 -- access-parser has no types
    table = database.parse_table(name)
    yield list(table)
    yield from zip(*table.values(), strict=False)


def _write(path: Path, rows: Iterable[Sequence[Any]]) -> None:
    with path.open("w", encoding="utf-8", errors="replace", newline="") as file:
        writer = csv.writer(file)
        for row in rows:
            writer.writerow(["" if cell is None or isinstance(cell, bytes) else cell for cell in row])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
