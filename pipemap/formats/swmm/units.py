"""SWMM's two systems of units, chosen by the flow unit; unlike EPANET's, pipes are measured in feet or metres too."""

from __future__ import annotations

from dataclasses import dataclass

FOOT = 0.3048
INCH_MM = 25.4
DEFAULT = "CFS"
"""What SWMM takes when a file names no flow unit."""
_US = ("CFS", "GPM", "MGD")
_SI = ("CMS", "LPS", "MLD")


@dataclass(frozen=True, slots=True)
class Units:
    """Factors from the numbers of a file to those of a survey.

    Attributes
    ----------
    flow
        The unit as named in the file, in capitals.
    metre
        Metres in a unit of length, level and size.
    roughness_mm
        Millimetres in a unit of the roughness height of a force main.
    """

    flow: str
    metre: float
    roughness_mm: float


def is_flow_unit(name: str) -> bool:
    """Whether SWMM has a flow unit of this name."""
    return name.upper() in _US + _SI


def units_of(flow: str) -> Units:
    """Return the factors that go with a flow unit, which must be one."""
    us = flow.upper() in _US
    return Units(flow.upper(), FOOT if us else 1.0, INCH_MM if us else 1.0)
