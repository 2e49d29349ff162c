from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipemap.formats.survey_tables.sizes import Size, parse_size

ROUND = [
    ("300", 300),
    ("DN300", 300),
    ("HDN1200", 1200),
    ("De110", 110),
    ("DE110", 110),
    ("Φ200", 200),
    ("φ200", 200),
    ("d300", 300),
    ("D300", 300),
    ("100.0", 100),
    ("100", 100),
    ("dn 300", 300),
    ("DN300mm", 300),
    ("￠300", 300),
    ("ø150", 150),
    ("ＤＮ３００", 300),
    ("110.5", 110.5),
    ("'300", 300),
    ("0.3m", 300),
    ("Ф200", 200),
    ("d=300", 300),
    ("内径300", 300),
    ("外径110", 110),
    ("PE110", 110),
    ("1.5", 1500),
    ("0.3", 300),
    ("30cm", 300),
]
BOXES = [
    ("800X600", 800, 600),
    ("800x600", 800, 600),
    ("600×400", 600, 400),
    ("￠600X400", 600, 400),
    ("600*400", 600, 400),
    ("1000×800", 1000, 800),
    ("600 X 400", 600, 400),
    ("2.0mX1.5m", 2000, 1500),
    ("2x1.5m", 2000, 1500),
    ("2×1.5", 2000, 1500),
    ("2.0×2.0", 2000, 2000),
    ("0.8×0.6", 800, 600),
    ("B×H=2000×1500", 2000, 1500),
    ("宽800×高600", 800, 600),
    ("宽800高600", 800, 600),
    ("W800×H600", 800, 600),
    ("800(宽)×600(高)", 800, 600),
    ("(800X600)", 800, 600),
    ("800×600mm", 800, 600),
    ("BXH", None, None),
    ("3×4", None, None),
]
DUCTS = [
    ("16孔", 16, None),
    ("12孔", 12, None),
    ("1孔 1根", 1, 1),
    ("12孔 12根", 12, 12),
    ("12孔8根", 12, 8),
    ("12孔/3条", 12, 3),
    ("3根", None, 3),
    ("2X3孔", 6, None),
    ("12孔(3×4)", 12, None),
    ("9孔φ110", 9, None),
    ("φ110×9孔", 9, None),
    ("3×3×φ110", 9, None),
    ("3×3孔φ110", 9, None),
]


WALLS = [
    ("Φ108*4", 108, 4),
    ("108x4", 108, 4),
    ("De630×37.4", 630, 37.4),
    ("φ219×8", 219, 8),
    ("D219*6", 219, 6),
    ("DN300×8", 300, 8),
]


@pytest.mark.parametrize(("text", "diameter"), ROUND)
def test_a_round_size_is_its_number(text: str, diameter: float) -> None:
    assert parse_size(text) == Size("round", diameter_mm=diameter)


@pytest.mark.parametrize(("text", "width", "height"), BOXES)
def test_two_numbers_are_width_and_height(text: str, width: float | None, height: float | None) -> None:
    size = parse_size(text)
    assert (size.width_mm, size.height_mm) == (width, height)
    assert size.shape == ("box" if width else None)
    assert size.understood == (width is not None)


@pytest.mark.parametrize(("text", "holes", "cables"), DUCTS)
def test_ducts_are_counted(text: str, holes: int | None, cables: int | None) -> None:
    size = parse_size(text)
    assert (size.holes, size.cables, size.diameter_mm) == (holes, cables, None)
    assert size.shape == ("bank" if holes else None)


def test_a_duct_bank_can_have_both_its_size_and_its_holes() -> None:
    assert parse_size("400X300 12孔 3根") == Size("bank", width_mm=400, height_mm=300, holes=12, cables=3)


@pytest.mark.parametrize(
    "text",
    [
        "2×DN300",
        "2xDN300",
        "2×300",
        "2-DN300",
        "2DN300",
        "2根DN300",
        "DN300×2",
        "DN300/DN300",
        "DN300+DN300",
        "2-Φ300",
        "２×ＤＮ３００",
    ],
)
def test_two_pipes_side_by_side_are_no_box(text: str) -> None:
    assert parse_size(text) == Size("round", diameter_mm=300, barrels=2)


def test_a_culvert_of_two_cells_keeps_the_size_of_one() -> None:
    assert parse_size("2×2000×1500") == Size("box", width_mm=2000, height_mm=1500, barrels=2)


@pytest.mark.parametrize("text", ["", " ", "管径不详", "管径不祥", "不明", "-", "/", "无", "0", "DN0", "0.0", "DN?", "管径未知"])
def test_an_unknown_size_says_nothing_and_is_no_problem(text: str) -> None:
    assert parse_size(text) == Size()


@pytest.mark.parametrize(
    "text", ["约三百", "DN", "300/200", "abc", "99999999", "1X1X1X1", "－", "5", "5.0", "d8", "2孔/1孔", "Φ219/Φ315"]
)
def test_what_is_no_size_is_said_to_be_none(text: str) -> None:
    size = parse_size(text)
    assert size.diameter_mm is None
    assert size.width_mm is None


@given(st.text(max_size=30))
def test_any_text_is_a_size_or_none(text: str) -> None:
    size = parse_size(text)
    for value in (size.diameter_mm, size.width_mm, size.height_mm):
        assert value is None or 0 < value <= 30_000


@pytest.mark.parametrize(("text", "diameter", "wall"), WALLS)
def test_a_diameter_and_a_wall_are_no_flat_box(text: str, diameter: float, wall: float) -> None:
    assert parse_size(text) == Size("round", diameter_mm=diameter, wall_mm=wall)


@pytest.mark.parametrize(("text", "width", "height"), [("200X50", 200, 50), ("100x30", 100, 30), ("￠600X400", 600, 400)])
def test_a_flat_tray_is_a_box(text: str, width: float, height: float) -> None:
    assert parse_size(text) == Size("box", width_mm=width, height_mm=height)
