"""How an office wants its paper: one file that a person edits, ``office.toml``, beside the survey or in the user's own folder.

Whatever the file leaves out is as in the one that ships with the program, ``resources/report_templates/office.toml``.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pipemap import assets
from pipemap.errors import SettingsError
from pipemap.reports.content import Column, Cover, Page, Report, Row, Section, Signatures, Table, Wide
from pipemap.reports.text import line, short_state
from pipemap.texts import _

FOLDER = "report_templates"
FILE = "office.toml"
_MOST_BYTES = 256 << 10
_MOST_LOGO = 4 << 20
_FIELD = re.compile(r"\{([a-z_]+)\}")
_COLOUR = re.compile("#[0-9a-fA-F]{6}")
_PARTS = 3


@dataclass(frozen=True, slots=True)
class Template:
    """An office's paper.

    Attributes
    ----------
    words
        What the file says, table by table, with what ships underneath.
    folder
        Where the file stands; pictures are looked for there and nowhere else.
    language
        Which of the words in two languages are taken.
    """

    words: Mapping[str, Any]
    folder: Path
    language: str = "en"

    def text(self, table: str, name: str, otherwise: str = "") -> str:
        """Return a text of the file, in the language of the report where it is given in both."""
        return _text(self.words.get(table, {}).get(name), self.language) or otherwise

    def flag(self, table: str, name: str) -> bool:
        """Return a yes or no of the file; yes where it does not say."""
        return self.words.get(table, {}).get(name) is not False

    def texts(self, table: str, name: str) -> tuple[str, ...]:
        """Return a list of texts; empty where there is none."""
        found = self.words.get(table, {}).get(name, ())
        if isinstance(found, dict):
            found = found.get(self.language) or ()
        return tuple(_text(one, self.language) for one in found) if isinstance(found, list) else ()

    def has(self, table: str, name: str) -> bool:
        """Whether the file says something under this name."""
        return name in self.words.get(table, {})

    @property
    def accent(self) -> str:
        """Colour of titles and lines."""
        found = self.text("look", "accent")
        return found if _COLOUR.fullmatch(found) else "#1F4E79"

    @property
    def margin_mm(self) -> float:
        """Empty room around each page."""
        found = self.words.get("look", {}).get("margin_mm")
        return float(found) if isinstance(found, (int, float)) and 5 <= found <= 50 else 15.0  # noqa: PLR2004

    @property
    def logo(self) -> bytes | None:
        """The office's sign, as the bytes of its picture."""
        name = self.text("office", "logo")
        if not name:
            return None
        path = self.folder / name
        if Path(name).name != name or not path.is_file() or path.stat().st_size > _MOST_LOGO:
            raise SettingsError(
                _("The template names the logo “{file}”, and there is no such picture beside it.").format(file=name),
                _("Put a PNG or JPEG picture of up to 4 MB into {folder}.").format(folder=self.folder),
            )
        return path.read_bytes()

    def around(self, where: str, report: Report, *, page: str, pages: str) -> tuple[str, str, str]:
        """Return what stands left, in the middle and right of head or foot (``header``, ``footer``) of a page."""
        told = {
            "office": self.text("office", "name") or report.survey,
            "title": report.title,
            "subject": report.subject,
            "survey": report.survey,
            "state": _("state {state}").format(state=short_state(report.state)),
            "date": report.as_of[:10],
            "printed": _("printed {time}").format(time=report.printed) if report.printed else "",
            "page": page,
            "pages": pages,
        }
        parts = (*self.texts("look", where), "", "", "")[:_PARTS]
        left, middle, right = (_tidy(_FIELD.sub(lambda found: line(told.get(found[1], found[0])), part)) for part in parts)
        return left, middle, right

    def styled(self, report: Report) -> Report:
        """Return a report with the columns, signatures and paper that the office has chosen for its kind."""
        sections = tuple(self._styled(report.kind, section) for section in report.sections)
        kept = tuple(section for section in sections if self._is_kept(section))
        return replace(report, sections=kept, page=self._page(report))

    def _is_kept(self, section: Section) -> bool:
        if isinstance(section, Cover):
            return self.flag("cover", "show")
        return not isinstance(section, Signatures) or bool(section.roles)

    def _page(self, report: Report) -> Page:
        wanted = self.text("paper", report.kind).split()
        if not wanted:
            return report.page
        return Page("A3" if "A3" in wanted else "A4", landscape="landscape" in wanted)

    def _styled(self, kind: str, section: Section) -> Section:
        if isinstance(section, Signatures) and self.has("signatures", kind):
            return Signatures(self.texts("signatures", kind))
        if isinstance(section, Table) and self.has("columns", f"{kind}.{section.name}"):
            return _with_columns(section, self.texts("columns", f"{kind}.{section.name}"), kind)
        return section


def _with_columns(table: Table, names: tuple[str, ...], kind: str) -> Table:
    known = {column.name: place for place, column in enumerate(table.columns)}
    unknown = [name for name in names if name not in known]
    if unknown or not names:
        raise SettingsError(
            _("The template wants the column “{name}” in “{table}”, and it has none of that name.").format(
                name=unknown[0] if unknown else "", table=f"{kind}.{table.name}"
            ),
            _("Known are {names}.").format(names=", ".join(known)),
        )
    places = [known[name] for name in names]

    def chosen(row: Row) -> Row:
        cells = (row[place] for place in places)
        return tuple(cell.text if isinstance(cell, Wide) else cell for cell in cells)

    columns: tuple[Column, ...] = tuple(table.columns[place] for place in places)
    total = None if table.total is None else chosen(table.total)
    return replace(table, columns=columns, rows=tuple(chosen(row) for row in table.rows), total=total)


def standard_file() -> Path:
    """Return the template that ships with the program: the file to copy and change."""
    return assets.resource(FOLDER, FILE)


def template_places(survey: Path | None) -> tuple[Path, ...]:
    """Return where an office's template may stand, the one that counts first."""
    from pipemap.settings import settings_folder

    beside = (survey.parent / FOLDER / FILE,) if survey is not None else ()
    return (*beside, settings_folder() / FOLDER / FILE)


def read_template(path: Path | None = None, *, survey: Path | None = None, language: str = "en") -> Template:
    """Return the template of a file, else the one beside the survey, else the user's, else the standard one.

    Raises
    ------
    SettingsError
        The file is missing, or is no TOML.
    """
    standard = _read(standard_file())
    found = path or next((place for place in template_places(survey) if place.is_file()), None)
    if found is None:
        return Template(standard, standard_file().parent, language)
    own = _read(found)
    merged = {name: {**standard.get(name, {}), **own.get(name, {})} for name in {**standard, **own}}
    return Template(merged, found.parent, language)


def _read(path: Path) -> dict[str, dict[str, Any]]:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise SettingsError(_("The template {file} is too large to be one.").format(file=path))
        read = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise SettingsError(_("{file} cannot be read: {reason}.").format(file=path, reason=error.strerror or error)) from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise SettingsError(
            _("The template {file} cannot be understood: {reason}.").format(file=path, reason=error),
            _("Compare it with the standard one (pipemap report --write-template)."),
        ) from error
    return {name: _flat(table) for name, table in read.items() if isinstance(table, dict)}


def _flat(table: dict[str, Any]) -> dict[str, Any]:
    """Return a table whose inner tables, but for those of two languages, are names with dots."""
    found: dict[str, Any] = {}
    for name, value in table.items():
        if isinstance(value, dict) and not value.keys() <= {"en", "zh"}:
            found |= {f"{name}.{inner}": deep for inner, deep in value.items()}
        else:
            found[name] = value
    return found


def _text(value: object, language: str) -> str:
    if isinstance(value, dict):
        value = value.get(language) or value.get("en") or value.get("zh")
    return str(value) if isinstance(value, (str, int, float)) else ""


def _tidy(text: str) -> str:
    """Take out what separated an empty field from the others."""
    return " · ".join(part for part in (piece.strip() for piece in text.split("·")) if part)
