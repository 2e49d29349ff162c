"""Reads columns of a layer with GDAL, in a process of its own: here GDAL may hold the file, and nobody waits for Python.

Started as a program, it imports nothing of pipemap. Arguments: the file, the layer, and the columns. Writes an Arrow stream to
standard output: the keys first, then the columns in that order; a text of which few words are different as a dictionary.
"""

from __future__ import annotations

import os
import sys

ROWS_AT_ONCE = 65_536
FEW = 4
"""Rows a word from which texts are kept as numbers and words."""
_GIVES_WAY = 10


def main(arguments: list[str]) -> int:
    """Read and write."""
    for name in ("pandas", "geopandas"):
        sys.modules[name] = None  # type: ignore[assignment]  # pyogrio would load them, for seconds, and they are not needed
    if hasattr(os, "nice"):
        os.nice(_GIVES_WAY)
    import pyarrow as pa
    import pyarrow.compute as pc
    from pyogrio.raw import read_arrow

    path, layer, *names = arguments
    about, table = read_arrow(path, layer=layer, columns=names, return_fids=True, read_geometry=False)
    key = about["fid_column"] or "OGC_FID"
    columns = [table[name] for name in (key, *names)]
    for at, column in enumerate(columns):
        if pa.types.is_string(column.type):
            encoded = pc.dictionary_encode(column).unify_dictionaries()
            words = len(encoded.chunk(0).dictionary) if encoded.num_chunks else 0
            columns[at] = encoded if words * FEW <= len(column) else column
    held = pa.table(columns, names=["fid", *names])
    with pa.ipc.new_stream(sys.stdout.buffer, held.schema) as stream:
        stream.write_table(held, max_chunksize=ROWS_AT_ONCE)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
