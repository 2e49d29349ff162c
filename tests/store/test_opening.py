"""What is no survey, or not a safe one, is refused with a message and left as it was."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from contextlib import closing, suppress
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyogrio
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from pipemap.errors import SurveyFileError
from pipemap.store import create_survey, files, open_survey
from pipemap.store.opening import on_network_share
from pipemap.store.tables import SCHEMA_VERSION
from tests.store.deliveries import delivery, foreign, names


@pytest.fixture
def path(tmp_path: Path) -> Path:
    place = tmp_path / "a.gpkg"
    with create_survey(place, crs="EPSG:4547") as survey:
        survey.store(delivery())
    return place


def _run(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


def _refused(path: Path, words: str) -> None:
    """Check that both ways of opening say what is wrong, and that nothing in the folder changes."""
    before = {name: (path.parent / name).read_bytes() for name in names(path.parent)} if path.is_file() else {}
    for read_only in (False, True):
        with pytest.raises(SurveyFileError, match=words) as raised:
            open_survey(path, read_only=read_only)
        assert raised.value.hint or "read from the disk" in raised.value.message
    assert not before or {name: (path.parent / name).read_bytes() for name in names(path.parent)} == before


def test_a_missing_file(tmp_path: Path) -> None:
    _refused(tmp_path / "none.gpkg", "There is no file")
    assert names(tmp_path) == []


def test_a_folder(tmp_path: Path) -> None:
    _refused(tmp_path, "is a folder")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"Point,X,Y\n1,2,3\n" * 20, "is not a survey database"),
        (b"SQLite format 3\0", "cut short"),
        (b"SQLite format 3\0" + b"\0" * 5000, "damaged|cut short|database of another"),
        (b"SQLite format 3\0" + b"\xff" * 5000, "damaged|cut short"),
    ],
)
def test_something_else(tmp_path: Path, content: bytes, words: str) -> None:
    file = tmp_path / "a.gpkg"
    file.write_bytes(content)
    _refused(file, words)


def test_a_database_of_another_program(tmp_path: Path) -> None:
    _run(tmp_path / "a.gpkg", "CREATE TABLE node (fid INTEGER PRIMARY KEY)")
    _refused(tmp_path / "a.gpkg", "database of another program")


def test_a_database_of_another_program_in_wal_mode_gets_no_files_beside_it(tmp_path: Path) -> None:
    _run(tmp_path / "a.gpkg", "PRAGMA journal_mode = WAL", "CREATE TABLE t (a)")
    _refused(tmp_path / "a.gpkg", "database of another program")


def test_a_geopackage_of_another_program(tmp_path: Path) -> None:
    points = shapely.to_wkb(shapely.points(np.zeros((2, 2))))
    table = pa.table({"geom": pa.array(np.asarray(points).tolist(), pa.binary())})
    pyogrio.write_arrow(
        table, tmp_path / "a.gpkg", layer="node", driver="GPKG", geometry_name="geom", geometry_type="Point", crs="EPSG:4547"
    )
    _refused(tmp_path / "a.gpkg", "a GeoPackage, but not a survey")


def test_a_truncated_survey(path: Path) -> None:
    whole = path.read_bytes()
    for share in (0.1, 0.5, 0.9):
        path.write_bytes(whole[: int(len(whole) * share)])
        _refused(path, "is cut short")


def test_a_survey_whose_first_pages_are_overwritten(path: Path) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole[:100] + b"\x5a" * 8000 + whole[8100:])
    _refused(path, "is damaged")


def test_a_survey_with_a_damaged_middle_says_so_when_read(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        page = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'problem'").fetchone()[0]
    with path.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\xff" * 4096)
    with open_survey(path) as survey, pytest.raises(SurveyFileError, match="damaged"):
        survey.problems()


def test_a_newer_survey(path: Path) -> None:
    _run(path, f"INSERT INTO schema_version (version) VALUES ({SCHEMA_VERSION + 1})")
    _refused(path, "newer pipemap")


def test_a_survey_without_a_version(path: Path) -> None:
    _run(path, "DELETE FROM schema_version")
    _refused(path, "which version")


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TRIGGER evil AFTER UPDATE ON setting BEGIN DELETE FROM node; END",
        "CREATE TRIGGER evil AFTER INSERT ON history BEGIN SELECT load_extension('x'); END",
        "CREATE TRIGGER trigger_insert_feature_count_node AFTER INSERT ON node BEGIN DELETE FROM pipe; END",
        "CREATE VIEW evil AS SELECT load_extension('x')",
        "CREATE INDEX evil ON node (abs(fid))",
        "CREATE INDEX evil ON node (note) WHERE abs(fid) > 1",
        "CREATE INDEX evil ON pipe (note) WHERE abs(fid) > 1",
        "ALTER TABLE node ADD COLUMN evil TEXT GENERATED ALWAYS AS (hex(note))",
        "ALTER TABLE customer ADD COLUMN evil TEXT CHECK (length(evil) < 5)",
    ],
)
def test_programs_inside_the_file(path: Path, statement: str) -> None:
    _run(path, statement)
    _refused(path, "program that is not pipemap's")


def test_a_standard_trigger_with_other_words(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        (body,) = connection.execute("SELECT sql FROM sqlite_master WHERE name = 'rtree_node_geom_delete'").fetchone()
    _run(path, "DROP TRIGGER rtree_node_geom_delete", body.replace("DELETE FROM", "DELETE FROM pipe WHERE 1; DELETE FROM"))
    _refused(path, "rtree_node_geom_delete")


def test_a_view_in_the_place_of_a_table(path: Path) -> None:
    _run(path, "ALTER TABLE customer RENAME TO hidden", "CREATE VIEW customer AS SELECT * FROM hidden")
    _refused(path, "view “customer”|trigger “foreign_customer_")  # ours came along to the other table


def test_what_gdal_adds_is_welcome(path: Path) -> None:
    """A layer of one's own, made in QGIS, brings its spatial index and its counting triggers."""
    points = shapely.to_wkb(shapely.points(np.zeros((2, 2))))
    table = pa.table({"geom": pa.array(np.asarray(points).tolist(), pa.binary())})
    pyogrio.write_arrow(
        table, path, layer="my notes", driver="GPKG", geometry_name="geom", geometry_type="Point", crs="EPSG:4547", append=False
    )
    with closing(sqlite3.connect(path)) as connection:
        names = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")}
    assert "rtree_my notes_geom_insert" in names
    with open_survey(path) as survey:
        assert survey.network.node_count == 4
        with survey.edit("after QGIS") as edit:
            edit.update("node", "JS1", x=1.0)


def test_a_locked_survey(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(SurveyFileError, match="locked by another program"):
            open_survey(path, read_only=True)


@pytest.mark.parametrize("older", [0, SCHEMA_VERSION])
def test_an_older_survey_is_brought_up_to_date_with_a_copy_beside_it(path: Path, older: int) -> None:
    _run(
        path,
        f"UPDATE schema_version SET version = {older}",
        *(f"DROP TRIGGER foreign_node_{name}" for name in ("insert", "update", "moved", "delete")),
        *(
            f"DROP TRIGGER rtree_node_geom_{name}"
            for name in ("insert", "delete", "update2", "update4", "update5", "update6", "update7")
        ),
        "ALTER TABLE node DROP COLUMN photo",
        "DROP TABLE section",
        "DELETE FROM gpkg_contents WHERE table_name = 'section'",
    )
    before = path.read_bytes()
    with open_survey(path, read_only=True) as survey:
        assert survey.network.node_count == 4
        assert survey.record("node", 1)["photo"] is None
        assert survey.order("node", column="photo").tolist() == [1, 2, 3, 4]
    assert path.read_bytes() == before
    with open_survey(path) as survey:
        assert "brought up to date" in survey.notices[0]
        with survey.edit("new column") as edit:
            edit.update("node", "JS1", photo="a.jpg", x=5.0)
        assert survey.table("section").num_rows == 0
        with survey.database() as database:
            assert database.execute("SELECT rtreecheck('rtree_node_geom')").fetchone()[0] == "ok"
    copy = path.with_name(f"a.schema{older}.gpkg")
    assert names(path.parent) == ["a.gpkg", copy.name]
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("SELECT count(*) FROM node").fetchone()[0] == 4
    with open_survey(path) as survey:
        assert survey.notices == ()


def test_pipes_that_lost_their_nodes_are_left_out_and_said(path: Path) -> None:
    with foreign(path) as other:
        other.execute("DELETE FROM node WHERE fid = 4")
    with open_survey(path) as survey:
        assert list(survey.network.pipe_ids) == ["P1", "JS2-JS3"]
        assert "1 pipe ends at nodes that are not there" in survey.notices[-1]


def test_values_of_another_kind_are_unknown(path: Path) -> None:
    with foreign(path) as other:
        other.execute("UPDATE node SET ground = 'high', batch = 'x', category = x'ff41', geom = 'nowhere' WHERE fid = 1")
    with open_survey(path, read_only=True) as survey:
        assert np.isnan(survey.network.node_xyz[0]).all()
        assert survey.network.node_batch[0] == -1


@given(st.binary(max_size=300), st.booleans())
def test_any_bytes_are_refused(content: bytes, with_magic: bool) -> None:  # noqa: FBT001
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.gpkg"
        path.write_bytes((b"SQLite format 3\0" if with_magic else b"") + content)
        with pytest.raises(SurveyFileError):
            open_survey(path)
        assert names(Path(folder)) == ["a.gpkg"]


@given(st.lists(st.tuples(st.integers(0, 4096 * 3), st.binary(min_size=1, max_size=8)), min_size=1, max_size=4))
def test_a_survey_with_any_bytes_changed_opens_or_says_why(changes: list[tuple[int, bytes]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.gpkg"
        path.write_bytes(_sound())
        with path.open("r+b") as file:
            for place, content in changes:
                file.seek(place)
                file.write(content)
        with suppress(SurveyFileError), open_survey(path) as survey:
            survey.network.node_ids.rows("JS1")


_kept: list[bytes] = []


def _sound() -> bytes:
    if not _kept:
        with tempfile.TemporaryDirectory() as folder:
            with create_survey(Path(folder) / "a.gpkg") as survey:
                survey.store(delivery(crs=""))
            _kept.append((Path(folder) / "a.gpkg").read_bytes())
    return _kept[0]


def test_a_name_that_looks_like_an_address_is_a_name(path: Path) -> None:
    strange = path.with_name("a?mode=memory&x=%41#b.gpkg")
    shutil.copy(path, strange)
    with open_survey(strange) as survey:
        assert survey.network.node_count == 4


def test_a_local_folder_is_no_network_share(tmp_path: Path) -> None:
    assert not on_network_share(tmp_path / "a.gpkg")


def test_on_a_network_share_there_is_no_write_ahead_log(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "on_network_share", lambda _path: True)
    with open_survey(path) as survey:
        assert "network share" in survey.notices[0]
        with survey.edit("over the network") as edit:
            edit.update("node", "JS1", state="closed")
        assert survey.network.node_state[0] == "closed"
        with survey.database() as database:
            assert database.execute("PRAGMA journal_mode").fetchone()[0] == "delete"
        assert names(path.parent) == ["a.gpkg", "a.gpkg.lock"]


def test_a_message_names_the_survey_and_not_its_temporary_file(tmp_path: Path) -> None:
    with pytest.raises(SurveyFileError) as told, files.creating(tmp_path / "a.gpkg") as survey:
        raise SurveyFileError(f"no room for {survey.path}")
    assert told.value.message == f"no room for {tmp_path / 'a.gpkg'}"
    assert names(tmp_path) == []
