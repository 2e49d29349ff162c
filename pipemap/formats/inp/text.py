"""The text of an INP file: bytes to sections of numbered lines, whatever the encoding and however it is broken."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from pipemap.errors import SurveyFileError
from pipemap.model.delivery import ModelText
from pipemap.texts import _

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

HEADER = "HEADER"
"""Where text before the first section is kept."""
AFTER_END = "AFTER_END"
"""Where text after ``[END]`` is kept."""

_QUOTED = re.compile(r'"([^"]*)"?|([^\s"]+)')
_HIGH = re.compile(rb"[\x80-\xff]+")


@dataclass(frozen=True, slots=True)
class Dialect:
    """What one program's INP files are made of.

    Attributes
    ----------
    prefixes
        Beginning of a section's name, in capitals, by which the program knows it → full name. Of two that fit the first counts.
    described
        Whether a line of its own with one semicolon describes the element in the next line, as SWMM's window writes it.
    """

    prefixes: Mapping[str, str]
    described: bool = False

    def section_name(self, header: str) -> str:
        """Return the full name of ``[coords]``, ``[Coordinates`` and the like; an unknown name comes back in capitals."""
        found = header.lstrip().lstrip("[").partition("]")[0].strip().upper()
        if found.startswith("END"):
            return "END"
        return next((name for prefix, name in self.prefixes.items() if found.startswith(prefix)), found or HEADER)


class Row(NamedTuple):
    """One line that says something: its number in the file (from 1), its words, and what people wrote beside it."""

    number: int
    words: list[str]
    comment: str


@dataclass(frozen=True, slots=True)
class InpText:
    """A file cut into sections, nothing lost.

    Attributes
    ----------
    name
        File name, for messages.
    encoding
        How the bytes were read.
    dialect
        Whose file it is.
    sections
        Full name in capitals → numbered lines as they stand in the file, in the order of first appearance.
    unknown
        Names of sections that the program does not have, with the line of the first one.
    ended
        Whether the file says ``[END]``.
    """

    name: str
    encoding: str
    dialect: Dialect
    sections: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    unknown: dict[str, int] = field(default_factory=dict)
    ended: bool = False

    def rows(self, section: str) -> Iterator[Row]:
        """Yield the lines of a section that are neither blank nor comment only, in words."""
        description: list[str] = []
        for number, line in self.sections.get(section, ()):
            words, comment = words_of(line), line.partition(";")[2]
            if words:
                yield Row(number, words, " ".join([*description, comment.strip()]).strip() if description else comment.strip())
                description = []
            elif self.dialect.described:
                description = _description(description, line.strip())

    def has_text(self, section: str) -> bool:
        """Whether a section holds anything but blank lines."""
        return any(line.strip() for _number, line in self.sections.get(section, ()))

    def first_line(self, section: str) -> int | None:
        """Return the number of the first line of a section that is not blank."""
        return next((number for number, line in self.sections.get(section, ()) if line.strip()), None)

    @property
    def title(self) -> str:
        """What ``[TITLE]`` says, in one line."""
        lines = (line.strip() for _number, line in self.sections.get("TITLE", ()))
        return " ".join(line for line in lines if line and not line.startswith(";"))

    def model_texts(self) -> tuple[ModelText, ...]:
        """Return every section that holds something, line by line, so that it can go out again."""
        return tuple(
            ModelText(name, tuple(line.rstrip() for _number, line in lines))
            for name, lines in self.sections.items()
            if self.has_text(name)
        )


def of_model_texts(texts: Iterable[ModelText], name: str, dialect: Dialect) -> InpText:
    """Return the sections that were kept of a file; their lines are numbered through."""
    sections: dict[str, list[tuple[int, str]]] = {}
    number = 0
    for text in texts:
        lines = sections.setdefault(text.section, [])
        for line in text.lines:
            number += 1
            lines.append((number, line))
    known = set(dialect.prefixes.values()) | {HEADER, AFTER_END}
    return InpText(name, "utf-8", dialect, sections, {name: 0 for name in sections if name not in known}, ended=True)


def words_of(line: str) -> list[str]:
    """Return the words of one line, without what is written beside it."""
    body = line.partition(";")[0]
    return body.split() if '"' not in body else _quoted_words(body)


def _description(before: list[str], line: str) -> list[str]:
    """Add a line to a description: one semicolon says something of the next element, two head a column, a blank line ends it."""
    said = line.lstrip(";").strip()
    if not line.startswith(";") or line.startswith(";;") or not said.strip("- \t"):
        return []
    return [*before, said]


def read_text(path: Path, dialect: Dialect) -> InpText:
    """Read a file into sections.

    Raises
    ------
    SurveyFileError
        The file is missing or cannot be read.
    """
    return split_sections(read_bytes(path), path.name, dialect)


def read_bytes(path: Path) -> bytes:
    """Read a whole file.

    Raises
    ------
    SurveyFileError
        The file is missing or cannot be read.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise SurveyFileError(_("{file} does not exist or cannot be opened.").format(file=path)) from error
    except OSError as error:
        raise SurveyFileError(
            _("{file} cannot be read: {reason}").format(file=path.name, reason=error.strerror or error)
        ) from error


def split_sections(content: bytes, name: str, dialect: Dialect) -> InpText:
    """Cut the content of a file into sections."""
    text, encoding = decode(content)
    known = set(dialect.prefixes.values())
    sections: dict[str, list[tuple[int, str]]] = {}
    unknown: dict[str, int] = {}
    current, ended = HEADER, False
    for number, line in enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), start=1):
        stripped = line.lstrip()
        if stripped.startswith("[") and not ended:
            current = dialect.section_name(stripped)
            if current == "END":
                current, ended = AFTER_END, True
            elif current not in known:
                unknown.setdefault(current, number)
            sections.setdefault(current, [])
        else:
            sections.setdefault(current, []).append((number, line))
    return InpText(name, encoding, dialect, sections, unknown, ended)


def decode(content: bytes) -> tuple[str, str]:
    """Return the text and the encoding it was read with: a byte order mark, UTF-8, GB 18030, else Western (which always fits)."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if content.startswith(mark):
            return content.decode(encoding, errors="replace"), encoding
    candidates = ["utf-8", *(["gb18030"] if _looks_chinese(content) else []), "cp1252"]
    for encoding in candidates:
        try:
            return content.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    return content.decode("latin-1"), "latin-1"


def _looks_chinese(content: bytes) -> bool:
    """Chinese characters come as pairs of high bytes, accented letters mostly stand alone."""
    runs = [len(run) for run in _HIGH.findall(content)]
    return bool(runs) and sum(length % 2 == 0 for length in runs) >= 0.7 * len(runs)


def _quoted_words(body: str) -> list[str]:
    return [quoted if bare == "" else bare for quoted, bare in _QUOTED.findall(body)]


def number_of(word: str) -> float | None:
    """Return the number a word stands for, also with a decimal comma or a Fortran exponent; ``None`` when it is none."""
    try:
        value = float(word)
    except ValueError:
        return _odd_number(word)
    return value if math.isfinite(value) and "_" not in word else None


def _odd_number(word: str) -> float | None:
    plain = word.strip("'").upper().replace("D", "E")
    if "," in plain:
        plain = plain.replace(",", "") if "." in plain else plain.replace(",", ".", 1)
    try:
        value = float(plain)
    except ValueError:
        return None
    return value if math.isfinite(value) and "_" not in plain else None
