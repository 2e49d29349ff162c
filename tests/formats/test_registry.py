from __future__ import annotations

from pathlib import Path

import pytest

from pipemap.errors import SurveyFileError
from pipemap.formats import formats, group_sources, read_source, recognize
from tests.formats.survey_tables.town import write_one_sheet, write_pair_of_files

INP = "[JUNCTIONS]\nJ1 10\n[RESERVOIRS]\nR1 20\n[PIPES]\nP1 R1 J1 100 200 100\n[END]\n"


def test_every_format_has_a_name_of_its_own() -> None:
    names = [row.name for row in formats()]
    assert len(set(names)) == len(names)
    assert {"survey-tables", "epanet"} <= set(names)


def test_files_are_known_by_their_inside(tmp_path: Path) -> None:
    model = tmp_path / "model.csv"
    model.write_text(INP, encoding="utf-8")
    found = recognize(model)
    assert found is not None
    assert found.name == "epanet"


def test_files_are_sorted_by_format(tmp_path: Path) -> None:
    model = tmp_path / "model.inp"
    model.write_text(INP, encoding="utf-8")
    points, pipes = write_pair_of_files(tmp_path)
    groups = group_sources([points, model, pipes])
    assert [(group.format.name, group.paths) for group in groups] == [("survey-tables", (points, pipes)), ("epanet", (model,))]
    with pytest.raises(SurveyFileError, match="different formats"):
        read_source([points, model])


def test_a_file_of_no_known_format_says_what_was_looked_for(tmp_path: Path) -> None:
    path = tmp_path / "notes.bin"
    path.write_bytes(bytes(range(256)) * 4)
    with pytest.raises(SurveyFileError, match=r"notes\.bin is of no format") as caught:
        read_source([path])
    assert "Survey tables" in caught.value.hint


@pytest.mark.parametrize("name", ["nothing.csv", "empty.csv", "folder"])
def test_missing_and_empty_files_are_errors_in_words(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty.csv").touch()
    (tmp_path / "folder").mkdir()
    with pytest.raises(SurveyFileError, match=name):
        read_source([tmp_path / name])


def test_a_format_can_be_named(tmp_path: Path) -> None:
    path = write_one_sheet(tmp_path / "town.xlsx")
    assert read_source([path], format="survey-tables").pipes.num_rows == 3
    with pytest.raises(SurveyFileError, match="“dwg”") as caught:
        read_source([path], format="dwg")
    assert "survey-tables" in caught.value.hint


def test_no_source_is_an_error_in_words() -> None:
    with pytest.raises(SurveyFileError):
        read_source([])


def test_an_option_that_a_format_would_ignore_is_refused(tmp_path: Path) -> None:
    layer = tmp_path / "valves.csv"
    layer.write_text("link,node\nP1,J1\n", encoding="utf-8")
    with pytest.raises(SurveyFileError, match="--valve-layer"):
        read_source([write_one_sheet(tmp_path / "town.xlsx")], valve_layer=layer)


def test_a_folder_is_called_one(tmp_path: Path) -> None:
    (tmp_path / "town.xlsx").mkdir()
    with pytest.raises(SurveyFileError, match="folder"):
        read_source([tmp_path / "town.xlsx"])
