"""DXF drawings, out."""

from __future__ import annotations

from pipemap.formats.dxf.writer import NAME, write_dxf
from pipemap.formats.writing import ExportFormat
from pipemap.texts import N_

__all__ = ["EXPORT", "write_dxf"]

EXPORT = ExportFormat(NAME, N_("DXF drawing"), (".dxf",), write_dxf)
