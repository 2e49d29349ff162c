"""Small programs that print what ``mdb-tables`` and ``mdb-export`` of mdbtools print, for databases that the tests make up.

No program for Linux writes Access files. These stand for the foreign tools, not for anything of ours: the tables come out of a
file that begins as an Access file does and then holds JSON.
"""

from __future__ import annotations

import json
import stat
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.formats.survey_tables.town import Row

JET3, JET4 = b"\x00", b"\x01"
_HEADER = b"\x00\x01\x00\x00Standard Jet DB\x00%b\x00\x00\x00"

_PROGRAM = """#!{python}
import json, pathlib, sys

def database(path):
    return json.loads(pathlib.Path(path).read_bytes()[24:])

def cell(value):
    if value is None or value == "":
        return ""
    if isinstance(value, str):
        return '"' + value.replace('"', '""') + '"'
    if isinstance(value, float):
        return format(value, ".16g")
    return str(value)

rest = sys.argv[sys.argv.index("--") + 1:]
tables = database(rest[0])
out = sys.stdout.buffer
if pathlib.Path(sys.argv[0]).name == "mdb-tables":
    out.write("".join(name + "\\n" for name in tables).encode("utf-8"))
elif rest[1] not in tables:
    sys.exit("Error: Table %s does not exist in this database." % rest[1])
else:
    header, *rows = tables[rest[1]]
    out.write((",".join(header) + "\\n").encode("utf-8"))
    for row in rows:
        out.write((",".join(map(cell, row)) + "\\n").encode("utf-8"))
"""


def install(folder: Path) -> Path:
    """Put the programs into a folder for the PATH."""
    folder.mkdir(exist_ok=True)
    for name in ("mdb-tables", "mdb-export"):
        program = folder / name
        program.write_text(_PROGRAM.format(python=sys.executable), encoding="utf-8")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return folder


def write_database(path: Path, tables: Mapping[str, Sequence[Row]], *, version: bytes = JET4) -> Path:
    """Write tables as these programs read them; each begins with the names of its columns."""
    path.write_bytes(_HEADER % version + json.dumps(tables).encode("utf-8"))
    return path
