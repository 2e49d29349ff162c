from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipemap.catalog import NodeKind, expected_degree, is_boundary, node_kind, point_code, point_word
from pipemap.catalog.points import point_words
from pipemap.texts import set_language

MEANINGS = [
    ("JS", "isolation_valve", "阀门 阀门井 闸阀 蝶阀 球阀 阀门孔 阀门手孔 碟阀 闸阀井"),
    ("JS", "check_valve", "止回阀 单向阀 逆止阀 倒流防止器"),
    ("JS", "air_valve", "排气阀 进排气阀 排气阀井 泄气"),
    ("JS", "drain_valve", "泄水阀 排泥阀 排泥井 排污阀"),
    ("JS", "meter", "水表 水表井 水表集"),
    ("JS", "hydrant", "消防栓 消火栓 地下消防栓 地上式消火栓 绿化栓 消防井"),
    ("JS", "source", "水厂 自来水厂 水厂出水"),
    ("JS", "well", "水源井"),
    ("JS", "tank", "水塔 水池 清水池"),
    ("JS", "pump", "泵站 加压泵站 给水泵站"),
    ("JS", "regulator", "减压阀"),
    ("JS", "dead_end", "扪头 管堵 盖堵 盲板 管帽 预留口"),
    ("JS", "boundary", "非普查 非普查区 非普区 图边点 非普查区去向"),
    ("JS", "chamber", "检查井 窨井 检修井"),
    ("JS", "junction", "三通 四通 五通 多通 三通点 分支点"),
    ("JS", "customer", "入户 进户"),
    ("JS", "point", "弯头 转折点 变径 直线点 伸缩器 测压点 出地 变材点 出水口"),
    ("YS", "gully", "雨篦 雨水篦 雨水箅 雨水口 雨箅 进水口 雨篦子"),
    ("WS", "gully", "污箅 污水箅 污篦"),
    ("YS", "outfall", "出水口 排水口 排放口 雨水出水口"),
    ("WS", "manhole", "检查井 窨井 检修井 污水井 跌水井 沉泥井 污水检查井"),
    ("WS", "storage", "化粪池 隔油池 水池"),
    ("WS", "outfall", "污水处理场 污水厂"),
    ("WS", "pump", "泵站 污水泵站 提升泵站"),
    ("YS", "isolation_valve", "闸门 闸门井"),
    ("YS", "check_valve", "拍门 潮门井 鸭嘴阀"),
    ("TR", "source", "门站 储配站"),
    ("TR", "regulator", "调压站 调压箱 调压柜 调压器"),
    ("TR", "drain_valve", "凝水缸 凝水井"),
    ("TR", "air_valve", "放散管 放散阀"),
    ("RS", "source", "锅炉房 热源厂"),
    ("RS", "exchanger", "换热站 热力站"),
    ("RS", "drain_valve", "泄水阀 疏水"),
    ("GD", "source", "变电站 变电所"),
    ("GD", "transformer", "箱变 变压器 配电室 环网柜"),
    ("GD", "cabinet", "配电箱 接线箱 分线箱"),
    ("LD", "pole", "路灯 灯杆 上杆"),
    ("XH", "pole", "信号灯 信号杆 摄像头"),
    ("TX", "manhole", "人孔 手孔 人孔井 手井"),
    ("TX", "cabinet", "交接箱 分线箱 接线箱 光交箱"),
    ("ZH", "manhole", "通风井"),
]


@pytest.mark.parametrize(("code", "kind", "text"), [(code, kind, text) for code, kind, row in MEANINGS for text in row.split()])
def test_the_words_of_the_field_make_the_kind_of_node_that_people_mean(code: str, kind: str, text: str) -> None:
    assert node_kind(code, text, None) == kind
    assert node_kind(code, "", text) == kind


def test_the_appurtenance_is_believed_before_the_feature() -> None:
    assert node_kind("JS", "三通", "阀门") is NodeKind.ISOLATION_VALVE
    assert node_kind("YS", "出水口", "检查井") is NodeKind.MANHOLE


def test_an_appurtenance_without_a_role_leaves_it_to_the_feature() -> None:
    assert node_kind("RL", "三通", "支架") is NodeKind.JUNCTION
    assert node_kind("JS", "四通", "没见过的东西") is NodeKind.JUNCTION


@pytest.mark.parametrize("text", [None, "", "   ", "没见过的东西", "\ud800", "无"])
def test_an_unknown_text_is_a_plain_point(text: str | None) -> None:
    assert node_kind(None, text, text) is NodeKind.POINT


@pytest.mark.parametrize(
    "text",
    [
        "阀门井(方)",
        "阀门井（圆形）",
        " 阀 门 井 ",
        "\u3000阀门井\u00a0",
        "给水阀门井",
        "阀门,三通",
        "阀门/排气",
        "Valve",
        "valve chamber",
    ],
)
def test_spaces_brackets_and_prefixes_do_not_hide_a_valve(text: str) -> None:
    assert node_kind("JS", None, text) is NodeKind.ISOLATION_VALVE


def test_the_same_word_can_mean_something_else_in_another_category() -> None:
    assert node_kind("JY", "进水口", None) is NodeKind.SOURCE
    assert node_kind("YS", "进水口", None) is NodeKind.GULLY
    assert node_kind("JP", "出水口", None) is NodeKind.POINT
    assert node_kind("HS", "出水口", None) is NodeKind.OUTFALL
    assert node_kind("JP", None, "水池") is NodeKind.TANK
    assert node_kind("WS", None, "水池") is NodeKind.STORAGE


def test_a_boundary_is_known_even_under_an_appurtenance() -> None:
    assert node_kind("JS", "非普查", "检修井") is NodeKind.CHAMBER
    assert is_boundary("非普查", "检修井")
    assert is_boundary(None, "图边点")
    assert not is_boundary("三通", "阀门")
    assert not is_boundary(None)


def test_element_codes_of_the_standard_are_understood_as_they_are() -> None:
    valve = point_code("51042204")
    assert valve is not None
    assert (valve.category, valve.list, valve.text) == ("JP", "appurtenance", "阀门")
    assert node_kind(None, None, "51042204") is NodeKind.ISOLATION_VALVE
    assert point_code("99999999") is None
    assert point_code(None) is None


def test_a_point_word_carries_its_names_and_how_many_pipes_meet_there() -> None:
    tee = point_word("JS", "三通点")
    assert tee is not None
    try:
        set_language("zh")
        assert tee.label == "三通"
    finally:
        set_language("en")
    assert tee.label == "Tee"
    assert expected_degree("JS", "三通") == 3
    assert expected_degree("JS", "盖堵") == 1
    assert expected_degree("JS", "阀门") is None
    assert expected_degree("JS", None) is None


def test_the_numbers_of_a_city_are_words_with_its_profile() -> None:
    word = point_word("JS", "3507", profile="city-2017")
    assert word is not None
    assert word.kind is NodeKind.ISOLATION_VALVE


def test_every_entry_answers_to_its_own_name() -> None:
    for text, limited in point_words():
        assert node_kind(limited, None, text) is point_words()[text, limited].kind


@settings(max_examples=100)
@given(st.text(max_size=30), st.text(max_size=30), st.sampled_from([None, "JS", "YS", "??"]))
def test_any_texts_make_some_kind_of_node(feature: str, appurtenance: str, code: str | None) -> None:
    assert node_kind(code, feature, appurtenance) in NodeKind
