"""Writing a layer with GDAL: here where it is small, else in a child process, which ends at once when the person cancels."""

from __future__ import annotations

import json
import sys
import tempfile
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipemap.errors import ReportError
from pipemap.formats.gis import writing_child
from pipemap.formats.watching import run_watched
from pipemap.progress import Told
from pipemap.texts import _

if TYPE_CHECKING:
    import pyarrow as pa

_LARGE = 50_000
"""Rows from which starting another program costs less than a person waits for GDAL to let go."""
_PATIENCE_S_PER_ROW = 0.01
_ROWS_AT_ONCE = 50_000


def write_with_gdal(
    table: pa.Table, path: Path, options: Mapping[str, Any], *, config: Mapping[str, str], progress: Told
) -> None:
    """Write a table whose ``geometry`` is WKB.

    Parameters
    ----------
    options
        As ``pyogrio.write_arrow`` takes them.
    config
        Settings of GDAL.

    Raises
    ------
    ReportError
        GDAL, PROJ or the disk refuses.
    """
    if table.num_rows >= _LARGE:
        _write_beside(table, path, {**options, "config": dict(config)}, progress)
        return
    import pyogrio
    from pyogrio.errors import CRSError, DataLayerError, DataSourceError, FieldError, GeometryError

    pyogrio.set_gdal_config_options(dict(config))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that the system is unknown is told among the losses
            pyogrio.write_arrow(table, path, **options)
    except (DataSourceError, DataLayerError, FieldError, CRSError, GeometryError) as error:
        raise _refused(path, str(error)) from error


def _write_beside(table: pa.Table, path: Path, options: Mapping[str, Any], progress: Told) -> None:
    import pyarrow as pa

    with tempfile.TemporaryDirectory(prefix=".columns-", dir=path.parent.parent) as name:
        columns = Path(name) / "columns.arrow"
        with pa.OSFile(str(columns), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
            for start in range(0, table.num_rows, _ROWS_AT_ONCE):
                progress.again()
                writer.write_table(table.slice(start, _ROWS_AT_ONCE))
        ended = run_watched(
            [sys.executable, "-P", str(Path(writing_child.__file__)), str(columns), str(path), json.dumps(options)],
            output=Path(name) / "output.txt",
            source=path,
            patience_s=60 + table.num_rows * _PATIENCE_S_PER_ROW,
            progress=lambda _done, _total=None, _label="": progress.again(),
            label="",
            environment={"CPL_LOG_ERRORS": "OFF"},
        )
    if ended.status:
        raise _refused(path, ended.said or f"exit code {ended.status}")


def _refused(path: Path, reason: str) -> ReportError:
    return ReportError(_("{file} cannot be written: {reason}").format(file=path.name, reason=reason))
