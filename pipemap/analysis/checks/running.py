"""Run the rules over a network."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipemap.analysis.checks.facts import Facts
from pipemap.analysis.checks.registry import Check, Found, check_named, checks, finder_of
from pipemap.model.problem import Problem
from pipemap.progress import SILENT, Progress
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.model.network import Network

MOST = 1000
"""Problems of one rule that are listed one by one; the rest are counted in one more, as for sources."""

_MORE = N_("{count} more of these ({rule})")


@dataclass(frozen=True, slots=True)
class Checked:
    """What the rules found.

    Attributes
    ----------
    problems
        In the order of the rules, of each rule in the order of rows; of very many only the first.
    counts
        How many each rule found, those that found nothing included.
    """

    problems: tuple[Problem, ...]
    counts: Mapping[str, int]


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
    facts = Facts(network, today=dt.date.today().isoformat())  # noqa: DTZ011 -- the person's own day
    problems: list[Problem] = []
    counts: dict[str, int] = {}
    for place, check in enumerate(chosen):
        progress(place, len(chosen), _("Checking: {title}").format(title=check.title))
        sentence, finder = finder_of(check)
        limit = (limits or {}).get(check.name, check.limit)
        found = [_within(one, within) for one in finder(facts, limit)]
        counts[check.name] = sum(len(one.rows) for one in found)
        problems += _listed(network, check, sentence, found, most)
    progress(len(chosen), len(chosen))
    return Checked(tuple(problems), counts)


def _within(found: Found, within: tuple[NDArray[np.bool_], NDArray[np.bool_]] | None) -> Found:
    if within is None:
        return found
    kept = within[0 if found.layer == "node" else 1][found.rows]
    values = {name: [value for value, there in zip(column, kept, strict=True) if there] for name, column in found.values.items()}
    return Found(found.layer, found.rows[kept], values)


def _listed(network: Network, check: Check, sentence: str, found: list[Found], most: int) -> list[Problem]:
    listed: list[Problem] = []
    for one in found:
        listed += _problems(network, check, sentence, one, most - len(listed))
    count = sum(len(one.rows) for one in found)
    if count > len(listed):
        values = {"count": count - len(listed), "rule": check.name}
        listed.append(Problem(check.name, check.severity, "", _MORE, values))
    return listed


def _problems(network: Network, check: Check, sentence: str, found: Found, most: int) -> list[Problem]:
    rows = found.rows[: max(0, most)]
    ids = (network.node_ids if found.layer == "node" else network.pipe_ids).take(rows)
    places = network.node_xyz[rows, :2] if found.layer == "node" else _middles(network, rows)
    names = list(found.values)
    columns = [found.values[name] for name in names]
    listed = []
    for number, (id_, (x, y)) in enumerate(zip(ids, places.tolist(), strict=True)):
        values = {"element": id_} | {name: _plain(column[number]) for name, column in zip(names, columns, strict=True)}
        known = np.isfinite([x, y]).all()
        listed.append(
            Problem(
                check.name, check.severity, "", sentence, values, found.layer, id_, x if known else None, y if known else None
            )
        )
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
