from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipemap.analysis.expression_words import FUNCTIONS, GIVEN
from pipemap.analysis.expressions import read_expression
from pipemap.errors import PipemapError
from pipemap.model.fields import LAYERS, Layer
from pipemap.model.network import Network
from tests.gui.surveys import street

NETWORK = Network.from_delivery(street())


def values(text: str, layer: Layer = "pipe") -> list[object]:
    rows = NETWORK.pipe_count if layer == "pipe" else NETWORK.node_count
    found: list[object] = read_expression(text, layer).work_out(NETWORK, np.arange(rows)).values.to_pylist()
    return found


def errors(text: str) -> dict[int, str]:
    return dict(read_expression(text, "pipe").work_out(NETWORK, np.arange(5)).errors)


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("-2 ^ 2", -4),
        ("2 ^ 3 ^ 2", 512),
        ("7 % 4", 3),
        ("round(2.5)", 3),
        ("round(-2.5)", -3),
        ("round(1.005, 2)", 1.01),
        ("round(diameter_mm / 7, 1)", 42.9),
        ("[Diameter] + [管径]", 600),
        ("upper('pe') & '-' & 5", "PE-5"),
        ("left(id, 3) & right(id, 1) & mid(id, 4, 1)", "JS12-"),
        ("replace(id, 'JS', 'W')", "W1-W2"),
        ("if(diameter_mm >= 300 and material = '铸铁', 'big', 'small')", "big"),
        ("if(diameter_mm > 300, 1)", None),
        ("coalesce(wall_mm, 5)", 5),
        ("min(diameter_mm, wall_mm)", 300),
        ("wall_mm + 1", None),
        ("wall_mm is empty", True),
        ("not (id ~ 'ys')", True),
        ("number('1,200')", 1200),
        ("len(id)", 7),
        ("length_2d", 40),
        ("x", 500020),
        ("from_x + to_y", 3900000),
        ("from_ground", 20),
    ],
)
def test_an_expression_is_worked_out(text: str, first: object) -> None:
    assert values(text)[0] == (pytest.approx(first) if isinstance(first, float) else first)


def test_what_cannot_be_worked_out_is_told_by_row_and_only_where_it_counts() -> None:
    assert errors("100 / (diameter_mm - 300)") == {0: "Division by zero.", 1: "Division by zero."}
    assert errors("if(diameter_mm = 300, 0, 100 / (diameter_mm - 300))") == {}
    assert set(errors("number(material)")) == {0, 1, 2, 3, 4}
    assert set(errors("sqrt(diameter_mm - 200)")) == {2}
    assert set(errors("10 ^ 300 * 10 ^ 300")) == {0, 1, 2, 3, 4}


@pytest.mark.parametrize(
    "text",
    [
        *("", "1 +", "(1", "1 2", "nothing + 1", "f(1)", "__import__('os').system('x')", "material + 1", "material * 2"),
        *("1 and 2", "if(1, 2, 3)", "if(true, 1, 'a')", "round()", "round(1, 2, 3)", "'a' < 1", "true < false", "a.b", "[x"),
        *("(" * 80, "-" * 80 + "1", "not " * 80 + "true", "lambda: 1", "1; 2", "x := 1", "1" * 5000),
    ],
)
def test_what_cannot_be_read_is_said(text: str) -> None:
    with pytest.raises(PipemapError):
        read_expression(text, "pipe")


def test_every_function_and_every_name_gives_a_value_a_row() -> None:
    for layer in LAYERS:
        for name in GIVEN[layer]:
            assert len(values(name, layer)) == (5 if layer == "pipe" else 7)
    for function in FUNCTIONS.values():
        usage = function.usage.replace(", …", "").replace("a > b", "1 > 0")
        for word, value in (("x", "2"), ("y", "3"), ("t", "'12'"), ("u", "'cd'")):
            usage = re.sub(rf"\b{word}\b", value, usage)
        assert len(values(usage)) == 5, function.usage


@settings(max_examples=300, deadline=None)
@given(text=st.text(alphabet="()+-*/^&,<>=~%[]'\". 01ax材iforundandnot", max_size=24))
def test_any_text_is_an_expression_or_a_message(text: str) -> None:
    try:
        expression = read_expression(text, "pipe")
    except PipemapError:
        return
    found = expression.work_out(NETWORK, np.arange(5))
    assert len(found.values) == 5
    assert not pa.types.is_floating(found.values.type) or all(v is None or np.isfinite(v) for v in found.values.to_pylist())
