"""Figures by which the quality of a survey is judged: limits, mean errors, shares of samples; each says how sure it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from pipemap import assets


@dataclass(frozen=True, slots=True)
class Accuracy:
    """One figure; ``unit`` is ``m``, ``h`` (metres for each metre of depth) or empty."""

    item: str
    value: float
    unit: str
    condition: str
    certainty: str
    source: str


@cache
def accuracies() -> Mapping[str, Accuracy]:
    """Return the figures by name."""
    rows = assets.read_rows("standards", "accuracy.csv")
    return MappingProxyType({row["item"]: Accuracy(**{**row, "value": float(row["value"])}) for row in rows})  # type: ignore[arg-type]


def accuracy(item: str) -> float:
    """Return one figure."""
    return accuracies()[item].value
