"""EPANET's two systems of units, chosen by the flow unit; metres, millimetres and litres a second come out."""

from __future__ import annotations

from dataclasses import dataclass

FOOT = 0.3048
INCH_MM = 25.4
PSI_METRES = FOOT / 0.4333  # EPANET counts 0.4333 psi a foot of water and 6.895 kPa a psi
KPA_METRES = PSI_METRES / 6.895
BAR_METRES = 100 * KPA_METRES

_DAY = 86400.0
_GALLON = 3.785411784
_IMPERIAL_GALLON = 4.54609
_ACRE_FOOT = 1_233_481.83754752
_LITRES_PER_SECOND = {
    "CFS": 28.316846592,
    "GPM": _GALLON / 60,
    "MGD": _GALLON * 1e6 / _DAY,
    "IMGD": _IMPERIAL_GALLON * 1e6 / _DAY,
    "AFD": _ACRE_FOOT / _DAY,
    "LPS": 1.0,
    "LPM": 1 / 60,
    "MLD": 1e6 / _DAY,
    "CMS": 1000.0,
    "CMH": 1000 / 3600,
    "CMD": 1000 / _DAY,
    "SI": 1.0,
}
_US = frozenset({"CFS", "GPM", "MGD", "IMGD", "AFD"})
_PRESSURE = {
    "KPA": KPA_METRES,
    "BAR": BAR_METRES,
}

DEFAULT = "GPM"
"""What EPANET takes when a file names no flow unit."""


@dataclass(frozen=True, slots=True)
class Units:
    """Factors from the numbers of a file to those of a survey.

    Attributes
    ----------
    flow
        The unit as named in the file, in capitals.
    lps, metre, mm, pressure
        Litres a second in a unit of flow; metres in a unit of length, elevation and head; millimetres in a unit of
        diameter; metres of water in a unit of pressure.
    roughness
        Factor to millimetres for the Darcy-Weisbach formula, 1 for the others, whose coefficients have no unit.
    """

    flow: str
    lps: float
    metre: float
    mm: float
    pressure: float
    roughness: float


def is_flow_unit(name: str) -> bool:
    """Whether EPANET has a flow unit of this name."""
    return name.upper() in _LITRES_PER_SECOND


def units_of(flow: str, *, pressure: str = "", headloss: str = "") -> Units:
    """Return the factors that go with a flow unit (which must be one), a pressure unit and a head loss formula."""
    flow = flow.upper()
    us = flow in _US
    return Units(
        flow=flow,
        lps=_LITRES_PER_SECOND[flow],
        metre=FOOT if us else 1.0,
        mm=INCH_MM if us else 1.0,
        pressure=_pressure(pressure.upper(), us=us),
        roughness=FOOT if us and headloss.upper() == "D-W" else 1.0,
    )


def _pressure(name: str, *, us: bool) -> float:
    # Like EPANET: feet and gallons go with psi whatever the file says, metres with anything but psi.
    return PSI_METRES if us else _PRESSURE.get(name, 1.0)
