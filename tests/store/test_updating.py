"""Many cells at once do what single edits do, and follow what follows from them."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipemap.errors import EditError, UnknownElementError
from pipemap.model.cells import Cells
from pipemap.model.fields import Layer
from pipemap.store import Survey, open_survey
from tests.gui.surveys import street_file


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return street_file(tmp_path / "street.gpkg")


def rows_of(survey: Survey) -> dict[str, list[dict[str, Any]]]:
    found = {}
    for layer in ("node", "pipe"):
        with survey.database() as database:
            rows = list(database[layer].rows)
        found[layer] = [{name: round(v, 6) if isinstance(v, float) else v for name, v in row.items()} for row in rows]
    return found


def one_by_one(path: Path, layer: Layer, cells: list[tuple[int, str, Any]]) -> dict[str, list[dict[str, Any]]]:
    with open_survey(path) as survey:
        with survey.edit("one by one") as edit:
            for fid in sorted({fid for fid, _name, _value in cells}):
                edit.update(layer, fid, **{name: value for at, name, value in cells if at == fid})
        return rows_of(survey)


def at_once(path: Path, layer: Layer, cells: list[tuple[int, str, Any]]) -> dict[str, list[dict[str, Any]]]:
    with open_survey(path) as survey:
        survey.update_cells(Cells.of(layer, cells), "at once")
        return rows_of(survey)


number = st.one_of(st.none(), st.floats(-50, 50, allow_nan=False).map(lambda value: round(value, 3)))
node_cells = st.lists(
    st.one_of(
        st.tuples(st.integers(1, 7), st.just("ground"), number.filter(lambda value: value is not None)),
        st.tuples(st.integers(1, 7), st.just("x"), st.floats(499000, 501000).map(lambda value: round(value, 3))),
        st.tuples(st.integers(1, 7), st.just("id"), st.sampled_from(["A", "B", "JS1"])),
        st.tuples(st.integers(1, 7), st.just("road"), st.sampled_from(["湖滨路", None])),
    ),
    min_size=1,
    max_size=8,
    unique_by=lambda cell: cell[:2],
)
pipe_cells = st.lists(
    st.one_of(
        st.tuples(
            st.integers(1, 5), st.sampled_from(["from_depth", "to_depth", "from_level", "to_level", "diameter_mm"]), number
        ),
        st.tuples(st.integers(1, 5), st.sampled_from(["from_node", "to_node"]), st.sampled_from(["YS1", "JS1", "JS4"])),
    ),
    min_size=1,
    max_size=8,
    unique_by=lambda cell: cell[:2],
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cells=node_cells)
def test_many_nodes_at_once_are_as_one_by_one(path: Path, cells: list[tuple[int, str, Any]]) -> None:
    compare(path, "node", cells)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cells=pipe_cells)
def test_many_pipes_at_once_are_as_one_by_one(path: Path, cells: list[tuple[int, str, Any]]) -> None:
    compare(path, "pipe", cells)


def compare(path: Path, layer: Layer, cells: list[tuple[int, str, Any]]) -> None:
    one, other = path.with_name("one.gpkg"), path.with_name("other.gpkg")
    for copy in (one, other):
        shutil.copyfile(path, copy)
    assert at_once(other, layer, cells) == one_by_one(one, layer, cells)


def test_the_depth_stays_when_the_ground_changes_and_undo_brings_every_byte_back(path: Path) -> None:
    with open_survey(path) as survey:
        before = rows_of(survey)
        survey.update_cells(Cells.of("node", [(2, "ground", 21.0)]), "raise")
        first, second = survey.record("pipe", 1), survey.record("pipe", 2)
        assert (first["to_depth"], first["to_level"]) == (1.2, 19.8)
        assert (second["from_depth"], second["from_level"]) == (1.2, 19.8)
        assert survey.network.lines[0][-1, 2] == pytest.approx(19.8)
        survey.undo()
        assert rows_of(survey) == before


def test_a_level_brings_its_depth_along(path: Path) -> None:
    with open_survey(path) as survey:
        survey.update_cells(Cells.of("pipe", [(1, "from_level", 18.5)]), "level")
        assert survey.record("pipe", 1)["from_depth"] == 1.5


def test_a_plan_writes_nothing_and_names_the_pipes_that_follow(path: Path) -> None:
    with open_survey(path) as survey:
        before = rows_of(survey)
        change = survey.plan_update(Cells.of("node", [(2, "id", "JS2a")]), "rename")
        assert [(part.table, part.keys) for part in change.parts] == [("node", [2]), ("pipe", [1, 2])]
        assert rows_of(survey) == before
        assert survey.history()[-1].label != "rename"


def test_cells_that_hold_the_value_already_are_no_change(path: Path) -> None:
    with open_survey(path) as survey:
        assert survey.update_cells(Cells.of("pipe", [(1, "diameter_mm", 300.0)]), "same") is None


@pytest.mark.parametrize(
    ("cells", "error"),
    [
        ([(1, "from_node", "nowhere")], UnknownElementError),
        ([(1, "to_node", None)], EditError),
        ([(99, "material", "PE")], EditError),
        ([(1, "batch", 1)], EditError),
    ],
)
def test_what_cannot_stand_changes_nothing(path: Path, cells: list[tuple[int, str, Any]], error: type[Exception]) -> None:
    with open_survey(path) as survey:
        before = rows_of(survey)
        with pytest.raises(error):
            survey.update_cells(Cells.of("pipe", cells), "wrong")
        assert rows_of(survey) == before
