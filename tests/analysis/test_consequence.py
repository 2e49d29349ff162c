"""What solving a problem would change: measured on networks small enough to count by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from pipemap.analysis.checks import check_network
from pipemap.analysis.checks.consequence import Measures
from pipemap.analysis.checks.facts import Facts
from pipemap.analysis.checks.registry import Found
from pipemap.analysis.checks.upstream import upstream_sums
from pipemap.catalog.kinds import NodeKind
from pipemap.model.network import Network
from pipemap.model.problem import CUSTOMER_METRES, Effect, Problem, sort_by_effect


def effect_of(network: Network, rule: str, found: Found) -> tuple[str, float, int]:
    effects = Measures(Facts(network)).effects(rule, found)
    assert len(effects.texts) == len(found.rows)
    return str(effects.texts[0]), float(effects.metres[0]), int(effects.customers[0])


def customers_at(network: Network, *nodes: int) -> Network:
    table = pa.table({"node": pa.array(nodes, pa.int64()), "pipe": pa.nulls(len(nodes), pa.int64())})
    return replace(network, customer_loader=lambda: table)


def two_parts(**kinds: NodeKind) -> Network:
    """S –100– A, and apart from it B –30– C –40– D."""
    return Network.from_pipes(("P1", "S", "A", 100.0), ("P2", "B", "C", 30.0), ("P3", "C", "D", 40.0), kinds=kinds)


def gap(network: Network, end: str, other: str) -> Found:
    rows = [network.element(f"node:{name}").row for name in (end, other)]
    return Found("node", np.array(rows[:1]), others=np.array(rows[1:]))


def test_joining_a_gap_connects_the_part_without_a_source() -> None:
    network = two_parts(S=NodeKind.RESERVOIR)
    network = customers_at(network, network.element("node:D").row, network.element("node:A").row)
    for ends in (("A", "B"), ("B", "A")):
        assert effect_of(network, "near-miss", gap(network, *ends)) == ("Connects {extent} with a source.", 70.0, 1)


def test_joining_parts_that_both_lack_a_source_brings_the_smaller_to_the_larger() -> None:
    assert effect_of(two_parts(), "near-miss", gap(two_parts(), "A", "B"))[0].startswith("Joins")
    assert effect_of(two_parts(), "near-miss", gap(two_parts(), "A", "B"))[1:] == (70.0, 0)


def test_joining_what_hangs_together_anyway_concerns_only_what_meets_there() -> None:
    network = two_parts()
    text, metres, _customers = effect_of(network, "near-miss", gap(network, "B", "D"))
    assert text.startswith("Closes a way")
    assert metres == 30.0


def test_a_drain_that_runs_the_wrong_way_turns_all_that_drains_through_it() -> None:
    stream = np.array([[0, 2], [1, 2], [2, 3], [3, 4], [3, 5]])
    along = np.array([[10.0, 0], [20.0, 1], [30.0, 0], [5.0, 0], [7.0, 0]])
    at = np.zeros((6, 2))
    at[0, 1] = 2
    sums = upstream_sums(stream, along, at)
    assert sums[2].tolist() == [30.0, 3.0]
    assert sums[3].tolist() == [60.0, 3.0]
    assert sums[4].tolist() == [65.0, 3.0]  # into the first branch goes what comes from above
    assert sums[5].tolist() == [7.0, 0.0]


def test_drains_on_a_loop_count_once() -> None:
    stream = np.array([[0, 1], [1, 2], [2, 1], [2, 3]])
    sums = upstream_sums(stream, np.array([[10.0], [20.0], [30.0], [40.0]]), np.zeros((4, 1)))
    assert sums[:, 0].tolist() == [0.0, 60.0, 60.0, 100.0]


def test_nothing_drains_where_there_are_no_drains() -> None:
    assert upstream_sums(np.empty((0, 2), np.int64), np.empty((0, 2)), np.zeros((3, 2))).tolist() == [[0.0, 0.0]] * 3


def test_a_valve_without_an_arm_divides_the_zone_it_stands_in() -> None:
    pipes = (("P1", "S", "V", 10.0), ("P2", "V", "B", 20.0), ("P3", "V", "C", 30.0))
    network = Network.from_pipes(*pipes, kinds={"V": NodeKind.ISOLATION_VALVE, "S": NodeKind.RESERVOIR})
    network = replace(network, pipe_category=type(network.pipe_category).from_arrow(pa.array(["JS"] * 3)))
    (problem,) = check_network(network, ["valve-without-arm"]).problems
    assert problem.effect is not None
    assert problem.effect.metres == 60.0
    assert problem.effect.message == "Divides a zone of 60 m of pipe that a break now shuts off whole."


def test_a_point_out_of_use_parts_what_lies_beyond_it() -> None:
    network = Network.from_pipes(("P1", "A", "X", 10.0), ("P2", "X", "B", 50.0), ("P3", "B", "C", 60.0))
    found = Found("node", np.array([network.element("node:X").row]))
    assert effect_of(network, "out-of-use-between", found) == ("Lets a trace go on into {extent}.", 0.0, 0)
    network = Network.from_pipes(("P1", "A", "X", 10.0), ("P2", "X", "B", 50.0), ("P3", "B", "C", 60.0), ("P4", "A", "D", 9.0))
    assert effect_of(network, "out-of-use-between", found)[1] == 9.0


def test_anything_else_concerns_the_element_and_who_hangs_on_it() -> None:
    network = customers_at(two_parts(), 1)
    assert effect_of(network, "no-material", Found("pipe", np.array([0]))) == ("Concerns {extent}.", 100.0, 0)
    assert effect_of(network, "no-ground", Found("node", np.array([1]))) == ("Concerns {extent}.", 100.0, 1)


def test_of_very_many_problems_those_of_the_largest_effect_are_listed() -> None:
    network = Network.from_pipes(*((f"P{number}", f"A{number}", f"B{number}", float(number)) for number in range(9)))
    found = check_network(network, ["no-category"], most=2)
    assert [problem.element for problem in found.problems] == ["P7", "P8", ""]
    assert [spot.row if spot else None for spot in found.spots] == [7, 8, None]


@pytest.mark.parametrize(
    ("metres", "customers", "words"),
    [
        (1240.4, 87, "1,240 m of pipe and 87 customers"),
        (3.0, 1, "3 m of pipe and 1 customer"),
        (3.0, 0, "3 m of pipe"),
        (0.0, 1, "1 customer"),
        (0.0, 5, "5 customers"),
        (0.0, 0, "this element alone"),
    ],
)
def test_an_effect_is_said_in_words(metres: float, customers: int, words: str) -> None:
    assert Effect("Connects {extent} with a source.", metres, customers).message == f"Connects {words} with a source."


def test_problems_are_ranked_by_effect_and_remarks_come_last() -> None:
    def problem(severity: str, metres: float, customers: int = 0) -> Problem:
        return Problem(f"{severity}{metres:g}", severity, "", "", effect=Effect("{extent}", metres, customers))  # type: ignore[arg-type]

    ranked = sort_by_effect(
        [
            problem("info", 900),
            problem("error", 10),
            problem("warning", 0, 1),
            problem("error", CUSTOMER_METRES),
            problem("warning", 50),
        ]
    )
    assert [one.rule for one in ranked] == ["warning50", "error20", "warning0", "error10", "info900"]
