"""Reports on the command line: whole programs, as a script runs them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipemap.cli.main import main
from tests.gui.surveys import street_file


@pytest.fixture
def file(tmp_path: Path) -> str:
    """The street, as a file."""
    return str(street_file(tmp_path / "street.gpkg"))


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, object], str]:
    code = main([*words, "--json"])
    said = capsys.readouterr()
    return code, json.loads(said.out) if said.out else {}, said.err


def test_a_report_is_written_and_compared(capsys: pytest.CaptureFixture[str], file: str, tmp_path: Path) -> None:
    to = tmp_path / "a.pdf"
    code, answer, _said = run(capsys, "report", "inventory", file, "-o", str(to), "--no-pictures", "--author", "Li")
    assert code == 0
    assert answer["written"] == str(to)
    assert to.read_bytes().startswith(b"%PDF")
    code, answer, _said = run(capsys, "report", "--verify", str(to), file)
    assert code == 0
    assert (answer["known"], answer["current"], answer["hand_out"], answer["since"]) == (True, True, 1, [])


def test_the_time_of_printing_is_shown_only_where_it_is_given(
    capsys: pytest.CaptureFixture[str], file: str, tmp_path: Path
) -> None:
    first, second = tmp_path / "a.html", tmp_path / "b.html"
    run(capsys, "report", "inventory", file, "-o", str(first), "--no-pictures")
    run(capsys, "report", "inventory", file, "-o", str(second), "--no-pictures", "--time", "2026-11-25 03:10")
    assert "2026-11-25 03:10" in second.read_text(encoding="utf-8")
    assert "2026-11-25 03:10" not in first.read_text(encoding="utf-8")


def test_the_template_can_be_written_changed_and_used(capsys: pytest.CaptureFixture[str], file: str, tmp_path: Path) -> None:
    template = tmp_path / "office.toml"
    code, _answer, _said = run(capsys, "report", "--write-template", str(template))
    assert code == 0
    text = template.read_text(encoding="utf-8").replace('name = { en = ""', 'name = { en = "Lake Water"')
    template.write_text(text, encoding="utf-8")
    to = tmp_path / "a.html"
    words = ("report", "inventory", file, "-o", str(to), "--no-pictures", "--template", str(template))
    assert run(capsys, *words)[0] == 0
    assert "Lake Water" in to.read_text(encoding="utf-8")
    assert run(capsys, "report", "--write-template", str(template))[0] == 7


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["inventory"], 2, "needs its kind"),
        (["nothing", "street.gpkg", "-o", "a.pdf"], 7, "no report"),
        (["inventory", "street.gpkg", "-o", "a.odt"], 7, "no ending"),
        (["inventory", "street.gpkg", "-o", "a.html", "--template", "none.toml"], 3, "none.toml"),
        (["--verify", "none.pdf", "street.gpkg"], 7, "none.pdf"),
        (["--verify", "none.pdf"], 2, "compared with a survey"),
    ],
)
def test_what_is_wrong_is_told_in_words(
    capsys: pytest.CaptureFixture[str],
    file: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
    code: int,
    said: str,
) -> None:
    assert Path(file).exists()
    monkeypatch.chdir(tmp_path)
    assert main(["report", *words]) == code
    assert said in capsys.readouterr().err
