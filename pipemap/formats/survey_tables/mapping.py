"""A mapping file: what a person corrects of what was understood, ``{"profile": name, table: {column: field}}``."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pipemap.catalog import Profile, profile_named, read_aliases
from pipemap.errors import SettingsError, SurveyDataError, SurveyFileError
from pipemap.formats.survey_tables.headers import known_fields, plain_header
from pipemap.texts import _

ANY_TABLE = "*"
PROFILE = "profile"


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """Corrections by table; the table ``*`` stands for all, an empty field leaves a column out.

    ``profile`` is the city whose codes the source uses; None: only what holds everywhere.
    """

    tables: Mapping[str, Mapping[str, str]]
    profile: Profile | None = None

    def of(self, *names: str) -> dict[str, str]:
        """Return ``plain_header(column)`` → field for a table that goes by any of ``names``."""
        found = dict(self.tables.get(ANY_TABLE, {}))
        for name in names:
            found |= self.tables.get(name, {})
        return {plain_header(column): field for column, field in found.items()}


def read_mapping(path: Path | None) -> ColumnMapping:
    """Read a mapping file; None gives one without corrections.

    Raises
    ------
    SurveyFileError
        It is no JSON file of that shape.
    SurveyDataError
        It names fields that do not exist; ``problems`` holds a sentence for each.
    SettingsError
        It names an alias profile that does not exist.
    """
    if path is None:
        return ColumnMapping({})
    try:
        read = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise SurveyFileError(
            _("The mapping {file} cannot be read: {reason}").format(file=path.name, reason=error), _example()
        ) from error
    named = read.pop(PROFILE) if isinstance(read, dict) and isinstance(read.get(PROFILE), str) else None
    if not isinstance(read, dict) or not all(isinstance(columns, dict) for columns in read.values()):
        raise SurveyFileError(_("The mapping {file} has another shape than expected.").format(file=path.name), _example())
    tables = {table: {column: _field(field) for column, field in columns.items()} for table, columns in read.items()}
    complaints = [
        _complaint(table, column, field)
        for table, columns in tables.items()
        for column, field in columns.items()
        if field and field not in known_fields()
    ]
    if complaints:
        raise SurveyDataError(
            _("The mapping {file} names fields that do not exist.").format(file=path.name), complaints[0], complaints
        )
    return ColumnMapping(tables, _profile(named, path))


def _profile(named: str | None, mapping: Path) -> Profile | None:
    """A city's aliases: a profile that ships with the program, or the first of a CSV file beside the mapping."""
    if not named or not named.lower().endswith(".csv"):
        return profile_named(named or None)
    found = read_aliases(mapping.parent / Path(named).name)
    if not found:
        raise SettingsError(_("There is no alias profile “{name}”.").format(name=named))
    return found[0]


def _example() -> str:
    return _("Write it like {example}.").format(example='{"管点.csv": {"纵坐标": "north"}}')


def _field(field: object) -> str:
    return field.strip() if isinstance(field, str) else ""


def _complaint(table: str, column: str, field: str) -> str:
    near = difflib.get_close_matches(field, sorted(known_fields()), n=3)
    hint = _("did you mean {names}?").format(names=", ".join(near)) if near else ""
    return (
        _("{table}: column “{column}” is mapped to “{field}”, which is no field; {hint}")
        .format(table=table, column=column, field=field, hint=hint)
        .rstrip("; ")
    )
