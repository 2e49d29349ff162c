"""A city's own codes, chosen in the mapping; never applied by themselves."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipemap.errors import PipemapError, SettingsError
from pipemap.formats import read_source
from pipemap.model.delivery import Delivery

POINTS = "点号,管类,X,Y,地面高程\nA1,YQ,3379500.0,501500.0,40.0\nA2,YQ,3379530.0,501500.0,40.0\n"
LINES = "起点点号,终点点号,起点埋深,终点埋深,管径,管类\nA1,A2,1.0,1.0,100,YQ\n"


def read(folder: Path, mapping: object = None) -> Delivery:
    paths = [folder / "管点.csv", folder / "管线.csv"]
    for path, text in zip(paths, (POINTS, LINES), strict=True):
        path.write_text(text, encoding="utf-8")
    if mapping is None:
        return read_source(paths)
    chosen = folder / "mapping.json"
    chosen.write_text(json.dumps(mapping), encoding="utf-8")
    return read_source(paths, mapping=chosen)


def test_a_code_of_the_standard_stays_oxygen_without_a_profile(tmp_path: Path) -> None:
    assert read(tmp_path).pipes["category"].to_pylist() == ["YQ"]


def test_a_shipped_profile_makes_it_the_citys_lpg(tmp_path: Path) -> None:
    delivery = read(tmp_path, {"profile": "local-a"})
    assert delivery.pipes["category"].to_pylist() == ["YH"]
    assert delivery.nodes["category"].to_pylist() == ["YH", "YH"]


def test_a_profile_of_the_projects_own_lies_beside_the_mapping(tmp_path: Path) -> None:
    (tmp_path / "city.csv").write_text("profile,list,text,code\nours,category,YQ,TR\n", encoding="utf-8")
    assert read(tmp_path, {"profile": "city.csv"}).pipes["category"].to_pylist() == ["TR"]


@pytest.mark.parametrize("name", ["local-z", "empty.csv", "nowhere.csv", "../city.csv"])
def test_a_profile_that_is_not_there_is_said_in_words(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty.csv").write_text("profile,list,text,code\n", encoding="utf-8")
    with pytest.raises(PipemapError) as caught:
        read(tmp_path, {"profile": name})
    assert str(caught.value)
    assert isinstance(caught.value, SettingsError) or "csv" in str(caught.value)
