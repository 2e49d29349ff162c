"""Any edits in any order, undone, redone, reopened: the file, the columns and the graph agree, and undoing all leads back."""

from __future__ import annotations

import json
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from pipemap.analysis.trace import trace
from pipemap.errors import EditError
from pipemap.model.network import Network
from pipemap.store import Survey, create_survey, open_survey
from pipemap.store.edits import Edit
from pipemap.store.edits.splitting import Side
from tests.store.deliveries import delivery
from tests.store.test_edits import NODES, PIPES

TABLES = ("node", "pipe", "finding", "inspection", "customer", "section", "attachment", "patrol", "shutoff_plan", "model_text")

shares = st.floats(0.0, 1.0)
coordinates = st.integers(-50, 150).map(float)
numbers = st.integers(0, 40)
sides: st.SearchStrategy[Side] = st.sampled_from(["from", "to"])


def tables(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        return {name: connection.execute(f'SELECT * FROM "{name}" ORDER BY fid').fetchall() for name in TABLES}


class Editing(RuleBasedStateMachine):
    """A person who edits a small sewer with everything hanging on it."""

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "a.gpkg"
        with create_survey(self.path) as survey:
            survey.store(delivery(NODES, PIPES))
            with survey.edit("around") as edit:
                edit.add("finding", {"pipe": 1, "from_node": 1, "station": 10.0, "length": 30.0, "code": "PL"})
                edit.add("finding", {"pipe": 2, "station": 5.0, "code": "CJ"})
                edit.add("customer", {"id": "C1", "pipe": 1, "x": 29.0, "y": 38.0})
                edit.add("customer", {"id": "C2", "node": 2})
                edit.add("section", {"id": "S1", "from_node": 1, "to_node": 3})
                edit.add("attachment", {"layer": "pipe", "element_fid": 3, "name": "a.jpg"})
                edit.add("patrol", {"name": "Monday", "elements": json.dumps(["P1", "pipe:P2", "WS2"])})
                edit.add("model_text", {"batch": 1, "section": "VALVE_LAYER", "lines": json.dumps(["link,node", "P1,WS2"])})
                edit.update("node", "WS2", arm_pipe=3)
        self.start = tables(self.path)
        self.survey: Survey = open_survey(self.path)
        self.entries = len(self.survey.history())
        assert self.survey.network.pipe_count == 3

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
        before = tables(self.path)
        try:
            with self.survey.edit("edit") as edit:
                act(edit)
        except EditError:
            assert tables(self.path) == before

    @rule(x=coordinates, y=coordinates)
    def add_node(self, x: float, y: float) -> None:
        self.do(lambda edit: edit.add_node(x, y, {"category": "WS", "ground": 10.0}))

    @rule(one=numbers, other=numbers, x=coordinates, y=coordinates)
    def draw(self, one: int, other: int, x: float, y: float) -> None:
        ends = self.node(one), self.node(other)
        self.do(lambda edit: edit.draw([(0, 0), (x, y), (1, 1)], start=ends[0], end=ends[1]))

    @precondition(has_pipes)
    @rule(one=numbers, x=coordinates, y=coordinates)
    def draw_onto(self, one: int, x: float, y: float) -> None:
        end = f"pipe:#{self.pipe(one)}"
        self.do(lambda edit: edit.draw([(x, y), (x + 1, y), (30, 20)], {"category": "WS"}, start={"ground": 9.0}, end=end))

    @rule(one=numbers, x=coordinates, y=coordinates, ground=st.none() | st.integers(5, 15).map(float))
    def move_node(self, one: int, x: float, y: float, ground: float | None) -> None:
        node = self.node(one)
        self.do(lambda edit: edit.move_node(node, x, y, ground=ground))

    @precondition(has_pipes)
    @rule(one=numbers, share=shares)
    def split(self, one: int, share: float) -> None:
        pipe = self.pipe(one)
        length = float(self.network.length[one % self.network.pipe_count])
        self.do(lambda edit: edit.split(pipe, station=share * length))

    @precondition(has_pipes)
    @rule(one=numbers, other=numbers)
    def split_at_a_node(self, one: int, other: int) -> None:
        pipe, node = self.pipe(one), self.node(other)
        self.do(lambda edit: edit.split(pipe, node=node))

    @precondition(has_pipes)
    @rule(one=numbers, x=coordinates, y=coordinates)
    def insert_a_valve(self, one: int, x: float, y: float) -> None:
        pipe = self.pipe(one)
        self.do(lambda edit: edit.insert_fitting(pipe, {"appurtenance": "阀门", "state": "closed"}, at=(x, y)))

    @rule(one=numbers)
    def join(self, one: int) -> None:
        node = self.node(one)
        self.do(lambda edit: edit.join(node))

    @rule(one=numbers, other=numbers)
    def merge(self, one: int, other: int) -> None:
        gone, stays = self.node(one), self.node(other)
        self.do(lambda edit: edit.merge(gone, stays))

    @precondition(has_pipes)
    @rule(one=numbers, turn=st.booleans())
    def reverse(self, *, one: int, turn: bool) -> None:
        pipe = self.pipe(one)
        self.do(lambda edit: edit.reverse(pipe, turn_flow=turn))

    @precondition(has_pipes)
    @rule(one=numbers, other=numbers, end=sides)
    def reconnect(self, one: int, other: int, end: Side) -> None:
        pipe, node = self.pipe(one), self.node(other)
        self.do(lambda edit: edit.reconnect(pipe, end, node))

    @precondition(has_pipes)
    @rule(one=numbers, other=numbers, end=sides, x=coordinates, y=coordinates)
    def extend(self, one: int, other: int, end: Side, x: float, y: float) -> None:
        pipe, node = self.pipe(one), self.node(other) if other % 2 else None
        self.do(lambda edit: edit.extend(pipe, end, [(x, y)], to=node))

    @precondition(has_pipes)
    @rule(one=numbers, x=coordinates, y=coordinates, index=st.integers(0, 4))
    def bend(self, one: int, x: float, y: float, index: int) -> None:
        pipe = self.pipe(one)
        self.do(lambda edit: edit.add_vertex(pipe, x, y))
        self.do(lambda edit: edit.move_vertex(pipe, index, y, x))

    @precondition(has_pipes)
    @rule(one=numbers, index=st.integers(0, 4))
    def straighten(self, one: int, index: int) -> None:
        pipe = self.pipe(one)
        self.do(lambda edit: edit.delete_vertex(pipe, index))

    @precondition(has_pipes)
    @rule(one=numbers, shares=st.tuples(shares, shares))
    def replace(self, one: int, shares: tuple[float, float]) -> None:
        pipe = self.pipe(one)
        length = float(self.network.length[one % self.network.pipe_count])
        self.do(lambda edit: edit.replace(pipe, {"material": "PE"}, start=min(shares) * length, end=max(shares) * length))

    @precondition(has_pipes)
    @rule(one=numbers)
    def retire(self, one: int) -> None:
        pipe = self.pipe(one)
        self.do(lambda edit: edit.retire("pipe", pipe))

    @rule(one=numbers, findings=st.booleans())
    def delete(self, *, one: int, findings: bool) -> None:
        node = self.node(one)
        if self.network.node_count > 1:
            self.do(lambda edit: edit.delete("node", node, with_pipes=True, with_findings=findings))

    @rule()
    def undo(self) -> None:
        if len([entry for entry in self.survey.history() if entry.undoes is None and not entry.undone]) > self.entries:
            self.survey.undo()

    @rule()
    def redo(self) -> None:
        try:
            self.survey.redo()
        except EditError as error:
            assert "nothing to redo" in error.message  # noqa: PT017 -- any other refusal is one too many

    @rule()
    def reopen(self) -> None:
        self.survey.close()
        self.survey = open_survey(self.path)

    @invariant()
    def all_agree(self) -> None:
        if not hasattr(self, "survey"):
            return
        network = self.network
        rows = tables(self.path)
        names = [column[1] for column in self.columns("pipe")]
        fid, start, end = (names.index(name) for name in ("fid", "from_fid", "to_fid"))
        stored = {row[fid]: (row[start], row[end]) for row in rows["pipe"]}
        keys = network.node_fid
        held = dict(zip(network.pipe_fid.tolist(), map(tuple, keys[network.pipe_ends].tolist()), strict=True))
        graph = {int(network.pipe_fid[key]): {int(keys[a]), int(keys[b])} for a, b, key in network.graph.edges(keys=True)}
        assert held == stored
        assert graph == {key: set(ends) for key, ends in stored.items()}
        assert keys.tolist() == [row[0] for row in rows["node"]]
        for row in range(network.pipe_count):
            if len(course := network.lines[row]):
                assert np.allclose(course[[0, -1], :2], network.node_xyz[network.pipe_ends[row], :2])
        self.hanging(rows)
        if network.pipe_count:
            assert trace(network, f"pipe:#{network.pipe_fid[0]}", "connected").pipes

    def hanging(self, rows: dict[str, list[tuple[Any, ...]]]) -> None:
        """Nothing names an element that is gone."""
        there = {name: {row[0] for row in rows[name]} | {None} for name in ("node", "pipe")}
        for table in ("finding", "customer", "inspection", "section"):
            for at, column in enumerate(self.columns(table)):
                layer = {"pipe": "pipe", "node": "node", "from_node": "node", "to_node": "node"}.get(column[1])
                assert layer is None or {row[at] for row in rows[table]} <= there[layer], (table, column[1])

    def columns(self, table: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)) as connection:
            return connection.execute(f'PRAGMA table_info("{table}")').fetchall()

    def teardown(self) -> None:
        if not hasattr(self, "survey"):
            return
        patched = self.network
        again = self.survey.reload()
        assert patched.pipe_ends.tolist() == again.pipe_ends.tolist()
        assert np.array_equal(patched.lines.xyz, again.lines.xyz, equal_nan=True)
        assert patched.node_kind.codes.shape == again.node_kind.codes.shape
        while len([entry for entry in self.survey.history() if entry.undoes is None and not entry.undone]) > self.entries:
            self.survey.undo()
        assert tables(self.path) == self.start
        assert self.survey.verify().intact
        self.survey.close()
        self.folder.cleanup()


Editing.TestCase.settings = settings(max_examples=10, stateful_step_count=14, deadline=None)
test_any_edits_agree_and_can_all_be_undone = Editing.TestCase
