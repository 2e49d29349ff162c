"""What leaves a survey as columns, marks of secrecy, and the register of hand-outs."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyproj
import pytest

from pipemap.errors import EditError, SurveyDataError, SurveyFileError
from pipemap.model.delivery import ModelText
from pipemap.model.extract import Extract
from pipemap.model.fields import arrow_schema
from pipemap.store import HandOut, Survey, create_survey, open_survey, reprojected
from pipemap.store import extracting as extracting_module
from tests.gui.surveys import street, street_file

LOCAL = "+proj=tmerc +lat_0=0 +lon_0=114 +k=1 +x_0=512345.678 +y_0=-3400123.456 +ellps=GRS80 +units=m +no_defs"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The street, as a file."""
    return street_file(tmp_path / "street.gpkg")


def ids(table: pa.Table) -> list[str]:
    return table["id"].to_pylist()  # type: ignore[no-any-return]


def fids(survey: Survey, layer: str, *names: str) -> list[int]:
    network = survey.network
    found = (network.node_ids, network.node_fid) if layer == "node" else (network.pipe_ids, network.pipe_fid)
    return [int(found[1][found[0].rows(name)[0]]) for name in names]


def same(one: Extract, other: Extract) -> bool:
    return one.nodes.equals(other.nodes) and one.pipes.equals(other.pipes) and np.array_equal(one.lines.xyz, other.lines.xyz)


def test_everything_leaves_with_every_column(path: Path) -> None:
    with open_survey(path) as survey:
        extract = survey.extract()
    assert extract.nodes.column_names == ["fid", *arrow_schema("node").names]
    assert extract.pipes.column_names == ["fid", *arrow_schema("pipe").names]
    assert ids(extract.pipes) == ["JS1-JS2", "JS2-JS3", "JS3-JS4", "YS1-YS2", "YS2-YS3"]
    assert extract.ends().tolist() == [[0, 1], [1, 2], [2, 3], [4, 5], [5, 6]]
    assert (extract.crs, extract.name, extract.batches[1].name) == ("EPSG:4547", "Lake Street", "Street")
    assert extract.lines[0].tolist() == [[500000.0, 3400000.0, 18.8], [500040.0, 3400000.0, pytest.approx(18.9)]]
    assert (extract.withheld_nodes, extract.withheld_pipes) == (0, 0)


def test_the_ends_of_chosen_pipes_go_along(path: Path) -> None:
    with open_survey(path) as survey:
        extract = survey.extract(fids(survey, "node", "JS4"), fids(survey, "pipe", "YS1-YS2"))
    assert ids(extract.nodes) == ["JS4", "YS1", "YS2"]
    assert extract.ends().tolist() == [[1, 2]]


def test_gone_elements_are_left_out_and_nothing_is_no_extract(path: Path) -> None:
    with open_survey(path) as survey:
        extract = survey.extract([9999], [])
    assert (extract.nodes.num_rows, extract.pipes.num_rows, len(extract.lines)) == (0, 0, 0)


def test_gdal_and_sqlite_read_the_same(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_survey(path) as survey:
        with survey.edit("a level") as edit:
            edit.update("node", "JS1", note="=1+1", last_operated="2024-05-01", arm_pipe=1)
        with_sqlite = survey.extract(), survey.extract([1], [4])
        monkeypatch.setattr(extracting_module, "_WORTH_GDAL", 1)
        with_gdal = survey.extract(), survey.extract([1], [4])
        assert survey.history()  # the connections are back
    assert all(same(one, other) for one, other in zip(with_sqlite, with_gdal, strict=True))


def test_gdal_is_kept_away_while_somebody_reads(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extracting_module, "_WORTH_GDAL", 1)

    def never(*_arguments: object) -> pa.Table:
        raise AssertionError

    monkeypatch.setattr(extracting_module, "read_layer_with_gdal", never)
    with open_survey(path) as survey, survey.database() as database:
        assert database.table_names()
        assert survey.extract().nodes.num_rows == 7


# -- secrecy ---------------------------------------------------------------------------------------------------------------


def test_what_is_marked_stays_until_the_mark_is_lifted(path: Path) -> None:
    with open_survey(path) as survey:
        whole = survey.extract()
        survey.set_secrecy("secret", node_fids=fids(survey, "node", "JS2"), author="Li", reason="letter 12")
        extract = survey.extract()
        assert "JS2" not in str(extract.nodes.to_pylist()) + str(extract.pipes.to_pylist())
        assert ids(extract.pipes) == ["JS3-JS4", "YS1-YS2", "YS2-YS3"]
        assert len(extract.lines) == 3
        assert (extract.withheld_nodes, extract.withheld_pipes) == (1, 2)
        entry = survey.history()[-1]
        assert (entry.author, entry.label) == ("Li", "Mark secrecy: Secret (letter 12)")
        survey.set_secrecy("", node_fids=fids(survey, "node", "JS2"), author="Wang")
        assert same(survey.extract(), whole)
        assert (survey.history()[-1].author, survey.history()[-1].label) == ("Wang", "Lift secrecy")
        assert survey.verify().intact


def test_a_batch_and_the_survey_can_be_marked_and_undone(path: Path) -> None:
    with open_survey(path) as survey:
        survey.set_secrecy("top_secret", batches=[1])
        assert survey.network.release.withheld == 12
        assert survey.extract().nodes.num_rows == 0
        survey.undo()
        assert survey.network.release.is_whole
        survey.set_secrecy("secret", whole=True)
        extract = survey.extract()
        assert survey.network.is_secret
        assert extract.nodes.num_rows + extract.pipes.num_rows + len(extract.batches) == 0
        survey.set_secrecy("", whole=True)
        assert survey.network.release.is_whole
    with open_survey(path, read_only=True) as survey:
        assert survey.extract().nodes.num_rows == 7


def test_marking_again_changes_nothing_and_unknown_levels_are_refused(path: Path) -> None:
    with open_survey(path) as survey:
        survey.set_secrecy("secret", pipe_fids=[1])
        before = len(survey.history())
        assert len(survey.set_secrecy("secret", pipe_fids=[1])) == 0
        assert len(survey.history()) == before
        with pytest.raises(EditError, match="no secrecy"):
            survey.set_secrecy("hush", pipe_fids=[1])
        with pytest.raises(EditError, match="marked and lifted"):
            survey.set_setting("secrecy", None)


def test_sections_of_models_that_name_what_stays_do_not_leave(tmp_path: Path) -> None:
    texts = (ModelText("CONTROLS", ("LINK JS2-JS3 CLOSED",)), ModelText("PATTERNS", ("1 1.0 JS2x",)))
    with create_survey(tmp_path / "model.gpkg") as survey:
        survey.store(replace(street(), model_texts=texts))
        assert survey.extract().model_texts == {1: texts}
        survey.set_secrecy("secret", node_fids=fids(survey, "node", "JS2"))
        assert survey.extract(pipe_fids=fids(survey, "pipe", "YS1-YS2")).model_texts == {1: texts[1:]}


def test_customers_leave_with_what_supplies_them(tmp_path: Path) -> None:
    customers = pa.table({"id": ["a", "b", "c"], "name": ["A", "B", "C"], "node_row": [0, 1, -1], "pipe_row": [-1, -1, -1]})
    with create_survey(tmp_path / "model.gpkg") as survey:
        survey.store(replace(street(), customers=customers))
        whole = survey.extract().customers
        assert whole is not None
        assert [(row["id"], row["node_row"]) for row in whole.to_pylist()] == [("a", 0), ("b", 1), ("c", -1)]
        survey.set_secrecy("secret", node_fids=fids(survey, "node", "JS2"))
        left = survey.extract().customers
        assert left is not None
        assert left["id"].to_pylist() == ["a", "c"]
        assert survey.extract(pipe_fids=fids(survey, "pipe", "YS1-YS2")).customers is None


def test_an_arm_that_stays_is_not_named(path: Path) -> None:
    with open_survey(path) as survey:
        with survey.edit("arm") as edit:
            edit.update("node", "JS2", arm_pipe=2)
        survey.set_secrecy("secret", pipe_fids=[2])
        assert survey.extract().nodes["arm_pipe"].null_count == 7


# -- coordinate systems ------------------------------------------------------------------------------------------------------


def test_the_parameters_of_a_local_grid_do_not_leave(tmp_path: Path) -> None:
    local = replace(street(), crs=LOCAL)
    with create_survey(tmp_path / "local.gpkg", crs=LOCAL) as survey:
        survey.store(replace(local, batch=replace(local.batch, crs=LOCAL)))
        extract = survey.extract()
        moved = reprojected(extract, survey.crs, "EPSG:4490")
        with pytest.raises(SurveyDataError) as told:
            survey.store(replace(street(), crs=""))
    assert (extract.crs, extract.batches[1].crs) == ("", "")
    assert "512345" not in f"{extract} {told.value}"
    there = pyproj.Transformer.from_crs(LOCAL, "EPSG:4490", always_xy=True).transform(500000.0, 3400000.0)
    assert (moved.nodes["x"][0].as_py(), moved.nodes["y"][0].as_py()) == pytest.approx(there)
    assert moved.crs == "EPSG:4490"


def test_nothing_can_be_turned_from_an_unknown_system(path: Path) -> None:
    with open_survey(path) as survey, pytest.raises(SurveyDataError, match="does not say"):
        reprojected(survey.extract(), "", "EPSG:4326")


# -- the register ------------------------------------------------------------------------------------------------------------


def test_entries_stand_when_their_block_ends_well(path: Path) -> None:
    with open_survey(path) as survey:
        with survey.handing_out(HandOut(format="gpkg", recipient="甲", nodes=7)) as entry:
            assert entry.head == survey.history()[-1].hash
        with pytest.raises(ZeroDivisionError), survey.handing_out(HandOut()):
            1 / 0  # noqa: B018
        with survey.handing_out(HandOut(purpose="x")):
            pass
        assert [(one.number, one.recipient, one.purpose) for one in survey.hand_outs()] == [(1, "甲", ""), (2, "", "x")]
        assert survey.altered_hand_out() is None
    with open_survey(path, read_only=True) as survey, pytest.raises(SurveyFileError, match="register"):
        survey.check_register()


@pytest.mark.parametrize(
    "alteration",
    ["UPDATE hand_out SET recipient = 'nobody' WHERE fid = 1", "DELETE FROM hand_out WHERE fid = 1"],
)
def test_an_altered_register_shows(path: Path, alteration: str) -> None:
    with open_survey(path) as survey:
        for _time in range(2):
            with survey.handing_out(HandOut(recipient="甲")):
                pass
    connection = sqlite3.connect(path)
    connection.execute(alteration)
    connection.commit()
    connection.close()
    with open_survey(path) as survey:
        assert survey.altered_hand_out() is not None


def test_a_survey_of_before_the_register_gets_one(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("DROP TABLE hand_out")
    connection.commit()
    connection.close()
    with open_survey(path, read_only=True) as survey:
        assert survey.hand_outs() == []
        assert survey.altered_hand_out() is None
    with open_survey(path) as survey:
        assert "brought up to date" in survey.notices[0]
        with survey.handing_out(HandOut()):
            pass
        assert len(survey.hand_outs()) == 1
