from __future__ import annotations

import struct
from pathlib import Path

import pytest

from tests.cli.test_main import answer, message, town

__all__ = ["town"]


@pytest.mark.parametrize("view", ["top", "iso", "street"])
def test_a_picture_has_the_size_asked_for(town: Path, capsys: pytest.CaptureFixture[str], view: str) -> None:
    out = town.with_name("town.png")
    found = answer(capsys, "render", town, "-o", out, "--view", view, "--size", "320x200", "--highlight", "P1", "J2")
    assert found == {"written": str(out)}
    assert struct.unpack(">II", out.read_bytes()[16:24]) == (320, 200)


def test_what_cannot_be_drawn_is_said(town: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "P99" in message(capsys, 4, "render", town, "-o", town.with_name("a.png"), "--highlight", "P99")
    assert ".png" in message(capsys, 8, "render", town, "-o", town.with_name("a.doc"))
    assert "nowhere" in message(capsys, 8, "render", town, "-o", town.with_name("nowhere") / "a.png")
