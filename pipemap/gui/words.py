"""Numbers and names as a person reads them."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING

from pipemap.texts import _, language

if TYPE_CHECKING:
    from pipemap.model.network import Network


def moment(text: str) -> str:
    """ISO time as a person reads it; text that is none stays as it is."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return text
    if language() == "zh":
        return f"{time.year}年{time.month}月{time.day}日 {time:%H:%M}"
    return f"{time.day} {time:%b %Y, %H:%M}"


def crs_label(crs: str) -> str:
    """How a coordinate system is named on screen: the parameters of a local grid stay in the settings of the survey."""
    from pipemap.store import crs_label as named

    return named(crs)


@cache
def crs_name(crs: str) -> str:
    """The name of a coordinate system; what was given where PROJ knows none."""
    if not crs or crs_label(crs) != crs:
        return ""
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    try:
        return f"{crs}\n{CRS.from_user_input(crs).name}"
    except CRSError:
        return crs


def sentences(*parts: str) -> str:
    """Sentences one after another, as the language on screen sets them apart."""
    return ("" if language() == "zh" else " ").join(part for part in parts if part)


def waiting(network: Network, batch: int) -> str:
    """Say that a batch waits; nothing of one that is in the survey."""
    if batch not in network.pending_batches:
        return ""
    return _("{name}: waits for acceptance, in no trace").format(name=network.batch_names.get(batch, "")).lstrip(": ")
