"""Set-up as a program: what it finds missing, when it does nothing, and what it says."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "packaging" / "start.py"


@pytest.fixture
def start(tmp_path: Path) -> ModuleType:
    """The script as a module of a checkout of its own, with the pinned lists and nothing set up."""
    (tmp_path / "packaging").mkdir()
    for name in ("start.py", "requirements.txt", "requirements-test.txt"):
        shutil.copy(SCRIPT.parent / name, tmp_path / "packaging" / name)
    shutil.copy(SCRIPT.parent.parent / "pyproject.toml", tmp_path)
    spec = importlib.util.spec_from_file_location(f"start_{tmp_path.name}", tmp_path / "packaging" / "start.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # where dataclasses look a class's module up
    spec.loader.exec_module(module)
    return module


def pretend_set_up(start: ModuleType, *, everything: bool) -> None:
    start.venv_python().parent.mkdir(parents=True, exist_ok=True)
    start.venv_python().touch()
    start.STAMP.write_text(start.fingerprint(everything=everything) + "\n", encoding="utf-8")


def test_a_fresh_checkout_is_not_set_up(start: ModuleType) -> None:
    assert not start.is_set_up(everything=False)
    assert not start.is_set_up(everything=True)


def test_set_up_is_not_repeated_while_nothing_changes(start: ModuleType) -> None:
    pretend_set_up(start, everything=True)
    assert start.is_set_up(everything=True)
    assert start.is_set_up(everything=False), "one with everything serves for running too"


def test_one_for_running_does_not_serve_for_tests(start: ModuleType) -> None:
    pretend_set_up(start, everything=False)
    assert start.is_set_up(everything=False)
    assert not start.is_set_up(everything=True)


@pytest.mark.parametrize("changed", ["requirements-test.txt", "../pyproject.toml"])
def test_set_up_is_repeated_when_a_pin_or_the_project_changes(start: ModuleType, changed: str) -> None:
    pretend_set_up(start, everything=True)
    with (start.CHECKOUT / "packaging" / changed).open("a", encoding="utf-8") as file:
        file.write("\n# changed\n")
    assert not start.is_set_up(everything=True)


def test_set_up_is_repeated_when_the_environment_lost_its_python(start: ModuleType) -> None:
    pretend_set_up(start, everything=True)
    start.venv_python().unlink()
    assert not start.is_set_up(everything=True)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems bring these libraries")
def test_a_library_is_found_by_the_loader_s_own_name(start: ModuleType) -> None:
    assert start.has_library("libc.so.6")
    assert not start.has_library("libpipemap-does-not-exist.so.7")


def test_what_is_missing_is_asked_for_by_its_use(start: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = [
        start.SystemPart("here", "window", lambda: True),
        start.SystemPart("gone", "window", lambda: False),
        start.SystemPart("screen", "display", lambda: False),
    ]
    monkeypatch.setattr(start, "system_parts", lambda: parts)
    monkeypatch.setattr(sys, "platform", "linux")
    assert [part.package for part in start.lacking_parts(("window",))] == ["gone"]
    assert [part.package for part in start.lacking_parts(("window", "display"))] == ["gone", "screen"]
    monkeypatch.setattr(sys, "platform", "darwin")
    assert start.lacking_parts(("window", "display")) == []


def test_the_line_to_type_names_every_missing_package(start: ModuleType) -> None:
    line = start.install_line(["xvfb", "libegl1"])
    assert line.endswith(" xvfb libegl1")
    assert "\n" not in line


def test_every_system_part_answers_whether_it_is_there(start: ModuleType) -> None:
    assert {part.use for part in start.system_parts()} == {"python", "window", "display", "font"}
    assert all(part.is_there() in {True, False} for part in start.system_parts())


def test_the_environment_is_free_of_what_leads_python_elsewhere(start: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    monkeypatch.setenv("PIP_USER", "1")
    assert not {"PYTHONPATH", "PIP_USER"} & set(start.clean_env())


@pytest.mark.skipif(shutil.which("Xvfb") is None, reason="needs the virtual display it starts")
def test_the_virtual_display_answers_and_ends(start: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    with start.virtual_display() as env:
        monkeypatch.setenv("DISPLAY", env["DISPLAY"])
        assert start.has_display()
    assert not start.has_display()


def test_help_names_both_commands_and_sets_nothing_up() -> None:
    answer = subprocess.run([sys.executable, str(SCRIPT), "--help"], check=True, capture_output=True, text=True)
    assert "packaging/start.py test" in answer.stdout
    assert answer.stderr == ""


def test_the_script_needs_nothing_but_the_standard_library() -> None:
    isolated = [sys.executable, "-I", "-S", str(SCRIPT), "--help"]
    assert subprocess.run(isolated, check=False, capture_output=True).returncode == 0
