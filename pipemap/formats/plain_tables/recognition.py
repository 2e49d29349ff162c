"""Whether a file holds plain tables: by the names of its sheets, or by the first heading of a text file."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

from pipemap.formats.plain_tables.content import MARKS

_HEAD = 4096
_LARGEST_LIST = 1 << 22
_SHEET = re.compile(rb'<sheet\b[^>]*\bname="pipemap (?:node|pipe)"')
KINDS = {mark: kind for kind, mark in MARKS.items()}
"""Heading of the first column → kind of table."""


def recognizes(path: Path) -> float:
    """Return 1 for plain tables of our own, else 0; also for what cannot be opened."""
    try:
        if path.is_dir():
            return 0.0
        with path.open("rb") as file:
            head = file.read(_HEAD)
        return 1.0 if (_is_ours(path) if head.startswith(b"PK\x03\x04") else first_heading(head) in KINDS) else 0.0
    except (OSError, ValueError):
        return 0.0


def first_heading(head: bytes) -> str:
    """Return the first cell of a text table."""
    return re.split(rb"[,;\t\r\n]", head.removeprefix(b"\xef\xbb\xbf"), maxsplit=1)[0].decode("ascii", "replace").strip('"')


def _is_ours(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive, archive.open("xl/workbook.xml") as file:
            return bool(_SHEET.search(file.read(_LARGEST_LIST)))
    except (zipfile.BadZipFile, KeyError, NotImplementedError, RuntimeError, EOFError, OSError, ValueError):
        return False
    except Exception as error:
        if type(error).__module__ != "zlib":
            raise
        return False
