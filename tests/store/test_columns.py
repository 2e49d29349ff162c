"""Columns that are held in memory follow what is changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipemap.store import Condition, Survey, create_survey
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
