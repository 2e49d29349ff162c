"""A patrol: what a crew shall pass and by when, and the tracks that say where it was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipemap.texts import N_

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

STATUSES = {
    "planned": N_("To be walked"),
    "under_way": N_("Under way"),
    "done": N_("Done"),
    "cancelled": N_("Cancelled"),
}
"""How far a patrol is."""

MODES = {"walk": N_("On foot"), "vehicle": N_("By vehicle"), "drone": N_("By drone"), "robot": N_("By robot")}
"""How a crew goes; only where it goes on foot does driving past count for nothing."""

KINDS = {"round": N_("Round"), "works": N_("Third-party works")}
"""What a patrol is for: a round, or watching the works of others near pipes."""

WORKS = {
    "builder": N_("Builder"),
    "contact": N_("Contact"),
    "begins": N_("Works begin"),
    "ends": N_("Works end"),
    "notified": N_("Notice given"),
    "notified_by": N_("Notice given by"),
    "briefed": N_("Briefed"),
    "briefed_by": N_("Briefed by"),
    "protection": N_("Protection"),
    "protected": N_("Protection in place"),
    "protected_by": N_("Protection checked by"),
}
"""What is told of the works of others near pipes, beside what every patrol has."""

WORKS_STEPS = ("notified", "briefed", "protected")
"""What is to be done before such works begin, in its order; each with a day and, behind ``_by``, a person."""

DAYS = ("due", "begins", "ends", *WORKS_STEPS)
"""Fields that hold a day."""

VISIT_STATES = {"sound": N_("In order"), "odd": N_("Not in order"), "quiet": N_("Nobody at work")}
"""What a visit to works found."""

_COLUMNS = 4
_BYTES = _COLUMNS * 8


@dataclass(frozen=True, slots=True)
class Patrol:
    """One round of a crew.

    Attributes
    ----------
    fid
        Its number.
    elements, required
        What is to be passed, and the nodes at which somebody has to have been: ``pipe:ID``, ``node:ID``, or ``pipe:#KEY``
        where an id is not alone.
    cycle_days
        After how many days it is due again; None: once.
    planned, due, started, finished
        ISO texts, empty where unknown.
    length, walk
        Metres of the pipes, and of the whole way with what lies between them.
    works
        Of works of others: what is known of :data:`WORKS`, by its word.
    """

    fid: int
    name: str
    kind: str = "round"
    mode: str = "walk"
    status: str = "planned"
    elements: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    cycle_days: float | None = None
    crew: str = ""
    weather: str = ""
    planned: str = ""
    due: str = ""
    started: str = ""
    finished: str = ""
    length: float = 0.0
    walk: float = 0.0
    note: str = ""
    works: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit to works near pipes; ``state`` is one of :data:`VISIT_STATES`, ``visited`` a day or a time as ISO text."""

    fid: int
    patrol: int
    visited: str
    visitor: str = ""
    state: str = "sound"
    note: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class TrackPoints:
    """Where a device was, in the coordinates of the survey.

    Attributes
    ----------
    xy
        float64 (n, 2): east and north in metres.
    time
        float64 (n): seconds since 1970 in UTC, NaN where unknown.
    part
        int64 (n): between two parts nothing was recorded.
    """

    xy: NDArray[np.float64]
    time: NDArray[np.float64]
    part: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.xy)

    def pack(self) -> bytes:
        """Return it as the bytes that a survey keeps: little-endian rows of east, north, time and part."""
        import numpy as np

        return np.column_stack([self.xy, self.time, self.part]).astype("<f8").tobytes()

    @classmethod
    def unpack(cls, packed: bytes | None) -> TrackPoints:
        """Read what :meth:`pack` wrote; empty where it is nothing of the kind, and without what has no place."""
        import numpy as np

        content = packed or b""
        rows = np.frombuffer(content[: len(content) // _BYTES * _BYTES], dtype="<f8").reshape(-1, _COLUMNS).astype(np.float64)
        rows = rows[np.isfinite(rows[:, :2]).all(axis=1) & (np.abs(rows[:, 3]) < 2**53)]
        return cls(rows[:, :2].copy(), rows[:, 2].copy(), rows[:, 3].astype(np.int64))


@dataclass(frozen=True, slots=True)
class Track:
    """A track with where it comes from; ``datum`` is what it was recorded in."""

    fid: int
    patrol: int | None
    points: TrackPoints
    started: str = ""
    finished: str = ""
    crew: str = ""
    source: str = ""
    datum: str = "wgs84"
    sha256: str = ""
