"""A new survey appears under its name only when it is whole."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pipemap.errors import PipemapError, SurveyFileError
from pipemap.texts import _

_BESIDE = ("", "-wal", "-shm", "-journal", ".lock")


@contextmanager
def written_whole(to: Path, *, error: type[PipemapError] = SurveyFileError) -> Iterator[Path]:
    """Give a temporary name beside ``to``; it becomes ``to`` when the block ends well, and goes away when it does not.

    Raises
    ------
    error
        The folder does not exist, or the file cannot be put in its place.
    """
    if not to.parent.is_dir():
        raise error(_("There is no folder “{folder}”.").format(folder=to.parent), _("Make it first."))
    part = to.with_name(f".{to.stem}.{os.getpid()}.part{to.suffix}")
    try:
        yield part
        part.replace(to)
    except PipemapError as failure:
        failure.message = failure.message.replace(str(part), str(to))  # nobody knows the temporary name
        raise
    except OSError as failure:
        reason = failure.strerror or failure
        raise error(_("{file} cannot be written: {reason}").format(file=to, reason=reason)) from failure
    finally:
        for ending in _BESIDE:
            with suppress(OSError):
                part.with_name(part.name + ending).unlink(missing_ok=True)
