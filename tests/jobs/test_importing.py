from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pipemap
from pipemap.errors import Cancelled, PipemapError, SurveyDataError, SurveyFileError
from pipemap.jobs import describe, import_source, read_sources, store_deliveries

TOWN = "[JUNCTIONS]\nA 1\nB 2\n[PIPES]\nP1 A B 10 100 100\n[COORDINATES]\nA 0 0\nB 10 0\n[OPTIONS]\nUnits LPS\n[END]\n"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "town.inp"
    path.write_text(TOWN)
    return path


def test_python_imports_opens_and_traces_like_the_readme_says(source: Path, tmp_path: Path) -> None:
    with pipemap.import_survey(source, tmp_path / "town.gpkg") as survey:
        assert pipemap.trace(survey.network, "A", "connected").pipes == ("P1",)
    with pipemap.open_survey(tmp_path / "town.gpkg") as survey:
        assert isinstance(survey.network, pipemap.Network)
        assert [text.section for text in survey.model_texts()][:2] == ["JUNCTIONS", "PIPES"]


def test_reading_and_storing_are_two_steps(source: Path, tmp_path: Path) -> None:
    deliveries = read_sources([source], batch="north")
    assert describe(deliveries).nodes == 2
    assert describe(deliveries).dry_run
    result = store_deliveries(deliveries, tmp_path / "a.gpkg")
    assert (result.added_nodes, result.added_pipes, result.batches) == (2, 1, ("north",))


def test_a_second_batch_comes_into_the_same_survey(source: Path, tmp_path: Path) -> None:
    import_source(source, tmp_path / "a.gpkg", batch="one")
    result = import_source(source, tmp_path / "a.gpkg", batch="two")
    assert (result.nodes, result.pipes) == (4, 2)


def test_cancelling_leaves_no_file(source: Path, tmp_path: Path) -> None:
    def stop(done: int, total: int | None = None, label: str = "") -> None:  # noqa: ARG001
        raise Cancelled

    deliveries = read_sources(source)
    with pytest.raises(Cancelled):
        store_deliveries(deliveries, tmp_path / "a.gpkg", progress=stop)
    assert [path.name for path in tmp_path.iterdir()] == ["town.inp"]


def test_a_survey_that_another_program_writes_is_not_imported_into(source: Path, tmp_path: Path) -> None:
    with pipemap.import_survey(source, tmp_path / "a.gpkg"), pytest.raises(SurveyFileError, match="cannot be written now"):
        import_source(source, tmp_path / "a.gpkg")


@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_a_damaged_source_comes_in_whole_and_a_second_time_changes_nothing(data: st.DataObject) -> None:
    words = TOWN.replace("\n", " \n ").split(" ")
    for _turn in range(data.draw(st.integers(0, 4))):
        at = data.draw(st.integers(0, len(words) - 1))
        words[at] = data.draw(
            st.sampled_from(["", "A", "-1", "1e308", "x", '"', ";", "\n", "[PIPES]", "nan", "CV", "\x00", "管"])
        )
    with TemporaryDirectory() as folder:
        source, survey = Path(folder) / "town.inp", Path(folder) / "town.gpkg"
        source.write_text(" ".join(words), encoding="utf-8")
        try:
            first = import_source(source, survey)
        except PipemapError:
            assert not survey.exists()
            return
        again = import_source(source, survey)
    assert (again.nodes, again.pipes) == (first.nodes, first.pipes)
    assert (again.added_nodes, again.added_pipes, again.changed) == (0, 0, 0)


POINTS = "点号,X,Y,地面高程,附属物\nJS1,3379503.3,501548.7,10,阀门\n"


def test_sources_of_two_formats_do_not_share_a_batch(source: Path, tmp_path: Path) -> None:
    points = tmp_path / "points.csv"
    points.write_text(POINTS, encoding="utf-8")
    assert len(read_sources([source, points])) == 2
    with pytest.raises(SurveyDataError, match="north"):
        read_sources([source, points], batch="north")


def test_a_mapping_goes_to_the_sources_that_take_one(source: Path, tmp_path: Path) -> None:
    points, mapping = tmp_path / "points.csv", tmp_path / "mapping.json"
    points.write_text(POINTS, encoding="utf-8")
    mapping.write_text('{"*": {"附属物": "note"}}', encoding="utf-8")
    deliveries = read_sources([source, points], mapping=mapping)
    assert deliveries[1].nodes["note"].to_pylist() == ["阀门"]
    with pytest.raises(SurveyFileError, match="--mapping"):
        read_sources([source], mapping=mapping)
