from __future__ import annotations

import importlib
import inspect
from collections import Counter

import pytest
from PySide6.QtGui import QKeySequence

from pipemap.gui.commands import COMMANDS, MENUS, Command, command
from pipemap.gui.icons import icon
from pipemap.gui.manual import commands_page, settings_page
from pipemap.gui.palette import matches
from pipemap.gui.panels import PANELS
from pipemap.gui.workspaces import WORKSPACES
from pipemap.settings import SETTINGS
from pipemap.texts import set_language

every = pytest.mark.parametrize("row", COMMANDS, ids=lambda row: row.id)


def test_ids_are_unique() -> None:
    assert [name for name, times in Counter(row.id for row in COMMANDS).items() if times > 1] == []


@pytest.mark.usefixtures("qapp")
def test_no_two_commands_share_a_key() -> None:
    keys = Counter(QKeySequence(row.shortcut).toString() for row in COMMANDS if row.shortcut)
    assert [key for key, times in keys.items() if times > 1] == []
    assert "" not in keys


@every
def test_each_command_names_a_function_that_takes_its_words(row: Command) -> None:
    module, function, *words = row.run.split(":")
    found = getattr(importlib.import_module(module), function)
    assert len(inspect.signature(found).bind(None, *words).arguments) == 1 + len(words)


@every
@pytest.mark.usefixtures("qapp")
def test_each_command_has_a_title_an_icon_and_a_menu(row: Command) -> None:
    assert row.title
    assert not row.title.endswith((".", "…"))
    assert row.menu in MENUS
    assert not icon(row.icon).isNull()  # an icon the font lacks logs a warning, which fails the test


@every
def test_each_command_is_found_in_chinese_in_pinyin_and_in_english(row: Command) -> None:
    chinese = [word for word in row.keywords if any("\u4e00" <= letter <= "\u9fff" for letter in word)]
    initials = [word for word in row.keywords if word.isascii() and word.isalpha()]
    assert chinese, "no Chinese keyword"
    assert initials, "no pinyin initials"
    for wanted in (chinese[0], initials[0], row.title):
        assert row in matches(wanted), wanted


def test_the_best_match_comes_first() -> None:
    assert matches("open")[0].id == "file.open"
    assert matches("sz")[0].id == "file.settings"
    assert matches("全图")[0].id == "view.home"
    assert matches("no such thing") == []
    assert len(matches("")) == len(COMMANDS)


def test_titles_are_found_in_the_language_on_screen() -> None:
    set_language("zh")
    assert matches(command("file.settings").label)[0].id == "file.settings"


def test_panels_stand_in_workspaces_that_exist() -> None:
    known = {row.id for row in WORKSPACES}
    assert {workspace for panel in PANELS for workspace in panel.workspaces} <= known
    assert len({panel.id for panel in PANELS}) == len(PANELS)


@pytest.mark.usefixtures("qapp")
def test_the_manual_has_every_command_and_every_setting() -> None:
    page = commands_page()
    assert [row.id for row in COMMANDS if f"| {row.label} |" not in page] == []
    page = settings_page()
    assert [row.name for row in SETTINGS if row.label not in page] == []
