"""Other people's files, in and out: survey tables, hydraulic models, GIS vectors."""

from __future__ import annotations

from pipemap.formats.registry import Format, ReadOptions, SourceGroup, formats, group_sources, read_source, recognize

__all__ = ["Format", "ReadOptions", "SourceGroup", "formats", "group_sources", "read_source", "recognize"]
