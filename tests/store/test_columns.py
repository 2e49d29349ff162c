"""Columns that are held in memory follow what is changed."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from pipemap.errors import Cancelled
from pipemap.model.fields import Layer
from pipemap.store import Change, Condition, Survey, columns, create_survey
from pipemap.store.beside import read_beside
from pipemap.store.change import Rows
from tests.store.deliveries import delivery


@pytest.fixture
def survey(tmp_path: Path) -> Survey:
    made = create_survey(tmp_path / "s.gpkg", crs="EPSG:4547")
    made.store(delivery())
    return made


def test_a_changed_row_is_sorted_filtered_and_found_by_its_new_value(survey: Survey) -> None:
    with survey:
        survey.hold_columns({"node": ("id", "map_id", "road", "owner", "operator", "address", "note"), "pipe": ("road", "note")})
        loader = survey.network.column_loader
        assert loader is not None
        wanted = [Condition("road", "contains", "nowhere")]
        assert survey._held("node", {"fid", "road"}) is not None
        assert survey.order("node", conditions=wanted).tolist() == []
        with survey.edit("rename") as edit:
            edit.update("node", "#1", road="Nowhere Street")
        assert survey.network.column("node", "road")[0].as_py() == "Nowhere Street"
        assert survey._held("node", {"fid", "road"}) is not None
        assert survey.order("node", conditions=wanted).tolist() == [1]
        assert [hit.fid for hit in survey.find("NOWHERE")] == [1]
        survey.undo()
        assert survey.network.column("node", "road")[0].as_py() != "Nowhere Street"
        assert survey.order("node", conditions=wanted).tolist() == []


def test_before_the_next_snapshot_the_file_itself_is_asked(survey: Survey) -> None:
    with survey:
        survey.hold_columns({"node": ("road",)})
        with survey.edit("rename") as edit:
            edit.update("node", "#1", road="Nowhere Street")
        assert survey._held("node", {"fid", "road"}) is None
        assert survey.order("node", conditions=[Condition("road", "=", "Nowhere Street")]).tolist() == [1]


def test_what_is_held_is_what_the_file_says(survey: Survey) -> None:
    with survey:
        before = {name: survey.network.column("node", name).to_pylist() for name in ("id", "road", "ground", "category")}
        survey.hold_columns({"node": tuple(before)})
        held = survey._held("node", set(before))
        assert held is not None
        assert {name: held[name].to_pylist() for name in before} == before


@pytest.mark.parametrize("text", ["JS", "js1", "S2", "解放", "水", "%", "_", "P1", "nowhere"])
def test_the_search_finds_the_same_in_memory_and_in_the_file(survey: Survey, text: str) -> None:
    with survey:
        from_file = survey.find(text)
        survey.hold_columns()
        assert survey._held("node", {"fid", "note"}) is not None
        assert survey.find(text) == from_file


def test_columns_read_in_a_process_beside_are_what_the_file_says(survey: Survey, monkeypatch: pytest.MonkeyPatch) -> None:
    names: dict[Layer, tuple[str, ...]] = {"node": ("id", "road", "note"), "pipe": ("id", "diameter_mm", "material", "built")}
    with survey:
        before = {layer: survey.columns(layer, named).to_pylist() for layer, named in names.items()}
        monkeypatch.setattr(columns, "WORTH_A_PROCESS", 0)
        survey.hold_columns(names)
        for layer, named in names.items():
            held = survey._held(layer, set(named))
            assert held is not None
            assert pa.table({name: held[name] for name in named}).to_pylist() == before[layer]
        column = survey.network.column("pipe", "to_depth")
        assert column.equals(survey.columns("pipe", ["to_depth"])["to_depth"].combine_chunks())


def test_a_process_beside_that_finds_nothing_to_read_is_done_without(survey: Survey, tmp_path: Path) -> None:
    with survey:
        assert read_beside(tmp_path / "nothing.gpkg", "node", ["id"], 1) is None
        assert read_beside(survey.path, "node", ["no_such_column"], 1) is None


def test_stopping_ends_the_process_beside(survey: Survey) -> None:
    def stop(done: int, total: int | None = None, label: str = "") -> None:  # noqa: ARG001 -- whoever stops looks at nothing
        raise Cancelled

    with survey, pytest.raises(Cancelled):
        read_beside(survey.path, "node", ["id"], 1, stop)


def test_customers_are_read_once_and_again_after_they_were_changed(survey: Survey) -> None:
    with survey:
        before = survey.network.customers
        with survey.edit("rename") as edit:
            edit.update("node", "#1", road="Nowhere Street")
        assert survey.network.customers is not before
        assert survey.network.customers.table is before.table
        after = pa.table({"fid": pa.array([1], pa.int64()), "name": ["New"]})
        nobody = pa.table({"fid": pa.array([], pa.int64())})
        survey.apply(Change("A customer", "me", (Rows("customer", nobody, after),)))
        assert survey.network.customers.words("name") == ["New"]
        survey.undo()
        assert len(survey.network.customers) == 0
