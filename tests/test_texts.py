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
    wanted = translate.wanted_texts().keys()
    assert [sorted(translate.written_texts(path).keys() - wanted) for path in translate.REMARKS] == [[], []]


def test_translations_have_the_same_placeholders(translate: ModuleType) -> None:
    assert [translate.misfits(translate.written_texts(path)) for path in translate.REMARKS] == [{}, {}]


def test_what_the_program_reads_is_current(translate: ModuleType) -> None:
    for path in translate.REMARKS:
        assert translate.is_compiled(path)
        assert path.read_bytes() == translate.po_of(translate.written_texts(path), path)


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


def test_english_words_follow_the_number(translate: ModuleType) -> None:
    text = "{count} pipes have no length; the distance of their ends is taken: {examples}"
    assert text in translate.written_texts(translate.ENGLISH)
    set_language("en")
    one = {"count": 1, "examples": "P1"}
    assert _(text).format(**one) == "1 pipe has no length; the distance of its ends is taken: P1"
    assert _(text).format_map(one) == _(text).format(**one)
    assert _(text).format(count=2, examples="P1, P2") == text.format(count=2, examples="P1, P2")


def test_every_english_text_that_counts_says_for_several_what_the_source_says(translate: ModuleType) -> None:
    for text, counting in translate.written_texts(translate.ENGLISH).items():
        assert re.sub(r"\{\w+:[^{}|]*\|([^{}]*)\}", r"\1", counting) == text


def test_data_carries_both_names() -> None:
    assert pick("valve", "阀门") == "valve"
    set_language("zh")
    assert pick("valve", "阀门") == "阀门"
    assert pick("valve", "") == "valve"
