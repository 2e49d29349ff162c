"""How rough a new pipe of a material is, for the three formulas of hydraulic models."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from pipemap import assets
from pipemap.catalog.pipes import material


@dataclass(frozen=True, slots=True)
class Roughness:
    """Coefficients of one material (code of CJJ 61; empty: any other), new; ``darcy_weisbach_mm`` is a height."""

    material: str
    hazen_williams: float
    darcy_weisbach_mm: float
    manning: float
    certainty: str
    source: str


@cache
def roughnesses() -> Mapping[str, Roughness]:
    """Return the coefficients by code of the material; the one for any other has an empty code."""
    return MappingProxyType(
        {
            row["material"]: Roughness(
                row["material"],
                float(row["hazen_williams"]),
                float(row["darcy_weisbach_mm"]),
                float(row["manning"]),
                row["certainty"],
                row["source"],
            )
            for row in assets.read_rows("standards", "roughness.csv")
        }
    )


def roughness_of(text: str | None) -> Roughness | None:
    """Return the coefficients of a material as written in a survey, None when it is not known or not in the table."""
    found = material(text)
    return roughnesses().get(found.code) if found else None
