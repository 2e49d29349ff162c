"""Reads vector layers with GDAL into Arrow files, in a process of its own: hostile bytes that kill GDAL kill only this.

Started as a program, it imports nothing of pipemap. Arguments: a folder to write to, and the files to read.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
from pathlib import Path
from typing import Any

LAYERS = "layers.json"
GEOMETRY = "__geometry"
FEATURE = "__feature"
MOST_LAYERS = 500
_UTF8_SINCE = 1021
_SHAPES_START = 100
_MOST_BLANKS = 500_000_000
_PARTS = frozenset({".shp", ".dbf", ".prj", ".cpg"})


def main(arguments: list[str]) -> int:
    """Read every layer of every file; what goes wrong with one is written down and does not stop the others."""
    for name in ("pandas", "geopandas"):
        sys.modules[name] = None  # type: ignore[assignment]  # pyogrio would load them, for seconds, and they are not needed
    folder = Path(arguments[0])
    found: list[dict[str, Any]] = []
    for place, source in enumerate(arguments[1:]):
        try:
            found += _read_file(Path(source), place, folder)
        except Exception as error:  # noqa: BLE001 -- whatever GDAL says becomes a message over there
            found.append({"source": place, "layer": "", "error": str(error)})
    (folder / LAYERS).write_text(json.dumps(found), encoding="utf-8")
    return 0


def _read_file(path: Path, place: int, folder: Path) -> list[dict[str, Any]]:
    import pyogrio

    options = {"SHAPE_RESTORE_SHX": "YES", "OGR_GEOJSON_MAX_OBJ_SIZE": "0", "DXF_INLINE_BLOCKS": "NO"}
    options["OGR_FLATGEOBUF_STREAM_BASE_IMPL"] = "YES"  # its own stream loses what follows a feature without geometry
    pyogrio.set_gdal_config_options(options | {"DXF_ENCODING": _drawing_encoding(path)})
    path, lacks = _apart(path, folder / str(place))
    found = []
    for number, (layer, kind) in enumerate(pyogrio.list_layers(path)[:MOST_LAYERS].tolist()):
        entry: dict[str, Any] = {"source": place, "layer": str(layer), "kind": kind, "lacks": lacks}
        try:
            entry |= _read_layer(path, str(layer), kind, folder / f"{place}-{number}.arrow")
        except Exception as error:  # noqa: BLE001 -- as above
            entry["error"] = str(error)
        found.append(entry)
    return found


def _apart(path: Path, folder: Path) -> tuple[Path, dict[str, int]]:
    """Return where GDAL is to read a file, and how many bytes its parts lack.

    A shapefile stands in a folder of its own: GDAL writes a new .shx beside what it reads, gives up one whose end is missing, and
    passes over lines whose attributes are missing.
    """
    if path.suffix.lower() != ".shp":
        return path, {}
    folder.mkdir()
    lacks = {}
    for part in path.parent.iterdir():
        ending = part.suffix.lower()
        if part.stem.lower() != path.stem.lower() or ending not in _PARTS:
            continue
        whole = {".shp": _whole_shapes, ".dbf": _whole_rows}.get(ending, _as_it_is)(part)
        if whole is not None:
            content, lacks[ending] = whole
            (folder / part.name).write_bytes(content)
            continue
        try:
            (folder / part.name).symlink_to(part)
        except OSError:  # Windows, where a person may not make links
            shutil.copyfile(part, folder / part.name)
    return folder / path.name, lacks


def _as_it_is(_path: Path) -> None:
    return None


def _whole_shapes(path: Path) -> tuple[bytes, int] | None:
    """Shapes as far as they are whole, and how many bytes are missing; None when nothing is."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(_SHAPES_START)
    if len(head) < _SHAPES_START or (said := 2 * int.from_bytes(head[24:28], "big")) <= size:
        return None
    content, end = path.read_bytes(), _SHAPES_START
    while end + 8 <= size and (after := end + 8 + 2 * int.from_bytes(content[end + 4 : end + 8], "big")) <= size:
        end = after
    return content[:24] + (end // 2).to_bytes(4, "big") + content[28:end], said - size


def _whole_rows(path: Path) -> tuple[bytes, int] | None:
    """A table of attributes filled up with blanks, and how many bytes were missing; None when none were."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(12)
    rows, start, width = (int.from_bytes(head[first:last], "little") for first, last in ((4, 8), (8, 10), (10, 12)))
    lacks = start + rows * width - size
    if size <= start or lacks <= 0 or lacks > _MOST_BLANKS:
        return None
    return path.read_bytes() + b" " * lacks, lacks


def _drawing_encoding(path: Path) -> str | None:
    """Encoding of a DXF drawing where it must be said: from release 2007 on they are UTF-8, whatever code page they name."""
    if path.suffix.lower() != ".dxf":
        return None
    with path.open("rb") as file:
        found = re.search(rb"\$ACADVER\s+1\s+AC(\d{4})", file.read(1 << 16))
    return "UTF-8" if found and int(found[1]) >= _UTF8_SINCE else None


def _read_layer(path: Path, layer: str, kind: str | None, target: Path) -> dict[str, Any]:
    import pyarrow as pa
    import pyogrio

    if kind is None:
        return {"crs": "", "rows": int(pyogrio.read_info(path, layer=layer)["features"])}
    if "Curve" in kind or "Circular" in kind:
        crs, table = _read_slowly(path, layer)
    else:
        meta, table = pyogrio.read_arrow(path, layer=layer, return_fids=True)
        crs = meta["crs"] or ""
        names = {meta["fid_column"] or "fid": FEATURE, meta["geometry_name"] or "wkb_geometry": GEOMETRY}
        table = table.rename_columns([names.get(name, name) for name in table.column_names])
        table.validate(full=True)
    table = table.replace_schema_metadata(None)
    with pa.OSFile(str(target), "wb") as file, pa.ipc.new_file(file, _plain_schema(table.schema)) as writer:
        writer.write_table(table.cast(_plain_schema(table.schema)))
    return {"crs": crs, "rows": table.num_rows, "file": target.name}


def _plain_schema(schema: Any) -> Any:  # noqa: ANN401 -- pyarrow has no types
    import pyarrow as pa

    return pa.schema([pa.field(field.name, field.type) for field in schema])


def _read_slowly(path: Path, layer: str) -> tuple[str, Any]:
    """Read feature by feature: curves as the short straight lines that GDAL makes of them."""
    import pyarrow as pa
    from pyogrio.raw import read

    meta, fids, geometry, columns = read(path, layer=layer, return_fids=True)
    made = {str(name): pa.array(column, from_pandas=True) for name, column in zip(meta["fields"], columns, strict=True)}
    return meta["crs"] or "", pa.table({FEATURE: pa.array(fids), **made, GEOMETRY: pa.array(geometry, pa.binary())})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
