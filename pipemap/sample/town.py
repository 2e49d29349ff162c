"""What every utility is given to lay itself: streets, land, the sheet it writes on, and when each street was built."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from pipemap.sample.leaves import Leaves
from pipemap.sample.practice import Utility
from pipemap.sample.sheet import Floats, Ints, Sheet, Value
from pipemap.sample.strands import Strand
from pipemap.sample.streets import Streets
from pipemap.sample.terrain import Terrain

OLDEST, NEWEST = 1958, 2024


@dataclass(slots=True)
class Town:
    """A city while it is built.

    ``seed`` feeds :meth:`rng`, one stream of numbers a utility, so that a change in one moves nothing in another.
    """

    streets: Streets
    terrain: Terrain
    seed: int
    sheet: Sheet = field(default_factory=Sheet)
    leaves: list[Leaves] = field(default_factory=list)

    def rng(self, stream: int) -> np.random.Generator:
        """Return the random numbers of one stream."""
        return np.random.Generator(np.random.PCG64([self.seed, stream]))

    def years(self, stream: int) -> Ints:
        """Year in which a utility was laid in each street edge: with the street, or when it was renewed."""
        count = self.streets.edge_count
        rng = self.rng(stream)
        rank = (np.arange(count) + 0.5) / max(count, 1)
        first = OLDEST + (NEWEST - OLDEST) * (0.15 + 0.85 * rank) + rng.uniform(-9.0, 9.0, count)
        block = self.streets.line  # a street is renewed as a whole more often than piece by piece
        renewed = rng.random(len(self.streets.line_at))[block] < 0.45
        when = rng.uniform(1996.0, NEWEST, len(self.streets.line_at))[block]
        year = np.where(renewed & (when > first), when, first)
        return np.clip(year, OLDEST, NEWEST).astype(np.int64)

    def add_strand(self, strand: Strand, values: dict[str, Value]) -> Ints:
        """Write a strand's nodes; returns their rows."""
        ground = self.terrain.ground_cm(strand.place)
        return self.sheet.add_nodes(strand.place, ground, {"edge": strand.edge, **values})

    def zone_depth(self, utility: Utility, strand: Strand, rng: np.random.Generator) -> Floats:
        """Depth of the outside top at each node of a strand, some centimetres deeper than need be, in metres."""
        return np.asarray(np.round(utility.depth(strand.zone) + rng.uniform(0.0, 0.035, strand.node_count), 2))


def degrees(count: int, start: Ints, end: Ints) -> Ints:
    """How many pipes meet at each node."""
    return np.bincount(np.concatenate([start, end]), minlength=count)
