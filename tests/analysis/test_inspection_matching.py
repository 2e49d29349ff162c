"""Which pipes an inspection went through."""

from __future__ import annotations

import dataclasses
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipemap.analysis.inspection_matching import (
    Match,
    ends_in,
    joined_inspections,
    lengths_differ,
    match_by_hand,
    match_inspections,
)
from pipemap.catalog.kinds import NodeKind
from pipemap.model.inspected import Inspected
from pipemap.model.network import Network
from tests.networks import networks

CITY = Network.from_pipes(
    ("P1", "W1", "W2", 30.0),
    ("P2", "W2", "T", 10.0),
    ("P3", "W3", "T", 15.0),
    ("P4", "W3", "W4", 50.0),
    ("P5", "W3", "W4", 80.0),
    kinds={"W1": NodeKind.MANHOLE, "W2": NodeKind.MANHOLE, "W3": NodeKind.MANHOLE, "W4": NodeKind.MANHOLE},
)


def match(name: str = "", start: str = "", end: str = "", **fields: object) -> Match:
    (found,) = match_inspections(CITY, [Inspected("pipe", name, start, end, **fields)])  # type: ignore[arg-type]
    return found


def pipes(found: Match) -> list[str]:
    return [CITY.pipe_ids[leg.pipe] for leg in found.legs]


def test_id_and_both_ends_are_the_surest() -> None:
    found = match("P1", "W1", "W2")
    assert (pipes(found), found.confidence, found.reversed) == (["P1"], 1.0, False)


def test_an_inspection_against_digitising_is_found() -> None:
    found = match("", "W2", "W1")
    assert (pipes(found), found.reversed, found.accepted) == (["P1"], True, True)


def test_one_inspection_over_several_pipes_follows_them_from_manhole_to_manhole() -> None:
    found = match("", "W2", "W3", length=25.0)
    assert pipes(found) == ["P2", "P3"]
    assert [(leg.start, leg.forward) for leg in found.legs] == [(0.0, True), (10.0, False)]
    assert found.reasons == ("run",)


def test_a_run_past_manholes_is_less_sure_than_one_without() -> None:
    found = match("", "W1", "W3")
    assert pipes(found) == ["P1", "P2", "P3"]
    assert found.reasons == ("run-through",)


def test_of_parallel_pipes_the_length_tells() -> None:
    assert pipes(match("", "W3", "W4", length=79.0)) == ["P5"]
    assert not match("", "W3", "W4").accepted


def test_names_may_be_written_a_little_differently() -> None:
    found = match("", "w-01", "W 2")
    assert (pipes(found), "alike" in found.reasons, found.accepted) == (["P1"], True, True)


def test_a_section_named_by_its_ends_is_found() -> None:
    assert pipes(match("W1-W2")) == ["P1"]


def test_another_length_makes_it_less_sure() -> None:
    found = match("", "W1", "W2", length=60.0)
    assert (found.confidence, "length" in found.reasons) == (0.76, True)


def test_one_end_and_a_length_are_a_proposal_and_no_match() -> None:
    found = match("", "W4", "unknown", length=50.0)
    assert (pipes(found), found.accepted) == (["P4"], False)


def test_an_id_with_other_ends_is_a_proposal_and_no_match() -> None:
    found = match("P1", "W3", "W9")
    assert (pipes(found), found.accepted) == (["P1"], False)


def test_what_nobody_knows_is_not_matched_and_says_why() -> None:
    assert match("X", "Y", "Z").reasons == ("unknown",)
    assert match().reasons == ("no-names",)


def test_a_manhole_is_matched_to_its_node() -> None:
    (found,) = match_inspections(CITY, [Inspected("node", "W3")])
    assert (found.start, found.accepted) == (CITY.node_ids.rows("W3")[0], True)


def test_both_ends_at_known_places_are_enough() -> None:
    xyz = CITY.node_xyz.copy()
    xyz[:, 0], xyz[:, 1] = range(0, 100 * len(xyz), 100), 0.0
    placed = dataclasses.replace(CITY, node_xyz=xyz)
    at = {name: (float(xyz[CITY.node_ids.rows(name)[0], 0]) + 0.5, 0.0) for name in ("W1", "W2")}
    (found,) = match_inspections(placed, [Inspected("pipe", "?", start_place=at["W1"], end_place=at["W2"])])
    assert (pipes(found), found.accepted) == (["P1"], True)


def test_inspections_from_both_ends_join() -> None:
    both = [
        Inspected("pipe", "", "W1", "W2", inspected_length=18.0, aborted=True),
        Inspected("pipe", "", "W2", "W1", inspected_length=10.0, aborted=True),
    ]
    (joined,) = joined_inspections(both, match_inspections(CITY, both))
    assert (joined.seen, joined.length, joined.both_ends) == (28.0, 30.0, True)


def test_pipes_that_do_not_follow_each_other_are_no_run() -> None:
    with pytest.raises(ValueError, match="no run"):
        match_by_hand(CITY, [0, 3], 0)


@pytest.mark.parametrize(
    ("one", "other", "differ"),
    [(100.0, 104.0, False), (10.0, 10.9, False), (10.0, 12.0, True), (None, 5.0, False), (math.nan, 5.0, False)],
)
def test_lengths_differ_by_more_than_a_metre_and_five_percent(one: float | None, other: float, differ: bool) -> None:  # noqa: FBT001
    assert lengths_differ(one, other) is differ


def test_names_of_two_ends_are_parted() -> None:
    assert [ends_in(name) for name in ("A-B", "WS-1-WS-2", "W1→W2", "P7", "--", "a-b-c")] == [
        ("A", "B"), ("WS-1", "WS-2"), ("W1", "W2"), (), (), (),
    ]  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(
    network=networks(),
    names=st.lists(st.sampled_from(["n0", "n1", "n2", "N-03", "p0", "p1", "n0-n1", ""]), min_size=3, max_size=3),
)
def test_whatever_is_matched_is_a_run_from_its_start_to_its_end(network: Network, names: list[str]) -> None:
    (found,) = match_inspections(network, [Inspected("pipe", names[0], names[1], names[2], length=5.0)])
    assert 0 <= found.confidence <= 1
    node = found.start
    for leg in found.legs:
        first, second = network.pipe_ends[leg.pipe]
        assert node == (first if leg.forward else second)
        node = second if leg.forward else first
    assert not found.legs or node == found.end
