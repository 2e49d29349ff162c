"""A survey opened as it is, or as it was at a date."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pipemap.progress import SILENT, Progress

if TYPE_CHECKING:
    from pipemap.store import Survey


@contextmanager
def opened(path: Path | str, as_of: str = "", *, read_only: bool = True, progress: Progress = SILENT) -> Iterator[Survey]:
    """Open a survey, as it was at ``as_of`` (a date, a time, ``#12`` for after change 12) where that is given.

    Parameters
    ----------
    read_only
        Of the survey as it is; as it was, it can only be read, but its exports are entered into the register where it can be
        written.

    Raises
    ------
    SurveyFileError, EditError
        The survey cannot be opened; ``as_of`` is no date.
    """
    from pipemap import store

    with store.open_survey(path, read_only=read_only) as survey:
        if not as_of:
            yield survey
            return
        with survey.as_of(as_of, progress=progress) as past:
            yield past
