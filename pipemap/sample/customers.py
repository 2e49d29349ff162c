"""Who is supplied: households and firms, and those who must not be cut off."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from pipemap.sample import names
from pipemap.sample.records import Records, number_array, text_array
from pipemap.sample.sheet import Ints, Words
from pipemap.sample.streets import INDUSTRIAL
from pipemap.sample.town import Town

CLASSES = ("hospital", "dialysis", "school", "fire_station", "industry", "office", "residential")
CRITICAL = CLASSES[:4]
_ONE_IN = (260, 380, 70, 300)


def list_customers(town: Town, records: Records) -> pa.Table:
    """Return one row a customer, tied to the meter and the service pipe that supply it.

    Columns ``id``, ``name``, ``class``, ``critical``, ``households``, ``own_tank_hours``, ``x``, ``y``, ``node_row``,
    ``pipe_row``, ``method`` (``surveyed``, or ``nearest`` where the tie is a guess: no node then) and ``address``.
    """
    rng = town.rng(95)
    nodes = np.flatnonzero(~np.isnan(town.sheet.nodes.numbers("customer")))
    bore = town.sheet.nodes.numbers("customer")[nodes]
    service = np.full(town.sheet.nodes.count, -1, dtype=np.int64)
    ends = town.sheet.pipes.integers("end")
    service[ends] = np.arange(len(ends))
    edge = town.sheet.nodes.integers("edge")[nodes]
    kind = _classes(bore, town.streets.quarter[edge] == INDUSTRIAL, rng)
    flats = kind == CLASSES.index("residential")
    homes = np.where(flats, np.round(bore * rng.uniform(0.25, 1.6, len(nodes))), 0.0)
    tank = np.select([kind == 0, kind == 1, kind == 3], [8.0, 4.0, 12.0], np.nan)
    tank = np.where(flats & (rng.random(len(nodes)) < 0.12), np.round(rng.uniform(3.0, 12.0, len(nodes))), tank)
    critical = kind < len(CRITICAL)
    guessed = (rng.random(len(nodes)) < 0.12) & ~critical
    address = [town.streets.line_name[line] for line in town.streets.line[edge]]
    columns = {
        "id": pa.array([f"YH{number + 1:06d}" for number in range(len(nodes))], pa.string()),
        "name": pa.array(_names(kind, address), pa.string()),
        "class": text_array(Words(kind, CLASSES)),
        "critical": pa.array(critical),
        "households": pa.array(homes.astype(np.int64), mask=~flats),
        "own_tank_hours": number_array(tank),
        "x": records.nodes["x"].combine_chunks().take(pa.array(nodes)),
        "y": records.nodes["y"].combine_chunks().take(pa.array(nodes)),
        "node_row": pa.array(nodes, mask=guessed),
        "pipe_row": pa.array(service[nodes]),
        "method": text_array(Words(guessed.astype(np.int64), ("surveyed", "nearest"))),
        "address": pa.array(address, pa.string()),
    }
    return pa.table(columns)


def _classes(bore: np.ndarray, among_factories: np.ndarray, rng: np.random.Generator) -> Ints:
    """Class of each customer: the larger connections go to those who need them most."""
    count = len(bore)
    kind = np.where(among_factories, 4, np.where(rng.random(count) < 0.14, 5, 6)).astype(np.int64)
    order = np.argsort(-bore + rng.random(count), kind="stable")
    spread = order[rng.permutation(min(count, max(4, count // 4)))] if count else order
    at = 0
    for code, one_in in enumerate(_ONE_IN):
        wanted = max(1, round(count / one_in))
        kind[spread[at : at + wanted]] = code
        at += wanted
    return kind


def _names(kind: Ints, address: list[str]) -> list[str]:
    told = {0: names.HOSPITALS, 1: names.DIALYSIS, 2: names.SCHOOLS, 3: names.FIRE_STATIONS}
    seen = dict.fromkeys(range(len(CLASSES)), 0)
    found = []
    for number, (code, street) in enumerate(zip(kind.tolist(), address, strict=True)):
        seen[code] += 1
        if code in told:
            turn = seen[code] - 1
            first = told[code][turn % len(told[code])]
            found.append(first if turn < len(told[code]) else f"{street}{first.removeprefix('市')}")
        elif code == CLASSES.index("industry"):
            found.append(f"{street}{number % 180 + 1}号厂区")
        elif code == CLASSES.index("office"):
            found.append(f"{street}{number % 180 + 1}号商铺")
        else:
            found.append(names.estate_name(street, number % 180 + 1))
    return found
