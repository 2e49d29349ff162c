"""What a report says, before it has a form: frozen sections, one after the other, with typed rows.

A writer turns them into PDF, Word, Excel or HTML; the same content gives the same bytes in each.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Paper = Literal["A4", "A3"]
Kind = Literal["text", "whole", "number", "date"]
Style = Literal["normal", "strong", "quiet", "note", "large"]
Value = str | int | float | bool | None
Source = bytes | Path | Callable[[], bytes]
"""Where a picture comes from: its bytes, its file, or what makes it when it is its turn."""

PAPERS: dict[Paper, tuple[float, float]] = {"A4": (210.0, 297.0), "A3": (297.0, 420.0)}
"""Width and height of a sheet in millimetres, upright."""


@dataclass(frozen=True, slots=True)
class Page:
    """A sheet of paper; it keeps until another one is asked for."""

    paper: Paper = "A4"
    landscape: bool = False

    @property
    def size_mm(self) -> tuple[float, float]:
        """Width and height as it lies."""
        width, height = PAPERS[self.paper]
        return (height, width) if self.landscape else (width, height)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that is fitted into the width of the page.

    Attributes
    ----------
    share
        Share of the width that it takes, 0 to 1.
    height_mm
        Never higher than this; 0: as high as the page.
    name
        What stands in its place when it cannot be read, such as the name of its file.
    """

    source: Source
    caption: str = ""
    share: float = 1.0
    height_mm: float = 0.0
    name: str = ""


@dataclass(frozen=True, slots=True)
class Cover:
    """The first page."""

    title: str
    subtitle: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    picture: Picture | None = None


@dataclass(frozen=True, slots=True)
class Contents:
    """The table of contents: every heading with its page."""

    title: str


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; level 1 stands in the table of contents with the others up to 3."""

    text: str
    level: int = 1


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text; a line break in it is kept."""

    text: str
    style: Style = "normal"


@dataclass(frozen=True, slots=True)
class Facts:
    """Names with their values, in so many columns side by side; ``large``: to be read on a wall."""

    rows: tuple[tuple[str, str], ...]
    columns: int = 2
    large: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    Attributes
    ----------
    name
        By which a template chooses it; stable, never shown.
    title
        As shown, without the unit.
    kind
        ``whole`` and ``number`` stand to the right and are numbers in a spreadsheet.
    weight
        Share of the width; 0: as wide as its content wants.
    """

    name: str
    title: str
    kind: Kind = "text"
    unit: str = ""
    decimals: int = 1
    weight: float = 0.0

    @property
    def heading(self) -> str:
        """Title with the unit."""
        return f"{self.title} ({self.unit})" if self.unit else self.title

    @property
    def is_number(self) -> bool:
        """Whether its values are numbers."""
        return self.kind in ("whole", "number")


@dataclass(frozen=True, slots=True)
class Wide:
    """Text that takes the room of so many columns; the cells after it, as many as it covers, are left out."""

    text: str
    columns: int


Cell = Value | Picture | Wide
Row = tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under typed columns; the head is repeated on each page.

    Attributes
    ----------
    name
        By which a template names it, after the kind of the report and a dot; also the sheet of a workbook.
    strong
        Places of rows that stand out, such as sums between.
    total
        The last row, under a line.
    row_mm
        Least height of a row, for what is written by hand.
    is_form
        Every cell has its frame.
    is_titled
        The title stands over it; else the heading before it says the same, and only a workbook needs it.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: Sequence[Row]
    total: Row | None = None
    strong: frozenset[int] = frozenset()
    row_mm: float = 0.0
    is_form: bool = False
    is_titled: bool = True


@dataclass(frozen=True, slots=True)
class Gallery:
    """Many pictures, so many side by side, each with its caption."""

    pictures: Sequence[Picture]
    columns: int = 2
    height_mm: float = 70.0


@dataclass(frozen=True, slots=True)
class Key:
    """What a colour or a pin means: ``#rrggbb``, the sign inside it, and words."""

    colour: str
    text: str
    sign: str = ""


@dataclass(frozen=True, slots=True)
class Legend:
    """What colours and pins of a picture mean, in a row."""

    keys: tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class Signatures:
    """Lines to sign on, each with what the person is."""

    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PageBreak:
    """Go on with a new page, of another paper where one is given."""

    page: Page | None = None


Section = (
    Cover | Contents | Heading | Paragraph | Facts | Table | Picture | Gallery | Legend | Signatures | PageBreak
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Report:
    """A whole report.

    Attributes
    ----------
    kind
        Name of its row in the registry of kinds.
    language
        ``en`` or ``zh``.
    survey
        Name of the survey.
    state
        Hash of the newest entry of the survey's history: the data that it speaks of; empty before the first.
    as_of
        When that entry was written, ISO text; every date in the file is this one.
    printed
        When it was printed, as shown; given by whoever asks for it, or empty.
    subject
        One line that says what it is about, for the head of pages and for those who look at files.
    """

    kind: str
    title: str
    sections: tuple[Section, ...]
    language: str = "en"
    survey: str = ""
    state: str = ""
    as_of: str = ""
    printed: str = ""
    subject: str = ""
    page: Page = Page()
    words: Mapping[str, str] = field(default_factory=dict)
