from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from pipemap.texts import _, language, pick, set_language

TOOL = Path(__file__).parent.parent / "packaging" / "translate.py"


@pytest.fixture(scope="module")
def translate() -> ModuleType:
    pytest.importorskip("babel")
    spec = importlib.util.spec_from_file_location("translate", TOOL)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_text_has_a_chinese_one(translate: ModuleType) -> None:
    written = translate.written_texts()
    assert [text for text in translate.wanted_texts() if not written.get(text)] == []


def test_no_text_is_kept_that_nobody_says(translate: ModuleType) -> None:
    assert sorted(translate.written_texts().keys() - translate.wanted_texts().keys()) == []


def test_translations_have_the_same_placeholders(translate: ModuleType) -> None:
    assert translate.misfits(translate.written_texts()) == []


def test_what_the_program_reads_is_current(translate: ModuleType) -> None:
    assert translate.COMPILED.read_bytes() == translate.mo_of(translate.written_texts())
    assert translate.CATALOG.read_bytes() == translate.po_of(translate.written_texts())


def test_menus_keep_their_keys(translate: ModuleType) -> None:
    keyed = {text: chinese for text, chinese in translate.written_texts().items() if re.search("&[A-Z]", text)}
    assert keyed
    keys = [re.findall("&([A-Z])", chinese) for chinese in keyed.values()]
    assert all(len(key) == 1 for key in keys)
    assert len({key[0] for key in keys}) == len(keys)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [("zh", "zh"), ("zh_CN.UTF-8", "zh"), ("zh-Hans-CN", "zh"), ("en_GB", "en"), ("fr", "en"), ("C", "en")],
)
def test_a_locale_chooses_the_language(wanted: str, expected: str) -> None:
    assert set_language(wanted) == expected
    assert language() == expected


def test_the_system_chooses_when_nobody_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert set_language(None) == "zh"
    assert _("&File") == "文件(&F)"


def test_data_carries_both_names() -> None:
    assert pick("valve", "阀门") == "valve"
    set_language("zh")
    assert pick("valve", "阀门") == "阀门"
    assert pick("valve", "") == "valve"
