from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipemap.errors import SettingsError
from pipemap.settings import FOLDER_VARIABLE, SETTINGS, Settings, setting


def test_what_is_set_is_there_next_time(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "settings.json"
    settings = Settings(path)
    settings.set("theme", "dark")
    settings.set("ground_opacity", 0.5)
    settings.set("open_last", True)  # noqa: FBT003
    settings.set("author", "王工")
    again = Settings(path)
    assert [again.value(name) for name in ("theme", "ground_opacity", "open_last", "author")] == ["dark", 0.5, True, "王工"]
    assert again.value("language") == "system"


def test_every_default_is_a_value_it_may_have(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "settings.json")
    for row in SETTINGS:
        settings.set(row.name, row.default)
        assert settings.value(row.name) == row.default
    assert not (tmp_path / "settings.json").exists(), "defaults need no file"


def test_listeners_hear_of_changes_only(tmp_path: Path) -> None:
    heard: list[str] = []
    settings = Settings(tmp_path / "settings.json")
    settings.on_change(heard.append)
    settings.set("theme", "dark")
    settings.set("theme", "dark")
    assert heard == ["theme"]


@pytest.mark.parametrize(
    ("name", "value"),
    [("theme", "pink"), ("ground_opacity", 2.0), ("ground_opacity", "much"), ("open_last", "yes"), ("author", 7)],
)
def test_a_value_that_does_not_fit_is_refused_and_changes_nothing(tmp_path: Path, name: str, value: str | float) -> None:
    settings = Settings(tmp_path / "settings.json")
    with pytest.raises(SettingsError):
        settings.set(name, value)
    assert settings.value(name) == setting(name).default


def test_an_unknown_setting_is_named_beside_the_known_ones() -> None:
    with pytest.raises(SettingsError, match="colour") as caught:
        setting("colour")
    assert "theme" in caught.value.hint


def test_a_file_that_cannot_be_read_is_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text("{ this is no JSON", encoding="utf-8")
    settings = Settings(path)
    assert settings.value("theme") == "system"
    assert settings.set_aside is not None
    assert settings.set_aside.read_text(encoding="utf-8") == "{ this is no JSON"
    settings.set("theme", "dark")
    assert Settings(path).value("theme") == "dark"


def test_values_that_no_longer_fit_fall_back_to_their_defaults(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text(json.dumps({"theme": "pink", "gone": 1, "author": "Li"}), encoding="utf-8")
    settings = Settings(path)
    assert settings.value("theme") == "system"
    assert settings.value("author") == "Li"
    assert settings.set_aside is None


@given(st.binary(max_size=200))
def test_any_bytes_give_settings(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("any") / "settings.json"
    path.write_bytes(content)
    assert Settings(path).value("language") == "system"


def test_the_folder_can_be_chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "elsewhere"))
    Settings().set("author", "Li")
    assert (tmp_path / "elsewhere" / "settings.json").is_file()
