"""Which pipes an inspection went through: by ids, by both ends, by length and by place, with a confidence and its reason."""

from __future__ import annotations

import heapq
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from pipemap.analysis.inspection_names import ElementNames
from pipemap.catalog.kinds import NodeKind
from pipemap.model.inspected import Inspected
from pipemap.progress import SILENT, Progress
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from pipemap.model.network import Network

ACCEPTED = 0.6
"""From this confidence on a match is taken; below it is a proposal that a person has to accept. Our own figure."""
FURTHEST, MOST_NODES = 500.0, 3000
"""Metres and nodes within which the run between two named ends is looked for, and three times the length that is told."""
MOST_METRES, MOST_SHARE = 1.0, 0.05
"""Lengths differ where they do by more than both of these."""
WITHIN = 2.0
"""Metres within which a place in a file is that of a node. Our own figure."""

_ALIKE = 0.9
_OTHER_LENGTH = 0.8
_ENDS_IN_NAME = re.compile(r"\s*(?:[~～—→]+|--+|至|->|－|-)\s*")

REASONS: Mapping[str, str] = {
    "pipe-ends": N_("the id and both ends are those of the pipe"),
    "pipe": N_("the id is that of the pipe"),
    "pipe-other-ends": N_("the id is that of a pipe, but it ends elsewhere"),
    "section": N_("the id is that of the section"),
    "ends": N_("both ends are those of the pipe"),
    "run": N_("pipes one behind the other lie between both ends"),
    "run-through": N_("pipes one behind the other lie between both ends, with manholes on the way"),
    "parallel": N_("of several pipes between both ends the one that fits best in length and size"),
    "end-length": N_("one end and the length fit"),
    "place": N_("both ends lie where nodes are"),
    "node": N_("the id is that of the node"),
    "node-place": N_("a node lies at its place"),
    "by-hand": N_("matched by hand"),
    "not-matched": N_("said by hand to belong to no pipe"),
    "no-names": N_("it names neither a pipe nor both ends"),
    "unknown": N_("nothing in the survey has these names"),
    "no-run": N_("no pipes lead from one end to the other"),
    "ambiguous": N_("several could be meant"),
    "alike": N_("written a little differently"),
    "length": N_("lengths differ"),
}
"""Why an inspection was matched as it was, or not."""


@dataclass(frozen=True, slots=True)
class Leg:
    """One pipe of a run: its row, whether the camera went from its first to its second node, where it begins, how long it is."""

    pipe: int
    forward: bool
    start: float
    length: float


@dataclass(frozen=True, slots=True)
class Match:
    """What an inspection was matched to.

    Attributes
    ----------
    legs
        Pipes in the order in which the camera passed them; empty where none is known.
    start, end
        Rows of the nodes where the camera set out and where it went; −1 where unknown. Of a manhole, ``start``.
    confidence
        0 to 1; below ``ACCEPTED`` it is a proposal.
    reasons
        Keys of ``REASONS``.
    """

    legs: tuple[Leg, ...] = ()
    start: int = -1
    end: int = -1
    confidence: float = 0.0
    reasons: tuple[str, ...] = ("unknown",)

    @property
    def found(self) -> bool:
        """Whether there is anything to match it to, if only as a proposal."""
        return bool(self.legs) or self.start >= 0

    @property
    def accepted(self) -> bool:
        """Whether it is taken without a person."""
        return self.found and self.confidence >= ACCEPTED

    @property
    def length(self) -> float:
        """Metres of the run, as surveyed; NaN where unknown."""
        return sum(leg.length for leg in self.legs) if self.legs else math.nan

    @property
    def reversed(self) -> bool:
        """Whether the camera went against the way in which every pipe was digitised."""
        return bool(self.legs) and not any(leg.forward for leg in self.legs)

    @property
    def reason(self) -> str:
        """Why, in the language on screen."""
        return reason_words("; ".join(self.reasons))


def reason_words(keys: str) -> str:
    """Return reasons as they are stored, their keys with a semicolon between, in the language on screen."""
    return "; ".join(_(REASONS[key]) if key in REASONS else key for key in keys.split("; ") if key)


def lengths_differ(one: float | None, other: float | None) -> bool:
    """Whether two lengths differ by more than 1 m and 5 %."""
    if one is None or other is None or not (math.isfinite(one) and math.isfinite(other)):
        return False
    return abs(one - other) > MOST_METRES and abs(one - other) > MOST_SHARE * max(one, other)


def match_inspections(network: Network, inspections: Sequence[Inspected], *, progress: Progress = SILENT) -> tuple[Match, ...]:
    """Match each inspection to pipes, or to a node; one entry each."""
    progress(0, len(inspections), _("Matching inspections"))
    matcher = _Matcher(network, ElementNames(network, _names(inspections)))
    found = []
    for number, one in enumerate(inspections):
        progress(number, len(inspections), _("Matching inspections"))
        found.append(matcher.match(one))
    return tuple(found)


def match_by_hand(network: Network, pipes: Sequence[int], start: int) -> Match:
    """Match to pipes (rows) that a person named, the camera setting out at a node (row).

    Raises
    ------
    ValueError
        They are no run from there.
    """
    legs = _legs(network, pipes, start)
    if not legs:
        message = "no run"
        raise ValueError(message)
    return Match(legs, start, _end_of(network, legs), 1.0, ("by-hand",))


def match_ends(network: Network, start: int, end: int, one: Inspected) -> Match | None:
    """Match to the run between two nodes (rows) that a person named; None where there is none."""
    if one.kind == "node":
        return Match((), start, -1, 1.0, ("by-hand",))
    found = _Matcher(network, ElementNames(network, ())).between(start, end, one)
    return None if found is None else replace(found, confidence=1.0, reasons=("by-hand",))


def _names(inspections: Iterable[Inspected]) -> set[str]:
    found = set()
    for one in inspections:
        found |= {one.name, one.start, one.end, *ends_in(one.name)}
    return found - {""}


def ends_in(name: str) -> tuple[str, ...]:
    """Return the names of two nodes of which a section's name is made, each way of parting it; none where it is not.

    Examples
    --------
    >>> ends_in("W1-W2"), ends_in("P7"), ends_in("WS-1～WS-2")
    (('W1', 'W2'), (), ('WS-1', 'WS-2'))
    """
    clear = [part for part in re.split(r"\s*(?:[~～—→－]+|--+|至|->)\s*", name) if part]
    parts = clear if len(clear) == 2 else [part for part in _ENDS_IN_NAME.split(name) if part]  # noqa: PLR2004 -- two ends
    if len(parts) == 2:  # noqa: PLR2004
        return tuple(parts)
    half = len(parts) // 2
    pieces = name.split("-")
    return ("-".join(pieces[:half]), "-".join(pieces[half:])) if half and len(pieces) == 2 * half else ()


class _Matcher:
    """Matches one inspection after another against the same names."""

    def __init__(self, network: Network, names: ElementNames) -> None:
        self._network, self._names = network, names
        self._manhole = network.node_kind.is_in(NodeKind.MANHOLE, NodeKind.CHAMBER)

    def match(self, one: Inspected) -> Match:
        """Return the best that can be found."""
        if one.kind == "node":
            return self._node(one)
        found = [*self._by_pipe(one), *self._by_ends(one), *self._by_section(one)]
        found = [self._with_length(match, one) for match in found]
        if not any(match.accepted for match in found):
            found += [*self._by_place(one), *self._by_one_end(one)]
        if not found:
            return self._nothing(one)
        return max(found, key=lambda match: match.confidence)

    # -- ways to find it --------------------------------------------------------------------------------------------

    def _node(self, one: Inspected) -> Match:
        rows, alike = self._names.nodes(one.name or one.start)
        if len(rows) == 1:
            return Match((), rows[0], -1, _ALIKE if alike else 1.0, ("node", *(["alike"] if alike else [])))
        if len(rows) > 1:
            return Match(confidence=0.0, reasons=("ambiguous",))
        near = self._names.nearest(one.start_place, within=WITHIN)
        return Match((), near, -1, ACCEPTED, ("node-place",)) if near >= 0 else self._nothing(one)

    def _by_pipe(self, one: Inspected) -> list[Match]:
        rows, alike = self._names.pipes(one.name)
        found = []
        for row in rows:
            ends = [int(node) for node in self._network.pipe_ends[row]]
            said = [set(self._names.nodes(name)[0]) for name in (one.start, one.end)]
            start = next((node for node in ends if node in said[0]), None)
            if start is None and said[1] & set(ends):
                start = next(node for node in ends if node not in said[1] or ends[0] == ends[1])
            agree = sum(bool(nodes & set(ends)) for nodes in said)
            named = sum(map(bool, said))
            confidence = {(2, 2): 1.0, (1, 1): 0.95, (0, 0): 0.9, (1, 2): 0.7}.get((agree, named), 0.5)
            reason = "pipe-ends" if agree == 2 else "pipe-other-ends" if named and not agree else "pipe"  # noqa: PLR2004 -- ends
            first = ends[0] if start is None else start
            if start is None and one.direction == "against":
                first = ends[1]
            legs = _legs(self._network, [row], first)
            if legs:
                found.append(self._made(legs, first, confidence, reason, alike=alike))
        return self._one_of(found)

    def _by_ends(self, one: Inspected) -> list[Match]:
        start, end = one.start, one.end
        if not (start and end):
            parts = ends_in(one.name)
            if len(parts) != 2:  # noqa: PLR2004 -- two ends
                return []
            start, end = parts if one.direction != "against" else parts[::-1]
        (starts, alike_1), (ends, alike_2) = self._names.nodes(start), self._names.nodes(end)
        found = []
        for first in starts:
            found += [match for last in ends if (match := self.between(first, last, one, alike=alike_1 or alike_2))]
        return self._one_of(found)

    def _by_section(self, one: Inspected) -> list[Match]:
        rows = self._names.section(one.name)
        if not rows:
            return []
        ends = np.bincount(self._network.pipe_ends[rows].ravel(), minlength=1)
        outer = np.flatnonzero(ends == 1).tolist()
        said = {*self._names.nodes(one.start)[0]}
        start = next((node for node in outer if node in said), outer[0] if outer else int(self._network.pipe_ends[rows[0], 0]))
        legs = _legs(self._network, _in_order(self._network, rows, start), start)
        return [self._made(legs, start, 0.9 if said else 0.8, "section", alike=False)] if legs else []

    def _by_place(self, one: Inspected) -> list[Match]:
        first, last = (self._names.nearest(place, within=WITHIN) for place in (one.start_place, one.end_place))
        if first < 0 or last < 0:
            return []
        match = self.between(first, last, one)
        return [replace(match, confidence=0.7 * match.confidence, reasons=("place", *match.reasons))] if match else []

    def _by_one_end(self, one: Inspected) -> list[Match]:
        """The only pipe at a named end that is as long as was told; a proposal, no more."""
        length = one.length if one.length is not None else None if one.aborted else one.inspected_length
        if length is None:
            return []
        found = []
        for name, is_start in ((one.start, True), (one.end, False)):
            for node in self._names.nodes(name)[0]:
                for row, other in self._pipes_at(node):
                    if not lengths_differ(float(self._network.length[row]), length):
                        first = node if is_start else other
                        legs = _legs(self._network, [row], first)
                        found += [self._made(legs, first, 0.5, "end-length", alike=False)] if legs else []
        return found if len(found) == 1 else []

    def _pipes_at(self, node: int) -> list[tuple[int, int]]:
        net = self._network
        part = slice(net.indptr[node], net.indptr[node + 1])
        return list(zip(net.edge[part].tolist(), net.neighbour[part].tolist(), strict=True))

    # -- runs ------------------------------------------------------------------------------------------------------------

    def between(self, first: int, last: int, one: Inspected, *, alike: bool = False) -> Match | None:
        """Return the run from one node to another: a single pipe where there is one, else the way with fewest manholes."""
        direct = [row for row, other in self._pipes_at(first) if other == last and first != last]
        if len(direct) == 1:
            return self._made(_legs(self._network, direct, first), first, 0.95, "ends", alike=alike)
        if direct:
            return self._parallel(direct, first, one, alike=alike)
        path, passed = self._way(first, last, max(FURTHEST, 3 * (one.length or 0.0)))
        if not path:
            return None
        reason = "run-through" if passed else "run"
        return self._made(_legs(self._network, path, first), first, 0.7 if passed else 0.9, reason, alike=alike)

    def _parallel(self, rows: list[int], first: int, one: Inspected, *, alike: bool) -> Match:
        width = self._network.width
        told = one.length if one.length is not None else one.inspected_length

        def off(row: int) -> float:
            length = 0.0 if told is None else abs(float(np.nan_to_num(self._network.length[row])) - told)
            size = (
                0.0 if one.diameter_mm is None or np.isnan(width[row]) else abs(float(width[row]) * 1000 - one.diameter_mm) / 100
            )
            return length + size

        best = sorted(rows, key=off)
        clear = off(best[1]) - off(best[0]) > 1.0
        return self._made(_legs(self._network, best[:1], first), first, 0.8 if clear else 0.5, "parallel", alike=alike)

    def _way(self, first: int, last: int, furthest: float) -> tuple[list[int], int]:
        """Return pipes from one node to another, fewest manholes first, then shortest; and how many manholes lie on it."""
        heap: list[tuple[int, float, int]] = [(0, 0.0, first)]
        came: dict[int, tuple[int, int]] = {}
        done: set[int] = set()
        best = {first: (0, 0.0)}
        while heap and len(done) < MOST_NODES:
            passed, length, node = heapq.heappop(heap)
            if node in done:
                continue
            done.add(node)
            if node == last:
                return _back(came, first, last), passed
            through = passed + int(node != first and bool(self._manhole[node]))
            for row, other in self._pipes_at(node):
                cost = (through, length + float(self._network.weight[row]))
                if other not in done and cost[1] <= furthest and cost < best.get(other, (1 << 30, 0.0)):
                    best[other], came[other] = cost, (row, node)
                    heapq.heappush(heap, (*cost, other))
        return [], 0

    # -- what comes of it ----------------------------------------------------------------------------------------------

    def _made(self, legs: tuple[Leg, ...], start: int, confidence: float, reason: str, *, alike: bool) -> Match:
        reasons = (reason, "alike") if alike else (reason,)
        sure = round(confidence * (_ALIKE if alike else 1.0), 3)
        return Match(legs, start, _end_of(self._network, legs), sure, reasons)

    def _with_length(self, match: Match, one: Inspected) -> Match:
        told = one.length if one.length is not None else None if one.aborted else one.inspected_length
        if not match.legs or not lengths_differ(match.length, told):
            return match
        return replace(match, confidence=round(match.confidence * _OTHER_LENGTH, 3), reasons=(*match.reasons, "length"))

    def _one_of(self, found: list[Match]) -> list[Match]:
        """Of several that are as good, none is taken."""
        best = sorted(found, key=lambda match: -match.confidence)
        if len(best) > 1 and best[1].confidence == best[0].confidence:
            return [replace(best[0], confidence=0.4, reasons=("ambiguous",))]
        return best

    def _nothing(self, one: Inspected) -> Match:
        said = [name for name in (one.name, one.start, one.end) if name]
        if not said:
            return Match(reasons=("no-names",))
        known = self._names.nodes(one.start)[0] and self._names.nodes(one.end)[0]
        return Match(reasons=("no-run",) if known else ("unknown",))


def _back(came: Mapping[int, tuple[int, int]], first: int, last: int) -> list[int]:
    path, node = [], last
    while node != first:
        row, node = came[node]
        path.append(row)
    return path[::-1]


def _legs(network: Network, pipes: Sequence[int], start: int) -> tuple[Leg, ...]:
    """Return the legs of pipes in a row from a node; none where they do not follow each other."""
    legs, node, station = [], start, 0.0
    for row in pipes:
        first, second = (int(end) for end in network.pipe_ends[row])
        if node not in {first, second}:
            return ()
        length = float(network.length[row])
        length = length if math.isfinite(length) and length >= 0 else 0.0
        legs.append(Leg(int(row), node == first, round(station, 3), length))
        node, station = (second if node == first else first), station + length
    return tuple(legs)


def _end_of(network: Network, legs: Sequence[Leg]) -> int:
    return int(network.pipe_ends[legs[-1].pipe, 1 if legs[-1].forward else 0]) if legs else -1


def _in_order(network: Network, pipes: Sequence[int], start: int) -> list[int]:
    """Return pipes one behind the other from a node, as far as they go."""
    left, node, found = list(pipes), start, []
    while left:
        row = next((row for row in left if node in network.pipe_ends[row].tolist()), None)
        if row is None:
            break
        left.remove(row)
        found.append(row)
        first, second = (int(end) for end in network.pipe_ends[row])
        node = second if node == first else first
    return found


@dataclass(frozen=True, slots=True)
class Joined:
    """Several inspections of one run: their places in the list, metres seen of it, and whether they came from both ends."""

    inspections: tuple[int, ...]
    seen: float
    length: float
    both_ends: bool


def joined_inspections(inspections: Sequence[Inspected], matches: Sequence[Match]) -> tuple[Joined, ...]:
    """Find inspections that share a run, and how much of it they saw together."""
    groups: dict[frozenset[int], list[int]] = {}
    for number, match in enumerate(matches):
        if match.accepted and match.legs:
            groups.setdefault(frozenset(leg.pipe for leg in match.legs), []).append(number)
    return tuple(_joined(inspections, matches, members) for members in groups.values() if len(members) > 1)


def _joined(inspections: Sequence[Inspected], matches: Sequence[Match], members: list[int]) -> Joined:
    origin, length = matches[members[0]].start, matches[members[0]].length
    parts = []
    for number in members:
        one, match = inspections[number], matches[number]
        reach = one.inspected_length if one.inspected_length is not None else length
        reach = length if not one.aborted and not lengths_differ(reach, length) else min(reach, length)
        parts.append((0.0, reach) if match.start == origin else (length - reach, length))
    parts.sort()
    seen, until = 0.0, 0.0
    for start, end in parts:
        seen += max(0.0, end - max(start, until))
        until = max(until, end)
    return Joined(tuple(members), round(seen, 3), length, len({matches[number].start for number in members}) > 1)


def against_levels(network: Network, one: Inspected, match: Match) -> bool:
    """Whether the levels of the pipes say the contrary of the direction that the file tells."""
    if not one.direction or not match.legs:
        return False
    drops = []
    for leg in match.legs:
        drop = (_level(network, leg.pipe, 0) - _level(network, leg.pipe, 1)) * (1 if leg.forward else -1)
        if math.isfinite(drop) and abs(drop) > 0.01:  # noqa: PLR2004 -- metres, no more than levelling tells
            drops.append(drop)
    down = bool(drops) and all(drop > 0 for drop in drops)
    up = bool(drops) and all(drop < 0 for drop in drops)
    return (one.direction == "with" and up) or (one.direction == "against" and down)


def _level(network: Network, pipe: int, end: int) -> float:
    """Return the level at an end of a pipe, by its depth where that alone is known; NaN where neither is."""
    level, depth = (network.to_level, network.to_depth) if end else (network.from_level, network.from_depth)
    if math.isfinite(level[pipe]):
        return float(level[pipe])
    return float(network.node_xyz[network.pipe_ends[pipe, end], 2] - depth[pipe])
