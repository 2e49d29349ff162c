"""Segments after any edits are segments from scratch; and so is all else that is worked out once and mended with each edit."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from pipemap.analysis.segments import Segments, find_segments, segments_of
from pipemap.analysis.valves import Valves, find_valves, valves_of
from pipemap.errors import EditError
from pipemap.model.adjacency import build_adjacency
from pipemap.model.flow import flow_direction
from pipemap.model.network import Network
from pipemap.model.tally import tally
from pipemap.store import Survey, create_survey
from pipemap.store.edits import Edit
from tests.store.deliveries import Row, delivery

_ROOM = 40.0


def _nodes() -> list[Row]:
    """A water works, valves and houses on a loop; sewers beside it, with an outfall."""
    kinds = [
        *(
            "reservoir",
            "isolation_valve",
            None,
            "isolation_valve",
            "isolation_valve",
            None,
            "boundary",
            "regulator",
            None,
            "customer",
        ),
        *("manhole", "manhole", "manhole", "manhole", "outfall", None),
    ]
    return [
        {
            "id": f"N{number}",
            "x": _ROOM * (number % 4),
            "y": _ROOM * (number // 4),
            "ground": 10.0,
            "kind": kind,
            "category": "JS" if number < 10 else "WS",
            "state": "closed" if number == 3 else None,
        }
        for number, kind in enumerate(kinds)
    ]


def _pipes() -> list[Row]:
    mains = [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (5, 2), (5, 6), (2, 7), (7, 8), (8, 9)]
    drains = [(10, 11), (11, 12), (12, 13), (13, 14), (15, 12), (11, 13)]
    water: list[Row] = [{"from_fid": a, "to_fid": b, "category": "JS", "diameter_mm": 200.0} for a, b in mains]
    water[4]["kind"], water[9]["kind"] = "valve", "service"
    deep = {"category": "WS", "from_reference": "invert", "to_reference": "invert"}
    sewers: list[Row] = [
        deep | {"from_fid": a, "to_fid": b, "from_level": 9.0 - at, "to_level": 8.5 - at, "flow": "+-"[at % 2]}
        for at, (a, b) in enumerate(drains)
    ]
    return [row | {"id": f"P{number}"} for number, row in enumerate([*water, *sewers])]


def afresh(network: Network) -> Network:
    """The same network, of which nothing is known yet."""
    return replace(network)


def same_valves(one: Valves, other: Valves) -> None:
    for field in fields(Valves):
        if field.name != "network":
            np.testing.assert_array_equal(getattr(one, field.name), getattr(other, field.name), err_msg=field.name)


def same_segments(one: Segments, other: Segments) -> None:
    assert one.count == other.count
    for name in ("node", "pipe", "first"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)


def all_is_kept(network: Network) -> None:
    """Assert that everything that is mended is as if it were worked out now."""
    new = afresh(network)
    made = build_adjacency(new.node_count, new.pipe_ends)
    for name in ("indptr", "neighbour", "edge"):
        np.testing.assert_array_equal(getattr(network.adjacency, name), getattr(made, name), err_msg=name)
    flow = flow_direction(new)
    for name in ("direction", "evidence", "conflicts", "fall"):
        np.testing.assert_array_equal(getattr(network.flow, name), getattr(flow, name), err_msg=name)
    same_valves(valves_of(network), find_valves(new))
    same_segments(segments_of(network), find_segments(find_valves(new)))
    mine, counted = network.tally, tally(new)
    assert (mine.pipes, mine.nodes, mine.flows) == (counted.pipes, counted.nodes, counted.flows)
    assert mine.metres == pytest.approx(counted.metres, abs=1e-6)


numbers = st.integers(0, 60)
places = st.floats(0.1, 0.9)
node_values = st.one_of(
    st.sampled_from(["isolation_valve", "reservoir", "regulator", "outfall", "boundary", "point", None]).map(
        lambda kind: {"kind": kind}
    ),
    st.sampled_from(["closed", "open", None]).map(lambda state: {"state": state}),
    st.sampled_from(["abandoned", "planned", None]).map(lambda life: {"lifecycle": life}),
    st.sampled_from(["JS", "WS", None]).map(lambda category: {"category": category}),
)
pipe_values = st.one_of(
    st.sampled_from(["valve", "service", "pump", "check_valve", "pipe", None]).map(lambda kind: {"kind": kind}),
    st.sampled_from(["closed", None]).map(lambda state: {"state": state}),
    st.sampled_from(["abandoned", "removed", None]).map(lambda life: {"lifecycle": life}),
    st.sampled_from(["JS", "WS", "YS", "DL", None]).map(lambda category: {"category": category}),
    st.sampled_from(["+", "-", None]).map(lambda flow: {"flow": flow}),
    st.integers(0, 12).map(lambda level: {"from_level": float(level)}),
    st.sampled_from(["pressure", "gravity", None]).map(lambda how: {"pressurised": how}),
)


class Keeping(RuleBasedStateMachine):
    """A person who edits water mains and sewers, and looks at segments and flow now and then."""

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.survey: Survey = create_survey(Path(self.folder.name) / "a.gpkg")
        self.survey.store(delivery(_nodes(), _pipes()))
        self.entries = len(self.survey.history())
        self.look()

    @property
    def network(self) -> Network:
        return self.survey.network

    def node(self, number: int) -> int:
        return int(self.network.node_fid[number % self.network.node_count])

    def pipe(self, number: int) -> int:
        return int(self.network.pipe_fid[number % self.network.pipe_count])

    def has_pipes(self) -> bool:
        return self.network.pipe_count > 0

    def do(self, act: Callable[[Edit], object]) -> None:
        try:
            with self.survey.edit("edit") as edit:
                act(edit)
        except EditError:
            pass  # the one thing that must stay as it was is looked at all the same
        self.network  # noqa: B018 -- each step is a snapshot of its own

    @rule(one=numbers, values=node_values)
    def change_node(self, one: int, values: dict[str, object]) -> None:
        node = self.node(one)
        self.do(lambda edit: edit.update("node", node, **values))

    @precondition(has_pipes)
    @rule(one=numbers, values=pipe_values)
    def change_pipe(self, one: int, values: dict[str, object]) -> None:
        pipe = self.pipe(one)
        self.do(lambda edit: edit.update("pipe", pipe, **values))

    @precondition(has_pipes)
    @rule(one=numbers, other=numbers)
    def set_arm(self, one: int, other: int) -> None:
        node, pipe = self.node(one), self.pipe(other)
        self.do(lambda edit: edit.update("node", node, arm_pipe=pipe))

    @rule(one=numbers, other=numbers, values=pipe_values)
    def join(self, one: int, other: int, values: dict[str, object]) -> None:
        ends = {"from_fid": self.node(one), "to_fid": self.node(other)}
        self.do(lambda edit: edit.insert("pipe", {"category": "JS"} | values | ends))

    @rule(one=numbers, values=node_values)
    def add(self, one: int, values: dict[str, object]) -> None:
        start = self.node(one)

        def act(edit: Edit) -> None:
            node = edit.insert("node", {"x": 7.0 * one, "y": 500.0, "category": "JS"} | values)
            if one % 3:
                edit.insert("pipe", {"from_fid": start, "to_fid": node, "category": "JS"})

        self.do(act)

    @rule(one=numbers, x=numbers, y=numbers)
    def move(self, one: int, x: int, y: int) -> None:
        node = self.node(one)
        self.do(lambda edit: edit.update("node", node, x=10.0 * x, y=10.0 * y))

    @precondition(has_pipes)
    @rule(one=numbers, share=places)
    def split(self, one: int, share: float) -> None:
        pipe, length = self.pipe(one), float(self.network.length[one % self.network.pipe_count])
        self.do(lambda edit: edit.split(pipe, station=share * length))

    @precondition(has_pipes)
    @rule(one=numbers, x=numbers, y=numbers)
    def insert_a_valve(self, one: int, x: int, y: int) -> None:
        pipe = self.pipe(one)
        self.do(lambda edit: edit.insert_fitting(pipe, {"kind": "isolation_valve"}, at=(2.0 * x, 2.0 * y)))

    @precondition(has_pipes)
    @rule(one=numbers)
    def turn_round(self, one: int) -> None:
        pipe = self.pipe(one)
        self.do(lambda edit: edit.reverse(pipe))

    @precondition(has_pipes)
    @rule(one=numbers, other=numbers)
    def reconnect(self, one: int, other: int) -> None:
        pipe, node = self.pipe(one), self.node(other)
        self.do(lambda edit: edit.update("pipe", pipe, to_fid=node))

    @precondition(has_pipes)
    @rule(one=numbers)
    def take_out(self, one: int) -> None:
        pipe = self.pipe(one)
        self.do(lambda edit: edit.delete("pipe", pipe))

    @rule(one=numbers)
    def take_out_a_node(self, one: int) -> None:
        node = self.node(one)
        if self.network.node_count > 1:
            self.do(lambda edit: edit.delete("node", node, with_pipes=True))

    @precondition(has_pipes)
    @rule(one=numbers)
    def retire(self, one: int) -> None:
        pipe = self.pipe(one)
        self.do(lambda edit: edit.retire("pipe", pipe))

    @rule(redo=st.booleans())
    def undo(self, *, redo: bool) -> None:
        if len([entry for entry in self.survey.history() if entry.undoes is None and not entry.undone]) > self.entries:
            self.survey.undo()
            self.network  # noqa: B018 -- stands before it is redone
            if redo:
                self.survey.redo()
                self.network  # noqa: B018

    @rule()
    def look(self) -> None:
        all_is_kept(self.network)

    @rule()
    def look_at_segments(self) -> None:
        same_segments(segments_of(self.network), find_segments(find_valves(afresh(self.network))))

    def teardown(self) -> None:
        if not hasattr(self, "survey"):
            return
        all_is_kept(self.network)
        for name in ("pipe_ends", "node_arm", "node_xyz"):  # and what it is worked out from is what the file holds
            kept = getattr(self.network, name)
            np.testing.assert_array_equal(kept, getattr(self.survey.reload(), name))
        self.survey.close()
        self.folder.cleanup()


Keeping.TestCase.settings = settings(max_examples=12, stateful_step_count=14, deadline=None)
test_segments_and_all_else_after_any_edits_are_those_from_scratch = Keeping.TestCase
