from __future__ import annotations

import argparse
import inspect
from collections.abc import Iterator

import pytest

from pipemap.cli.main import main
from pipemap.cli.usage import TEXTS
from pipemap.texts import set_language


@pytest.fixture(autouse=True)
def _english_again() -> Iterator[None]:
    yield
    set_language("en")


def test_help_is_chinese_throughout(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trace", "--help", "--lang", "zh"]) == 0
    said = capsys.readouterr().out
    assert "用法：pipemap trace" in said
    assert "显示本帮助后退出" in said
    assert "usage" not in said
    assert "options" not in said


def test_what_is_missing_is_said_in_chinese(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", "--lang", "zh"]) == 2
    assert "缺少参数：FILE, --to" in capsys.readouterr().err


def test_an_error_is_one_message_with_a_hint(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trace", "x.gpkg", "--type", "sideways", "--start", "1"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.splitlines()[0].startswith("Argument --type: 'sideways' is none of 'connected'")
    assert said.err.splitlines()[1:] == ["“pipemap trace --help” tells how."]


def test_help_is_english_otherwise(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trace", "--help", "--lang", "en"]) == 0
    assert "usage: pipemap trace" in capsys.readouterr().out


def test_texts_are_those_of_the_library() -> None:
    source = inspect.getsource(argparse)
    assert [text for text in TEXTS if text.replace("\n", "\\n") not in source] == []
