"""Text in cells of spreadsheets: what would run as a formula there is marked as text, and read back without the mark."""

from __future__ import annotations

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
RUNS = r"('*[=+\-@\t\r\n].+)"
"""What a spreadsheet would run, as a regular expression for whole columns; mind line breaks (``(?s)``)."""


def harmless(value: object) -> object:
    """Put an apostrophe before text that a spreadsheet would run as a formula, as spreadsheets themselves mark text.

    Text that begins with apostrophes before such a sign gets one more, so that :func:`as_written` finds what was there.

    Examples
    --------
    >>> harmless("=A1"), harmless("-"), harmless(-1.5), harmless("'=A1")
    ("'=A1", '-', -1.5, "''=A1")
    """
    return f"'{value}" if isinstance(value, str) and _runs(value) else value


def as_written(text: str) -> str:
    """Return text without the apostrophe that :func:`harmless` put before it.

    Examples
    --------
    >>> as_written("'=A1"), as_written("'50"), as_written("''=A1")
    ('=A1', "'50", "'=A1")
    """
    return text[1:] if text.startswith("'") and _runs(text) else text


def _runs(text: str) -> bool:
    bare = text.lstrip("'")
    return len(bare) > 1 and bare.startswith(_FORMULA)
