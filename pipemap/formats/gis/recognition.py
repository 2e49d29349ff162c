"""Whether a file holds GIS vectors, by a look at its first bytes: GDAL is not asked, it could die on them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

SURE, LIKELY = 0.95, 0.7

_HEAD = 1 << 16
_SQLITE = b"SQLite format 3\x00"
_SHAPEFILE = b"\x00\x00\x27\x0a"
_FLATGEOBUF = b"fgb"
_BESIDE_SHAPEFILE = frozenset({".dbf", ".shx", ".prj", ".cpg", ".qpj", ".sbn", ".sbx", ".qix"})
_BESIDE_MAPINFO = {".dat": ".tab", ".map": ".tab", ".id": ".tab", ".ind": ".tab", ".mid": ".mif"}
_JSON = re.compile(rb'"type"\s*:\s*"(Feature|FeatureCollection|GeometryCollection|Topology|(Multi)?(Point|LineString|Polygon))"')
_ESRI_JSON = re.compile(rb'"geometryType"\s*:\s*"esriGeometry')
_XML = re.compile(rb"<(?:\w+:)?(?:FeatureCollection\b[^>]*gml|kml\b)", re.DOTALL)
_DXF = re.compile(rb"(?:999\s[^\n]*\n\s*)*0\s+SECTION\s+2\s+(?:HEADER|CLASSES|TABLES|BLOCKS|ENTITIES)\b")
_BINARY_DXF = b"AutoCAD Binary DXF"
_OUR_TABLES = frozenset({"node", "pipe", "setting", "history", "gpkg_contents"})
_LEAF, _INTERIOR = 0x0D, 0x05
_MOST_PAGES = 10_000
_TEXT_FROM = 13
_LARGEST_PAGE = 65536


def recognizes(path: Path) -> float:
    """Return how sure it is that a file holds GIS vectors, 0 to 1; 0 for a survey of our own."""
    try:
        if path.is_dir():
            return SURE if any(path.glob("a0000000*.gdbtable")) else 0.0
        with path.open("rb") as file:
            head = file.read(_HEAD)
        if is_companion(path):
            return LIKELY
        return _of_database(path, head) if head.startswith(_SQLITE) else _of_head(head, path.suffix.lower())
    except (OSError, ValueError):
        return 0.0


def is_companion(path: Path) -> bool:
    """Whether a file belongs to another one that is read: the .dbf beside a .shp."""
    return main_file(path) is not None


def main_file(path: Path) -> Path | None:
    """Return the file that one belongs to and is read with, None where it stands for itself."""
    suffix = path.suffix.lower()
    main = ".shp" if suffix in _BESIDE_SHAPEFILE else _BESIDE_MAPINFO.get(suffix)
    if main is None:
        return None
    return next((found for ending in (main, main.upper()) if (found := path.with_suffix(ending)).exists()), None)


def is_survey(path: Path) -> bool:
    """Whether a file is a survey database of our own, which is opened and not imported."""
    try:
        with path.open("rb") as file:
            return file.read(len(_SQLITE)) == _SQLITE and set(table_names(path)) >= _OUR_TABLES
    except (OSError, ValueError):
        return False


def _of_head(head: bytes, suffix: str) -> float:
    if head.startswith((_SHAPEFILE, _FLATGEOBUF)):
        return SURE
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text[:1] in {b"{", b"\x1e"}:
        return SURE if _JSON.search(text) or _ESRI_JSON.search(text) else 0.0
    if text[:1] == b"<":
        return LIKELY if _XML.search(text) else 0.0
    if head.startswith(_BINARY_DXF) or _DXF.match(text):
        return SURE
    if text[:6].lower() == b"!table":
        return SURE
    return LIKELY if suffix == ".mif" and text[:7].lower() == b"version" else 0.0


def _of_database(path: Path, head: bytes) -> float:
    names = set(table_names(path))
    if names >= _OUR_TABLES:
        return 0.0
    if "gpkg_contents" in names:
        return SURE
    return LIKELY if "geometry_columns" in names or b"GPKG" in head[68:72] else 0.0


def table_names(path: Path) -> Iterator[str]:
    """Yield the tables of an SQLite file, read from its bytes: opening it would meddle with whoever else has it open."""
    with path.open("rb") as file:
        header = file.read(100)
        size = int.from_bytes(header[16:18], "big")
        size = _LARGEST_PAGE if size == 1 else size
        pending, seen = [1], set[int]()
        while pending and size >= 512 and len(seen) < _MOST_PAGES:  # noqa: PLR2004 -- the smallest page
            number = pending.pop()
            if number in seen or number < 1:
                continue
            seen.add(number)
            file.seek((number - 1) * size)
            page = file.read(size)
            start = 100 if number == 1 else 0
            if len(page) < start + 12:
                continue
            count = int.from_bytes(page[start + 3 : start + 5], "big")
            if page[start] == _INTERIOR:
                pending.append(int.from_bytes(page[start + 8 : start + 12], "big"))
                pending += [int.from_bytes(page[cell : cell + 4], "big") for cell in _cells(page, start + 12, count)]
            elif page[start] == _LEAF:
                yield from filter(None, (_name(page, cell) for cell in _cells(page, start + 8, count)))


def _cells(page: bytes, at: int, count: int) -> list[int]:
    return [int.from_bytes(page[at + 2 * cell : at + 2 * cell + 2], "big") for cell in range(min(count, len(page) // 2))]


def _name(page: bytes, cell: int) -> str:
    """Return the second column of a row of the schema (type, name, table …)."""
    _payload, at = _varint(page, cell)
    _rowid, start = _varint(page, at)
    length, at = _varint(page, start)
    kind, at = _varint(page, at)
    name, at = _varint(page, at)
    if kind < _TEXT_FROM or name < _TEXT_FROM:
        return ""
    begin = start + length + (kind - 12) // 2
    return page[begin : begin + (name - 13) // 2].decode("utf-8", "replace")


def _varint(page: bytes, at: int) -> tuple[int, int]:
    value = 0
    for place in range(at, min(at + 9, len(page))):
        value = value << 7 | page[place] & 0x7F
        if page[place] < 0x80:  # noqa: PLR2004 -- the last byte of a number has no high bit
            return value, place + 1
    return value, at + 9
