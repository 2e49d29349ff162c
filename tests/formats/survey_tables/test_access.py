"""Access files: through stand-ins for mdbtools, and what the real readers say of broken ones."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipemap.errors import Cancelled, PipemapError, SurveyFileError
from pipemap.formats import read_source
from pipemap.formats.survey_tables import recognizes
from pipemap.formats.survey_tables.mending import western_to_chinese
from tests.formats.survey_tables import mdbtools
from tests.formats.survey_tables.checks import assert_is_the_town, column, only, serious
from tests.formats.survey_tables.town import PIPE_HEADER, PIPES, POINT_HEADER, POINTS, Row

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the system's driver reads them there")
TOWN: dict[str, Sequence[Row]] = {"管点": [POINT_HEADER, *POINTS], "管线": [PIPE_HEADER, *PIPES]}
JET = b"\x00\x01\x00\x00Standard Jet DB\x00\x01\x00"


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The stand-ins before everything else on the PATH."""
    folder = mdbtools.install(tmp_path / "bin")
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


@pytest.mark.usefixtures("tools")
class TestWithMdbtools:
    def test_a_database_is_known_by_its_inside_and_read_whole(self, tmp_path: Path) -> None:
        path = mdbtools.write_database(tmp_path / "town.dat", TOWN)
        assert recognizes(path) > 0.5
        assert_is_the_town(read_source([path]))

    def test_pairs_of_tables_named_by_code(self, tmp_path: Path) -> None:
        point: Row = ["物探点号", "特征", "附属物", "X坐标", "Y坐标", "地面高程"]
        line: Row = ["起点点号", "终点点号", "起点埋深", "终点埋深", "管径", "备注"]
        tables: dict[str, Sequence[Row]] = {}
        for place, code in enumerate(("JS", "YS")):
            x = 100.0 + 50 * place
            tables[f"{code}P"] = [point, ["1", "三通", "", x, 10.0, 5.0], ["2", "", "检查井", x, 40.0, 5.0]]
            tables[f"{code}L"] = [line, ["1", "2", 1.0, 1.5, "300", 'he said "ok",\nthen left']]
        delivery = read_source([mdbtools.write_database(tmp_path / "pairs.mdb", tables)])
        assert column(delivery, "category") == ["JS", "YS"]
        assert column(delivery, "to_fid") == [1, 3]
        assert column(delivery, "note")[0] == 'he said "ok",\nthen left'
        assert not serious(delivery)

    def test_records_count_from_one(self, tmp_path: Path) -> None:
        astray: Row = ("JS1", "JS9", 1.0, 1.0, "PE", "200", "直埋", "给水", "", "")
        tables = TOWN | {"管线": [PIPE_HEADER, *PIPES, astray]}
        delivery = read_source([mdbtools.write_database(tmp_path / "t.mdb", tables)])
        assert only(delivery, "missing-node").where == "管线!4"

    def test_chinese_that_an_old_database_shows_as_western_letters_is_mended(self, tmp_path: Path) -> None:
        def garbled(rows: Sequence[Row]) -> list[Row]:
            return [[cell.encode("gbk").decode("latin-1") if isinstance(cell, str) else cell for cell in row] for row in rows]

        path = mdbtools.write_database(
            tmp_path / "old.mdb", {name: garbled(rows) for name, rows in TOWN.items()}, version=mdbtools.JET3
        )
        delivery = read_source([path])
        assert column(delivery, "category") == ["JS", "JS", "YS"]
        assert delivery.nodes["feature"].to_pylist()[0] == "三通"
        assert {problem.rule for problem in serious(delivery)} == {"mixed-encoding"}

    def test_several_databases_say_which_one_a_row_is_in(self, tmp_path: Path) -> None:
        first = mdbtools.write_database(tmp_path / "a.mdb", {"管点": TOWN["管点"]})
        second = mdbtools.write_database(tmp_path / "b.mdb", {"管线": TOWN["管线"]})
        delivery = read_source([first, second])
        assert [table.name for table in delivery.tables] == ["a.mdb:管点", "b.mdb:管线"]

    def test_a_person_can_stop_it(self, tmp_path: Path) -> None:
        def stop(done: int, total: int | None = None, label: str = "") -> None:
            del done, total
            if label:
                raise Cancelled

        with pytest.raises(Cancelled):
            read_source([mdbtools.write_database(tmp_path / "t.mdb", TOWN)], progress=stop)


def test_without_any_reader_the_message_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(SurveyFileError, match=r"pipemap\[access\]"):
        read_source([mdbtools.write_database(tmp_path / "t.mdb", TOWN)])


@pytest.mark.skipif(shutil.which("mdb-export") is None, reason="mdbtools is not here")
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rest=st.binary(max_size=9000))
def test_any_bytes_in_an_access_file_are_an_error_in_words(tmp_path: Path, rest: bytes) -> None:
    path = tmp_path / "x.mdb"
    path.write_bytes(JET + rest)
    with pytest.raises(PipemapError, match=r"x\.mdb"):
        read_source([path])


@pytest.mark.skipif(importlib.util.find_spec("access_parser") is None, reason="access-parser is not here")
def test_access_parser_says_in_words_that_a_file_is_broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.mdb"
    path.write_bytes(JET + b"\x00" * 9000)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SurveyFileError, match=r"x\.mdb is damaged"):
        read_source([path])


@pytest.mark.parametrize(
    ("text", "meant"), [("¸øË®", "给水"), ("Höhe", "Höhe"), ("给水", "给水"), ("Straße", "Straße"), ("DN300", "DN300")]
)
def test_western_letters_are_mended_only_where_they_make_chinese(text: str, meant: str) -> None:
    assert western_to_chinese(text) == meant
