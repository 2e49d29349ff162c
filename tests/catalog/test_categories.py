from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipemap.catalog import (
    DARK_GROUND,
    LIGHT_GROUND,
    categories,
    category,
    category_of_sheet,
    colour_of,
    major_of,
    profiles,
    resolve_category,
)
from pipemap.errors import SettingsError
from pipemap.texts import set_language

ALL_CODES = [row.code for row in categories()]


def channels(colour: str) -> list[float]:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    return [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]


def contrast(one: str, other: str) -> float:
    """WCAG 2 contrast ratio."""
    weights = (0.2126, 0.7152, 0.0722)
    light, dark = sorted(
        (sum(weight * part for weight, part in zip(weights, channels(colour), strict=True)) for colour in (one, other)),
        reverse=True,
    )
    return (light + 0.05) / (dark + 0.05)


def lab(colour: str) -> tuple[float, float, float]:
    """CIE L*a*b* under D65."""
    matrix = ((0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505))
    white = (0.95047, 1.0, 1.08883)
    rows = [sum(m * c for m, c in zip(row, channels(colour), strict=True)) / w for row, w in zip(matrix, white, strict=True)]
    x, y, z = (value ** (1 / 3) if value > 0.008856 else 7.787 * value + 16 / 116 for value in rows)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def apart(one: str, other: str) -> float:
    return math.dist(lab(one), lab(other))


@pytest.mark.parametrize("code", ALL_CODES)
def test_every_category_stands_out_from_the_ground_of_both_themes(code: str) -> None:
    assert contrast(colour_of(code), LIGHT_GROUND) >= 3.0
    assert contrast(colour_of(code, dark=True), DARK_GROUND) >= 3.0


@pytest.mark.parametrize("dark", [False, True])
def test_storm_sewage_and_combined_drains_can_be_told_apart(dark: bool) -> None:  # noqa: FBT001
    shades = [colour_of(code, dark=dark) for code in ("YS", "WS", "HS")]
    assert min(apart(one, other) for one, other in itertools.combinations(shades, 2)) > 20


@pytest.mark.parametrize("dark", [False, True])
def test_major_categories_can_be_told_apart(dark: bool) -> None:  # noqa: FBT001
    shades = [colour_of(row.code, dark=dark) for row in categories() if row.level == "major"]
    assert min(apart(one, other) for one, other in itertools.combinations(shades, 2)) > 20


def test_the_standard_colour_is_kept_beside_its_companions() -> None:
    drain = category("YS")
    assert drain is not None
    assert drain.colour == "#4C3926"
    assert drain.light_colour != drain.colour != drain.dark_colour
    power = category("GD")
    assert power is not None
    assert power.colour == power.light_colour == power.dark_colour == "#FF0000"


def test_an_unknown_code_is_drawn_as_an_unknown_line() -> None:
    assert colour_of("NOPE") == colour_of("BM") == "#6600CC"
    assert colour_of(None, dark=True) == colour_of("BM", dark=True)


def test_the_eight_major_categories_come_each_before_their_own_sub_categories() -> None:
    assert [row.code for row in categories() if row.level == "major"] == ["JS", "PS", "RQ", "RL", "DL", "TX", "GY", "QT"]
    major = ""
    for row in categories():
        major = row.code if row.level == "major" else major
        assert row.major == major


def test_no_code_is_used_twice() -> None:
    assert len(ALL_CODES) == len(set(ALL_CODES)) == 47


def test_a_sub_category_knows_what_it_carries_and_whether_it_runs_by_gravity() -> None:
    sewage, water = category("WS"), category("JP")
    assert sewage is not None
    assert water is not None
    assert (sewage.major, sewage.carries, sewage.gravity) == ("PS", "drainage", True)
    assert (water.major, water.carries, water.gravity) == ("JS", "water", False)


def test_the_major_category_of_an_unknown_code_is_the_code_itself() -> None:
    assert [major_of(code) for code in ("YS", "JS", "ZZ", None, "")] == ["PS", "JS", "ZZ", "", ""]


def test_a_category_is_looked_up_by_its_exact_code_only() -> None:
    assert category("js") is None
    assert category("") is None
    assert category(None) is None


def test_names_follow_the_language_on_screen() -> None:
    storm = category("YS")
    assert storm is not None
    try:
        set_language("zh")
        assert storm.label == "雨水"
        set_language("en")
        assert storm.label == "Storm water"
    finally:
        set_language("en")


@pytest.mark.parametrize("code", ALL_CODES)
def test_a_code_of_the_standard_is_never_rewritten(code: str) -> None:
    assert resolve_category(code) == code
    assert resolve_category(f" {code.lower()}\u00a0") == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("给水", "JS"),
        ("上水", "JS"),
        ("自来水", "JS"),
        ("电力", "DL"),
        ("供电", "GD"),
        ("dl", "DL"),
        ("煤气", "MQ"),
        ("燃气", "RQ"),
        ("天然气", "TR"),
        ("信息网络", "XX"),
        ("通信", "TX"),
        ("交通信号灯", "XH"),
        ("信号", "XH"),
        ("雨水", "YS"),
        ("污水", "WS"),
        ("雨污合流", "HS"),
        ("合流", "HS"),
        ("热力", "RL"),
        ("路灯", "LD"),
        ("综合管廊", "ZH"),
        ("不明", "BM"),
        ("201", "YS"),
        ("雨水管线", "YS"),
        ("给水管道", "JS"),
        ("污水（WS）", "WS"),
        ("\u3000给 水\u00a0", "JS"),
        ("ＪＳ", "JS"),
        ("Storm water", "YS"),
        ("storm  WATER", "YS"),
    ],
)
def test_names_and_synonyms_become_codes(text: str, code: str) -> None:
    assert resolve_category(text) == code


@pytest.mark.parametrize("text", ["", None, "  ", "XYZ", "S", "J", "300", "DN300", "直埋"])
def test_a_text_nobody_knows_stays_unresolved(text: str | None) -> None:
    assert resolve_category(text) is None


def test_the_codes_of_a_city_apply_only_where_its_profile_is_chosen() -> None:
    assert resolve_category("YQ") == "YQ"
    assert resolve_category("YQ", profile="local-a") == "YH"
    assert resolve_category("FG") is None
    assert resolve_category("FG", profile="local-a") == "WS"
    assert resolve_category("给水", profile="local-a") == "JS"
    assert resolve_category("JS", profile="eps") == "JS"


def test_a_profile_that_does_not_exist_is_named_with_its_neighbours() -> None:
    with pytest.raises(SettingsError, match="local-a"):
        resolve_category("YQ", profile="local_a")


@pytest.mark.parametrize(
    ("name", "code"),
    [
        *zip(["J", "W", "Y", "LD", "L", "XH", "R", "D"], ["JS", "WS", "YS", "LD", "DL", "XH", "RQ", "TX"], strict=True),
        ("J-给水", "JS"),
        ("DL 电力", "DL"),
        ("JSP", "JS"),
        ("YSL", "YS"),
        ("WSPoint", "WS"),
        ("JSLine", "JS"),
        ("JS_POINT", "JS"),
        ("雨水管线", "YS"),
        ("给水管线点成果表", "JS"),
        ("雨水管点表", "YS"),
        ("j", "JS"),
    ],
)
def test_the_name_of_a_sheet_says_its_category(name: str, code: str) -> None:
    assert category_of_sheet(name) == code


@pytest.mark.parametrize("name", ["", None, "管点", "管线", "Sheet1", "P", "附属物", "表" * 300, "point", "成果表"])
def test_a_sheet_that_names_no_category_gives_none(name: str | None) -> None:
    assert category_of_sheet(name) is None


@settings(max_examples=100)
@given(st.text(max_size=40), st.sampled_from([None, *profiles()]))
def test_no_text_at_all_breaks_the_resolving(text: str, profile: str | None) -> None:
    for found in (resolve_category(text, profile=profile), category_of_sheet(text, profile=profile)):
        assert found is None or category(found) is not None


@settings(max_examples=50)
@given(st.sampled_from(ALL_CODES), st.sampled_from(["", " ", "\u00a0", "\u3000", "\t"]))
def test_resolving_twice_changes_nothing(code: str, space: str) -> None:
    once = resolve_category(space + code + space)
    assert resolve_category(once) == once == code
