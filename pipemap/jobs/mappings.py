"""Mappings of columns as values: made from what was understood, written to a file, and known again by their headers."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pipemap.errors import ReportError
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.model.delivery import SourceTable

KIND = "@kind"
"""Key under which a mapping says what a table holds."""


def starting_mapping(tables: Sequence[SourceTable]) -> dict[str, object]:
    """Return what was understood of tables as a mapping to correct: every column with its field, empty where it has none."""
    return {table.name: {KIND: table.kind} | {column.name: column.field for column in table.columns} for table in tables}


def write_mapping(mapping: Mapping[str, object], path: Path) -> None:
    """Write a mapping as the JSON file that ``--mapping`` reads.

    Raises
    ------
    ReportError
        The file cannot be written; one that was there is as it was.
    """
    draft = path.with_name(f"{path.name}.tmp")
    try:
        draft.write_text(json.dumps(mapping, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        draft.replace(path)
    except OSError as error:
        raise ReportError(
            _("{file} cannot be written: {reason}").format(file=path.name, reason=error.strerror or error),
            _("Choose another folder."),
        ) from error
