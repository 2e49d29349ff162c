"""Check only what an edit touched: its surroundings as a small network, and of them what the whole network would say."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from pipemap.analysis.checks.around import Some, boxes, rings, some, whole_parts, windows, within
from pipemap.analysis.checks.facts import Facts, Metres, Rows
from pipemap.analysis.checks.registry import Check, check_named, checks
from pipemap.analysis.checks.running import Checked, Spot, run_checks
from pipemap.model.columns import rows_if_there
from pipemap.model.part import ends_of, part_of
from pipemap.progress import SILENT, Progress, Told

if TYPE_CHECKING:
    from pipemap.model.network import Network
    from pipemap.model.problem import Problem

_NUMBERS = ("duplicate-id", "duplicate-pipe-id")
"""Rules that compare printed numbers, wherever in the survey these stand."""
_BY_PARTS = (*("reverse-slope", "no-way-out", "no-way-in", "narrower-downstream", "drop", "gravity-loop"),)
"""Rules that ask which way drains flow: what one end of a connected part is may turn the other."""
_OF_ALL = ("no-source", "no-outfall", "unbound-customer")
"""Rules that ask of the whole survey; they are left out here."""

_BEYOND = 21.0
"""Metres around an element within which another may matter to it: the widest that a rule looks, and a little more."""
_RINGS = 2
"""Pipes in a row over which one element may matter to another."""
_MOST_PART = 2_000
"""Pipes up to which a connected part is looked at whole."""
_MOST, _MOST_WINDOWS, _MOST_RINGS = 2_000, 40, 20
"""Touched elements, places in which they lie, and pipes in a row, up to which looking around is worth it."""


_NONE = np.empty(0, dtype=np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Looked:
    """Of which elements everything is known now that some rules have to say.

    Attributes
    ----------
    rules
        Names of the rules.
    nodes, pipes
        Row numbers, ascending: earlier problems of these elements by these rules are out of date, and so are those of elements
        that are gone; no others.
    """

    rules: tuple[str, ...]
    nodes: Rows
    pipes: Rows


@dataclass(frozen=True, slots=True, eq=False)
class Touched:
    """What the rules say of an edit.

    Attributes
    ----------
    problems
        All of them, in the order of the rules; what solving them would change is not worked out.
    spots
        One for each problem, rows of the whole network.
    counts
        How many each rule found, those that found nothing included.
    looked
        What they were asked about; earlier problems there give way to these.
    left_out
        Rules that only a check of the whole survey can answer; what was found by them earlier may be out of date.
    """

    problems: tuple[Problem, ...]
    spots: tuple[Spot | None, ...]
    counts: Mapping[str, int]
    looked: tuple[Looked, ...]
    left_out: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Question:
    """Some rules, the elements that they are asked about, and what must be there to answer."""

    rules: tuple[str, ...]
    about: Some
    context: Some


def check_touched(
    network: Network,
    nodes: Collection[int],
    pipes: Collection[int],
    *,
    before: Network | None = None,
    rules: Collection[str] = (),
    limits: Mapping[str, float] | None = None,
    progress: Progress = SILENT,
) -> Touched:
    """Check what an edit touched, and what lies around it.

    The answer is what :func:`check_network` would say of the elements in ``looked``. It takes milliseconds where the edit is
    small; one of thousands of elements, or all over the town, is answered by checking everything.

    Parameters
    ----------
    network
        As it is after the edit.
    nodes, pipes
        Keys (fid) of the nodes and pipes that were added, changed or deleted; ``Rows.keys`` of a Change.
    before
        The network before the edit: where things lay, what they joined and what they were called matters too.
    rules, limits
        As for :func:`check_network`.

    Raises
    ------
    PipemapError
        There is no rule of that name.
    """
    chosen = [check_named(name) for name in dict.fromkeys(rules)] or list(checks().values())
    changed = _rows(network, nodes, pipes)
    touched = changed | some(ends_of(network, changed.pipes), _NONE)
    numbers = _numbers(network, changed)
    places: list[Metres] = []
    if before is not None:
        then = _rows(before, nodes, pipes)
        ends = ends_of(before, then.pipes)
        still = rows_if_there(network.node_fid, before.node_fid[ends])
        touched |= some(still[still >= 0], _NONE)
        places.append(boxes(before, then | some(ends, _NONE)))
        numbers = [mine | others for mine, others in zip(numbers, _numbers(before, then), strict=True)]
    areas = windows(np.concatenate([*places, boxes(network, touched)]))
    if len(nodes) + len(pipes) > _MOST or len(areas) > _MOST_WINDOWS:
        return _everything(network, chosen, limits, progress)
    names = {check.name for check in chosen}
    today = dt.date.today().isoformat()  # noqa: DTZ011 -- the person's own day
    problems: list[tuple[Problem, Spot | None]] = []
    counts: dict[str, int] = {}
    looked: list[Looked] = []
    for question in _questions(network, touched, areas, numbers, limits or {}):
        asked = [check for check in chosen if check.name in question.rules]
        if asked:
            found = _answer(network, question, asked, limits, today)
            problems += zip(found.problems, (_of_whole(spot, question.context) for spot in found.spots), strict=True)
            counts |= found.counts
            looked.append(Looked(tuple(check.name for check in asked), question.about.nodes, question.about.pipes))
    order = {check.name: place for place, check in enumerate(chosen)}
    problems.sort(key=lambda pair: order[pair[0].rule])
    left_out = tuple(sorted(names - counts.keys(), key=order.__getitem__))
    listed, spots = tuple(problem for problem, _spot in problems), tuple(spot for _problem, spot in problems)
    return Touched(listed, spots, counts, tuple(looked), left_out)


def _of_whole(spot: Spot | None, part: Some) -> Spot | None:
    """Turn rows of a part into those of the whole network."""
    if spot is None:
        return None
    rows = {"node": part.nodes, "pipe": part.pipes}
    other = int(rows[spot.other_layer][spot.other]) if spot.other >= 0 else -1
    return replace(spot, row=int(rows[spot.layer][spot.row]), other=other)


def _everything(network: Network, chosen: list[Check], limits: Mapping[str, float] | None, progress: Progress) -> Touched:
    progress = Told(progress)
    today = dt.date.today().isoformat()  # noqa: DTZ011 -- the person's own day
    facts = Facts(network, today=today, limits=limits or {}, told=progress.again)
    found = run_checks(facts, chosen, limits=limits, progress=progress)
    all_of_it = Looked(tuple(found.counts), np.arange(network.node_count), np.arange(network.pipe_count))
    return Touched(found.problems, found.spots, found.counts, (all_of_it,), ())


def _rows(network: Network, nodes: Collection[int], pipes: Collection[int]) -> Some:
    """Rows of those elements that are there."""
    found = [
        rows_if_there(fids, np.array(sorted(keys), dtype=np.int64))
        for fids, keys in ((network.node_fid, nodes), (network.pipe_fid, pipes))
    ]
    return some(*(rows[rows >= 0] for rows in found))


def _numbers(network: Network, changed: Some) -> list[set[str]]:
    """Printed numbers of nodes and of pipes."""
    return [set(ids.take(rows)) - {""} for ids, rows in ((network.node_ids, changed.nodes), (network.pipe_ids, changed.pipes))]


def _questions(
    network: Network, touched: Some, areas: Metres, numbers: list[set[str]], limits: Mapping[str, float]
) -> Iterator[_Question]:
    near = rings(network, touched.nodes, _RINGS) | within(network, areas, _BEYOND)
    reach = int(max(_RINGS, min(_MOST_RINGS, limits.get("island", check_named("island").limit))))
    around = near | within(network, windows(boxes(network, near)), _BEYOND)
    context = rings(network, np.union1d(around.nodes, ends_of(network, around.pipes)), reach)
    elsewhere = {*_NUMBERS, *_BY_PARTS, *_OF_ALL} | ({"island"} if limits.get("island", 0) > _MOST_RINGS else set())
    yield _Question(tuple(name for name in checks() if name not in elsewhere), near, context)
    parts = whole_parts(network, touched.nodes, _MOST_PART)
    if parts is not None:
        yield _Question(_BY_PARTS, parts, parts)
    same = [
        np.concatenate([_NONE, *(ids.rows(text) for text in sorted(texts))])
        for ids, texts in zip((network.node_ids, network.pipe_ids), numbers, strict=True)
    ]
    alike = some(*same)
    yield _Question(_NUMBERS, alike, Some(np.union1d(alike.nodes, ends_of(network, alike.pipes)), alike.pipes))


def _answer(network: Network, question: _Question, asked: list[Check], limits: Mapping[str, float] | None, today: str) -> Checked:
    nodes, pipes = question.context.nodes, question.context.pipes
    facts = Facts(part_of(network, nodes, pipes), today=today, whole=network, limits=limits or {})
    about = np.isin(nodes, question.about.nodes), np.isin(pipes, question.about.pipes)
    return run_checks(facts, asked, limits=limits, within=about, most=len(nodes) + len(pipes))
