"""Photos and files that belong to findings: known by the hash of their content, kept in the survey or in a folder beside it."""

from __future__ import annotations

import hashlib
import io
import mimetypes
import re
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipemap.errors import EditError
from pipemap.texts import _

if TYPE_CHECKING:
    from collections.abc import Mapping

SETTING = "attachments"
"""Setting of a survey: ``survey`` keeps files inside it, ``folder`` beside it."""

PLACES = ("survey", "folder")
MOST_BYTES = 100 << 20
"""A single file may be so large; videos stay where they are and are named by the inspection."""
MOST_PIXELS = 120_000_000
"""A picture that says it has more is taken for a bomb."""
_FORMATS = ("JPEG", "PNG", "BMP", "TIFF", "WEBP", "GIF")
_PICTURES = (".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp", ".gif")
_KEPT = re.compile(r"[0-9a-f]{2}/[0-9a-f]{64}(\.[a-z0-9]{1,5})?")
_THUMBNAIL = 320


@dataclass(frozen=True, slots=True)
class Attachment:
    """A photo or a file as the survey has it; ``there`` is False when only its name is known (缺图).

    ``step``: at which step of a hazard it was taken: ``reported``, ``fixed``, ``rechecked`` …; empty where nobody said.
    """

    fid: int
    finding: int | None
    name: str
    media_type: str
    sha256: str
    path: str
    taken: str
    note: str
    there: bool
    step: str = ""

    @property
    def is_picture(self) -> bool:
        """Whether it can be shown."""
        return self.media_type.startswith("image/")


def is_picture_name(name: str) -> bool:
    """Whether a file's name says that it is a picture."""
    return Path(name).suffix.lower() in _PICTURES


def read_file(path: Path) -> bytes:
    """Return a file's content, checked; one that is named like a picture must be one.

    Raises
    ------
    EditError
        It cannot be read, is huge, or is not the picture that its name says.
    """
    try:
        if not path.is_file():
            raise EditError(_("There is no file {file}.").format(file=path))
        if path.stat().st_size > MOST_BYTES:
            raise EditError(
                _("{file} is larger than {most} MB.").format(file=path.name, most=MOST_BYTES >> 20),
                _("Make it smaller, or leave it where it is and name it in the remarks."),
            )
        content = path.read_bytes()
    except OSError as error:
        raise EditError(_("{file} cannot be read: {reason}.").format(file=path, reason=error.strerror or error)) from error
    if not content:
        raise EditError(_("{file} is empty.").format(file=path.name))
    if is_picture_name(path.name):
        check_picture(content, path.name)
    return content


def check_picture(content: bytes, name: str) -> None:
    """Refuse what is no picture, a broken one, and one that would fill the memory.

    Raises
    ------
    EditError
        It is one of these.
    """
    thumbnail_of(content, name)


def thumbnail_of(content: bytes, name: str = "", *, side: int = _THUMBNAIL) -> bytes:
    """Return a small JPEG of a picture, turned upright.

    Raises
    ------
    EditError
        It is no picture, is broken, or has too many pixels.
    """
    from PIL import Image, ImageOps

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what is too large is refused below, in our words
            with Image.open(io.BytesIO(content), formats=_FORMATS) as opened:
                _check_pixels(opened.width * opened.height, name)
                opened.draft("RGB", (2 * side, 2 * side))
                small = ImageOps.exif_transpose(opened).convert("RGB")
        small.thumbnail((side, side))
        out = io.BytesIO()
        small.save(out, "JPEG", quality=80)
    except EditError:
        raise
    except Exception as error:  # Pillow's readers raise whatever a broken file leads to
        raise EditError(
            _("{file} is no picture that can be opened; it may be broken.").format(file=name or _("The file"))
        ) from error
    return out.getvalue()


def _check_pixels(pixels: int, name: str) -> None:
    if pixels > MOST_PIXELS:
        raise EditError(
            _("{file} says that it has {n} million pixels; such a picture is not opened.").format(
                file=name or _("The picture"), n=f"{pixels / 1e6:,.0f}"
            )
        )


def folder_of(survey: Path) -> Path:
    """Return the folder beside a survey that keeps its files."""
    return survey.with_name(f"{survey.stem}.files")


def row_of(path: Path, content: bytes, folder: Path | None) -> dict[str, Any]:
    """Return the columns of an attachment; with a folder its content is written there, under its hash.

    Raises
    ------
    EditError
        The folder cannot be written.
    """
    digest = hashlib.sha256(content).hexdigest()
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    row: dict[str, Any] = {"name": path.name, "media_type": media_type, "sha256": digest}
    if folder is None:
        return row | {"content": content}
    suffix = path.suffix.lower() if re.fullmatch(r"\.[a-z0-9]{1,5}", path.suffix.lower()) else ""
    kept = f"{digest[:2]}/{digest}{suffix}"
    try:
        target = folder / kept
        if not target.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            part = target.with_suffix(".part")
            part.write_bytes(content)
            part.replace(target)
    except OSError as error:
        raise EditError(
            _("{file} cannot be kept in {folder}: {reason}.").format(
                file=path.name, folder=folder, reason=error.strerror or error
            )
        ) from error
    return row | {"path": kept}


def content_of(row: Mapping[str, Any], folder: Path) -> bytes | None:
    """Return what an attachment holds; None where it is missing, altered, or its path leads out of the folder."""
    if row.get("content") is not None:
        return bytes(row["content"])
    kept = str(row.get("path") or "")
    if not _KEPT.fullmatch(kept):
        return None
    try:
        if (folder / kept).stat().st_size > MOST_BYTES:
            return None
        content = (folder / kept).read_bytes()
    except OSError:
        return None
    return content if hashlib.sha256(content).hexdigest() == row.get("sha256") else None
