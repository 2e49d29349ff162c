"""When and where a photo was taken, as its EXIF says; a photo without that, and a broken one, say so."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipemap.errors import SurveyFileError
from pipemap.texts import _

if TYPE_CHECKING:
    from PIL.Image import Exif

LARGEST = 100 << 20
"""Bytes of a file that is opened at all."""
MOST_PIXELS = 120_000_000
"""A picture that says it has more is taken for a bomb."""
ENDINGS = (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp")
_FORMATS = ("JPEG", "PNG", "TIFF", "WEBP")
_DETAILS, _GPS = 0x8769, 0x8825
_TAKEN, _TAKEN_THERE, _OFFSET = 0x9003, 0x0132, 0x9011
_LAT_REF, _LAT, _LON_REF, _LON, _TIME, _DATE = 1, 2, 3, 4, 7, 29
_PARTS = 3
_QUARTER_TURN, _HALF_TURN = 90.0, 180.0


@dataclass(frozen=True, slots=True)
class PhotoPlace:
    """Where and when a photo was taken.

    Attributes
    ----------
    lon, lat
        Degrees in whatever datum the phone writes; NaN where unknown.
    time
        Seconds since 1970 in UTC, NaN where unknown.
    notes
        What is odd.
    """

    name: str
    lon: float = math.nan
    lat: float = math.nan
    time: float = math.nan
    notes: tuple[str, ...] = ()

    @property
    def is_placed(self) -> bool:
        """Whether it says where."""
        return math.isfinite(self.lon) and math.isfinite(self.lat)


def read_photo(path: Path | str, *, zone_hours: float = 8.0) -> PhotoPlace:
    """Read the EXIF of a photo; only its head is read, never the picture.

    Parameters
    ----------
    zone_hours
        Hours that the clock of the phone is before UTC, where the photo does not say so itself.

    Raises
    ------
    SurveyFileError
        The file is not there, huge, or no photo.
    """
    from PIL import Image

    file = Path(path)
    _check_size(file)
    notes: list[str] = []
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what is too large is refused below, in our words
            with Image.open(file, formats=_FORMATS) as opened:
                pixels = opened.width * opened.height
                exif = _exif_of(opened, notes)
    except Image.DecompressionBombError as error:
        raise SurveyFileError(
            _("{file} says that it has more than {n} million pixels; such a picture is not opened.").format(
                file=file.name, n=f"{MOST_PIXELS / 1e6:,.0f}"
            )
        ) from error
    except Exception as error:  # Pillow's readers raise whatever a broken file leads to
        raise SurveyFileError(_("{file} is no picture that can be opened; it may be broken.").format(file=file.name)) from error
    if pixels > MOST_PIXELS:
        raise SurveyFileError(
            _("{file} says that it has {n} million pixels; such a picture is not opened.").format(
                file=file.name, n=f"{pixels / 1e6:,.0f}"
            )
        )
    lon, lat = _place(exif, notes)
    time = _time(exif, zone_hours, notes)
    return PhotoPlace(file.name, lon, lat, time, tuple(notes))


def _check_size(file: Path) -> None:
    try:
        if not file.is_file():
            raise SurveyFileError(_("There is no file {file}.").format(file=file))
        if file.stat().st_size > LARGEST:
            raise SurveyFileError(_("{file} is larger than {most} MB.").format(file=file.name, most=LARGEST >> 20))
    except OSError as error:
        if isinstance(error, SurveyFileError):
            raise
        reason = error.strerror or error
        raise SurveyFileError(_("{file} cannot be read: {reason}").format(file=file.name, reason=reason)) from error


def _exif_of(opened: Any, notes: list[str]) -> tuple[dict[int, Any], dict[int, Any]]:  # noqa: ANN401 -- a picture of Pillow
    """Return the details and the GPS part of an EXIF; empty where it is broken."""
    try:
        exif: Exif = opened.getexif()
        parts = dict(exif), dict(exif.get_ifd(_DETAILS)), dict(exif.get_ifd(_GPS))
    except Exception:  # noqa: BLE001 -- whatever a broken EXIF leads to
        notes.append(_("Its EXIF is broken."))
        return {}, {}
    return parts[0] | parts[1], parts[2]


def _place(exif: tuple[dict[int, Any], dict[int, Any]], notes: list[str]) -> tuple[float, float]:
    gps = exif[1]
    if _LAT not in gps and _LON not in gps:
        return math.nan, math.nan
    lat = _degrees(gps.get(_LAT)) * (-1 if _letter(gps.get(_LAT_REF)) == "S" else 1)
    lon = _degrees(gps.get(_LON)) * (-1 if _letter(gps.get(_LON_REF)) == "W" else 1)
    is_known = abs(lat) <= _QUARTER_TURN and abs(lon) <= _HALF_TURN and (lat, lon) != (0.0, 0.0)
    if not is_known:
        notes.append(_("Its EXIF gives no place on the earth."))
        return math.nan, math.nan
    return lon, lat


def _degrees(value: Any) -> float:  # noqa: ANN401 -- whatever the EXIF has there
    try:
        parts = [float(part) for part in value]
    except (TypeError, ValueError, ZeroDivisionError):
        return math.nan
    if len(parts) != _PARTS:
        return math.nan
    return parts[0] + parts[1] / 60 + parts[2] / 3600


def _letter(value: Any) -> str:  # noqa: ANN401
    text = value.decode("ascii", "ignore") if isinstance(value, bytes) else str(value or "")
    return text.strip("\0 ").upper()[:1]


def _time(exif: tuple[dict[int, Any], dict[int, Any]], zone_hours: float, notes: list[str]) -> float:
    """GPS time is UTC; the camera's clock is that of its zone."""
    details, gps = exif
    try:
        hour, minute, second = (float(part) for part in gps[_TIME])
        day = datetime.strptime(_text(gps[_DATE]), "%Y:%m:%d").replace(tzinfo=UTC)
        return (day + timedelta(hours=hour, minutes=minute, seconds=second)).timestamp()
    except (KeyError, TypeError, ValueError, ZeroDivisionError, OverflowError):
        pass
    written = _text(details.get(_TAKEN) or details.get(_TAKEN_THERE))
    if not written:
        return math.nan
    try:
        clock = datetime.strptime(written[:19], "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007 -- its zone is put in below
        return clock.replace(tzinfo=_zone(_text(details.get(_OFFSET)), zone_hours)).timestamp()
    except (ValueError, OverflowError):
        notes.append(_("Its EXIF gives no time that can be read: {text}").format(text=written[:40]))
        return math.nan


def _zone(offset: str, hours: float) -> timezone:
    """Return the zone that the EXIF names as +08:00, else the one that is asked for."""
    try:
        found = datetime.strptime(offset, "%z").utcoffset()
    except ValueError:
        found = None
    return timezone(found if found is not None else timedelta(hours=hours))


def _text(value: Any) -> str:  # noqa: ANN401
    text = value.decode("ascii", "ignore") if isinstance(value, bytes) else str(value or "")
    return text.strip("\0 ")
