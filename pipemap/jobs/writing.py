"""What is written appears under its name only when it is whole: one file, or several that belong together."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from pipemap.errors import PipemapError, ReportError, SurveyFileError
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


@contextmanager
def draft_folder(to: Path) -> Iterator[Path]:
    """Give an empty folder beside ``to``, for one file or several that belong together; it goes at the end.

    Raises
    ------
    ReportError
        The folder of ``to`` does not exist, or nothing can be written there.
    """
    if not to.parent.is_dir():
        raise ReportError(_("There is no folder “{folder}”.").format(folder=to.parent), _("Make it first."))
    part = to.with_name(f".{to.stem}.{os.getpid()}.{secrets.token_hex(3)}.part")
    try:
        part.mkdir()
        yield part
    except PipemapError as failure:
        failure.message = failure.message.replace(str(part), str(to.parent))  # nobody knows the temporary name
        raise
    except OSError as failure:
        reason = failure.strerror or failure
        raise ReportError(_("{file} cannot be written: {reason}").format(file=to, reason=reason)) from failure
    finally:
        shutil.rmtree(part, ignore_errors=True)


@contextmanager
def in_place(names: Sequence[str], draft: Path, folder: Path, *, superseded: Sequence[str] = ()) -> Iterator[None]:
    """Move what was drafted into a folder; when the block fails, the folder is again as it was before.

    Parameters
    ----------
    names
        Files in ``draft``; those of the same name in ``folder`` are replaced.
    superseded
        Other files of ``folder`` that belong to what is replaced, and go with it.
    """
    aside = draft / ".before"
    aside.mkdir()
    placed: list[str] = []
    set_aside: list[str] = []
    try:
        for name in (*names, *superseded):
            if (folder / name).exists():
                (folder / name).rename(aside / name)
                set_aside.append(name)
        for name in names:
            (draft / name).rename(folder / name)
            placed.append(name)
        yield
    except BaseException:
        for name in placed:
            (folder / name).rename(draft / name)
        for name in set_aside:
            (aside / name).rename(folder / name)
        raise
