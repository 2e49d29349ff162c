"""Pictures made fit for paper: turned upright, no larger than paper shows, compressed again; one at a time."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pipemap.errors import PipemapError
from pipemap.reports.content import Picture

if TYPE_CHECKING:
    from PIL.Image import Image

DPI = 180
"""Dots an inch at which a picture is kept: finer than an office's printer shows of a photo."""
_MM_PER_INCH = 25.4
_QUALITY = 82
_FORMATS = ("JPEG", "PNG", "BMP", "TIFF", "WEBP", "GIF")
_MOST_PIXELS = 200_000_000
_MOST_BYTES = 200 << 20
_ORIENTATION, _ON_ITS_SIDE = 0x0112, 5
_FLAT = 4096
"""Colours up to which a picture is drawn and not photographed: it stays sharp as PNG."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A picture ready for a file: its bytes (``jpeg`` or ``png``) and its size in pixels."""

    content: bytes
    format: str
    width: int
    height: int

    def fitted(self, width_mm: float, height_mm: float) -> tuple[float, float]:
        """Return the largest size in millimetres that fits, in its own proportions."""
        scale = min(width_mm / self.width, height_mm / self.height)
        return self.width * scale, self.height * scale


def prepared(picture: Picture, width_mm: float, height_mm: float) -> Prepared | None:
    """Return a picture for a place of this size; ``None`` where it is missing, or is no picture that can be read."""
    try:
        content = _content(picture)
        if len(content) > _MOST_BYTES:
            return None
        return _scaled(content, tuple(round(side / _MM_PER_INCH * DPI) for side in (width_mm, height_mm)))
    except (OSError, ValueError, SyntaxError, MemoryError, EOFError, OverflowError, PipemapError):
        return None


def _content(picture: Picture) -> bytes:
    source = picture.source
    if isinstance(source, bytes):
        return source
    if isinstance(source, Path):
        if source.stat().st_size > _MOST_BYTES:
            raise ValueError(source)
        return source.read_bytes()
    return source()


def _scaled(content: bytes, box: tuple[int, ...]) -> Prepared:
    from PIL import Image as Pillow
    from PIL import ImageOps

    wanted = (max(box[0], 16), max(box[1], 16))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a hostile file has much to say; what it is too large for is refused below
        with Pillow.open(io.BytesIO(content), formats=_FORMATS) as opened:
            if opened.width * opened.height > _MOST_PIXELS or min(opened.size) < 1:
                raise ValueError(opened.size)
            if _is_ready(opened, wanted):
                return Prepared(content, "png", *opened.size)
            is_photo = opened.format == "JPEG"
            opened.draft("RGB", _as_it_lies(opened, wanted))  # the decoder halves it, which costs less than halving it later
            ImageOps.exif_transpose(opened, in_place=True)
            flat = _on_white(opened)
            flat.thumbnail(wanted, Pillow.Resampling.LANCZOS, reducing_gap=2.0)
    out = io.BytesIO()
    if is_photo or flat.getcolors(_FLAT) is None:
        flat.save(out, "JPEG", quality=_QUALITY)
        return Prepared(out.getvalue(), "jpeg", *flat.size)
    flat.save(out, "PNG", optimize=True)
    return Prepared(out.getvalue(), "png", *flat.size)


def _is_ready(opened: Image, wanted: tuple[int, int]) -> bool:
    """Whether a picture is a plain drawing of the right size: it is taken as it is. Photos are not, for what else is in them."""
    fits = opened.width <= wanted[0] and opened.height <= wanted[1]
    return fits and opened.format == "PNG" and opened.mode == "RGB" and not opened.info


def _as_it_lies(opened: Image, wanted: tuple[int, int]) -> tuple[int, int]:
    """Return the size that is wanted for a photo as it is stored: some cameras lay theirs on the side."""
    return (wanted[1], wanted[0]) if opened.getexif().get(_ORIENTATION, 1) >= _ON_ITS_SIDE else wanted


def _on_white(picture: Image) -> Image:
    from PIL import Image as Pillow

    if picture.mode not in ("RGBA", "LA", "PA") and "transparency" not in picture.info:
        return picture if picture.mode == "RGB" else picture.convert("RGB")
    layered = picture.convert("RGBA")
    ground = Pillow.new("RGB", layered.size, "white")
    ground.paste(layered, mask=layered.getchannel("A"))
    return ground
