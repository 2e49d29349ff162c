from __future__ import annotations

import csv
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipemap.errors import Cancelled, PipemapError, ReportError
from pipemap.formats import read_source
from pipemap.formats.plain_tables import EXPORT
from pipemap.formats.registry import recognize
from pipemap.formats.writing import WriteOptions, Written, export_format
from pipemap.model.delivery import Batch, Delivery, Lines, ModelText
from pipemap.model.extract import Extract
from tests.formats.extracts import extracts
from tests.store.deliveries import delivery

OPTIONS = WriteOptions()


def known(table: pa.Table) -> pa.Table:
    """A table as a survey keeps it: nothing is NaN, blank or holds a NUL."""
    held = {}
    for name in table.column_names:
        column = table[name].combine_chunks()
        if pa.types.is_floating(column.type):
            column = pc.if_else(pc.is_finite(column), column, None)
        elif pa.types.is_string(column.type):
            column = pc.replace_substring(column, "\0", "")
            column = pc.if_else(pc.equal(column, ""), None, column)
        held[name] = column
    return pa.table(held)


def assert_same(found: Extract, wanted: Extract) -> None:
    for layer in ("nodes", "pipes"):
        mine, theirs = known(getattr(found, layer)), known(getattr(wanted, layer))
        for name in theirs.column_names:
            if name not in {"fid", "batch"}:
                assert mine[name].to_pylist() == theirs[name].to_pylist(), (layer, name)
    assert found.lines.offsets.tolist() == wanted.lines.offsets.tolist()
    assert np.array_equal(found.lines.xyz, wanted.lines.xyz, equal_nan=True)
    assert found.crs == wanted.crs


def back(written: Written) -> Delivery:
    return read_source(written.paths)


@pytest.mark.parametrize("ending", [".xlsx", ".csv"])
@given(wanted=extracts())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_what_was_written_comes_back_as_it_was(ending: str, wanted: Extract) -> None:
    with TemporaryDirectory() as folder:
        written = EXPORT.write(wanted, Path(folder) / f"town{ending}", options=OPTIONS)
        assert written.paths[0].exists()
        assert [path.name for path in Path(folder).iterdir() if path not in written.paths] == []
        assert_same(Extract.from_delivery(back(written)), wanted)


@pytest.mark.parametrize("ending", [".xlsx", ".csv"])
def test_one_batch_its_customers_and_its_model_texts_come_back(tmp_path: Path, ending: str) -> None:
    customers = pa.table(
        {
            "id": ["YH1", "YH2"],
            "name": ["=一院", None],
            "critical": [True, None],
            "households": [None, 3],
            "own_tank_hours": [8.0, None],
            "node_row": pa.array([1, None], pa.int64()),
            "pipe_row": pa.array([0, -1], pa.int64()),
            "method": ["recorded", None],
        }
    )
    texts = (ModelText("PATTERNS", (" 1 0.5", "", " 1 0.75")), ModelText("TITLE", ("=x",)))
    said = Batch(
        "一标", project="人民路", surveyor="一队", height_system="1985国家高程基准", source="a.csv", note="第一行\n第二行"
    )
    given = delivery(customers=customers, model_texts=texts)
    given = Delivery(given.nodes, given.pipes, given.lines, said, "hand", given.crs, model_texts=texts, customers=customers)
    found = back(EXPORT.write(Extract.from_delivery(given), tmp_path / f"town{ending}", options=OPTIONS))
    assert found.batch == said
    assert found.model_texts == texts
    assert found.customers is not None
    assert found.customers["name"].to_pylist() == ["=一院", None]
    assert found.customers["critical"].to_pylist() == [True, None]
    assert found.customers["households"].to_pylist() == [None, 3]
    assert found.customers["node_row"].to_pylist() == [1, None]
    assert found.customers["pipe_row"].to_pylist() == [0, None]


def test_bent_courses_and_courses_without_vertices_come_back(tmp_path: Path) -> None:
    given = delivery()
    bent = np.array([[500000.0, 3400000.0, 11.0], [500010.0, 3400020.1, np.nan], [500030.0, 3400040.0, 11.0]])
    lines = Lines.from_lists([bent, np.empty((0, 3)), np.empty((0, 3))])
    wanted = Extract.from_delivery(Delivery(given.nodes, given.pipes, lines, given.batch, "hand", given.crs))
    assert_same(Extract.from_delivery(back(EXPORT.write(wanted, tmp_path / "a.csv", options=OPTIONS))), wanted)


def test_the_arm_of_a_valve_comes_back(tmp_path: Path) -> None:
    nodes = ({"id": "A", "x": 0.0, "y": 0.0, "arm_pipe": 1}, {"id": "B", "x": 1.0, "y": 0.0}, {"id": "C", "x": 2.0, "y": 0.0})
    wanted = Extract.from_delivery(delivery(nodes, ({"from_fid": 0, "to_fid": 1}, {"from_fid": 0, "to_fid": 2})))
    found = back(EXPORT.write(wanted, tmp_path / "a.xlsx", options=OPTIONS))
    assert found.nodes["arm_pipe"].to_pylist() == [1, None, None]


def test_several_batches_are_named_in_each_row_and_said(tmp_path: Path) -> None:
    one = Extract.from_delivery(delivery())
    nodes = one.nodes.set_column(one.nodes.column_names.index("batch"), "batch", pa.array([1, 1, 2, 2], pa.int64()))
    several = Extract(nodes, one.pipes, one.lines, one.crs, "town", {1: Batch("一标"), 2: Batch("二标")})
    written = EXPORT.write(several, tmp_path / "town.csv", options=OPTIONS)
    assert [problem.rule for problem in written.losses] == ["several-batches"]
    with (tmp_path / "town-node.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [row["batch"] for row in csv.DictReader(file)] == ["一标", "一标", "二标", "二标"]
    found = back(written)
    assert [problem.rule for problem in found.problems] == ["several-batches"]
    assert_same(Extract.from_delivery(found), several)


def test_only_the_attributes_chosen_go_out(tmp_path: Path) -> None:
    options = WriteOptions(fields={"node": ["ground"], "pipe": []})
    EXPORT.write(Extract.from_delivery(delivery()), tmp_path / "a.csv", options=options)
    heads = [(tmp_path / f"a-{kind}.csv").read_text(encoding="utf-8-sig").splitlines()[0] for kind in ("node", "pipe")]
    assert heads == ["node_fid,x,y,id,ground,batch", "pipe_fid,from_fid,to_fid,vertices,id,batch"]


def test_formulas_stand_as_text_in_csv(tmp_path: Path) -> None:
    nodes = ({"id": "A", "x": 0.0, "y": 0.0, "note": '=HYPERLINK("http://x","y")'},)
    EXPORT.write(Extract.from_delivery(delivery(nodes, ())), tmp_path / "a.csv", options=OPTIONS)
    assert "\"'=HYPERLINK" in (tmp_path / "a-node.csv").read_text(encoding="utf-8-sig")


def test_gbk_is_written_on_request_and_read_back(tmp_path: Path) -> None:
    written = EXPORT.write(Extract.from_delivery(delivery()), tmp_path / "a.csv", options=WriteOptions(encoding="gbk"))
    assert "人民路" in (tmp_path / "a-node.csv").read_bytes().decode("gbk")
    assert_same(Extract.from_delivery(back(written)), Extract.from_delivery(delivery()))


def test_an_encoding_that_does_not_exist_is_said_and_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="klingon"):
        EXPORT.write(Extract.from_delivery(delivery()), tmp_path / "a.csv", options=WriteOptions(encoding="klingon"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("ending", [".xlsx", ".csv"])
def test_a_cancelled_export_leaves_nothing(tmp_path: Path, ending: str) -> None:
    def stop(done: int, total: int | None = None, label: str = "") -> None:  # noqa: ARG001
        if "pipe" in label:
            raise Cancelled

    with pytest.raises(Cancelled):
        EXPORT.write(Extract.from_delivery(delivery()), tmp_path / f"a{ending}", options=OPTIONS, progress=stop)
    assert list(tmp_path.iterdir()) == []


def test_keys_that_do_not_exist_become_placeholders_and_are_listed(tmp_path: Path) -> None:
    (tmp_path / "n.csv").write_text("node_fid,x,y,id,colour\n1,0,0,A,red\n1,5,5,B,\n,1,1,C,\n", encoding="utf-8")
    (tmp_path / "p.csv").write_text("pipe_fid,from_fid,to_fid,id,diameter_mm\n1,1,9,P,wide\n2,,1,Q,300\n", encoding="utf-8")
    found = read_source([tmp_path / "n.csv", tmp_path / "p.csv"])
    assert found.nodes["id"].to_pylist() == ["A", "B", "C", "?", "?9"]
    assert found.nodes["kind"].to_pylist()[3:] == ["placeholder", "placeholder"]
    assert found.pipes["from_fid"].to_pylist() == [0, 3]
    assert found.pipes["diameter_mm"].to_pylist() == [None, 300.0]
    assert sorted(problem.rule for problem in found.problems) == [
        "missing-node", "missing-node", "not-a-number", "repeated-key", "unknown-column",
    ]  # fmt: skip


@given(st.binary(max_size=300))
@settings(max_examples=60, deadline=None)
def test_any_bytes_after_the_mark_are_a_survey_or_a_clear_error(rest: bytes) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "x.csv"
        path.write_bytes(b"node_fid,x,y" + rest)
        try:
            read_source([path], format="plain-tables")
        except PipemapError as error:
            assert error.message  # noqa: PT017 -- either is fine


def test_the_format_is_found_by_what_is_inside(tmp_path: Path) -> None:
    EXPORT.write(Extract.from_delivery(delivery()), tmp_path / "a.csv", options=OPTIONS)
    EXPORT.write(Extract.from_delivery(delivery()), tmp_path / "a.xlsx", options=OPTIONS)
    for name in ("a-node.csv", "a-pipe.csv", "a-batch.csv", "a.xlsx"):
        found = recognize(tmp_path / name)
        assert found is not None
        assert found.name == "plain-tables"
    assert export_format(tmp_path / "b.csv", "plain-tables") is EXPORT
