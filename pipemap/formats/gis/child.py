"""Reads vector layers with GDAL into Arrow files, in a process of its own: hostile bytes that kill GDAL kill only this.

Started as a program, it imports nothing of pipemap. Arguments: a folder to write to, and the files to read.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

LAYERS = "layers.json"
GEOMETRY = "__geometry"
FEATURE = "__feature"
MOST_LAYERS = 500
_UTF8_SINCE = 1021


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
    found = []
    for number, (layer, kind) in enumerate(pyogrio.list_layers(path)[:MOST_LAYERS].tolist()):
        entry: dict[str, Any] = {"source": place, "layer": str(layer), "kind": kind}
        try:
            entry |= _read_layer(path, str(layer), kind, folder / f"{place}-{number}.arrow")
        except Exception as error:  # noqa: BLE001 -- as above
            entry["error"] = str(error)
        found.append(entry)
    return found


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
