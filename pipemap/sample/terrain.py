"""The lie of the land: where the town's straight plan comes to stand on the map, and how high the ground is there.

A town is planned in straight coordinates ``u`` (along the river) and ``v`` (away from it), in metres. Slow waves then bend
that plan, so that streets curve and cross at other than right angles while what lies beside each other stays beside each
other: a wave moves places across its own direction only, which stretches no distance by more than a quarter.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipemap.sample.sheet import Floats, Ints

CRS = "EPSG:4547"  # CGCS2000, 3-degree zone with central meridian 114° E
HEIGHT_SYSTEM = "1985国家高程基准"
ORIGIN = (512_400.0, 3_846_200.0)  # north of the Huai river, where towns are heated

RIVER_SPACING = 3600.0
RIVER_HALF_WIDTH = 34.0
_BENDS = ((6000.0, 150.0), (4300.0, 90.0), (2000.0, 26.0), (1500.0, 15.0), (720.0, 5.0), (330.0, 1.6))
_HILLS = ((3900.0, 2.4), (2600.0, 1.7), (1400.0, 0.7), (610.0, 0.2))
_RIVERSIDE_CM = 4260.0


@dataclass(frozen=True, slots=True)
class Terrain:
    """Waves with their direction and phase; see :func:`make_terrain`."""

    turn: float
    bends: Floats
    hills: Floats

    def place(self, plan: Floats) -> Floats:
        """Return east and north (n, 2), to the millimetre, of places in the plan (n, 2)."""
        moved = plan.copy()
        for wave_u, wave_v, amplitude, phase in self.bends:
            length = np.hypot(wave_u, wave_v)
            shift = amplitude * np.sin(plan[:, 0] * wave_u + plan[:, 1] * wave_v + phase)
            moved[:, 0] -= shift * (wave_v / length)
            moved[:, 1] += shift * (wave_u / length)
        cos, sin = np.cos(self.turn), np.sin(self.turn)
        east = moved[:, 0] * cos - moved[:, 1] * sin + ORIGIN[0]
        north = moved[:, 0] * sin + moved[:, 1] * cos + ORIGIN[1]
        return np.round(np.column_stack([east, north]), 3)

    def ground_cm(self, plan: Floats) -> Ints:
        """Return the ground level of places in the plan, in whole centimetres; a bridge's deck over the river."""
        away = distance_to_river(plan[:, 1])
        half = RIVER_SPACING / 2
        level = _RIVERSIDE_CM + 100.0 * 0.0072 * away * (1.0 - 0.5 * away / half) - 100.0 * 0.0003 * plan[:, 0]
        fade = away / (away + 150.0)
        for wave_u, wave_v, amplitude, phase in self.hills:
            level += 100.0 * amplitude * fade * np.sin(plan[:, 0] * wave_u + plan[:, 1] * wave_v + phase)
        return np.round(level).astype(np.int64)

    def length(self, start: Floats, end: Floats) -> Floats:
        """Return the distance on the map, in metres, between places in the plan."""
        step = self.place(end) - self.place(start)
        return np.asarray(np.sqrt((step**2).sum(axis=1)))


def make_terrain(rng: np.random.Generator) -> Terrain:
    """Make the land of a town."""
    return Terrain(float(rng.uniform(-0.22, 0.22)), _waves(rng, _BENDS), _waves(rng, _HILLS))


def distance_to_river(v: Floats) -> Floats:
    """Return metres from the axis of the nearest river, in the plan."""
    return np.asarray(np.abs(v - RIVER_SPACING * np.round(v / RIVER_SPACING)))


def _waves(rng: np.random.Generator, sizes: tuple[tuple[float, float], ...]) -> Floats:
    """One row a wave: two wave numbers, amplitude, phase."""
    heading = rng.uniform(0.0, np.pi, len(sizes))
    phase = rng.uniform(0.0, 2 * np.pi, len(sizes))
    length, amplitude = np.asarray(sizes).T
    number = 2 * np.pi / length
    return np.column_stack([number * np.cos(heading), number * np.sin(heading), amplitude, phase])
