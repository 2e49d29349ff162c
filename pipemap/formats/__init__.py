"""Other people's files, in and out: survey tables, hydraulic models, GIS vectors."""

from __future__ import annotations

from pipemap.formats.registry import (
    Corrections,
    Format,
    ReadOptions,
    SortedSources,
    SourceGroup,
    files_in,
    formats,
    group_sources,
    read_source,
    recognize,
    sort_sources,
)

__all__ = [
    "Corrections",
    "Format",
    "ReadOptions",
    "SortedSources",
    "SourceGroup",
    "files_in",
    "formats",
    "group_sources",
    "read_source",
    "recognize",
    "sort_sources",
]
