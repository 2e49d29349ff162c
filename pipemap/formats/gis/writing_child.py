"""Writes one layer with GDAL in a process of its own: what cannot be interrupted there can be ended as a whole.

Started as a program, it imports nothing of pipemap. Arguments: the columns as an Arrow file, the file to write, and what GDAL is
told, as JSON.
"""

from __future__ import annotations

import json
import sys
import warnings

REFUSED = 3
"""Exit status when GDAL said why it does not write; the reason is on standard error."""


def main(arguments: list[str]) -> int:
    """Write the layer."""
    for name in ("pandas", "geopandas"):
        sys.modules[name] = None  # type: ignore[assignment]  # pyogrio would load them, for seconds, and they are not needed
    import pyarrow as pa
    import pyogrio

    source, target, told = arguments
    options = json.loads(told)
    pyogrio.set_gdal_config_options(options.pop("config"))
    with pa.memory_map(source) as file:
        table = pa.ipc.open_file(file).read_all()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # that the system is unknown is told among the losses
                pyogrio.write_arrow(table, target, **options)
        except (RuntimeError, ValueError) as error:  # what GDAL, PROJ and the disk say
            sys.stderr.write(" ".join(str(error).split()))
            return REFUSED
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
