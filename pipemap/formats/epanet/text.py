"""The text of an INP file: bytes to sections of numbered lines, whatever the encoding and however it is broken."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from pipemap.errors import SurveyFileError
from pipemap.texts import _

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SECTIONS = (
    "TITLE", "JUNCTIONS", "RESERVOIRS", "TANKS", "PIPES", "PUMPS", "VALVES", "CONTROLS", "RULES", "DEMANDS", "SOURCES",
    "EMITTERS", "PATTERNS", "CURVES", "QUALITY", "STATUS", "ROUGHNESS", "ENERGY", "REACTIONS", "MIXING", "REPORT", "TIMES",
    "OPTIONS", "COORDINATES", "VERTICES", "LABELS", "BACKDROP", "TAGS", "LEAKAGE",
)  # fmt: skip
HEADER = "HEADER"
"""Where text before the first section is kept."""
AFTER_END = "AFTER_END"
"""Where text after ``[END]`` is kept."""

_BY_PREFIX = {name[:4]: name for name in SECTIONS}
_QUOTED = re.compile(r'"([^"]*)"?|([^\s"]+)')
_HIGH = re.compile(rb"[\x80-\xff]+")


class Row(NamedTuple):
    """One line that says something: its number in the file (from 1), its words, and what stands after the semicolon."""

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
    sections
        Full name in capitals → numbered lines as they stand in the file, in the order of first appearance.
    unknown
        Names of sections that EPANET does not have, with the line of the first one.
    ended
        Whether the file says ``[END]``.
    """

    name: str
    encoding: str
    sections: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    unknown: dict[str, int] = field(default_factory=dict)
    ended: bool = False

    def rows(self, section: str) -> Iterator[Row]:
        """Yield the lines of a section that are neither blank nor comment only, in words."""
        for number, line in self.sections.get(section, ()):
            body, _semicolon, comment = line.partition(";") if ";" in line else (line, "", "")
            words = body.split() if '"' not in body else _quoted_words(body)
            if words:
                yield Row(number, words, comment.strip())

    def has_text(self, section: str) -> bool:
        """Whether a section holds anything but blank lines."""
        return any(line.strip() for _number, line in self.sections.get(section, ()))


def read_text(path: Path) -> InpText:
    """Read a file into sections.

    Raises
    ------
    SurveyFileError
        The file is missing or cannot be read.
    """
    return split_sections(read_bytes(path), path.name)


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


def split_sections(content: bytes, name: str) -> InpText:
    """Cut the content of a file into sections."""
    text, encoding = decode(content)
    sections: dict[str, list[tuple[int, str]]] = {}
    unknown: dict[str, int] = {}
    current, ended = HEADER, False
    for number, line in enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), start=1):
        stripped = line.lstrip()
        if stripped.startswith("[") and not ended:
            current = section_name(stripped)
            if current == "END":
                current, ended = AFTER_END, True
            elif current not in SECTIONS:
                unknown.setdefault(current, number)
            sections.setdefault(current, [])
        else:
            sections.setdefault(current, []).append((number, line))
    return InpText(name, encoding, sections, unknown, ended)


def section_name(header: str) -> str:
    """Return the full name of ``[coords]``, ``[Coordinates`` and the like; a name EPANET does not have comes back in capitals."""
    found = header.lstrip().lstrip("[").partition("]")[0].strip().upper()
    if found.startswith("END"):
        return "END"
    return _BY_PREFIX.get(found[:4], found or HEADER)


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
