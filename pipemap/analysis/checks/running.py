"""Run the rules over a network."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from pipemap.analysis.checks.consequence import Effects, Measures
from pipemap.analysis.checks.facts import Facts
from pipemap.analysis.checks.registry import Check, Found, check_named, checks, finder_of
from pipemap.model.problem import MORE, Effect, Problem
from pipemap.progress import SILENT, Progress, Told, beside
from pipemap.texts import _

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.model.fields import Layer
    from pipemap.model.network import Network

MOST = 1000
"""Problems of one rule that are listed one by one, those of the largest effect; the rest are counted in one more."""


@dataclass(frozen=True, slots=True)
class Spot:
    """Which elements a problem is about, as rows of the network; ``other`` is −1 where there is no second one."""

    layer: Layer
    row: int
    other_layer: Layer
    other: int


@dataclass(frozen=True, slots=True)
class Checked:
    """What the rules found.

    Attributes
    ----------
    problems
        In the order of the rules, of each rule in the order of rows; of very many only those of the largest effect.
    counts
        How many each rule found, those that found nothing included.
    spots
        One for each problem; None for the line that counts the rest.
    """

    problems: tuple[Problem, ...]
    counts: Mapping[str, int]
    spots: tuple[Spot | None, ...] = ()


def check_network(
    network: Network,
    rules: Collection[str] = (),
    *,
    limits: Mapping[str, float] | None = None,
    within: tuple[NDArray[np.bool_], NDArray[np.bool_]] | None = None,
    most: int = MOST,
    progress: Progress = SILENT,
) -> Checked:
    """Check a network.

    Parameters
    ----------
    rules
        Names of the rules to run; none: all.
    limits
        What rules tolerate, by their name, where that is not what the table says.
    within
        bool (N), bool (P): only problems of these nodes and pipes are listed and counted.
    most
        Problems of one rule that are listed one by one.
    progress
        Told how many rules are done; may cancel.

    Raises
    ------
    PipemapError
        There is no rule of that name.
    """
    chosen = [check_named(name) for name in dict.fromkeys(rules)] or list(checks().values())
    progress = Told(progress)
    today = dt.date.today().isoformat()  # noqa: DTZ011 -- the person's own day
    facts = Facts(network, today=today, limits=limits or {}, told=progress.again)
    return beside(
        lambda: run_checks(facts, chosen, limits=limits, within=within, most=most, measures=Measures(facts), progress=progress),
        progress.again,
    )


def run_checks(
    facts: Facts,
    chosen: Sequence[Check],
    *,
    limits: Mapping[str, float] | None = None,
    within: tuple[NDArray[np.bool_], NDArray[np.bool_]] | None = None,
    most: int = MOST,
    measures: Measures | None = None,
    progress: Progress = SILENT,
) -> Checked:
    """Run some rules; arguments as for :func:`check_network`, and ``measures`` to say what solving each problem would change."""
    listed: list[tuple[Problem, Spot | None]] = []
    counts: dict[str, int] = {}
    for place, check in enumerate(chosen):
        progress(place, len(chosen), _("Checking: {title}").format(title=check.title))
        sentence, finder = finder_of(check)
        limit = (limits or {}).get(check.name, check.limit)
        found = [_within(one, within) for one in finder(facts, limit)]
        counts[check.name] = sum(len(one.rows) for one in found)
        effects = [None if measures is None else measures.effects(check.name, one) for one in found]
        listed += _listed(facts.network, check, sentence, found, effects, most)
    progress(len(chosen), len(chosen))
    return Checked(tuple(problem for problem, _spot in listed), counts, tuple(spot for _problem, spot in listed))


def weighed(network: Network, problems: Sequence[Problem], spots: Sequence[Spot | None]) -> tuple[Problem, ...]:
    """Return problems of a network with what solving each would change."""
    measures = Measures(Facts(network))
    told = list(problems)
    groups: dict[tuple[str, Layer, Layer], list[int]] = {}
    for place, (problem, spot) in enumerate(zip(problems, spots, strict=True)):
        if spot is not None:
            groups.setdefault((problem.rule, spot.layer, spot.other_layer), []).append(place)
    for (rule, layer, other_layer), places in groups.items():
        there = [spot for place in places if (spot := spots[place]) is not None]
        values = {name: [problems[place].values[name] for place in places] for name in problems[places[0]].values}
        rows, others = (np.array([getattr(spot, name) for spot in there], dtype=np.int64) for name in ("row", "other"))
        found = Found(layer, rows, values, other_layer, others if (others >= 0).all() else None)
        for place, effect in zip(places, _effects_of(measures.effects(rule, found)), strict=True):
            told[place] = replace(told[place], effect=effect)
    return tuple(told)


def _effects_of(effects: Effects) -> list[Effect | None]:
    told = zip(effects.texts, effects.metres.tolist(), effects.customers.tolist(), strict=True)
    return [Effect(*one) for one in told]


def _within(found: Found, within: tuple[NDArray[np.bool_], NDArray[np.bool_]] | None) -> Found:
    if within is None:
        return found
    return found.taken(np.flatnonzero(within[0 if found.layer == "node" else 1][found.rows]))


def _listed(
    network: Network, check: Check, sentence: str, found: list[Found], effects: list[Effects | None], most: int
) -> list[tuple[Problem, Spot | None]]:
    count = sum(len(one.rows) for one in found)
    if not count:
        return []
    listed: list[tuple[Problem, Spot | None]] = []
    for one, effect, chosen in zip(found, effects, _kept(found, effects, most), strict=True):
        some = one.taken(chosen) if len(chosen) < len(one.rows) else one
        listed += _problems(network, check, sentence, some, effect, chosen)
    if count > len(listed):
        values = {"count": count - len(listed), "rule": check.name}
        listed.append((Problem(check.name, check.severity, "", MORE, values), None))
    return listed


def _kept(found: list[Found], effects: list[Effects | None], most: int) -> list[NDArray[np.int64]]:
    """Return which problems of each group are listed: those of the largest effect where there are more than ``most``."""
    pairs = zip(found, effects, strict=True)
    weights = [np.zeros(len(one.rows)) if effect is None else effect.weight for one, effect in pairs]
    count = sum(map(len, weights))
    if count <= most:
        return [np.arange(len(weight)) for weight in weights]
    group = np.repeat(np.arange(len(weights)), [len(weight) for weight in weights])
    order = np.sort(np.argsort(-np.concatenate(weights), kind="stable")[:most])
    starts = np.cumsum([0, *(len(weight) for weight in weights)])
    return [order[group[order] == number] - starts[number] for number in range(len(weights))]


def _problems(
    network: Network, check: Check, sentence: str, found: Found, effects: Effects | None, chosen: NDArray[np.int64]
) -> list[tuple[Problem, Spot | None]]:
    rows = found.rows
    ids = (network.node_ids if found.layer == "node" else network.pipe_ids).take(rows)
    places = (network.node_xyz[rows, :2] if found.layer == "node" else _middles(network, rows)).tolist()
    others = np.full(len(rows), -1) if found.others is None else found.others
    told = [None] * len(rows) if effects is None else _effects_of(effects.taken(chosen))
    names = list(found.values)
    columns = [found.values[name] for name in names]
    listed: list[tuple[Problem, Spot | None]] = []
    parts = zip(ids, places, told, rows.tolist(), others.tolist(), strict=True)
    for number, (id_, (x, y), effect, row, other) in enumerate(parts):
        values = {"element": id_} | {name: _plain(column[number]) for name, column in zip(names, columns, strict=True)}
        place = (x, y) if np.isfinite([x, y]).all() else (None, None)
        told_of = (check.name, check.severity, "", sentence, values, found.layer, id_)
        problem = Problem(*told_of, x=place[0], y=place[1], effect=effect)
        listed.append((problem, Spot(found.layer, row, found.other_layer, other)))
    return listed


def _plain(value: object) -> object:
    """Numbers as a person reads them: metres and the like to the centimetre."""
    if isinstance(value, (float, np.floating)):
        return f"{float(value):.2f}"
    return value.item() if isinstance(value, np.generic) else value


def _middles(network: Network, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """(K, 2): the middle between the ends of each pipe, or the one end that has a place."""
    ends = network.node_xyz[network.pipe_ends[rows]][:, :, :2]
    known = np.isfinite(ends).all(axis=2, keepdims=True)
    count = known.sum(axis=1)
    with np.errstate(invalid="ignore"):
        found: NDArray[np.float64] = np.where(known, ends, 0.0).sum(axis=1) / np.where(count > 0, count, np.nan)
    return found
