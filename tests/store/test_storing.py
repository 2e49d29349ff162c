"""Deliveries into a survey: the first time, again, changed, and refused."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings

from pipemap.errors import Cancelled, SurveyDataError
from pipemap.model.delivery import Batch, Delivery
from pipemap.store import create_survey, open_survey
from pipemap.store.patience import interruptible
from tests.store.deliveries import NODES, PIPES, deliveries, delivery, names


def test_importing_the_same_again_changes_nothing(tmp_path: Path) -> None:
    with create_survey(tmp_path / "a.gpkg") as survey:
        first = survey.store(delivery())
        assert (first.added_nodes, first.added_pipes, first.change_id) == (4, 3, 1)
        again = survey.store(delivery())
        assert (again.added_nodes, again.added_pipes, again.changed, again.same, again.change_id) == (0, 0, 0, 7, None)
        assert len(survey.history()) == 1


@settings(max_examples=25)
@given(deliveries())
def test_any_delivery_stored_again_changes_nothing(drawn: Delivery) -> None:
    with tempfile.TemporaryDirectory() as folder, create_survey(Path(folder) / "a.gpkg") as survey:
        first = survey.store(drawn)
        assert (first.added_nodes, first.added_pipes) == (drawn.nodes.num_rows, drawn.pipes.num_rows)
        network = survey.network
        assert (network.node_count, network.pipe_count) == (drawn.nodes.num_rows, drawn.pipes.num_rows)
        for order in (drawn, _reversed(drawn)):
            again = survey.store(order)
            assert (again.added_nodes, again.added_pipes, again.changed) == (0, 0, 0)
        assert len(survey.history()) == 1
        assert survey.verify().intact
        survey.undo()
        assert (survey.network.node_count, survey.network.pipe_count, survey.batches()) == (0, 0, [])


def _reversed(drawn: Delivery) -> Delivery:
    """Return the same pipes in the opposite order, where ids or ends tell them apart."""
    keys = list(
        zip(
            *(drawn.pipes[name].to_pylist() for name in drawn.pipes.column_names if name in {"id", "from_fid", "to_fid"}),
            strict=True,
        )
    )
    named = "id" in drawn.pipes.column_names and None not in drawn.pipes["id"].to_pylist()
    if len(set(keys)) < len(keys) or not named:
        return drawn
    order = np.arange(drawn.pipes.num_rows)[::-1]
    lines = type(drawn.lines).from_lists([drawn.lines[row] for row in order.tolist()])
    return replace(drawn, pipes=drawn.pipes.take(pa.array(order)), lines=lines)


def test_what_differs_is_updated_and_an_empty_cell_replaces_nothing(tmp_path: Path) -> None:
    nodes = [dict(row) for row in NODES]
    nodes[0] |= {"road": "中山路", "x": 500001.0}
    nodes[1] |= {"owner": None}
    with create_survey(tmp_path / "a.gpkg") as survey:
        survey.store(delivery())
        stored = survey.store(delivery(nodes))
        assert (stored.added_nodes, stored.changed, stored.same, stored.change_id) == (
            0,
            2,
            5,
            2,
        )  # the node, and the pipe whose course moved
        record = survey.record("node", 1)
        assert (record["road"], record["x"], record["ground"]) == ("中山路", 500001.0, 12.5)
        assert survey.record("node", 2)["owner"] == "水务集团"
        assert survey.network.lines[0][0, 0] == 500001.0


def test_another_crews_delivery_of_the_same_name_is_refused(tmp_path: Path) -> None:
    elsewhere = [row | {"x": row["x"] + 900.0} if row["x"] is not None else row for row in NODES]
    with create_survey(tmp_path / "a.gpkg") as survey:
        survey.store(delivery())
        with pytest.raises(SurveyDataError, match=r"“一标” already.*900 m") as refused:
            survey.store(delivery(elsewhere))
        assert "--batch" in refused.value.hint
        assert len(survey.history()) == 1
        assert survey.record("node", 1)["x"] == 500000.0
        assert survey.store(delivery(elsewhere), batch="二标").added_nodes == 4


def test_what_is_no_longer_delivered_stays(tmp_path: Path) -> None:
    with create_survey(tmp_path / "a.gpkg") as survey:
        survey.store(delivery())
        stored = survey.store(delivery(NODES[:2], PIPES[:1]))
        assert (stored.missing, stored.change_id) == (4, None)
        assert survey.network.pipe_count == 3


def test_another_batch_has_its_own_ids(tmp_path: Path) -> None:
    with create_survey(tmp_path / "a.gpkg") as survey:
        survey.store(delivery(batch="一标"))
        survey.store(delivery(batch="二标"))
        network = survey.network
        assert list(network.node_ids).count("JS1") == 2
        assert network.element("二标/JS1").row == 4


def test_the_same_under_another_name_is_noticed(tmp_path: Path) -> None:
    made = delivery()
    again = replace(made, batch=replace(made.batch, name="again"))
    with create_survey(tmp_path / "a.gpkg") as survey:
        assert survey.store(made).repeats == ""
        assert survey.compare(made).stored.repeats == ""
        assert survey.compare(again).stored.repeats == made.batch.name
        moved = replace(again, nodes=again.nodes.set_column(2, "id", pa.array([f"X{row}" for row in range(4)])))
        assert survey.compare(moved).stored.repeats == ""


def test_a_batch_can_be_named_when_storing(tmp_path: Path) -> None:
    with create_survey(tmp_path / "a.gpkg") as survey:
        survey.store(delivery(), batch="三标")
        survey.store(replace(delivery(), batch=Batch("", source="/x/四标.xlsx")))
        assert [batch.batch.name for batch in survey.batches()] == ["三标", "四标"]


def test_a_repeated_id_is_kept_and_listed(tmp_path: Path) -> None:
    nodes = [{"id": "JS1", "x": 0.0, "y": 0.0}, {"id": "JS1", "x": 9.0, "y": 0.0}]
    with create_survey(tmp_path / "a.gpkg") as survey:
        survey.store(delivery(nodes, [], crs=""))
        assert list(survey.network.node_ids) == ["JS1", "JS1"]
        (found,) = survey.problems()
        assert (found.problem.rule, found.problem.element, found.problem.message) == (
            "duplicate-id",
            "JS1",
            "2 elements have the id “JS1”.",
        )
        swapped = survey.store(delivery(nodes[::-1], [], crs=""))
        assert swapped.change_id is None


def test_very_many_repeated_ids_are_counted_and_not_listed_one_by_one(tmp_path: Path) -> None:
    nodes = [{"id": f"JS{row // 2}", "x": float(row), "y": 0.0} for row in range(2 * 1200)]
    with create_survey(tmp_path / "a.gpkg") as survey:
        survey.store(delivery(nodes, [], crs=""))
        said = [one.problem.message for one in survey.problems()]
    assert len(said) == 1001
    assert said[-1] == "200 more of these (duplicate-id)"


def test_a_repeated_id_that_moved_is_not_guessed(tmp_path: Path) -> None:
    nodes = [{"id": "JS1", "x": 0.0, "y": 0.0}, {"id": "JS1", "x": 9.0, "y": 0.0}]
    with create_survey(tmp_path / "a.gpkg") as survey:
        survey.store(delivery(nodes, [], crs=""))
        stored = survey.store(delivery([nodes[0], nodes[1] | {"x": 99.0}], [], crs=""))
        assert (stored.added_nodes, stored.same, stored.missing) == (1, 1, 1)


def test_parallel_pipes_without_id_are_numbered_by_what_they_are(tmp_path: Path) -> None:
    nodes = [{"id": "A", "x": 0.0, "y": 0.0}, {"id": "B", "x": 9.0, "y": 0.0}]
    pipes = [{"from_fid": 0, "to_fid": 1, "category": code} for code in ("YS", "JS", "DX")]
    with create_survey(tmp_path / "a.gpkg") as survey:
        survey.store(delivery(nodes, pipes, crs=""))
        named = dict(zip(survey.network.pipe_ids, survey.columns("pipe", ["category"])["category"].to_pylist(), strict=True))
        assert named == {"A-B": "DX", "A-B#2": "JS", "A-B#3": "YS"}
        assert survey.store(delivery(nodes, pipes[::-1], crs="")).change_id is None


def test_a_delivery_in_another_coordinate_system_is_turned_into_the_surveys(tmp_path: Path) -> None:
    nodes = [{"id": "A", "x": 114.0, "y": 30.0}, {"id": "B", "x": 114.001, "y": 30.0}]
    with create_survey(tmp_path / "a.gpkg", crs="EPSG:4547") as survey:
        survey.store(delivery(nodes, [{"from_fid": 0, "to_fid": 1}], crs="EPSG:4490"))
        east, north, _level = survey.network.node_xyz[0]
        assert east == pytest.approx(500000.0, abs=0.001)
        assert north == pytest.approx(3320113.398, abs=0.001)
        assert survey.network.lines[0][0, 0] == pytest.approx(500000.0, abs=0.001)
        assert survey.store(delivery(nodes, [{"from_fid": 0, "to_fid": 1}], crs="EPSG:4490")).change_id is None


def test_unknown_and_known_coordinates_are_not_mixed(tmp_path: Path) -> None:
    with create_survey(tmp_path / "a.gpkg", crs="EPSG:4547") as survey:
        with pytest.raises(SurveyDataError, match="unknown coordinate system"):
            survey.store(delivery(crs=""))
        survey.store(delivery([{"id": "A"}, {"id": "B"}], [{"from_fid": 0, "to_fid": 1}], crs=""))
        assert survey.network.node_count == 2


def test_a_delivery_that_contradicts_itself_is_refused_whole(tmp_path: Path) -> None:
    broken = delivery()
    broken = replace(
        broken, pipes=broken.pipes.set_column(broken.pipes.column_names.index("to_fid"), "to_fid", pa.array([1, 2, 9]))
    )
    wrong = replace(delivery(), nodes=delivery().nodes.append_column("turns", pa.array(["a", "b", "c", "d"])))
    with create_survey(tmp_path / "a.gpkg") as survey:
        for refused in (broken, wrong):
            with pytest.raises(SurveyDataError):
                survey.store(refused)
        assert survey.batches() == []
        assert survey.history() == []


def test_cancelling_leaves_the_survey_as_it_was(tmp_path: Path) -> None:
    def stop_at(step: int) -> None:
        calls = 0

        def progress(done: int, total: int | None = None, label: str = "") -> None:  # noqa: ARG001 -- as progress is called
            nonlocal calls
            calls += 1
            if calls > step:
                raise Cancelled

        survey.store(delivery(batch="二标"), progress=progress)

    with create_survey(tmp_path / "a.gpkg") as survey:
        survey.store(delivery())
        before = survey.columns("node", ["fid", "id", "x"]), survey.network
        for step in range(8):
            with pytest.raises(Cancelled):
                stop_at(step)
        assert survey.columns("node", ["fid", "id", "x"]).equals(before[0])
        assert survey.network is before[1]
        assert len(survey.history()) == 1
        assert len(survey.batches()) == 1


def test_the_arm_of_a_valve_is_the_key_of_its_pipe(tmp_path: Path) -> None:
    nodes = [dict(row) for row in NODES]
    nodes[1] |= {"arm_pipe": 1, "kind": "isolation_valve"}
    with create_survey(tmp_path / "a.gpkg") as survey:
        survey.store(delivery(NODES[:3], PIPES[:1], batch="before"))
        survey.store(delivery(nodes))
        assert survey.network.node_arm.tolist() == [-1, -1, -1, -1, 2, -1, -1]


def test_many_rows_are_stored_undone_and_stored_again(tmp_path: Path) -> None:
    nodes = [{"id": f"n{row}", "x": float(row), "y": 0.0, "ground": 1.0} for row in range(5000)]
    pipes = [{"from_fid": row, "to_fid": row + 1} for row in range(4999)]
    with create_survey(tmp_path / "a.gpkg") as survey:
        survey.store(delivery(nodes, pipes, crs=""))
        survey.store(delivery([row | {"x": number + 0.5} for number, row in enumerate(nodes)], pipes, crs=""))
        assert survey.network.node_xyz[0, 0] == 0.5
        survey.undo()
        assert survey.network.node_xyz[0, 0] == 0.0
        survey.undo()
        assert survey.network.node_count == 0
        with survey.database() as database:
            assert database.execute("SELECT rtreecheck('rtree_pipe_geom')").fetchone()[0] == "ok"
            assert database["rtree_pipe_geom"].count == 0
        survey.redo()
        assert survey.network.pipe_count == 4999
        assert survey.verify().intact
        with survey.database() as database:
            assert database.execute("SELECT rtreecheck('rtree_pipe_geom')").fetchone()[0] == "ok"
            assert database["rtree_pipe_geom"].count == 4999
    with open_survey(tmp_path / "a.gpkg") as survey:
        assert survey.network.pipe_count == 4999
    assert names(tmp_path) == ["a.gpkg"]


def test_customers_come_with_their_ties_and_go_with_the_import(tmp_path: Path) -> None:
    customers = pa.table(
        {
            "id": ["C1", "C2"],
            "class": ["hospital", "residential"],
            "critical": [True, False],
            "own_tank_hours": [8.0, None],
            "node_row": pa.array([1, None], pa.int64()),
            "pipe_row": pa.array([0, 2], pa.int64()),
            "method": ["surveyed", "nearest"],
            "x": [500001.0, 500002.0],
            "y": [3400001.0, 3400002.0],
        }
    )
    with create_survey(tmp_path / "a.gpkg") as survey:
        survey.store(delivery(NODES[:2], PIPES[:1], batch="before"))
        survey.store(delivery(customers=customers))
        found = survey.table("customer").to_pylist()
        assert [(row["id"], row["node"], row["pipe"], row["method"], row["own_tank_hours"]) for row in found] == [
            ("C1", 4, 2, "surveyed", 8.0),
            ("C2", None, 4, "nearest", None),
        ]
        assert survey.store(delivery(customers=customers)).change_id is None
        survey.undo()
        assert survey.table("customer").num_rows == 0


def test_a_long_statement_is_stopped_and_nothing_stands(tmp_path: Path) -> None:
    asked: list[int] = []

    def stop(done: int, total: int | None = None, label: str = "") -> None:
        del total, label
        asked.append(done)
        if len(asked) > 3:
            raise Cancelled

    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n"
    with create_survey(tmp_path / "s.gpkg", crs="EPSG:4547") as survey:

        def write() -> None:
            with survey._connections.writing() as connection, interruptible(connection, stop) as told:
                told(7)
                connection.execute("INSERT INTO setting (name, value) VALUES ('half', '1')")
                connection.execute(endless).fetchone()

        with pytest.raises(Cancelled):
            write()
        assert asked == [7, 7, 7, 7]
        assert survey.setting("half") is None
        survey.set_setting("half", "whole")  # the connection is as good as before
        assert survey.setting("half") == "whole"


@pytest.mark.parametrize("reports", range(8))
def test_a_cancelled_import_leaves_things_as_they_were(tmp_path: Path, reports: int) -> None:
    left = [reports]

    def stop(done: int, total: int | None = None, label: str = "") -> None:
        del done, total, label
        left[0] -= 1
        if left[0] < 0:
            raise Cancelled

    with create_survey(tmp_path / "s.gpkg", crs="EPSG:4547") as survey:
        with pytest.raises(Cancelled):
            survey.store(delivery(), progress=stop)
        assert survey.network.node_count == 0
        assert survey.history() == []
        survey.store(delivery())
        assert survey.network.node_count > 0
