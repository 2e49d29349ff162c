"""A model file that goes out: lines that were kept, each as it stood unless something in it changed, and new ones."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pipemap.errors import ReportError
from pipemap.formats.inp.text import AFTER_END, HEADER, InpText, Row, words_of
from pipemap.model.delivery import ModelText
from pipemap.progress import SILENT, Progress
from pipemap.texts import _

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

_BREAKS = re.compile(r"[\x00-\x08\x0a-\x1f\x7f\x85\u2028\u2029]+")
_TOKEN = re.compile(r'"[^"]*"?|[^\s"]+')
_STEP = 10_000


class Draft:
    """What will be written, section by section.

    Parameters
    ----------
    text
        What was kept of the model; empty for a network that never was one.
    order
        Sections in the order in which new ones are put.
    heads
        Section → what its columns are, written above a section that is new.
    closing
        Last lines of a file: EPANET has ``[END]``, which SWMM refuses.
    told
        Called every few thousand lines that are added.
    """

    def __init__(
        self,
        text: InpText,
        *,
        order: Sequence[str],
        heads: Mapping[str, str],
        closing: Sequence[str] = (),
        told: Callable[[], None] = lambda: None,
    ) -> None:
        self.text = text
        self._order = order
        self._heads = heads
        self._closing = closing
        self._told = told
        self._lines_added = 0
        self._new: dict[int, str] = {}
        self._dropped: set[int] = set()
        self._added: dict[str, list[str]] = {}
        self._notes: dict[int, str] = {}
        self._lines = {number: line for lines in text.sections.values() for number, line in lines}

    def line(self, number: int) -> str:
        """Return a line as it stands now."""
        return self._new[number] if number in self._new else self._lines[number]

    def rows(self, section: str) -> Iterator[Row]:
        """Yield the lines of a section that say something and are not dropped, as they stand now."""
        for number, _line in self.text.sections.get(section, ()):
            if number not in self._dropped:
                row = self.row(number)
                if row.words:
                    yield row

    def row(self, number: int) -> Row:
        """Return one line in words, as it stands now."""
        line = self.line(number)
        return Row(number, words_of(line), line.partition(";")[2].strip())

    def drop(self, number: int) -> None:
        """Leave a line out."""
        self._dropped.add(number)

    def is_dropped(self, number: int) -> bool:
        """Whether a line is left out."""
        return number in self._dropped

    def drop_remarks(self) -> int:
        """Leave out lines of remarks behind the heads of sections, and return how many there were.

        Where something of a model does not go out, nobody can tell which of them speak of it. What describes an element that
        stays is no remark.
        """
        found = [number for name in self.text.sections if name != HEADER for number in self._remarks(name)]
        self._dropped.update(found)
        return len(found)

    def _remarks(self, section: str) -> Iterator[int]:
        waiting: list[int] = []
        in_head = True
        for number, line in self.text.sections[section]:
            if words_of(line):
                yield from [] if in_head or (self.text.dialect.described and number not in self._dropped) else waiting
                in_head, waiting = False, []
            elif line.strip():
                waiting.append(number)
            elif not in_head:
                yield from waiting
                waiting = []
        yield from [] if in_head else waiting

    def put_words(self, number: int, words: Mapping[int, str]) -> None:
        """Replace single words of a line; the rest of it stays as it is. Words behind its end are appended in order."""
        line = self.line(number)
        body, semicolon, comment = line.partition(";")
        spans = [found.span() for found in _TOKEN.finditer(body)]
        for index in sorted((index for index in words if index < len(spans)), reverse=True):
            start, end = spans[index]
            body = body[:start] + quoted(words[index]) + body[end:]
        behind = [quoted(words[index]) for index in sorted(words) if index >= len(spans)]
        if behind:
            body = " ".join([body.rstrip(), *behind]) + (" " if semicolon else "")
        self._new[number] = body + semicolon + comment

    def put_line(self, number: int, words: Iterable[str], comment: str = "") -> None:
        """Replace a whole line."""
        self._new[number] = line_of(words, comment)

    def put_comment(self, number: int, comment: str) -> None:
        """Replace what is written beside a line."""
        body = self.line(number).partition(";")[0].rstrip()
        self._new[number] = body + (f" ;{one_line(comment)}" if comment else "")

    def describe(self, number: int, note: str) -> None:
        """Replace what is written above and beside a line; for programs that describe an element in a line of its own."""
        body = self.line(number).partition(";")[0].rstrip()
        self._new[number] = body
        self._notes[number] = one_line(note)

    def add(self, section: str, words: Iterable[str], comment: str = "") -> None:
        """Append a line to a section, which is made where there is none."""
        if self._lines_added % _STEP == 0:
            self._told()
        self._lines_added += 1
        self._added.setdefault(section, []).append(line_of(words, comment))

    def has(self, section: str) -> bool:
        """Whether anything will stand in a section."""
        return bool(self._added.get(section)) or any(True for _row in self.rows(section))

    def write(self, to: Path, *, leave_out: Collection[str] = (), progress: Progress = SILENT) -> None:
        """Write the file: UTF-8, its sections in the order they were in, then new ones.

        Raises
        ------
        ReportError
            The file cannot be written.
        """
        try:
            with to.open("w", encoding="utf-8", errors="replace", newline="\n") as file:
                for number, line in enumerate(self._all_lines(leave_out)):
                    if number % _STEP == 0:
                        progress(number, None, _("Writing"))
                    file.write(line + "\n")
        except OSError as error:
            reason = error.strerror or error
            raise ReportError(_("{file} cannot be written: {reason}").format(file=to, reason=reason)) from error

    def _all_lines(self, leave_out: Collection[str]) -> Iterator[str]:
        foreign = [name for name in self.text.sections if name in self.text.unknown or name == AFTER_END]
        yield from (_remark(self.line(number)) for number, _line in self.text.sections.get(HEADER, ()))
        for name in self._names():
            if name not in leave_out and name not in foreign:
                yield from self._section(name)
        for name in foreign:
            if name not in leave_out:
                yield from (_remark(self.line(number)) for number, _line in self.text.sections[name])
        yield from self._closing

    def _names(self) -> list[str]:
        kept = [name for name in self.text.sections if name != HEADER]
        fresh = dict.fromkeys(name for name in (*self._order, *self._added) if name in self._added and name not in kept)
        return [*kept, *fresh]

    def _section(self, name: str) -> Iterator[str]:
        yield f"[{name}]"
        if name not in self.text.sections and name in self._heads:
            yield f";{self._heads[name]}"
        blank = True
        for line in self._kept_lines(name):
            blank = not line.strip()
            yield line
        added = self._added.pop(name, ())
        yield from added
        if added or not blank:
            yield ""

    def _kept_lines(self, name: str) -> Iterator[str]:
        """Yield the kept lines; a description that stands above a dropped line goes with it."""
        waiting: list[str] = []
        for number, old in self.text.sections.get(name, ()):
            if self.text.dialect.described and old.lstrip().startswith(";") and not old.lstrip().startswith(";;"):
                waiting += [] if number in self._dropped else [safe_line(old)]
                continue
            if number not in self._dropped:
                note = self._notes.get(number)
                yield from waiting if note is None else [f";{note}"] if note else []
                yield safe_line(self.line(number))
            waiting = []
        yield from waiting


def title_of(name: str, said: Mapping[str, str]) -> ModelText:
    """Return the title of a new model: the one that was chosen, else the survey's name, then what else is printed beside data."""
    others = [value for key, value in said.items() if key != "title"]
    lines = [one_line(line).replace("[", "(") for line in (said.get("title") or name, *others) if line]
    return ModelText("TITLE", (*lines, ""))


def line_of(words: Iterable[str], comment: str = "") -> str:
    """Return one line of a file."""
    return " " + "\t".join(quoted(word) for word in words) + (f"\t;{one_line(comment)}" if comment else "")


def one_line(text: str) -> str:
    """Return a text that cannot become a second line."""
    return _BREAKS.sub(" ", text).strip()


def quoted(word: str) -> str:
    """Return a word as a file has it: in quotes where it holds a space, and ``""`` when it is empty."""
    return f'"{word}"' if not word or any(letter.isspace() for letter in word) else word


def safe_line(line: str) -> str:
    """Return a kept line that stays one line and opens no section."""
    line = _BREAKS.sub(" ", line)
    return f";{line}" if line.lstrip().startswith("[") else line


def _remark(line: str) -> str:
    line = _BREAKS.sub(" ", line)
    return line if not line.strip() or line.lstrip().startswith(";") else f";{line}"
