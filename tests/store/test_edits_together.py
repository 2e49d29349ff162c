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
from pipemap.model.finding import Finding, Inspection, Section
from pipemap.model.network import Network
from pipemap.store import Survey, create_survey, open_survey
from pipemap.store.edits import Edit
from pipemap.store.edits.splitting import Side
from pipemap.store.tables import PROVEN_TABLES
from tests.store.deliveries import delivery
from tests.store.test_edits import NODES, PIPES

TABLES = ("node", "pipe", *(name for name in PROVEN_TABLES if name not in {"node", "pipe"}))

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
        self.folder_path = Path(self.folder.name)
        self.path = self.folder_path / "a.gpkg"
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

    @precondition(has_pipes)
    @rule(one=numbers)
    def delete_a_pipe(self, one: int) -> None:
        pipe = self.pipe(one)
        self.do(lambda edit: edit.delete("pipe", pipe))

    @rule(one=numbers, ground=st.none() | st.integers(5, 15).map(float), text=st.text(max_size=6))
    def update_a_node(self, one: int, ground: float | None, text: str) -> None:
        node = self.node(one)
        self.do(lambda edit: edit.update("node", node, ground=ground, id=text or None, note=text))

    @precondition(has_pipes)
    @rule(one=numbers, depth=st.none() | st.floats(0.0, 9.0), material=st.sampled_from([None, "PE", "?"]))
    def update_a_pipe(self, one: int, depth: float | None, material: str | None) -> None:
        pipe = self.pipe(one)
        self.do(lambda edit: edit.update("pipe", pipe, from_depth=depth, material=material))

    @rule(one=numbers, x=coordinates, y=coordinates)
    def insert(self, one: int, x: float, y: float) -> None:
        node = self.node(one)

        def act(edit: Edit) -> None:
            made = edit.insert("node", {"id": edit.suggest_id("node", category="WS"), "x": x, "y": y, "category": "WS"})
            edit.insert("pipe", {"from_fid": node, "to_fid": made, "category": "WS"})

        self.do(act)

    @precondition(has_pipes)
    @rule(one=numbers, x=coordinates, y=coordinates)
    def reroute(self, one: int, x: float, y: float) -> None:
        pipe = self.pipe(one)
        self.do(lambda edit: edit.reroute(pipe, [(0, 0), (x, y), (1, 1)]))

    @rule(one=numbers, what=st.sampled_from(["检修井", "阀门", ""]))
    def change_type(self, one: int, what: str) -> None:
        node = self.node(one)
        self.do(lambda edit: edit.change_type("node", node, appurtenance=what or None))

    @rule(one=numbers, within=st.sampled_from([1.0, 500.0]))
    def tie_customers(self, one: int, within: float) -> None:
        def act(edit: Edit) -> None:
            for customer in edit.keys("customer", "id", f"C{1 + one % 2}"):
                edit.write("customer", customer, {"pipe": None, "node": None})
            edit.tie_customers(within=within)

        self.do(act)

    @precondition(has_pipes)
    @rule(one=numbers, station=st.floats(0.0, 5.0))
    def find(self, one: int, station: float) -> None:
        """A finding with a photo, changed, the photo taken away again."""
        pipe, photo = self.pipe(one), self.folder_path / "a.txt"
        photo.write_text("photo")

        def act(edit: Edit) -> None:
            finding = edit.add_finding(Finding(code="PL", grade=2, pipe=pipe, station=station))
            edit.change_finding(finding, grade=3, note="wider")
            edit.detach(edit.attach(finding, photo))
            edit.attach(finding, photo)

        self.do(act)

    @rule(one=numbers)
    def find_no_more(self, one: int) -> None:
        keys = [row[0] for row in tables(self.path)["finding"]]
        if keys:
            self.do(lambda edit: edit.remove_finding(keys[one % len(keys)]))

    @precondition(has_pipes)
    @rule(one=numbers, with_findings=st.booleans())
    def inspect(self, *, one: int, with_findings: bool) -> None:
        """An inspection, and the one before it taken away."""
        pipe = self.pipe(one)
        keys = [row[0] for row in tables(self.path)["inspection"]]

        def act(edit: Edit) -> None:
            edit.keep_inspection(Inspection(kind="cctv", pipe=pipe, findings=(Finding(code="CJ", pipe=pipe, station=1.0),)))
            if keys:
                edit.remove_inspection(keys[one % len(keys)], with_findings=with_findings)

        self.do(act)

    @rule(one=numbers, other=numbers)
    def keep_section(self, one: int, other: int) -> None:
        first, last = self.node(one), self.node(other)
        self.do(lambda edit: edit.keep_section(Section(id=f"S{one}", from_node=first, to_node=last)))

    @rule(number=numbers)
    def undo_what_stands_alone(self, number: int) -> None:
        """Any entry that nothing later builds on, not only the newest."""
        open_ = [one for one in self.survey.history(after=self.entries) if one.undoes is None and not one.undone]
        if open_:
            entry = open_[number % len(open_)]
            try:
                self.survey.undo(entry.id)
            except EditError:
                assert self.survey.in_the_way(entry.id)

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


def test_nothing_that_can_be_done_is_left_out() -> None:
    """Each thing that an edit can do is done above."""
    source = Path(__file__).read_text(encoding="utf-8")
    acts = [name for name, act in vars(Edit).items() if callable(act) and not name.startswith("_")]
    assert len(acts) > 20
    assert [name for name in (*acts, "insert", "update", "reroute", "delete") if f"edit.{name}(" not in source] == []


Editing.TestCase.settings = settings(max_examples=10, stateful_step_count=14, deadline=None)
test_any_edits_agree_and_can_all_be_undone = Editing.TestCase
