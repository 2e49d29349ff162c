"""Colours that are worked out from how valves part the network: its segments, and what the break of a pipe costs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from pipemap.scene.colours import MISSING, Colouring, Legend, LegendEntry, rgb
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from pipemap.model.network import Network

RAMP = ("#9FB1BD", "#E3C565", "#EDAE49", "#E0713A", "#D1495B", "#8E2A6B")
"""From what hardly matters to what matters most."""
MIXED = ("#2E86AB", "#EDAE49", "#3C9D6E", "#D1495B", "#8A63D2", "#C77F3B", "#5FB3B3", "#B5577F")
"""For parts that shall only differ from their neighbours."""

STEPS = {True: (1.0, 10.0, 50.0, 200.0, 1000.0), False: (100.0, 300.0, 1000.0, 3000.0, 10_000.0)}
"""Where a class of costs begins: in customers, and in metres where the survey holds no customers."""

NOT_SHUT_OFF = N_("No valve shuts it off")


def by_segment(network: Network, *, dark: bool) -> Colouring:
    """Colour valve segments so that those that meet at a valve differ; what no valve can shut off is grey."""
    from pipemap.analysis.segments import segment_colours, segments_of

    segments = segments_of(network)
    colour = np.append(segment_colours(segments, len(MIXED)), len(MIXED))
    missing = int((segments.pipe < 0).sum())
    words = _("Each of {n} segments differs from its neighbours").format(n=f"{segments.count:,}")
    entries = [LegendEntry(words, MIXED[0], int((segments.pipe >= 0).sum()), "segment")]
    if missing:
        entries.append(LegendEntry(_(NOT_SHUT_OFF), MISSING[dark], missing, None))
    table = _table(MIXED, dark=dark)
    return Colouring(table[colour[segments.pipe]], table[colour[segments.node]], Legend(_("Valve segments"), "", tuple(entries)))


def by_break_cost(network: Network, *, dark: bool) -> Colouring:
    """Colour pipes by who is without supply when they break: customers, or metres where the survey holds none."""
    rank, names = break_classes(network)
    counts = np.bincount(rank, minlength=len(RAMP) + 1)
    entries = [
        LegendEntry(name, shade, int(count), str(place))
        for place, (name, shade, count) in enumerate(zip(names, RAMP, counts[:-1].tolist(), strict=True))
        if count
    ]
    if counts[-1]:
        entries.append(LegendEntry(_(NOT_SHUT_OFF), MISSING[dark], int(counts[-1]), None))
    unit = _("customers") if len(network.customers) else "m"
    grey = np.broadcast_to(np.array(rgb(MISSING[dark]), dtype=np.uint8), (network.node_count, 3))
    return Colouring(_table(RAMP, dark=dark)[rank], grey, Legend(_("What a break costs"), unit, tuple(entries)))


def break_classes(network: Network) -> tuple[NDArray[np.int64], list[str]]:
    """Return the class of each pipe by what its break costs (``len(RAMP)``: no valve shuts it off), and their names."""
    from pipemap.analysis.criticality import criticality_of

    by_customers = len(network.customers) > 0
    cost = criticality_of(network).of_pipes()[:, 0 if by_customers else 1]
    rank = np.searchsorted(STEPS[by_customers], cost, side="right")
    return np.where(np.isfinite(cost), rank, len(RAMP)).astype(np.int64), _class_names(STEPS[by_customers])


def _class_names(steps: tuple[float, ...]) -> list[str]:
    inner = [f"{low:,.0f} – {high:,.0f}" for low, high in pairwise(steps)]
    first = "0" if steps[0] == 1.0 else f"< {steps[0]:,.0f}"
    return [first, *inner, f"≥ {steps[-1]:,.0f}"]


def _table(colours: Sequence[str], *, dark: bool) -> NDArray[np.uint8]:
    """The colours, and grey behind them."""
    return np.array([*(rgb(colour) for colour in colours), rgb(MISSING[dark])], dtype=np.uint8)


Paint = Callable[..., Colouring]

WORKED_OUT: Mapping[str, tuple[str, Paint]] = MappingProxyType(
    {"segment": (N_("Valve segment"), by_segment), "break_cost": (N_("What a break costs"), by_break_cost)}
)
"""What can be coloured by and is no field: its title, and what colours a network by it."""
