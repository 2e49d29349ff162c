from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pipemap import open_survey
from pipemap.cli.main import main
from pipemap.errors import SurveyDataError
from pipemap.jobs.importing import ImportResult, import_source, read_sources, store_deliveries
from pipemap.store import creating
from tests.store.deliveries import delivery

NODES = (
    {"id": "JS1", "x": 0.0, "y": 0.0, "category": "JS"},
    {"id": "JS2", "x": 100.0, "y": 0.0, "category": "JS"},
    {"id": "YH9", "x": 50.0, "y": 20.0, "category": "JS", "kind": "meter"},
    {"id": "YS1", "x": 0.0, "y": 12.0, "category": "YS"},
    {"id": "YS2", "x": 100.0, "y": 12.0, "category": "YS"},
    {"id": "RQ1", "x": 0.0, "y": -30.0, "category": "RQ"},
    {"id": "RQ2", "x": 100.0, "y": -30.0, "category": "RQ"},
    {"id": "JS5", "x": 50.0, "y": 0.0, "category": "JS"},
)
PIPES = (
    {"id": "P1", "from_fid": 0, "to_fid": 7, "category": "JS"},
    {"id": "P2", "from_fid": 7, "to_fid": 1, "category": "JS"},
    {"id": "P3", "from_fid": 7, "to_fid": 2, "category": "JS"},
    {"id": "P4", "from_fid": 3, "to_fid": 4, "category": "YS"},
    {"id": "P5", "from_fid": 5, "to_fid": 6, "category": "RQ"},
    {"id": "P6", "from_fid": 0, "to_fid": 1, "category": "JS", "lifecycle": "abandoned"},
)
HEADINGS = "户号,户名,用户类别,户数,接户点号,水表编号,接户管,管线类别,横坐标,纵坐标"


def town(folder: Path) -> Path:
    path = folder / "town.gpkg"
    with creating(path, crs="EPSG:4547", name="town") as survey:
        survey.store(delivery(NODES, PIPES))
    return path


def add(folder: Path, *lines: str, name: str = "户表.csv", **options: Any) -> ImportResult:  # noqa: ANN401
    (folder / name).write_text("\n".join((HEADINGS, *lines)), encoding="utf-8")
    return import_source(folder / name, folder / "town.gpkg", **options)


def stored(path: Path) -> list[dict[str, Any]]:
    with open_survey(path, read_only=True) as survey:
        nodes: dict[Any, Any] = {row[0]: row[1] for row in survey.rows("node", survey.order("node"), ["fid", "id"])}
        pipes: dict[Any, Any] = {row[0]: row[1] for row in survey.rows("pipe", survey.order("pipe"), ["fid", "id"])}
        rows = survey.table("customer").to_pylist()
    return [row | {"node": nodes.get(row["node"]), "pipe": pipes.get(row["pipe"])} for row in rows]


def test_each_row_ends_bound_by_record_or_by_place_or_unbound_with_its_reason(tmp_path: Path) -> None:
    path = town(tmp_path)
    result = add(
        tmp_path,
        "1,甲医院,医院,,JS2,,,,,",
        "2,乙苑,居民,60,,YH9,,,,",
        "3,丙苑,居民,60,,,P1,,,",
        "4,丁苑,居民,60,,,,,20,5",
        "5,戊苑,居民,60,,,,,52,22",
        "6,己厂,工业,,,,,燃气,50,-25",
        "7,庚学校,学校,,,,,,500,500",
        "8,辛苑,居民,5,,,,,,",
        "9,壬苑,居民,5,JS99,,,,,",
        "10,癸苑,居民,5,JS98,,,,10,3",
        "11,子苑,居民,5,,,,热力,10,3",
    )
    rows = {row["id"]: row for row in stored(path)}
    assert len(rows) == 11
    tied = {id_: (row["node"], row["pipe"], row["method"]) for id_, row in rows.items()}
    assert tied == {
        "1": ("JS2", "P2", "recorded"),
        "2": ("YH9", "P3", "recorded"),
        "3": (None, "P1", "recorded"),
        "4": (None, "P1", "nearest"),
        "5": ("YH9", "P3", "nearest"),
        "6": (None, "P5", "nearest"),
        "7": (None, None, None),
        "8": (None, None, None),
        "9": (None, None, None),
        "10": (None, "P1", "nearest"),
        "11": (None, None, None),
    }
    assert [rows[id_]["distance"] for id_ in ("1", "4", "5", "6")] == [None, 5.0, 2.828, 5.0]
    assert {id_: row["reason"] for id_, row in rows.items() if row["reason"]} == {
        "7": "too-far", "8": "no-place", "9": "unknown-id", "11": "no-such-network",
    }  # fmt: skip
    told = {problem.rule: problem for problem in result.problems if problem.rule.startswith("customer-")}
    assert set(told) == {"customer-too-far", "customer-no-place", "customer-unknown-id", "customer-no-such-network"}
    assert told["customer-too-far"].severity == "error"
    assert told["customer-too-far"].where == "户表.csv:8"
    assert "50 m" in told["customer-too-far"].message
    assert (result.summary.customers, result.summary.customers_bound, result.summary.customers_unbound) == (11, 7, 4)


def test_the_distance_can_be_said(tmp_path: Path) -> None:
    town(tmp_path)
    assert add(tmp_path, "1,甲,居民,1,,,,,20,5", within=4.0).summary.customers_bound == 0
    assert add(tmp_path, "1,甲,居民,1,,,,,20,5", within=5.0).summary.customers_bound == 1


def test_again_updates_and_duplicates_nothing_and_can_be_undone(tmp_path: Path) -> None:
    path = town(tmp_path)
    add(tmp_path, "1,甲,居民,1,JS2,,,,,", "2,乙,居民,2,JS1,,,,,")
    before = stored(path)
    assert add(tmp_path, "1,甲,居民,1,JS2,,,,,", "2,乙,居民,2,JS1,,,,,").summary.customers == 2
    with open_survey(path) as survey:
        assert [entry.label for entry in survey.history()] == ["Import “一标”", "Import “户表”"]
    assert stored(path) == before
    add(tmp_path, "3,丙,居民,3,JS1,,,,,", "1,甲,居民,9,JS2,,,,,")
    now = stored(path)
    assert [(row["id"], row["households"]) for row in now] == [("1", 9), ("3", 3)]
    assert now[0]["fid"] == before[0]["fid"]
    with open_survey(path) as survey:
        survey.undo()
    assert stored(path) == before


def test_a_number_that_several_batches_have_needs_its_batch_or_a_place(tmp_path: Path) -> None:
    path = tmp_path / "town.gpkg"
    other = tuple(node | {"x": float(str(node["x"])) + 1000.0} for node in NODES)
    with creating(path, crs="EPSG:4547", name="town") as survey:
        survey.store(delivery(NODES, PIPES))
        survey.store(delivery(other, PIPES, batch="二标"))
    add(tmp_path, "1,甲,居民,1,JS2,,,,,", "2,乙,居民,1,二标/JS2,,,,,", "3,丙,居民,1,JS2,,,,1090,0")
    with open_survey(path, read_only=True) as survey:
        rows = survey.table("customer").to_pylist()
        network = survey.network
    x = [
        None if row["node"] is None else float(network.node_xyz[network.node_fid.tolist().index(row["node"]), 0]) for row in rows
    ]
    assert x == [None, 1100.0, 1100.0]
    assert [row["reason"] for row in rows] == ["ambiguous-id", None, None]


def test_customers_alone_need_a_network(tmp_path: Path) -> None:
    with pytest.raises(SurveyDataError, match="need a network"):
        add(tmp_path, "1,甲,居民,1,JS2,,,,,")
    assert not (tmp_path / "town.gpkg").exists()


def test_a_batch_of_pipes_keeps_its_name_for_itself(tmp_path: Path) -> None:
    path = town(tmp_path)
    with pytest.raises(SurveyDataError, match="one of their own"):
        add(tmp_path, "1,甲,居民,1,JS2,,,,,", batch="一标")
    assert stored(path) == []


def test_network_and_customers_come_together_in_any_order(tmp_path: Path) -> None:
    (tmp_path / "户表.csv").write_text(f"{HEADINGS}\n1,甲,居民,1,JS2,,,,,\n", encoding="utf-8")
    points = "物探点号,X,Y,地面高程,管线类别\nJS1,3400000,500000,5,JS\nJS2,3400010,500000,5,JS\n"
    (tmp_path / "点.csv").write_text(points, encoding="utf-8")
    result = import_source([tmp_path / "户表.csv", tmp_path / "点.csv"], tmp_path / "new.gpkg", crs="EPSG:4547")
    assert (result.summary.nodes, result.summary.customers_bound) == (2, 1)


def test_a_dry_run_tells_what_would_be_tied_and_writes_nothing(tmp_path: Path) -> None:
    path = town(tmp_path)
    result = add(tmp_path, "1,甲,居民,1,JS2,,,,,", "2,乙,居民,1,,,,,,", dry_run=True)
    assert (result.summary.customers, result.summary.customers_bound) == (2, 1)
    assert stored(path) == []
    alone = import_source(tmp_path / "户表.csv", None, dry_run=True)
    assert (alone.summary.customers, alone.summary.customers_unbound) == (2, 2)


def test_what_was_read_is_stored_as_the_window_does_it(tmp_path: Path) -> None:
    path = town(tmp_path)
    (tmp_path / "户表.csv").write_text(f"{HEADINGS}\n1,甲,居民,1,JS2,,,,,\n", encoding="utf-8")
    found = store_deliveries(read_sources(tmp_path / "户表.csv"), path)
    assert found.summary.customers_bound == 1


def test_the_command_line_tells_how_many_customers_there_are(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = town(tmp_path)
    (tmp_path / "户表.csv").write_text(f"{HEADINGS}\n1,甲,居民,1,JS2,,,,,\n2,乙,居民,1,,,,,,\n", encoding="utf-8")
    assert main(["import", str(tmp_path / "户表.csv"), "--to", str(path), "--within", "30", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["customers"], answer["customers_bound"], answer["customers_unbound"]) == (2, 1, 1)
    assert main(["info", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["customers_unbound"] == 1
    assert main(["import", str(tmp_path / "户表.csv"), "--to", str(path), "--within", "far"]) == 2


def test_places_in_degrees_are_turned_into_the_coordinates_of_the_survey(tmp_path: Path) -> None:
    path = tmp_path / "town.gpkg"
    nodes = (
        {"id": "A", "x": 500000.0, "y": 3840000.0, "category": "JS"},
        {"id": "B", "x": 500100.0, "y": 3840000.0, "category": "JS"},
    )
    with creating(path, crs="EPSG:4547", name="town") as survey:
        survey.store(delivery(nodes, ({"id": "P", "from_fid": 0, "to_fid": 1, "category": "JS"},)))
    (tmp_path / "c.csv").write_text("户号,户名,户数,经度,纬度\n1,甲,5,114.0005,34.6866\n", encoding="utf-8")
    import_source(tmp_path / "c.csv", path, within=2000.0)
    row = stored(path)[0]
    assert row["pipe"] == "P"
    assert 500000 < row["x"] < 500100
    assert row["distance"] < 2000
