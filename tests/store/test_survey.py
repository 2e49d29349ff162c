"""What goes into a survey comes out of it again."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyogrio
import pytest

from pipemap.errors import SurveyDataError, SurveyFileError, UnknownElementError
from pipemap.model.delivery import Batch, ModelText
from pipemap.model.fields import LAYERS, fields
from pipemap.model.network import NODE_COLUMNS, PIPE_COLUMNS
from pipemap.model.problem import Problem
from pipemap.store import Condition, ConditionError, create_survey, creating, open_survey
from pipemap.store import reading as store_reading
from tests.store.deliveries import NODES, delivery, names


@pytest.fixture
def path(tmp_path: Path) -> Path:
    place = tmp_path / "城 市#1.gpkg"
    with create_survey(place, crs="EPSG:4547", name="试验") as survey:
        survey.store(delivery())
    return place


def test_the_network_is_what_was_delivered(path: Path) -> None:
    with open_survey(path) as survey:
        network = survey.network
        assert list(network.node_ids) == ["JS1", "JS2", "JS3", "JS4"]
        assert list(network.pipe_ids) == ["P1", "JS2-JS3", "P3"]
        assert network.pipe_ends.tolist() == [[0, 1], [1, 2], [2, 3]]
        assert network.node_xyz[0].tolist() == [500000.0, 3400000.0, 12.5]
        assert np.isnan(network.node_xyz[3]).all()
        assert network.lines[0][:, :2].tolist() == [[500000.0, 3400000.0], [500030.0, 3400040.0]]
        assert np.isnan(network.lines[0][:, 2]).all()
        assert len(network.lines[2]) == 0
        assert network.length[0] == pytest.approx(50.0)
        assert network.conduit_direction.tolist() == [False, True, False]
        assert network.crs == "EPSG:4547"
        assert list(network.batch_names.values()) == ["一标"]
        assert survey.name == "试验"


def test_columns_that_a_network_does_not_hold_are_read_on_demand(path: Path) -> None:
    with open_survey(path) as survey:
        assert survey.network.column("pipe", "road").to_pylist() == [None, "解放路", None]
        assert survey.network.column("pipe", "holes").to_pylist() == [None, None, 4]
        assert survey.network.column("node", "x").to_pylist() == [500000.0, 500030.0, 500060.0, None]
        with pytest.raises(KeyError):
            survey.network.column("node", 'id" FROM node; --')


def test_a_record_holds_every_field(path: Path) -> None:
    with open_survey(path) as survey:
        record = survey.record("node", 1)
        assert set(record) == {"fid", "x", "y", *fields("node")}
        assert (record["x"], record["road"], record["owner"]) == (500000.0, "人民路", None)
        assert survey.record("pipe", 2)["from_node"] == "JS2"
        with pytest.raises(UnknownElementError):
            survey.record("pipe", 99)


def test_rows_come_in_the_order_asked_for(path: Path) -> None:
    with open_survey(path) as survey:
        assert survey.rows("node", [3, 1, 77], ["id", "x"]) == [("JS3", 500060.0), ("JS1", 500000.0), (None, None)]


def test_lists_are_sorted_with_unknown_values_last(path: Path) -> None:
    with open_survey(path) as survey:
        assert survey.order("node", column="ground").tolist() == [2, 1, 3, 4]
        assert survey.order("node", column="ground", descending=True).tolist() == [1, 2, 3, 4]
        assert survey.order("node", column="x", descending=True).tolist() == [3, 2, 1, 4]


@pytest.mark.parametrize(
    ("conditions", "fids"),
    [
        ([Condition("road", "=", "人民路")], [1, 2]),
        ([Condition("road", "!=", "人民路")], [3, 4]),
        ([Condition("ground", ">", "12.3")], [1]),
        ([Condition("ground", "<=", 12.5), Condition("owner", "not-empty")], [2]),
        ([Condition("note", "contains", "0%_旧\\")], [3]),
        ([Condition("note", "contains", "0__")], []),
        ([Condition("road", "is-empty")], [3, 4]),
        ([Condition("road", "=", "' OR 1=1 --")], []),
        ([Condition("fid", ">=", 3)], [3, 4]),
    ],
)
def test_lists_are_filtered(path: Path, conditions: list[Condition], fids: list[int]) -> None:
    with open_survey(path) as survey:
        assert survey.order("node", column="fid", conditions=conditions).tolist() == fids


@pytest.mark.parametrize(
    ("column", "condition"),
    [
        ("nonsense", None),
        ('fid"; DROP TABLE node; --', None),
        ("fid", Condition("geom", "=", 1)),
        ("fid", Condition("ground", "=", "high")),
        ("fid", Condition("road", "LIKE", "x")),  # type: ignore[arg-type]
    ],
)
def test_what_does_not_exist_cannot_be_asked_for(path: Path, column: str, condition: Condition | None) -> None:
    with open_survey(path) as survey, pytest.raises(ConditionError):
        survey.order("node", column=column, conditions=[condition] if condition else [])


def test_the_search_finds_the_exact_id_first(tmp_path: Path) -> None:
    nodes = [{"id": text, "x": 1.0, "y": 1.0} for text in ("JS12", "XJS1", "JS1", "JS100")]
    with create_survey(tmp_path / "a.gpkg") as survey:
        survey.store(delivery(nodes, [], crs=""))
        assert [hit.id for hit in survey.find("JS1")] == ["JS1", "JS12", "JS100", "XJS1"]
        assert [hit.id for hit in survey.find("js1", limit=2)] == ["JS1", "JS12"]
        assert [hit.fid for hit in survey.find("一标/JS12")] == [1]
        assert survey.find("  ") == []


def test_the_search_finds_chinese_words_and_takes_wildcards_literally(path: Path) -> None:
    with open_survey(path) as survey:
        assert [(hit.layer, hit.id, hit.field, hit.text) for hit in survey.find("解放")] == [
            ("pipe", "JS2-JS3", "road", "解放路")
        ]
        assert [hit.id for hit in survey.find("水务")] == ["JS2"]
        assert [hit.id for hit in survey.find("%_旧")] == ["JS3"]
        assert survey.find("%%") == []
        assert [hit.id for hit in survey.find("\\管")] == ["JS3"]
        assert (survey.find("解放")[0].x, survey.find("P3")[0].x) == (500045.0, None)


def test_gdal_sees_two_layers_with_levels_and_the_coordinate_system(path: Path) -> None:
    layers = {name: kind for name, kind in pyogrio.list_layers(path).tolist() if kind}
    assert layers == {"node": "Point Z", "pipe": "LineString Z"}
    about = pyogrio.read_info(path, layer="pipe")
    assert about["crs"] == "EPSG:4547"
    assert {"id", "from_fid", "to_fid", "from_node", "diameter_mm"} <= set(about["fields"].tolist())
    assert about["features"] == 3
    _about, found = pyogrio.read_arrow(path, layer="node", bbox=(500020, 3400030, 500040, 3400050))
    assert found["id"].to_pylist() == ["JS2"]


@pytest.mark.skipif(shutil.which("ogrinfo") is None, reason="ogrinfo is not installed")
def test_ogrinfo_reads_the_file_without_a_word_of_complaint(path: Path) -> None:
    done = subprocess.run(["ogrinfo", "-so", str(path), "node"], capture_output=True, text=True, check=True)  # noqa: S607
    assert "Geometry: 3D Point" in done.stdout
    older_than_the_standard = "may only be partially supported"
    assert [line for line in done.stderr.splitlines() if older_than_the_standard not in line] == []


def test_gdal_and_sqlite_read_the_same(path: Path) -> None:
    with open_survey(path) as survey, survey._connections.reading() as connection:
        ours = store_reading.read_with_sqlite(connection)
    theirs = store_reading.read_with_gdal(path, {"node": 1, "pipe": 1})  # too few: room is found for all
    for one, other, wanted in ((ours.nodes, theirs.nodes, NODE_COLUMNS), (ours.pipes, theirs.pipes, PIPE_COLUMNS)):
        for name in wanted:
            held = [pc.fill_null(side[name], np.nan) if side[name].type == pa.float64() else side[name] for side in (one, other)]
            assert str(held[0].to_pylist()) == str(held[1].to_pylist()), name  # NaN equals nothing, not even itself
    assert np.array_equal(ours.lines.xyz, theirs.lines.xyz, equal_nan=True)
    assert names(path.parent) == [path.name]


def test_gdal_may_not_read_while_a_connection_of_ours_is_in_use(path: Path) -> None:
    with open_survey(path) as survey:
        with survey._connections.reading(), survey._connections.stepping_aside() as alone:
            assert not alone
        with survey._connections.writing(), survey._connections.stepping_aside() as alone:
            assert not alone
        with open_survey(path, read_only=True), survey._connections.stepping_aside() as alone:
            assert not alone
        with survey._connections.stepping_aside() as alone:
            assert alone
        assert survey.find("JS1")


def test_a_large_survey_is_read_with_gdal_and_is_the_same(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_reading, "_WORTH_GDAL", 0)
    with open_survey(path) as survey:
        assert list(survey.network.pipe_ids) == ["P1", "JS2-JS3", "P3"]
        with survey.edit("after GDAL") as edit:
            edit.update("node", "JS1", note="still works")
        assert survey.record("node", 1)["note"] == "still works"


def test_value_lists_are_declared_for_other_programs(path: Path) -> None:
    with open_survey(path) as survey, survey.database() as database:
        declared = {
            row["column_name"]: row["constraint_name"] for row in database["gpkg_data_columns"].rows_where("table_name = 'node'")
        }
        assert set(declared) == set(fields("node"))
        assert declared["state"] == "state"
        assert declared["category"] is None
        words = {row["value"] for row in database["gpkg_data_column_constraints"].rows_where("constraint_name = 'state'")}
        assert words == {"open", "closed", "unknown"}


def test_the_file_is_a_geopackage_with_a_sound_spatial_index(path: Path) -> None:
    with open_survey(path) as survey, survey.database() as database:
        assert database.execute("PRAGMA application_id").fetchone()[0] == 0x47504B47
        assert database.execute("PRAGMA user_version").fetchone()[0] == 10400
        assert [row[0] for row in database.execute("PRAGMA integrity_check")] == ["ok"]
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
        for layer in LAYERS:
            assert database.execute("SELECT rtreecheck(?)", [f"rtree_{layer}_geom"]).fetchone()[0] == "ok"


def test_a_packed_spatial_index_finds_what_a_scan_finds(tmp_path: Path) -> None:
    rng = np.random.default_rng(7)
    places = rng.uniform(0, 1000, (6000, 2))
    nodes = [{"id": f"n{row}", "x": x, "y": y} for row, (x, y) in enumerate(places.tolist())]
    with create_survey(tmp_path / "a.gpkg") as survey:
        survey.store(delivery(nodes, [], crs=""))
        with survey.edit("one more") as edit:
            edit.insert("node", {"id": "late", "x": 500.0, "y": 500.0})
            edit.delete("node", "n5")
        with survey.database() as database:
            assert database.execute("SELECT rtreecheck('rtree_node_geom')").fetchone()[0] == "ok"
            found = database.execute(
                "SELECT id FROM rtree_node_geom WHERE minx <= 600 AND maxx >= 400 AND miny <= 600 AND maxy >= 400"
            )
            inside = {row[0] for row in found}
    within = np.array((np.abs(places - 500) <= 100).all(axis=1))
    within[5] = False
    assert inside == {*(np.flatnonzero(within) + 1).tolist(), 6001}


def test_problems_and_model_texts_are_kept_and_translated_when_read(tmp_path: Path) -> None:
    problem = Problem(
        "missing-node", "error", "线.csv, row 5", "There is no node “{id}”.", {"id": "JS4"}, "node", "JS4", 1.0, 2.0
    )
    text = ModelText("PATTERNS", ("1 0.5 0.6", ";"))
    with create_survey(tmp_path / "a.gpkg") as survey:
        survey.store(delivery(problems=(problem,), model_texts=(text,)))
        (found,) = survey.problems("error")
        assert found.problem == problem
        assert found.problem.message == "There is no node “JS4”."
        assert found.element_fid == 4
        assert survey.problems("info") == []
        assert survey.model_texts() == [text]


def test_batches_carry_their_provenance(path: Path) -> None:
    with open_survey(path) as survey:
        (batch,) = survey.batches()
        assert (batch.batch, batch.state, batch.nodes, batch.pipes) == (Batch("一标"), "stored", 4, 3)


def test_a_batch_that_awaits_acceptance_is_visible_but_not_in_use(tmp_path: Path) -> None:
    with create_survey(tmp_path / "a.gpkg") as survey:
        survey.set_setting("requires_acceptance", "yes")
        survey.store(delivery())
        assert survey.batches()[0].state == "submitted"
        assert survey.network.pending_batches == {1}
        assert not survey.network.in_use_pipes.any()


def test_settings_survive(path: Path) -> None:
    with open_survey(path) as survey:
        survey.set_setting("requires_acceptance", "yes")
    with open_survey(path, read_only=True) as survey:
        assert survey.setting("requires_acceptance") == "yes"
        assert survey.setting("never set") is None


def test_whole_columns_come_in_the_order_of_keys(path: Path) -> None:
    with open_survey(path) as survey:
        found = survey.columns("node", ["fid", "id", "y", "ground"])
        assert found.column_names == ["fid", "id", "y", "ground"]
        assert found["ground"].to_pylist() == [row.get("ground") for row in NODES]
        assert survey.table("customer").num_rows == 0
        with pytest.raises(ConditionError):
            survey.columns("node", ["geom"])


def test_a_survey_is_not_made_where_something_is(path: Path) -> None:
    before = path.read_bytes()
    with pytest.raises(SurveyFileError, match="exists already"):
        create_survey(path)
    with pytest.raises(SurveyFileError, match="no folder"):
        create_survey(path.parent / "nowhere" / "a.gpkg")
    with pytest.raises(SurveyDataError, match="EPSG:0"):
        create_survey(path.parent / "b.gpkg", crs="EPSG:0")
    assert path.read_bytes() == before
    assert names(path.parent) == [path.name]


def test_a_survey_whose_filling_fails_leaves_nothing(tmp_path: Path) -> None:
    def fill() -> None:
        with creating(tmp_path / "a.gpkg") as survey:
            survey.store(delivery())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fill()
    assert names(tmp_path) == []


def test_a_closed_survey_says_so_and_leaves_one_file(path: Path) -> None:
    survey = open_survey(path)
    network = survey.network
    survey.close()
    survey.close()
    with pytest.raises(SurveyFileError, match="closed"):
        survey.find("JS1")
    with pytest.raises(SurveyFileError, match="closed"):
        network.column("node", "road")
    assert names(path.parent) == [path.name]


def test_the_coordinate_system_of_the_first_delivery_becomes_the_surveys(tmp_path: Path) -> None:
    with create_survey(tmp_path / "a.gpkg") as survey:
        assert survey.crs == ""
        survey.store(delivery(crs="EPSG:4548"))
        assert survey.crs == survey.network.crs == "EPSG:4548"
    assert pyogrio.read_info(tmp_path / "a.gpkg", layer="node")["crs"] == "EPSG:4548"
