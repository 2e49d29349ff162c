"""The one date of a file: that of the data it speaks of."""

from __future__ import annotations

from datetime import UTC, datetime

BEFORE = datetime(2000, 1, 1, tzinfo=UTC)
"""Of a survey into which nothing was ever written."""
ZIP_TIME = (1980, 1, 1, 0, 0, 0)
"""Of every file inside a file."""


def moment(text: str) -> datetime:
    """Return the time that an ISO text says, in UTC; one that says none is long ago."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return BEFORE
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
