"""A made city of any size: what the demonstration, the tests and the benchmarks run on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from pipemap.model.delivery import Batch, Delivery
from pipemap.progress import SILENT, Progress
from pipemap.sample.cables import lay_cables
from pipemap.sample.customers import list_customers
from pipemap.sample.extras import lay_extras
from pipemap.sample.faults import Fault, put_faults
from pipemap.sample.gas import lay_gas
from pipemap.sample.gravity import lay_drains
from pipemap.sample.heating import lay_heating
from pipemap.sample.leaves import build_leaves, split_longest
from pipemap.sample.records import make_records
from pipemap.sample.streets import Streets, plan_streets
from pipemap.sample.terrain import CRS, HEIGHT_SYSTEM, make_terrain
from pipemap.sample.town import Town
from pipemap.sample.water import lay_water
from pipemap.texts import _

SMALLEST = 60
_MAINS_PER_KM = 244.0
_MAINS_SHARE = 0.72
_GOOD_FIT = 0.06
_TRIES = 14


def lay_town(pipes: int, seed: int, progress: Progress = SILENT) -> Town:
    """Lay a town's networks, in as many streets as leave room for services, and build as many of those as are wanted."""
    rng = np.random.Generator(np.random.PCG64([seed, 1]))
    terrain = make_terrain(rng)
    streets = plan_streets(pipes, terrain, rng)
    low, high = 1, streets.edge_count
    edges = _first_guess(streets, pipes)
    chosen = town = Town(streets.first(1), terrain, seed)
    for attempt in range(_TRIES):
        progress(attempt, None, _("Laying pipes"))
        town = Town(streets.first(edges), terrain, seed)
        _lay(town)
        if not attempt or _misfit(town, pipes) < _misfit(chosen, pipes):
            chosen = town
        mains = town.sheet.pipes.count
        if _misfit(town, pipes) < _GOOD_FIT:
            break
        low, high = (low, edges - 1) if mains > _MAINS_SHARE * pipes else (edges + 1, high)
        if low > high:
            break
        edges = int(np.clip(round(edges * _MAINS_SHARE * pipes / mains), low, high))
    chosen = _denser(streets, chosen, pipes)
    build_leaves(chosen.sheet, chosen.leaves, pipes - chosen.sheet.pipes.count, chosen.rng(90))
    while chosen.sheet.pipes.count < pipes:
        split_longest(chosen, pipes - chosen.sheet.pipes.count)
    return chosen


def _misfit(town: Town, pipes: int) -> float:
    """How far the mains are from their usual share; much more where they cannot be filled up to the wanted number."""
    mains, spare = town.sheet.pipes.count, sum(len(leaves) for leaves in town.leaves)
    off = abs(mains / pipes - _MAINS_SHARE)
    if mains > pipes:
        return 10.0 + off
    return off if mains + spare >= pipes else 1.0 + (pipes - mains - spare) / pipes


def _denser(streets: Streets, town: Town, pipes: int) -> Town:
    """Put nodes closer in a village whose few streets have too little on them, as far as that helps."""
    for density in (1.3, 1.7, 2.2, 3.0, 4.0, 6.0):
        if town.sheet.pipes.count + sum(len(leaves) for leaves in town.leaves) >= pipes:
            break
        closer = Town(streets.first(town.streets.edge_count, density=density), town.terrain, town.seed)
        _lay(closer)
        if closer.sheet.pipes.count > pipes:
            break
        town = closer
    return town


def _first_guess(streets: Streets, pipes: int) -> int:
    wanted = _MAINS_SHARE * pipes / _MAINS_PER_KM * 1000.0
    return int(np.clip(np.searchsorted(np.cumsum(streets.length), wanted), 1, streets.edge_count))


def _lay(town: Town) -> None:
    lay_water(town)
    sewers = lay_drains(town)
    lay_gas(town)
    lay_heating(town)
    lay_cables(town)
    lay_extras(town, sewers)


@dataclass(frozen=True, slots=True)
class City:
    """A made city.

    Attributes
    ----------
    delivery
        As a crew would deliver it, with its customers.
    faults
        What is wrong with it on purpose; nothing else is.
    customers
        The same table as ``delivery.customers``.
    """

    delivery: Delivery
    faults: tuple[Fault, ...]
    customers: pa.Table


def make_city(pipes: int, *, seed: int = 1, faults: int = 0, progress: Progress = SILENT) -> City:
    """Make a town of about ``pipes`` pipes (within 3 %), with streets, land, every category, and customers.

    The same arguments give the same city, on any machine.

    Parameters
    ----------
    pipes
        60 to 4 million or more; fewer give the smallest.
    seed
        Another number, another town.
    faults
        How many known faults to put in, of :data:`FAULT_KINDS` in turn; a small town may hold fewer.
    progress
        Told of each step; may cancel.

    Examples
    --------
    >>> city = make_city(300, seed=7)
    >>> city.delivery.pipes.num_rows
    300
    """
    town = lay_town(max(pipes, SMALLEST), seed, progress)
    progress(1, 3, _("Writing records"))
    records = make_records(town)
    customers = list_customers(town, records)
    progress(2, 3, _("Putting in faults"))
    records, made = put_faults(records, faults, town.rng(99))
    batch = Batch(
        name="2024",
        project="地下管线普查",
        surveyor="市勘察测绘研究院",
        supervisor="中衡监理有限公司",
        started="2024-03-04",
        finished="2024-10-18",
        crs=CRS,
        height_system=HEIGHT_SYSTEM,
        instruments="RD8100；全站仪 TS16；RTK；GPR 250/700 MHz",
        source=f"make_city({pipes}, seed={seed}, faults={faults})",
        note=_("A made city: no pipe of it exists."),
    )
    delivery = Delivery(records.nodes, records.pipes, records.lines, batch, format="sample", crs=CRS, customers=customers)
    progress(3, 3, _("Writing records"))
    return City(delivery, made, customers)
