"""Words as people type them, and what they stand for: synonyms that hold everywhere, and cities' own aliases as profiles.

A profile is never applied unless it is chosen: the codes of two cities clash (``YQ`` is oxygen in CJJ 61, LPG elsewhere).
"""

from __future__ import annotations

import csv
import difflib
import io
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType

from pipemap import assets
from pipemap.errors import SettingsError, SurveyDataError, SurveyFileError
from pipemap.texts import _, pick

CERTAINTIES = ("found", "found-secondary", "unverified", "own")
"""How sure a row is: read in its source, read in a second-hand source, remembered or doubtful, chosen by this program."""

LISTS = ("category", "point", "material", "burial", "lifecycle", "pressurised", "sheet", "gas_pressure", "header")
"""What an alias can stand for; ``header`` is a column of a table, and its code a field."""

_COLUMNS = ("profile", "list", "text", "code")


@dataclass(frozen=True, slots=True)
class Source:
    """Where facts of the catalog come from."""

    key: str
    title: str
    seen: str


@dataclass(frozen=True, slots=True)
class Alias:
    """One word of one city and the code it stands for; ``list`` is one of :data:`LISTS`."""

    list: str
    text: str
    code: str
    note: str
    certainty: str
    source: str


@dataclass(frozen=True, slots=True)
class Profile:
    """The aliases of one city or program, applied only where it is chosen."""

    name: str
    name_en: str
    name_zh: str
    certainty: str
    source: str
    aliases: tuple[Alias, ...] = field(repr=False)
    _codes: Mapping[tuple[str, str], str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        codes = {(alias.list, plain(alias.text)): alias.code for alias in self.aliases}
        object.__setattr__(self, "_codes", MappingProxyType(codes))

    @property
    def label(self) -> str:
        """Name in the language on screen."""
        return pick(self.name_en, self.name_zh)

    def code(self, list_name: str, text: str) -> str | None:
        """Return the code that ``text`` stands for here, or None."""
        return self._codes.get((list_name, plain(text)))


@lru_cache(maxsize=65536)
def plain(text: str) -> str:
    """``text`` for comparison: full-width letters narrowed, every kind of space removed, case ignored."""
    return "".join(unicodedata.normalize("NFKC", text).split()).casefold()


@cache
def sources() -> Mapping[str, Source]:
    """Return the sources of the catalog's facts by key."""
    return MappingProxyType({row["key"]: Source(**row) for row in assets.read_rows("standards", "sources.csv")})


@cache
def synonyms(list_name: str) -> Mapping[str, str]:
    """Return the words that hold everywhere, as ``plain(word)`` to code, for one of :data:`LISTS`."""
    return MappingProxyType(_synonyms_by_list().get(list_name, {}))


@cache
def profiles() -> Mapping[str, Profile]:
    """Return the alias tables that ship with the program, by name."""
    aliases: dict[str, list[Alias]] = {}
    for row in assets.read_rows("standards", "aliases_local.csv"):
        name = row.pop("profile")
        aliases.setdefault(name, []).append(Alias(**row))
    rows = assets.read_rows("standards", "profiles.csv")
    return MappingProxyType(
        {
            row["profile"]: Profile(
                row["profile"], row["name_en"], row["name_zh"], row["certainty"], row["source"], tuple(aliases[row["profile"]])
            )
            for row in rows
        }
    )


def profile_named(profile: str | Profile | None) -> Profile | None:
    """Return a profile by its name; a profile itself and None are returned as they are.

    Raises
    ------
    SettingsError
        No profile has that name.
    """
    if profile is None or isinstance(profile, Profile):
        return profile
    found = profiles().get(profile)
    if found is None:
        near = difflib.get_close_matches(profile, profiles(), n=3)
        hint = _("Did you mean {names}?") if near else _("There are {names}.")
        raise SettingsError(
            _("There is no alias profile “{name}”.").format(name=profile), hint.format(names=", ".join(near or profiles()))
        )
    return found


def code_for(list_name: str, text: str, profile: str | Profile | None = None) -> str | None:
    """Return the code that a word stands for: by the chosen profile, else by the synonyms that hold everywhere."""
    chosen = profile_named(profile)
    found = chosen.code(list_name, text) if chosen else None
    return found or synonyms(list_name).get(plain(text))


def read_aliases(path: Path, *, known: Mapping[str, Iterable[str]] | None = None) -> tuple[Profile, ...]:
    """Read a project's own alias tables from a CSV file.

    Columns ``profile``, ``list`` (one of :data:`LISTS`), ``text`` and ``code``; ``note``, ``certainty`` and ``source`` may
    follow. A row without certainty counts as the project's own.

    Parameters
    ----------
    path
        UTF-8, with or without a byte order mark.
    known
        Codes that exist, by list; a list that is not named here takes any code.

    Raises
    ------
    SurveyFileError
        The file cannot be read.
    SurveyDataError
        Rows are wrong; ``problems`` holds one sentence for each.
    """
    complaints: list[str] = []
    aliases: dict[str, list[Alias]] = {}
    texts_seen: dict[tuple[str, str, str], int] = {}
    for line, row in _alias_rows(path, complaints):
        found = _complaints_of(row, known or {})
        place = (row["profile"], row["list"], plain(row["text"]))
        if not found and place in texts_seen:
            found = [_("“{text}” stands on line {other} already").format(text=row["text"], other=texts_seen[place])]
        complaints += [_("Line {line}: {what}.").format(line=line, what=what) for what in found]
        texts_seen.setdefault(place, line)
        kept = {name: row.get(name, "") for name in ("list", "text", "code", "note")}
        alias = Alias(**kept, certainty=row.get("certainty") or "own", source=row.get("source") or path.name)
        aliases.setdefault(row["profile"], []).append(alias)
    if complaints:
        message = _("The alias table {name} has {n} mistakes.").format(name=path.name, n=len(complaints))
        raise SurveyDataError(message, complaints[0], complaints)
    return tuple(Profile(name, name, name, "own", path.name, tuple(rows)) for name, rows in aliases.items())


@cache
def _synonyms_by_list() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for row in assets.read_rows("standards", "synonyms.csv"):
        found.setdefault(row["list"], {})[plain(row["text"])] = row["code"]
    return found


def _alias_rows(path: Path, complaints: list[str]) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        hint = _("An alias table is a CSV file in UTF-8.")
        raise SurveyFileError(_("The alias table {path} cannot be read.").format(path=path), hint) from error
    reader = csv.DictReader(io.StringIO(text, newline=""), restkey="", restval="")
    try:
        missing = [name for name in _COLUMNS if name not in (reader.fieldnames or ())]
        if missing:
            complaints.append(_("The column {names} is missing.").format(names=", ".join(missing)))
            return
        for row in reader:
            yield reader.line_num, {name: value.strip() for name, value in row.items() if name}
    except csv.Error as error:
        complaints.append(_("Line {line}: {what}.").format(line=reader.line_num, what=error))


def _complaints_of(row: Mapping[str, str], known: Mapping[str, Iterable[str]]) -> list[str]:
    found = [_("“{column}” is empty").format(column=name) for name in _COLUMNS if not row[name]]
    name = row["list"]
    if name and name not in LISTS:
        found.append(_("there is no list “{name}”, only {lists}").format(name=name, lists=", ".join(LISTS)))
    codes = known.get(name)
    if codes is not None and row["code"] and row["code"] not in codes:
        found.append(_("“{code}” is not in the list {name}").format(code=row["code"], name=name))
    certainty = row.get("certainty")
    if certainty and certainty not in CERTAINTIES:
        found.append(_("there is no certainty “{name}”, only {all}").format(name=certainty, all=", ".join(CERTAINTIES)))
    return found
