from __future__ import annotations

import argparse
import importlib.util
import json
import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from pipemap import open_survey, trace
from pipemap.analysis.checks import checks
from pipemap.analysis.trace import StopReason, TraceType
from pipemap.cli.main import COMMANDS, _parser, main
from pipemap.formats import formats
from pipemap.formats.writing import FORMAT_LIMITS
from pipemap.jobs.exporting import writable_formats
from pipemap.reports.kinds import KINDS
from pipemap.sample.faults import FAULT_KINDS
from pipemap.texts import set_language

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "resources" / "manual"
CHINESE = ".zh-CN.md"
PAGES = sorted(path.name for path in FOLDER.glob("*.md") if not path.name.endswith(CHINESE))
BOTH = sorted(path.name for path in FOLDER.glob("*.md"))
LANGUAGES = ("en", "zh")


def page(name: str, language: str) -> str:
    return (FOLDER / f"{name}{CHINESE if language == 'zh' else '.md'}").read_text(encoding="utf-8")


@pytest.fixture(params=LANGUAGES)
def lang(request: pytest.FixtureRequest) -> Iterator[str]:
    set_language(request.param)
    yield request.param
    set_language("en")


@pytest.fixture(scope="module")
def manual_tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("manual_tool", ROOT / "packaging" / "manual.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def commands() -> dict[str, argparse.ArgumentParser]:
    actions = _parser(None)._actions
    found = next(action for action in actions if isinstance(action, argparse._SubParsersAction))
    return dict(found.choices)


def options(parser: argparse.ArgumentParser) -> Iterator[str]:
    """Every option of a command and of the commands below it."""
    for action in parser._actions:
        yield from action.option_strings
        if isinstance(action, argparse._SubParsersAction):
            for inner in action.choices.values():
                yield from options(inner)


@pytest.mark.parametrize("name", PAGES)
def test_every_page_has_a_chinese_twin_of_the_same_build(name: str) -> None:
    english = (FOLDER / name).read_text(encoding="utf-8")
    chinese = (FOLDER / name).with_name(name.removesuffix(".md") + CHINESE).read_text(encoding="utf-8")
    shape = [[line.split(" ")[0] for line in text.splitlines() if line.startswith("#")] for text in (english, chinese)]
    assert shape[0] == shape[1]
    assert len(re.findall(r"^\|", english, re.MULTILINE)) == len(re.findall(r"^\|", chinese, re.MULTILINE))


@pytest.mark.parametrize("name", PAGES)
def test_the_chinese_twin_names_the_same_options_fields_and_commands(name: str) -> None:
    english = (FOLDER / name).read_text(encoding="utf-8")
    chinese = (FOLDER / name).with_name(name.removesuffix(".md") + CHINESE).read_text(encoding="utf-8")
    named = [set(re.findall(r"`([a-z_]+|--[a-z-]+)`", text)) for text in (english, chinese)]
    assert named[0] ^ named[1] == set()


@pytest.mark.parametrize("name", BOTH)
def test_links_and_pictures_lead_somewhere(name: str) -> None:
    text = (FOLDER / name).read_text(encoding="utf-8")
    targets = [target for target in re.findall(r"\]\(([^)]+)\)", text) if not target.startswith(("http", "#"))]
    assert [target for target in targets if not (FOLDER / target).resolve().exists()] == []


def test_the_first_page_shows_links_and_pictures_that_exist() -> None:
    targets = re.findall(r"\]\(([^)#]+)\)", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert [target for target in targets if not target.startswith("http") and not (ROOT / target).exists()] == []


def test_pictures_are_small_and_used() -> None:
    pictures = sorted((FOLDER / "pictures").glob("*.png"))
    told = "".join((FOLDER / name).read_text(encoding="utf-8") for name in BOTH)
    assert [path.name for path in pictures if path.stat().st_size > 400_000] == []
    assert [path.name for path in pictures if f"pictures/{path.name}" not in told] == []


def test_every_command_and_option_of_the_command_line_is_told(lang: str) -> None:
    text = page("50-command-line", lang)
    parsers = commands()
    assert set(parsers) == set(COMMANDS)
    for name, parser in parsers.items():
        section = text.partition(f"\n## {name}\n")[2].partition("\n## ")[0]
        assert f"pipemap {name}" in section
        common = text.partition("\n## open\n")[0]
        for option in options(parser):
            assert re.search(rf"`{option}[ `]", section + common) or option == "-h", f"{name} {option}"


def test_no_option_is_told_that_does_not_exist(lang: str) -> None:
    known = {option for parser in commands().values() for option in options(parser)}
    known |= {"--version"}
    for name in BOTH:
        if name.endswith(CHINESE) == (lang == "zh"):
            text = (FOLDER / name).read_text(encoding="utf-8")
            assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text)) - known == set(), name


def test_every_format_that_can_be_written_is_told_with_what_it_loses(lang: str) -> None:
    assert [row.name for row in writable_formats() if row.name not in FORMAT_LIMITS] == []
    for name in ("45-exporting", "50-command-line"):
        text = page(name, lang)
        assert [row.name for row in writable_formats() if f"`{row.name}`" not in text] == []


def test_every_kind_of_report_is_told(lang: str) -> None:
    told = re.findall(r"^\| `([a-z-]+)` \|", page("48-reports", lang), re.MULTILINE)
    assert told[: len(KINDS)] == [kind.name for kind in KINDS]


def test_every_trace_its_reasons_and_choices_are_told(lang: str) -> None:
    for name in ("40-tracing", "50-command-line"):
        text = page(name, lang)
        assert [kind for kind in (*TraceType, *StopReason) if f"`{kind}`" not in text] == []


def test_every_format_that_can_be_read_is_told(lang: str) -> None:
    text = page("50-command-line", lang)
    assert [row.name for row in formats() if f"`{row.name}`" not in text] == []


def test_every_check_is_told(lang: str) -> None:
    assert re.findall(r"^\| `([a-z-]+)` \|", page("43-checks", lang), re.MULTILINE) == list(checks())


def test_every_fault_of_the_sample_city_is_told(lang: str) -> None:
    assert re.findall(r"^\| `([a-z-]+)` \|", page("70-sample-city", lang), re.MULTILINE) == list(FAULT_KINDS)


def test_pages_made_from_tables_are_current(manual_tool: ModuleType) -> None:
    assert [path.name for path, text in manual_tool.pages().items() if path.read_text(encoding="utf-8") != text] == []


def test_every_command_and_setting_of_the_window_is_in_the_manual(lang: str) -> None:
    pytest.importorskip("PySide6")
    from pipemap.gui.commands import COMMANDS as IN_WINDOW
    from pipemap.gui.manual import pages
    from pipemap.settings import SETTINGS
    from pipemap.texts import _

    text = "\n".join(one.text for one in pages())
    assert [row.id for row in IN_WINDOW if row.label not in text] == []
    assert [row.name for row in SETTINGS if _(row.label) not in text] == []
    assert [one.name for one in pages() if not one.title or one.title == one.name] == []
    assert lang in LANGUAGES


def examples() -> list[str]:
    """Return every command line that the pages show and that asks something of the sample city."""
    told = "\n".join((FOLDER / name).read_text(encoding="utf-8") for name in BOTH) + (ROOT / "README.md").read_text(
        encoding="utf-8"
    )
    commands = "info|check|trace|shutoff|segments|find|render"
    return sorted(set(re.findall(rf"^    pipemap ((?:{commands}) city\.gpkg.*)$", told, re.MULTILINE)))


@pytest.mark.parametrize("line", examples())
def test_examples_do_what_they_say(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copyfile(ROOT / "sample_networks" / "sample_city.gpkg", tmp_path / "city.gpkg")
    monkeypatch.chdir(tmp_path)
    for name in re.findall(r"--use (\S+)", line):
        assert main(["trace", "city.gpkg", "--type", "downstream", "--save", name, "--json"]) == 0
        capsys.readouterr()
    assert main([*shlex.split(line), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    if "configurations" in answer:
        return
    told = ("pipes", "hits", "contained", "segments", "segment", "critical_valves", "counts", "checks", "fix", "saved")
    assert any(answer.get(word) for word in told) or Path(answer["written"]).exists()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_list_of_customers_in_the_manual_is_imported_as_it_says(
    language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = page("28-customers", language)
    shutil.copyfile(ROOT / "sample_networks" / "sample_city.gpkg", tmp_path / "city.gpkg")
    listed = re.findall(r"```csv\n(.*?)```", text, re.DOTALL)[0]
    (tmp_path / "户表.csv").write_text(listed, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    answers = []
    for line in re.findall(r"^    pipemap (.*)$", text, re.MULTILINE):
        assert main([*shlex.split(line), "--json"]) == 0
        answers.append(json.loads(capsys.readouterr().out))
    assert [answer["customers"] for answer in answers] == [149, 149, 4, 149]
    assert [answer["customers_unbound"] for answer in answers] == [1, 1, 1, 1]
    reasons = {problem["rule"] for problem in answers[0]["problems"] if problem["rule"].startswith("customer-")}
    assert reasons == {"customer-no-place"}
    with open_survey(tmp_path / "city.gpkg", read_only=True) as survey:
        mine = {row["id"]: (row["method"], row["class"]) for row in survey.table("customer").to_pylist() if row["id"][0] == "H"}
    assert mine == {
        "H001": ("recorded", "dialysis"),
        "H002": ("nearest", "residential"),
        "H003": ("recorded", "school"),
        "H004": (None, "临时"),
    }


def test_what_went_out_as_plain_tables_is_imported_as_the_manual_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from pipemap.formats.plain_tables import EXPORT
    from pipemap.formats.writing import WriteOptions
    from pipemap.model.extract import Extract
    from tests.store.deliveries import delivery

    monkeypatch.chdir(tmp_path)
    EXPORT.write(Extract.from_delivery(delivery()), tmp_path / "town.csv", options=WriteOptions())
    (line,) = set(re.findall(r"^    pipemap (import town.*)$", page("46-survey-tables-out", "en"), re.MULTILINE))
    assert main([*shlex.split(line), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["nodes"], answer["pipes"], answer["problems"]) == (4, 3, [])


def test_the_first_trace_of_a_newcomer_shows_something() -> None:
    with open_survey(ROOT / "sample_networks" / "sample_city.gpkg", read_only=True) as survey:
        (start,) = re.findall(r"find `(\w+)`", (ROOT / "README.md").read_text(encoding="utf-8"))
        assert len(trace(survey.network, start, "upstream").pipes) > 20
        assert len(trace(survey.network, start, "downstream").pipes) > 3
        assert all(f"`{start}`" in page("10-start", language) for language in LANGUAGES)
