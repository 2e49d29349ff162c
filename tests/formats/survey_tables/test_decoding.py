from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipemap.formats.survey_tables.decoding import decode

TEXT = "图上点号,类别,特征点,地面高程\nJS1,给水,三通,39.563\n管顶（沟底）高程,雨水篦,检查井\n"


@pytest.mark.parametrize(
    ("codec", "name"),
    [("utf-8", "UTF-8"), ("utf-8-sig", "UTF-8"), ("utf-16", "UTF-16"), ("gbk", "GBK"), ("gb18030", "GBK"), ("utf-32", "UTF-32")],
)
def test_usual_encodings_are_recognized(codec: str, name: str) -> None:
    decoded = decode(TEXT.encode(codec))
    assert (decoded.text, decoded.encoding, decoded.odd_lines) == (TEXT, name, ())


def test_utf16_without_a_mark_is_recognized() -> None:
    assert decode(("Exp_No,X,Y\n" + "JS1,1,2\n" * 9).encode("utf-16-le")).text.startswith("Exp_No,X,Y")


def test_characters_beyond_gbk_are_read_as_gb18030() -> None:
    text = "道路,𠮷祥路\n" + TEXT * 3
    decoded = decode(text.encode("gb18030"))
    assert (decoded.text, decoded.encoding) == (text, "GB18030")


def test_glued_encodings_are_read_line_by_line() -> None:
    raw = TEXT.encode("utf-8") + "JS2,污水,弯头,检查井\n".encode("gbk") + "JS3,给水\n".encode()
    decoded = decode(raw)
    assert "JS2,污水,弯头,检查井" in decoded.text
    assert "JS3,给水" in decoded.text
    assert decoded.odd_lines == (3,)


def test_western_letters_are_not_taken_for_chinese() -> None:
    assert decode(("Knoten,Höhe\n" + "Straße,Länge\n" * 9).encode("latin-1")).encoding not in {"GBK", "GB18030"}


@given(st.binary(max_size=300))
def test_any_bytes_have_a_text(raw: bytes) -> None:
    assert isinstance(decode(raw).text, str)
