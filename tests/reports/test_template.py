from __future__ import annotations

from pathlib import Path

import pytest

from pipemap.errors import SettingsError
from pipemap.reports import read_template
from pipemap.reports.content import Cover, Page, Signatures, Table
from pipemap.reports.template import FILE, FOLDER, standard_file
from pipemap.settings import settings_folder
from tests.reports.samples import photo, report, table


def office(folder: Path, text: str) -> Path:
    path = folder / FILE
    path.write_text(text, encoding="utf-8")
    return path


def test_what_an_office_leaves_out_is_as_in_the_standard_one(tmp_path: Path) -> None:
    path = office(tmp_path, '[office]\nname = { en = "Water works", zh = "自来水公司" }\n')
    assert read_template(path, language="zh").text("office", "name") == "自来水公司"
    template = read_template(path)
    assert template.text("office", "name") == "Water works"
    assert template.accent == read_template().accent
    left, _middle, right = template.around("footer", report(), page="2", pages="9")
    assert right == "2 / 9"
    assert "abababababab" in left


def test_the_template_beside_the_survey_goes_before_the_users_own(tmp_path: Path) -> None:
    survey = tmp_path / "city.gpkg"
    own = settings_folder() / FOLDER
    own.mkdir(parents=True)
    office(own, '[look]\naccent = "#111111"\n')
    assert read_template(survey=survey).accent == "#111111"
    (tmp_path / FOLDER).mkdir()
    office(tmp_path / FOLDER, '[look]\naccent = "#222222"\n')
    assert read_template(survey=survey).accent == "#222222"
    assert read_template(standard_file(), survey=survey).accent == "#1F4E79"


def test_columns_signatures_and_paper_are_the_offices(tmp_path: Path) -> None:
    path = office(
        tmp_path,
        '[columns]\n"inventory.list" = ["c2", "c0"]\n[signatures]\ninventory = ["Chief"]\n[paper]\ninventory = "A3 landscape"\n',
    )
    made = read_template(path).styled(report(table(), Signatures(("a", "b"))))
    styled = made.sections[0]
    assert isinstance(styled, Table)
    assert [column.name for column in styled.columns] == ["c2", "c0"]
    assert styled.rows[0] == ("行0", "行0")
    assert made.sections[1] == Signatures(("Chief",))
    assert made.page == Page("A3", landscape=True)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[office\n", "cannot be understood"),
        ('[columns]\n"inventory.list" = ["nothing"]\n', "nothing"),
        ('[columns]\n"inventory.list" = []\n', "list"),
    ],
)
def test_what_cannot_be_is_told(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        read_template(office(tmp_path, text)).styled(report(table()))


def test_a_logo_is_looked_for_beside_the_template_only(tmp_path: Path) -> None:
    folder = tmp_path / "templates"
    folder.mkdir()
    (tmp_path / "outside.png").write_bytes(photo())
    (folder / "logo.jpg").write_bytes(photo())
    assert read_template(office(folder, '[office]\nlogo = "logo.jpg"\n')).logo == photo()
    for name in ("../outside.png", "gone.png", "/etc/passwd"):
        with pytest.raises(SettingsError, match="no such picture"):
            read_template(office(folder, f'[office]\nlogo = "{name}"\n')).logo  # noqa: B018 -- reading it raises


def test_an_office_may_want_no_cover(tmp_path: Path) -> None:
    path = office(tmp_path, "[cover]\nshow = false\n")
    assert read_template(path).styled(report(Cover("x"))).sections == ()
    assert read_template().styled(report(Cover("x"))).sections == (Cover("x"),)


def test_fields_of_head_and_foot_are_filled_in_as_text(tmp_path: Path) -> None:
    path = office(tmp_path, '[look]\nfooter = ["{survey} {0} {nothing}", "", "{page.__class__}"]\n')
    assert read_template(path).around("footer", report(), page="1", pages="1") == (
        "示例城市 {0} {nothing}",
        "",
        "{page.__class__}",
    )
