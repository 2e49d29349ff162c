from __future__ import annotations

from pathlib import Path

import pytest

from pipemap.errors import SurveyFileError
from pipemap.formats import files_in, formats, group_sources, read_source, recognize, sort_sources
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


def test_a_folder_stands_for_the_files_in_it(tmp_path: Path) -> None:
    below = tmp_path / "a" / "models"
    below.mkdir(parents=True)
    write_pair_of_files(tmp_path / "a")
    (below / "town.inp").write_text("[JUNCTIONS]\n J1 10 5\n[PIPES]\n", encoding="utf-8")
    (below / ".hidden.csv").write_text("x", encoding="utf-8")
    (below / "readme.md").write_text("words", encoding="utf-8")
    found = files_in([tmp_path / "a"])
    assert {path.name for path in found} >= {"town.inp", "readme.md"}
    assert not any(path.name.startswith(".") for path in found)
    sorted_files = sort_sources(found)
    assert {group.format.name for group in sorted_files.groups} == {"survey-tables", "epanet"}
    assert [one.path.name for one in sorted_files.unreadable] == ["readme.md"]
    assert "no format" in sorted_files.unreadable[0].error.message


def test_parts_of_a_shapefile_count_as_one(tmp_path: Path) -> None:
    for ending in (".shp", ".dbf", ".shx", ".prj"):
        (tmp_path / f"pipes{ending}").write_bytes(b"\x00\x00\x27\x0a" + bytes(96))
    assert [path.name for path in files_in([tmp_path])] == ["pipes.shp"]
    alone = tmp_path / "alone"
    alone.mkdir()
    (alone / "pipes.dbf").write_bytes(b"\x03" + bytes(64))
    assert [path.name for path in files_in([alone])] == ["pipes.dbf"]


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    inside, outside = tmp_path / "in", tmp_path / "out"
    inside.mkdir()
    outside.mkdir()
    (outside / "secret.csv").write_text("点号,X坐标,Y坐标\nP1,1,2\n", encoding="utf-8")
    (inside / "link.csv").symlink_to(outside / "secret.csv")
    (inside / "folder").symlink_to(outside, target_is_directory=True)
    assert files_in([inside]) == []


def test_each_model_is_a_delivery_of_its_own(tmp_path: Path) -> None:
    for name in ("a.inp", "b.inp"):
        (tmp_path / name).write_text("[JUNCTIONS]\n J1 10 5\n[PIPES]\n", encoding="utf-8")
    groups = group_sources([tmp_path / "a.inp", tmp_path / "b.inp"])
    assert [[path.name for path in group.paths] for group in groups] == [["a.inp"], ["b.inp"]]
    with pytest.raises(SurveyFileError, match="one file"):
        read_source([tmp_path / "a.inp", tmp_path / "b.inp"])
