from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pipemap
from pipemap.errors import Cancelled, PipemapError, ReportError, SurveyDataError, SurveyFileError
from pipemap.jobs import describe, import_source, read_sources, starting_mapping, store_deliveries, write_mapping
from pipemap.model.delivery import SourceTable

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


TABLE = "点号,X坐标,Y坐标,地面高程,管线类别,神秘\nYS1,3400000,500000,20,YS,甲\nYS2,3400000,500030,20,YS,乙\n"


def test_a_dry_run_shows_tables_columns_and_where_it_may_lie(tmp_path: Path) -> None:
    source = tmp_path / "点.csv"
    source.write_text(TABLE, encoding="utf-8")
    result = import_source(source, None, dry_run=True)
    (table,) = result.tables
    assert (table.name, table.kind, table.rows, table.header) == ("点.csv", "node", 2, (1, 1))
    columns = {column.name: column for column in table.columns}
    assert (columns["神秘"].field, columns["神秘"].confidence, columns["神秘"].examples) == ("", 0.0, ("甲", "乙"))
    assert [row.number for row in table.sample] == [1, 2, 3]
    assert table.row_named("点.csv:2") == 2
    assert table.row_named("线.csv:2") is None
    assert result.crs_candidates[0].crs == "EPSG:4547"
    assert result.crs_candidates[0].place is not None


def test_a_dry_run_on_a_survey_counts_what_is_new_and_writes_nothing(tmp_path: Path) -> None:
    source, survey = tmp_path / "点.csv", tmp_path / "s.gpkg"
    source.write_text(TABLE, encoding="utf-8")
    import_source(source, survey, crs="EPSG:4547")
    before = survey.read_bytes()
    source.write_text(TABLE.replace("20,YS,乙", "21,YS,乙") + "YS3,3400000,500060,20,YS,丙\n", encoding="utf-8")
    result = import_source(source, survey, crs="EPSG:4547", dry_run=True)
    assert (result.added_nodes, result.changed, result.same) == (1, 1, 1)
    assert result.crs_candidates[0].is_near
    assert survey.read_bytes() == before


def test_a_mapping_may_be_a_value(tmp_path: Path) -> None:
    source = tmp_path / "点.csv"
    source.write_text(TABLE, encoding="utf-8")
    (delivery,) = read_sources(source, mapping={"点.csv": {"神秘": "note"}})
    assert delivery.nodes["note"].to_pylist() == ["甲", "乙"]
    with pytest.raises(SurveyDataError, match="what cannot be"):
        read_sources(source, mapping={"点.csv": {"神秘": "no such field"}})


def test_what_was_understood_is_a_mapping_that_reads_the_same(tmp_path: Path) -> None:
    source, kept = tmp_path / "点.csv", tmp_path / "kept.json"
    source.write_text(TABLE, encoding="utf-8")
    first = import_source(source, None, dry_run=True)
    write_mapping(starting_mapping(first.tables), kept)
    again = import_source(source, None, mapping=kept, dry_run=True)
    assert [column.field for column in again.tables[0].columns] == [column.field for column in first.tables[0].columns]
    with pytest.raises(ReportError, match="cannot be written"):
        write_mapping({}, tmp_path / "no such folder" / "kept.json")


def test_tables_that_nobody_understands_are_told_with_the_error(tmp_path: Path) -> None:
    source = tmp_path / "odd.csv"
    source.write_text("a,b,c\nP1,3400000,500000\n", encoding="utf-8")
    with pytest.raises(SurveyDataError) as caught:
        read_sources(source)
    (table,) = caught.value.tables
    assert isinstance(table, SourceTable)
    assert [column.name for column in table.columns] == ["a", "b", "c"]
    (delivery,) = read_sources(source, mapping={"odd.csv": {"a": "id", "b": "north", "c": "east"}})
    assert delivery.nodes["id"].to_pylist() == ["P1"]


def test_a_folder_gives_what_can_be_read_and_names_what_cannot(tmp_path: Path) -> None:
    (tmp_path / "town.inp").write_text(TOWN)
    (tmp_path / "licence.txt").write_text("This data may be used by anyone,\nas long as, its source, is named\n")
    result = import_source(tmp_path, None, dry_run=True)
    assert result.nodes == 2
    assert [(problem.where, problem.severity) for problem in result.problems if problem.rule == "file-left-out"] == [
        ("licence.txt", "warning")
    ]
    with pytest.raises(PipemapError, match="licence"):
        read_sources([tmp_path / "town.inp", tmp_path / "licence.txt"])


def test_a_table_without_rows_is_told(tmp_path: Path) -> None:
    (tmp_path / "点.csv").write_text(TABLE.splitlines()[0] + "\n", encoding="utf-8")
    assert "no-rows" in {problem.rule for problem in import_source(tmp_path / "点.csv", None, dry_run=True).problems}


def test_a_survey_needs_no_import_and_is_told_so(source: Path, tmp_path: Path) -> None:
    import_source(source, tmp_path / "town.gpkg")
    with pytest.raises(SurveyFileError, match="is a survey database"):
        read_sources(tmp_path / "town.gpkg")


def test_a_folder_is_a_source_and_says_what_it_left_out(tmp_path: Path) -> None:
    folder = tmp_path / "delivery"
    folder.mkdir()
    (folder / "点.csv").write_text(TABLE, encoding="utf-8")
    (folder / "readme.md").write_text("words", encoding="utf-8")
    result = import_source(folder, None, dry_run=True)
    assert result.nodes == 2
    assert [problem.where for problem in result.problems if problem.rule == "file-left-out"] == ["readme.md"]
    with pytest.raises(SurveyFileError, match="no format"):
        read_sources([folder / "readme.md", folder / "点.csv"])
    (tmp_path / "empty").mkdir()
    with pytest.raises(SurveyFileError, match="holds no files"):
        read_sources(tmp_path / "empty")


def test_axes_are_exchanged_everywhere(source: Path) -> None:
    (plain,) = read_sources(source)
    (turned,) = read_sources(source, swap_axes=True)
    assert turned.nodes["x"].to_pylist() == plain.nodes["y"].to_pylist()
    assert turned.lines.xyz[:, 0].tolist() == plain.lines.xyz[:, 1].tolist()


def test_degrees_come_in_as_metres(tmp_path: Path) -> None:
    source = tmp_path / "p.csv"
    source.write_text("点号,纬度,经度\nP1,22.54,114.06\nP2,22.5401,114.0601\n", encoding="utf-8")
    columns = {"点号": "id", "纬度": "north", "经度": "east"}
    (delivery,) = read_sources(source, crs="EPSG:4326", mapping={"p.csv": columns})
    assert delivery.crs == "EPSG:4547"
    assert delivery.nodes["x"].to_pylist()[0] == pytest.approx(506_172, abs=50)
    assert "crs-projected" in [problem.rule for problem in delivery.problems]
