"""A reading: one measured value at a node or a pipe, and from where on it is beyond its limit."""

from __future__ import annotations

import math
from dataclasses import dataclass

from pipemap.catalog.readings import reading_kinds


@dataclass(frozen=True, slots=True)
class Reading:
    """One measured value.

    Attributes
    ----------
    kind
        A word of :func:`~pipemap.catalog.readings.reading_kinds`; what nobody knows stays as it was written.
    value, unit
        In the unit of its kind; None where what was written is no number.
    written
        Value with unit as it was written.
    taken
        ISO text by the clock on the wall; what is no time stays as it was written.
    node, pipe
        Keys; None where ``element``, the id as written, is not known.
    finding
        Key of the hazard that it raised, or that it belongs to.
    """

    kind: str = ""
    value: float | None = None
    unit: str = ""
    written: str = ""
    taken: str = ""
    taken_by: str = ""
    node: int | None = None
    pipe: int | None = None
    element: str = ""
    patrol: int | None = None
    finding: int | None = None
    instrument: str = ""
    source: str = ""
    note: str = ""
    fid: int = 0

    @property
    def label(self) -> str:
        """Name of its kind."""
        known = reading_kinds().get(self.kind)
        return known.label if known is not None else self.kind

    @property
    def words(self) -> str:
        """Value with its unit; what was written where that is no number."""
        known = reading_kinds().get(self.kind)
        if self.value is None or known is None:
            return self.written
        return f"{self.value:.{known.decimals}f} {known.unit}"


@dataclass(frozen=True, slots=True)
class ReadingLimit:
    """From where to where values of a kind are sound, None on a side without a limit; ``is_ours``: our own starting value."""

    low: float | None = None
    high: float | None = None
    is_ours: bool = True

    def is_beyond(self, value: float | None) -> bool:
        """Whether a value is out of it.

        Examples
        --------
        >>> limit = ReadingLimit(-1.2, -0.85)
        >>> limit.is_beyond(-0.7), limit.is_beyond(-0.85), limit.is_beyond(None)
        (True, False, False)
        """
        if value is None or math.isnan(value):
            return False
        return (self.low is not None and value < self.low) or (self.high is not None and value > self.high)

    @property
    def words(self) -> str:
        """Both sides as a person reads them."""
        if self.low is not None and self.high is not None:
            return f"{self.low:g} … {self.high:g}"
        return f"≥ {self.low:g}" if self.low is not None else f"≤ {self.high:g}" if self.high is not None else "–"
