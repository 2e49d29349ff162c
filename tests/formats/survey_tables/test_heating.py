"""``2×DN300``: in heating a supply and a return, elsewhere two barrels, never a box."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipemap.formats import read_source
from pipemap.model.delivery import Delivery
from tests.formats.survey_tables.checks import column, only, serious
from tests.formats.survey_tables.town import Row, write_csv


def delivered(folder: Path, trade: str, size: str, *more: tuple[str, str]) -> Delivery:
    points: list[Row] = [["点号", "X", "Y"], ["A", 0, 10], ["B", 0, 40]]
    lines: list[Row] = [
        ["起点点号", "终点点号", "管线类型", "管径", "起点埋深", *(name for name, _value in more)],
        ["A", "B", trade, size, 1.0, *(value for _name, value in more)],
    ]
    return read_source([write_csv(folder / "点.csv", points), write_csv(folder / "线.csv", lines)])


@pytest.mark.parametrize("size", ["2×DN300", "2xDN300", "DN300×2", "2-Φ300", "2DN300"])
@pytest.mark.parametrize("trade", ["热力", "热水", "RL"])
def test_a_pair_in_heating_is_a_supply_and_a_return(tmp_path: Path, trade: str, size: str) -> None:
    delivery = delivered(tmp_path, trade, size)
    assert column(delivery, "id") == ["A-B", "A-B#2"]
    assert column(delivery, "circuit") == ["supply", "return"]
    assert column(delivery, "diameter_mm") == [300, 300]
    assert column(delivery, "width_mm") == [None, None]
    assert column(delivery, "barrels") == [None, None]
    assert column(delivery, "from_depth") == [1, 1]
    assert column(delivery, "size_text") == [size, size]
    assert only(delivery, "supply-return").where == "线.csv:2"
    assert not serious(delivery)


def test_a_printed_id_stays_with_the_supply(tmp_path: Path) -> None:
    assert column(delivered(tmp_path, "热力", "2×DN300", ("管线编号", "L7")), "id") == ["L7", "L7#2"]


def test_a_pair_of_one_circuit_stays_one(tmp_path: Path) -> None:
    delivery = delivered(tmp_path, "热力", "2×DN300", ("供回水", "供水"))
    assert column(delivery, "circuit") == ["supply"]
    assert column(delivery, "barrels") == [2]


@pytest.mark.parametrize("trade", ["雨水", "给水"])
def test_elsewhere_two_pipes_are_barrels_of_one(tmp_path: Path, trade: str) -> None:
    delivery = delivered(tmp_path, trade, "2×DN300")
    assert column(delivery, "barrels") == [2]
    assert column(delivery, "id") == ["A-B"]
