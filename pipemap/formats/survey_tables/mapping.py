"""A mapping file: what a person corrects of what was understood of the tables of a source.

``{"profile": name, table: {column: field, "#3": field, "@kind": kind, "@header": row}}``
"""

from __future__ import annotations

import csv
import difflib
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pipemap.catalog import Profile, profile_named, profiles, read_aliases
from pipemap.errors import SettingsError, SurveyDataError, SurveyFileError
from pipemap.formats.survey_tables.headers import LAYOUTS, Said, known_fields, plain_header
from pipemap.formats.survey_tables.sheets import HEAD
from pipemap.texts import _

ANY_TABLE = "*"
PROFILE = "profile"
KIND = "@kind"
HEADER = "@header"
LEFT_OUT = ""
"""Kind of a table that a person does not want read."""
_HEADERS_OF_CITIES = "header"


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """Corrections by table; the table ``*`` stands for all, an empty field leaves a column out.

    Attributes
    ----------
    tables
        Table to column to field. A column goes by its header, or by its place: ``#3`` is the third.
    profile
        The city whose codes and headers the source uses; None: only what holds everywhere.
    kinds
        Table to what a row of it is: ``node``, ``pipe``, ``row``, or empty for a table that is left out.
    headers
        Table to the last row of its header, from 1; 0 for a table without one.
    """

    tables: Mapping[str, Mapping[str, str]]
    profile: Profile | None = None
    kinds: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, int] = field(default_factory=dict)

    def of(self, *names: str) -> dict[str, str]:
        """Return ``plain_header(column)`` → field for a table that goes by any of ``names``."""
        found = dict(self.tables.get(ANY_TABLE, {}))
        for name in names:
            found |= self.tables.get(name, {})
        return {plain_header(column): meant for column, meant in found.items()}

    def kind_of(self, *names: str) -> str | None:
        """Return what a person says that a row of a table is, None when nothing was said."""
        return next((self.kinds[name] for name in (*names, ANY_TABLE) if name in self.kinds), None)

    def said_of(self, *names: str) -> Said:
        """Return everything that is said of a table that goes by any of ``names``."""
        kind = self.kind_of(*names)
        last = next((self.headers[name] for name in (*names, ANY_TABLE) if name in self.headers), None)
        of_city = [alias for alias in self.profile.aliases if alias.list == _HEADERS_OF_CITIES] if self.profile else []
        layout = next((layout for layout in LAYOUTS if layout == kind), None)
        return Said(self.of(*names), layout, last, {plain_header(alias.text): alias.code for alias in of_city})


def read_mapping(source: Path | Mapping[str, object] | None, *, known: frozenset[str] | None = None) -> ColumnMapping:
    """Read a mapping: a JSON file, or what such a file holds; None gives one without corrections.

    Parameters
    ----------
    known
        Fields that it may name; None: those of points and pipes.

    Raises
    ------
    SurveyFileError
        It is no JSON file of that shape.
    SurveyDataError
        It names fields that do not exist, a kind or a header row that cannot be; ``problems`` holds a sentence for each.
    SettingsError
        It names an alias profile that does not exist.
    """
    if source is None:
        return ColumnMapping({})
    path = source if isinstance(source, Path) else None
    name = path.name if path is not None else ""
    read = _loaded(path) if path is not None else dict(source) if isinstance(source, Mapping) else source
    named = read.pop(PROFILE) if isinstance(read, dict) and isinstance(read.get(PROFILE), str) else None
    if not isinstance(read, dict) or not all(isinstance(columns, dict) for columns in read.values()):
        raise SurveyFileError(_("The mapping {file} has another shape than expected.").format(file=name), _example())
    tables = {
        table: {column: _field(meant) for column, meant in columns.items() if column not in {KIND, HEADER}}
        for table, columns in read.items()
    }
    complaints = list(_complaints(read, tables, known_fields() if known is None else known))
    if complaints:
        raise SurveyDataError(_("The mapping {file} says what cannot be.").format(file=name), complaints[0], complaints)
    kinds = {table: columns[KIND].strip() for table, columns in read.items() if KIND in columns}
    headers = {table: columns[HEADER] for table, columns in read.items() if HEADER in columns}
    return ColumnMapping(tables, _profile(named, path), kinds, headers)


def _loaded(path: Path) -> object:
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise SurveyFileError(
            _("The mapping {file} cannot be read: {reason}").format(file=path.name, reason=error), _example()
        ) from error


def write_mapping(mapping: ColumnMapping, path: Path) -> None:
    """Write a mapping file that :func:`read_mapping` reads back as the same.

    A profile that does not ship with the program is written beside it as a CSV file of its aliases.

    Raises
    ------
    SurveyFileError
        The file cannot be written.
    """
    said: dict[str, object] = {}
    if mapping.profile is not None:
        said[PROFILE] = _written_profile(mapping.profile, path)
    for table in dict.fromkeys((*mapping.tables, *mapping.kinds, *mapping.headers)):
        columns: dict[str, object] = dict(mapping.tables.get(table, {}))
        if table in mapping.kinds:
            columns[KIND] = mapping.kinds[table]
        if table in mapping.headers:
            columns[HEADER] = mapping.headers[table]
        said[table] = columns
    _write(path, json.dumps(said, ensure_ascii=False, indent=2) + "\n")


def _written_profile(profile: Profile, mapping: Path) -> str:
    if profiles().get(profile.name) == profile:
        return profile.name
    name = profile.source if profile.source.lower().endswith(".csv") else f"{profile.name}.csv"
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(("profile", "list", "text", "code", "note", "certainty", "source"))
    writer.writerows(
        (profile.name, alias.list, alias.text, alias.code, alias.note, alias.certainty, alias.source) for alias in profile.aliases
    )
    _write(mapping.parent / Path(name).name, text.getvalue())
    return Path(name).name


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise SurveyFileError(
            _("{file} cannot be written: {reason}").format(file=path, reason=error.strerror or error),
            _("Choose another folder."),
        ) from error


def _complaints(
    read: Mapping[str, Mapping[str, object]], tables: Mapping[str, Mapping[str, str]], known: frozenset[str]
) -> Iterator[str]:
    for table, columns in tables.items():
        for column, meant in columns.items():
            if meant and meant not in known:
                yield _complaint(table, column, meant, known)
    for table, written in read.items():
        kind, header = written.get(KIND, LEFT_OUT), written.get(HEADER, 0)
        if not isinstance(kind, str) or kind.strip() not in {*LAYOUTS, "customer", LEFT_OUT}:
            yield _("{table}: “{kind}” is no kind of table; there are {kinds}, and nothing for one that is left out").format(
                table=table, kind=kind, kinds="node, pipe, row, customer"
            )
        if isinstance(header, bool) or not isinstance(header, int) or not 0 <= header <= HEAD:
            yield _("{table}: {key} is “{value}”; wanted is the row where the header ends, 0 to {most}").format(
                table=table, key=HEADER, value=header, most=HEAD
            )


def _profile(named: str | None, mapping: Path | None) -> Profile | None:
    """A city's aliases: a profile that ships with the program, or the first of a CSV file beside the mapping."""
    if not named or mapping is None or not named.lower().endswith(".csv"):
        return profile_named(named or None)
    found = read_aliases(mapping.parent / Path(named).name, known={_HEADERS_OF_CITIES: known_fields()})
    if not found:
        raise SettingsError(_("There is no alias profile “{name}”.").format(name=named))
    return found[0]


def _example() -> str:
    return _("Write it like {example}.").format(example='{"管点.csv": {"纵坐标": "north"}}')


def _field(meant: object) -> str:
    return meant.strip() if isinstance(meant, str) else ""


def _complaint(table: str, column: str, meant: str, known: frozenset[str]) -> str:
    near = difflib.get_close_matches(meant, sorted(known), n=3)
    hint = _("did you mean {names}?").format(names=", ".join(near)) if near else ""
    return (
        _("{table}: column “{column}” is mapped to “{field}”, which is no field; {hint}")
        .format(table=table, column=column, field=meant, hint=hint)
        .rstrip("; ")
    )
