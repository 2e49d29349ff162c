from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipemap.errors import EditError
from pipemap.model.choices import choices, is_closed
from pipemap.model.entry import entered, typed
from pipemap.model.fields import LAYERS, Layer, fields
from pipemap.model.wording import shown
from pipemap.texts import set_language


@pytest.mark.parametrize(
    ("layer", "name", "text", "value"),
    [
        ("pipe", "diameter_mm", "1,200", 1200.0),
        ("pipe", "diameter_mm", "DN300", 300.0),
        ("pipe", "diameter_mm", "３００ mm", 300.0),
        ("pipe", "from_depth", "-1.25米", -1.25),
        ("pipe", "barrels", "2", 2),
        ("pipe", "conduit_direction", "是", True),
        ("pipe", "conduit_direction", "No", False),
        ("pipe", "lifecycle", "abandoned", "abandoned"),
        ("pipe", "lifecycle", "废弃", "abandoned"),
        ("pipe", "category", "js", "JS"),
        ("pipe", "category", "JS Water supply", "JS"),
        ("pipe", "category", "给水", "JS"),
        ("pipe", "flow", "+", "+"),
        ("pipe", "flow", "－", "-"),
        ("pipe", "material", "a word of one's own", "a word of one's own"),
        ("node", "last_operated", "2024年5月3日", "2024-05-03"),
        ("node", "last_operated", "2024/5/3 0:00:00", "2024-05-03"),
        ("node", "last_operated", "20240503", "2024-05-03"),
        ("node", "last_operated", "2024-5", "2024-05"),
        ("node", "last_operated", "2024", "2024"),
        ("node", "road", "  ", None),
    ],
)
def test_what_is_typed_is_understood(layer: Layer, name: str, text: str, value: object) -> None:
    set_language("en")
    assert entered(fields(layer)[name], text) == value


@pytest.mark.parametrize(
    ("layer", "name", "text", "said"),
    [
        ("pipe", "diameter_mm", "wide", "takes a number"),
        ("pipe", "diameter_mm", "1,5", "behind a point"),
        ("pipe", "diameter_mm", "nan", "takes a number"),
        ("pipe", "diameter_mm", "1e999", "takes a number"),
        ("pipe", "diameter_mm", "3 m", "takes a number"),
        ("pipe", "barrels", "1.5", "whole number"),
        ("pipe", "conduit_direction", "perhaps", "yes or no"),
        ("pipe", "lifecycle", "old", "It is one of"),
        ("pipe", "category", "Water suply", "Did you mean"),
        ("node", "last_operated", "2024-02-30", "takes a date"),
        ("node", "last_operated", "3/5/2024", "year, month, day"),
        ("node", "batch", "x", "importing sets it"),
        ("node", "road", "a\0b", "cannot be stored"),
    ],
)
def test_what_cannot_be_is_refused_in_the_words_of_the_field(layer: Layer, name: str, text: str, said: str) -> None:
    set_language("en")
    with pytest.raises(EditError) as refused:
        entered(fields(layer)[name], text)
    assert said in str(refused.value)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_listed_value_is_read_back_from_what_its_cell_shows(language: str) -> None:
    set_language(language)
    for layer in LAYERS:
        for field in fields(layer).values():
            for choice in choices(field):
                assert entered(field, shown(field, choice.value)) == choice.value
                assert entered(field, choice.label) == choice.value
                assert entered(field, choice.value) == choice.value


@given(value=st.floats(-1e7, 1e7, allow_nan=False).map(lambda value: round(value, 6)))
def test_a_number_keeps_its_decimals_through_an_editor(value: float) -> None:
    field = fields("pipe")["from_level"]
    assert entered(field, typed(field, value)) == pytest.approx(value, abs=1e-9)


@given(text=st.text(max_size=30))
def test_any_text_is_a_value_or_a_refusal(text: str) -> None:
    for layer in LAYERS:
        for field in fields(layer).values():
            try:
                value = entered(field, text)
            except EditError:
                continue
            assert value is None or not is_closed(field) or field.type == "bool" or value in {one.value for one in choices(field)}
