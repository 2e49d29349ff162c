"""Where each utility lies in a street: beside the axis, below the ground, and what it is made of.

From the edge of the street to its axis: power, telecom, water, gas, heating, sewage, storm; from top to bottom at crossings:
lighting, signals, telecom, power, gas, heating, water, reclaimed, storm, sewage. Water, power and heating lie on the west and
north side, telecom and gas on the east and south. Everything laid along u has its own distance from the axis, and so has
everything along v: two utilities meet only where their streets cross, one above the other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipemap.sample.sheet import Floats, Ints

STATION_STEP = 7.0
"""Nodes of different utilities along a street stand at different remainders of this step: their branches never meet."""


@dataclass(frozen=True, slots=True)
class Utility:
    """One network of the town.

    ``beside`` is metres from the axis by street class, north or west positive; ``top`` the depth of the outside top in the
    zone of a street class (gravity: the least depth of the crown); ``remainder`` says where along a street its nodes stand.
    """

    name: str
    prefix: str
    beside: tuple[float, float, float]
    top: tuple[float, float, float]
    remainder: float
    spacing: float
    owner: str

    def across(self, street_class: Ints) -> Floats:
        """Metres beside the axis, for streets of these classes."""
        return np.asarray(self.beside)[street_class]

    def depth(self, zone: Ints) -> Floats:
        """Metres down to the outside top, in zones of these classes."""
        return np.asarray(self.top)[zone]


POWER = Utility("power", "GD", (9.2, 13.6, 23.5), (0.92, 1.03, 1.03), 0.0, 52.0, "国网供电公司")
WATER = Utility("water", "JS", (7.6, 11.4, 19.5), (1.40, 2.00, 2.46), 0.7, 62.0, "市自来水公司")
SUPPLY = Utility("supply", "RS", (6.3, 9.0, 15.0), (1.36, 1.60, 1.92), 1.4, 52.0, "市热力公司")
RETURN = Utility("return", "RS", (5.5, 8.1, 13.8), (1.36, 1.60, 1.92), 2.1, 52.0, "市热力公司")
SEWAGE = Utility("sewage", "WS", (1.2, 2.4, 6.0), (2.05, 2.55, 3.28), 2.8, 40.0, "市排水公司")
STORM = Utility("storm", "YS", (-1.6, -2.4, -4.5), (1.78, 2.46, 3.26), 3.5, 38.0, "市排水公司")
LIGHT = Utility("light", "LD", (-4.9, -7.2, -11.5), (0.50, 0.50, 0.50), 4.2, 31.0, "路灯管理处")
GAS = Utility("gas", "TR", (-6.0, -9.4, -14.5), (1.15, 1.27, 1.42), 4.9, 66.0, "燃气公司")
TELECOM = Utility("telecom", "DH", (-8.3, -12.4, -21.0), (0.72, 0.72, 0.72), 5.6, 58.0, "中国电信")
RECLAIMED = Utility("reclaimed", "ZS", (-9.0, -13.7, -23.0), (0.95, 0.95, 3.13), 6.3, 70.0, "市再生水公司")
SIGNAL = Utility("signal", "XH", (0.0, 0.0, 0.0), (0.58, 0.58, 0.58), 0.0, 40.0, "交警支队")
INDUSTRY = Utility("industry", "DQ", (10.2, 16.0, 27.0), (-5.0, -5.0, -5.0), 6.3, 30.0, "化工园区管委会")
TUNNEL = Utility("tunnel", "ZH", (-24.6, -24.6, -24.6), (7.0, 7.0, 7.0), 6.3, 110.0, "管廊公司")

ZONE_REACH = np.array([11.5, 17.0, 28.5])
"""Metres along a side street within which the depths of the street it meets hold, by that street's class."""
KERB = np.array([3.9, 5.6, 9.6])
"""Metres from the axis to the gullies, by street class."""
SETTLED = 46.0
"""Metres from a larger street after which every pipe is at its usual depth."""
WATER_BOTTOM = np.array([1.60, 2.35, 3.12])
GAS_BOTTOM = np.array([1.27, 1.44, 1.68])

# Size class by how much drains to a pipe: kilometres of street upstream (storm), the same (sewage); millimetres.
STORM_SIZES = ((0.0, 400), (0.35, 500), (0.8, 600), (1.6, 800), (2.6, 1000), (4.2, 1200), (6.0, 1500))
STORM_BOXES = ((8.0, 2000, 1600), (14.0, 2500, 1800), (24.0, 3000, 2000))
SEWAGE_SIZES = ((0.0, 300), (1.2, 400), (4.0, 500), (9.0, 600), (20.0, 800), (45.0, 1000), (110.0, 1200), (220.0, 1500))
MIN_SLOPES = ((300, 0.003), (400, 0.0017), (500, 0.0013), (600, 0.0011), (800, 0.0009), (1000, 0.0008), (10_000, 0.0007))


def sizes_for(km: Floats, table: tuple[tuple[float, int], ...]) -> Floats:
    """Return the nominal size in millimetres for kilometres of street upstream."""
    steps = np.asarray([row[0] for row in table])
    return np.asarray([row[1] for row in table], dtype=np.float64)[np.searchsorted(steps, km, side="right") - 1]


def min_slope(size_mm: Floats) -> Floats:
    """Return the least slope of a gravity pipe by its size."""
    limits = np.asarray([row[0] for row in MIN_SLOPES])
    slopes = np.asarray([row[1] for row in MIN_SLOPES])
    return slopes[np.minimum(np.searchsorted(limits, size_mm), len(slopes) - 1)]
