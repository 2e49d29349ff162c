"""Export, secrecy and hand-outs on the command line: whole programs, as a script runs them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipemap.cli.main import main
from pipemap.store import open_survey
from tests.gui.surveys import street_file


@pytest.fixture
def file(tmp_path: Path) -> str:
    """The street, as a file."""
    return str(street_file(tmp_path / "street.gpkg"))


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, object], str]:
    code = main([*words, "--json"])
    said = capsys.readouterr()
    return code, json.loads(said.out) if said.out else {}, said.err


def test_a_part_is_written_and_registered(capsys: pytest.CaptureFixture[str], file: str, tmp_path: Path) -> None:
    code, answer, _said = run(
        capsys, "export", file, "--to", str(tmp_path / "a.geojson"), "--category", "JS", "--fields", "pipe:id,pipe:material",
        "--recipient", "Water works", "--purpose", "planning", "--author", "Li",
    )  # fmt: skip
    assert code == 0
    assert answer["counts"] == {"nodes": 4, "pipes": 3}
    assert answer["withheld"] == 0
    written = [Path(str(path)) for path in answer["written"]]  # type: ignore[attr-defined]
    assert all(path.is_file() for path in written)
    pipes = json.loads(next(path for path in written if "pipe" in path.name).read_text(encoding="utf-8"))["features"]
    assert {"id", "material"} <= set(pipes[0]["properties"])
    assert "diameter_mm" not in pipes[0]["properties"]
    assert answer["losses"]
    code, answer, _said = run(capsys, "handouts", file)
    assert code == 0
    assert answer["intact"] is True
    entry = answer["hand_outs"][0]  # type: ignore[index]
    assert (entry["author"], entry["recipient"], entry["purpose"]) == ("Li", "Water works", "planning")
    assert entry["content"] == "categories JS"


def test_an_area_may_stand_in_a_file(capsys: pytest.CaptureFixture[str], file: str, tmp_path: Path) -> None:
    area = tmp_path / "area.wkt"
    area.write_text("POLYGON ((499999 3399999, 500010 3399999, 500010 3400001, 499999 3400001, 499999 3399999))\n")
    code, answer, _said = run(capsys, "export", file, "--to", str(tmp_path / "a.gpkg"), "--area", f"@{area}")
    assert code == 0
    assert answer["counts"] == {"nodes": 2, "pipes": 1}


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--to", "a.gpkg", "--area", "@nowhere.wkt"], 2, "nowhere.wkt"),
        (["--to", "a.gpkg", "--area", "here"], 2, "no well-known text"),
        (["--to", "a.gpkg", "--select", "JS99"], 4, "JS99"),
        (["--to", "a.gpkg", "--fields", "material"], 2, "node:material"),
        (["--to", "a.gpkg", "--fields", "pipe:materiall"], 7, "material"),
        (["--to", "a.gpkg", "--crs", "EPSG:1"], 5, "EPSG:1"),
        (["--to", "a.none"], 7, "Known formats"),
        (["--to", "a.gpkg", "--format", "none"], 7, "no format"),
        (["--to", "nowhere/a.gpkg"], 7, "nowhere"),
        (["--to", "street.gpkg", "--overwrite"], 7, "survey itself"),
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
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.iterdir())
    assert main(["export", file, *words]) == code
    assert said in capsys.readouterr().err
    assert sorted(path for path in tmp_path.iterdir() if path.name != "settings") == before
    with open_survey(file, read_only=True) as survey:
        assert not survey.hand_outs()


def test_the_limit_of_a_survey_asks_for_names(capsys: pytest.CaptureFixture[str], file: str, tmp_path: Path) -> None:
    assert run(capsys, "handouts", file, "--limit", "0.0001")[1]["limit_km2"] == 0.0001
    to = ["--to", str(tmp_path / "a.gpkg")]
    code, _answer, said = run(capsys, "export", file, *to, "--recipient", "Water works")
    assert code == 7
    assert "an approver (--approver)" in said
    assert "a recipient" not in said
    assert run(capsys, "export", file, *to, "--recipient", "Water works", "--approver", "Chen")[0] == 0


def test_secrets_stay_in_exports_and_pictures_until_lifted(capsys: pytest.CaptureFixture[str], file: str, tmp_path: Path) -> None:
    code, answer, _said = run(capsys, "secrecy", file, "--mark", "secret", "--element", "JS2", "--reason", "letter 12")
    assert (code, answer["changed"], answer["nodes"], answer["pipes"]) == (0, 1, 1, 2)
    code, answer, _said = run(capsys, "export", file, "--to", str(tmp_path / "a.geojson"))
    assert (answer["withheld"], answer["counts"]) == (3, {"nodes": 6, "pipes": 3})
    code, _answer, said = run(capsys, "render", file, "-o", str(tmp_path / "a.png"), "--highlight", "JS2")
    assert code == 8
    assert "marked secret" in said
    assert not (tmp_path / "a.png").exists()
    code, answer, _said = run(capsys, "secrecy", file, "--lift", "--element", "JS2")
    assert (answer["changed"], answer["nodes"]) == (1, 0)
    assert run(capsys, "export", file, "--to", str(tmp_path / "b.geojson"))[1]["withheld"] == 0


def test_secrecy_of_batches_and_of_the_survey(capsys: pytest.CaptureFixture[str], file: str, tmp_path: Path) -> None:
    assert run(capsys, "secrecy", file, "--mark", "top_secret", "--batch", "Street")[1]["batches"] == 1
    code, _answer, said = run(capsys, "export", file, "--to", str(tmp_path / "a.gpkg"))
    assert code == 7
    assert "marked secret" in said
    code, _answer, said = run(capsys, "render", file, "-o", str(tmp_path / "a.png"))
    assert code == 8
    assert run(capsys, "secrecy", file, "--lift", "--batch", "Street")[1]["nodes"] == 0
    assert run(capsys, "secrecy", file, "--mark", "secret", "--survey")[1]["survey"] is True
    assert run(capsys, "secrecy", file, "--lift", "--survey")[1]["survey"] is False


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--lift"], 2), (["--element", "JS1"], 2), (["--mark", "hush", "--element", "JS1"], 6),
        (["--lift", "--batch", "none"], 2), (["--lift", "--element", "none"], 4),
    ],
)  # fmt: skip
def test_secrecy_says_what_it_lacks(capsys: pytest.CaptureFixture[str], file: str, words: list[str], code: int) -> None:
    assert main(["secrecy", file, *words]) == code
    assert capsys.readouterr().err


def test_the_register_is_written_as_a_spreadsheet(capsys: pytest.CaptureFixture[str], file: str, tmp_path: Path) -> None:
    assert run(capsys, "export", file, "--to", str(tmp_path / "a.gpkg"), "--recipient", "=1+1")[0] == 0
    assert run(capsys, "handouts", file, "--to", str(tmp_path / "register.csv"))[0] == 0
    text = (tmp_path / "register.csv").read_text(encoding="utf-8-sig")
    assert "'=1+1" in text
    assert text.count("\n") == 2
