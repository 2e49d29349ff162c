from __future__ import annotations

import math

import pytest

from pipemap.model.fields import fields
from pipemap.model.network import Network
from pipemap.model.wording import category_label, heading, kind_label, metres, shown, size_label, with_unit
from pipemap.texts import set_language


@pytest.fixture(autouse=True)
def _english() -> None:
    set_language("en")


@pytest.mark.parametrize(
    ("length", "words"),
    [(0.0, "0.0 m"), (850.44, "850.4 m"), (9999.0, "9,999.0 m"), (12_345.0, "12.35 km"), (math.nan, "–")],
)
def test_lengths_are_read_in_metres_then_in_kilometres(length: float, words: str) -> None:
    assert metres(length) == words


def test_levels_have_millimetres_and_diameters_none() -> None:
    assert shown(fields("node")["ground"], 42.5) == "42.500"
    assert shown(fields("pipe")["diameter_mm"], 400.0) == "400"
    assert with_unit(fields("pipe")["diameter_mm"], 304.8) == "304.8 mm"
    assert shown(fields("pipe")["setting"], 1234567.25) == "1234567.25"


def test_nothing_known_is_an_empty_text() -> None:
    assert shown(fields("node")["ground"], None) == ""
    assert with_unit(fields("node")["ground"], math.nan) == ""


def test_codes_stand_with_their_names() -> None:
    assert category_label("YS").startswith("YS ")
    assert category_label("ZZ") == "ZZ"
    assert shown(fields("pipe")["material"], "T") == "T Concrete"
    assert shown(fields("pipe")["material"], "PVC") == "PVC"
    assert shown(fields("pipe")["from_reference"], "invert") == "Invert"


def test_a_chinese_word_is_not_said_twice_in_chinese() -> None:
    set_language("zh")
    assert shown(fields("pipe")["material"], "铸铁") == "铸铁"
    assert shown(fields("pipe")["burial"], "ZM") == "ZM 直埋"
    assert kind_label("manhole") == "检查井"
    assert heading(fields("pipe")["diameter_mm"]) == "管径 (mm)"


def test_a_pipe_without_a_size_has_a_dash() -> None:
    network = Network.from_pipes(("P1", "A", "B", 30.0))
    assert size_label(network, 0) == "–"
