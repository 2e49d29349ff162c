"""Photos for tests, made by hand: with a place and a time, without, broken, and such as are none."""

from __future__ import annotations

from pathlib import Path

from PIL import Image
from PIL.TiffImagePlugin import IFDRational


def photo_file(
    path: Path, *, place: tuple[float, float] | None = None, clock: str = "", offset: str = "", shade: int = 90
) -> Path:
    """A small photo; ``place`` is longitude and latitude, ``clock`` like 2026:11:25 08:30:00, EXIF's own writing."""
    exif = Image.Exif()
    if clock:
        details = exif.get_ifd(0x8769)
        details[0x9003] = clock
        if offset:
            details[0x9011] = offset
    if place is not None:
        lon, lat = place
        gps = exif.get_ifd(0x8825)
        gps[1], gps[3] = ("N" if lat >= 0 else "S"), ("E" if lon >= 0 else "W")
        gps[2], gps[4] = (_sexagesimal(abs(value)) for value in (lat, lon))
    Image.new("RGB", (64, 48), (shade, 120, 60)).save(path, "JPEG", exif=exif)
    return path


def _sexagesimal(degrees: float) -> tuple[IFDRational, ...]:
    minutes = (degrees - int(degrees)) * 60
    seconds = round((minutes - int(minutes)) * 60 * 100_000)
    return IFDRational(int(degrees), 1), IFDRational(int(minutes), 1), IFDRational(seconds, 100_000)


def huge_picture(path: Path) -> Path:
    """A PNG that says it is 60,000 pixels a side, in a hundred bytes."""
    import struct
    import zlib

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b""))
    return path
