from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipemap.catalog import (
    PipeKind,
    burial,
    burials,
    categories,
    depth_reference,
    gas_pressure_band,
    gas_pressure_bands,
    lifecycle_of,
    material,
    materials,
    pipe_kind,
    pressurised_of,
)
from pipemap.model.fields import values


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("球墨铸铁", "QM"),
        ("球墨铸铁管", "QM"),
        ("球铁", "QM"),
        ("砼", "T"),
        ("混凝土", "T"),
        ("钢筋砼", "T"),
        ("钢管", "G"),
        ("钢", "G"),
        ("pe", "PE"),
        ("ＰＥ管", "PE"),
        ("HDPE", "PE"),
        ("UPVC", "PVC"),
        ("PVC-U", "PVC"),
        ("光纤", "GX"),
        ("光缆", "GX"),
        ("铜", "TZ"),
        ("铸铁 管", "ZT"),
        ("陶土管", "TC"),
        ("玻璃钢夹砂管", "BLG"),
        ("Ductile iron", "QM"),
        ("MPP", "MPP"),
    ],
)
def test_words_for_materials_become_codes(text: str, code: str) -> None:
    found = material(text)
    assert found is not None
    assert found.code == code


@pytest.mark.parametrize("text", ["空管", "其他", "", None, "1", "管", "木星石"])
def test_what_is_no_material_gives_none(text: str | None) -> None:
    assert material(text) is None


def test_unspecified_plastic_is_not_taken_for_pvc() -> None:
    plastic = material("塑料管")
    assert plastic is not None
    assert (plastic.code, plastic.certainty) == ("塑料", "own")


def test_numbers_mean_a_material_only_with_the_profile_that_explains_them() -> None:
    found = material("9", profile="drainage-table")
    assert found is not None
    assert found.code == "G"
    assert material("9") is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("直埋", "ZM"),
        ("管埋", "GM"),
        ("套管", "GM"),
        ("管块", "GK"),
        ("管沟", "GG"),
        ("方沟", "GG"),
        ("沟道", "GG"),
        ("架空", "JK"),
        ("顶管", "DG"),
        ("定向钻", "DG"),
        ("非开挖", "DG"),
        ("综合管廊", "ZH"),
        ("综合管廊（沟）", "ZH"),
        ("gg", "GG"),
        ("明渠", "明渠"),
    ],
)
def test_words_for_laying_become_codes(text: str, code: str) -> None:
    found = burial(text)
    assert found is not None
    assert found.code == code


def test_laying_numbers_need_a_profile() -> None:
    trench = burial("3", profile="eps")
    assert trench is not None
    assert trench.code == "GG"
    assert burial("3") is None
    assert burial("自流") is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("在用", "in_use"),
        ("正常", "in_use"),
        ("已建", "in_use"),
        ("废弃", "abandoned"),
        ("报废", "abandoned"),
        ("空管", "empty"),
        ("拟建", "planned"),
        ("规划", "planned"),
        ("在建", "under_construction"),
        ("停用", "out_of_use"),
        ("已拆除", "removed"),
        ("其他", None),
        ("1", None),
        ("", None),
        (None, None),
    ],
)
def test_status_words_become_life_cycle_values(text: str | None, value: str | None) -> None:
    assert lifecycle_of(text) == value


def test_the_same_status_number_means_different_things_in_two_profiles() -> None:
    assert lifecycle_of("1", profile="cjj61-numbers") == "abandoned"
    assert lifecycle_of("1", profile="drainage-systems") == "planned"


def test_every_label_of_the_life_cycle_list_is_understood() -> None:
    for value in values("lifecycle"):
        assert lifecycle_of(value) == value


def test_pressure_words_are_not_burial_words() -> None:
    assert pressurised_of("压力") == "pressure"
    assert pressurised_of("自流") == pressurised_of("重力流") == "gravity"
    assert pressurised_of("1") is None


@pytest.mark.parametrize(
    ("category", "laid", "pressurised", "reference"),
    [
        ("JS", "ZM", None, "outside_top"),
        ("JP", None, None, "outside_top"),
        ("RQ", "直埋", None, "outside_top"),
        ("RL", "ZM", None, "outside_top"),
        ("DL", "ZM", None, "outside_top"),
        ("TX", "GK", None, "outside_top"),
        ("DL", "管埋", None, "outside_top"),
        ("BM", None, None, "outside_top"),
        ("YS", "ZM", None, "invert"),
        ("WS", None, None, "invert"),
        ("PS", "管道", None, "invert"),
        ("WS", "ZM", "pressure", "outside_top"),
        ("JY", "ZM", "gravity", "invert"),
        ("YS", "管沟", None, "channel_bottom"),
        ("YS", "方沟", None, "channel_bottom"),
        ("YS", "明渠", None, "channel_bottom"),
        ("RL", "GG", None, "channel_bottom"),
        ("DL", "GG", None, "channel_bottom"),
        ("JS", "ZH", None, "channel_bottom"),
        ("ZH", None, None, "channel_bottom"),
        ("??", None, None, "unknown"),
        (None, None, None, "unknown"),
        ("??", None, "gravity", "invert"),
    ],
)
def test_a_depth_is_measured_to_what_category_laying_and_pressure_say(
    category: str | None, laid: str | None, pressurised: str | None, reference: str
) -> None:
    assert depth_reference(category, laid, pressurised=pressurised) == reference


def test_every_reference_is_a_value_of_the_schema() -> None:
    for category in categories():
        for laid in (None, *burials()):
            for pressurised in (None, "pressure", "gravity"):
                assert depth_reference(category.code, laid, pressurised=pressurised) in values("depth_reference")
                assert pipe_kind(category.code, laid, None) in PipeKind


@pytest.mark.parametrize(
    ("category", "laid", "shape", "kind"),
    [
        ("DL", "ZM", None, "cable"),
        ("TX", "直埋", "round", "cable"),
        ("TX", "管块", "bank", "duct"),
        ("DL", "GM", "box", "duct"),
        ("DL", None, "bank", "duct"),
        ("DL", "GG", "box", "channel"),
        ("DL", None, None, "pipe"),
        ("YS", "GG", "box", "channel"),
        ("YS", "GG", None, "channel"),
        ("YS", "GG", "round", "pipe"),
        ("YS", "ZM", "box", "channel"),
        ("YS", "ZM", "round", "pipe"),
        ("YS", "明渠", None, "channel"),
        ("RL", "GG", "round", "pipe"),
        ("JS", "ZM", "round", "pipe"),
        ("ZH", None, "box", "channel"),
        (None, None, None, "pipe"),
    ],
)
def test_a_line_is_a_cable_ducts_a_channel_or_a_pipe(
    category: str | None, laid: str | None, shape: str | None, kind: str
) -> None:
    assert pipe_kind(category, laid, shape) == kind


def test_the_bands_of_gas_pressure_join_without_gaps() -> None:
    bands = gas_pressure_bands()
    assert bands[0].above_mpa is None
    assert [band.above_mpa for band in bands[1:]] == [band.up_to_mpa for band in bands[:-1]]


@pytest.mark.parametrize(
    ("pressure_mpa", "name"), [(0.0, "低压"), (0.01, "低压"), (0.2, "中压B"), (0.21, "中压A"), (4.0, "高压A")]
)
def test_the_upper_limit_belongs_to_its_band(pressure_mpa: float, name: str) -> None:
    band = gas_pressure_band(pressure_mpa)
    assert band is not None
    assert band.name_zh == name


@pytest.mark.parametrize("pressure_mpa", [-0.1, 4.1, math.nan])
def test_a_pressure_outside_all_bands_has_none(pressure_mpa: float) -> None:
    assert gas_pressure_band(pressure_mpa) is None


@settings(max_examples=60)
@given(st.text(max_size=30))
def test_any_text_is_a_material_a_laying_a_status_or_nothing(text: str) -> None:
    found, laid = material(text), burial(text)
    assert found is None or found.code in materials()
    assert laid is None or laid.code in burials()
    assert lifecycle_of(text) in {None, *values("lifecycle")}
    assert pressurised_of(text) in {None, *values("pressurised")}
