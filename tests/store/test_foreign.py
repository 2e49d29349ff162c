"""Edits by other programs: noticed, shown, taken into the history."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from pipemap.jobs.told import told_foreign
from pipemap.store import create_survey, open_survey
from tests.store.deliveries import delivery, foreign


@pytest.fixture
def path(tmp_path: Path) -> Path:
    with create_survey(tmp_path / "a.gpkg") as made:
        made.store(delivery())
    return tmp_path / "a.gpkg"


def test_our_own_writing_is_no_foreign_edit(path: Path) -> None:
    with open_survey(path) as survey:
        with survey.edit("own") as edit:
            edit.update("node", "JS1", note="own")
        survey.undo()
        assert survey.foreign_edits() == []
    with foreign(path) as other:
        assert other.execute("SELECT count(*) FROM foreign_edit").fetchone() == (0,)


def test_what_another_program_did_is_noticed_and_taken_in(path: Path) -> None:
    with foreign(path) as other:
        other.execute("UPDATE node SET note = 'it''s, X''00'' 管', ground = 0.1 + 0.2 WHERE fid = 1")
        other.execute("UPDATE node SET note = 'twice' WHERE fid = 1")
        other.execute("DELETE FROM pipe WHERE fid = 3")
        other.execute("INSERT INTO node (id, category) VALUES ('Q1', 'JS')")
        other.execute("UPDATE node SET note = 'x' WHERE fid = 2")
        other.execute("UPDATE node SET note = NULL WHERE fid = 2")
    with open_survey(path) as survey:
        found = {(one.table, one.key): one for one in survey.foreign_edits()}
        assert set(found) == {("node", 1), ("pipe", 3), ("node", 5)}
        changed = found["node", 1]
        assert changed.before is not None
        assert changed.after is not None
        assert (changed.before["note"], changed.after["note"]) == (None, "twice")
        assert (changed.before["ground"], changed.after["ground"]) == (12.5, 0.1 + 0.2)
        assert found["pipe", 3].after is None
        assert found["node", 5].before is None
        assert survey.disagreements()
        number = survey.take_in_foreign(author="Ann")
        assert number == 2
        assert survey.history()[-1].author == "Ann"
        assert survey.foreign_edits() == []
        assert survey.disagreements() == ()
        assert survey.verify().intact
        assert survey.take_in_foreign() is None
        survey.undo()
        assert survey.record("node", 1)["ground"] == 12.5
        assert survey.network.pipe_count == 3
        assert survey.network.node_count == 4
        assert survey.disagreements() == ()


def test_values_of_every_kind_come_back_as_they_were(path: Path) -> None:
    odd = ("a'b", "管 \n %", -0.0, 1e-300, 12345678901234567, None)
    with open_survey(path) as survey, survey.edit("odd") as edit:
        edit.update("node", "JS1", note=odd[0], road=odd[1], ground=odd[3])
    with foreign(path) as other:
        before = other.execute("SELECT * FROM node WHERE fid = 1").fetchone()
        other.execute("DELETE FROM node WHERE fid = 1")
    with open_survey(path) as survey:
        survey.take_in_foreign()
        survey.undo()
    with foreign(path) as other:
        assert other.execute("SELECT * FROM node WHERE fid = 1").fetchone() == before


def test_a_field_that_another_program_adds_does_no_harm(path: Path) -> None:
    with foreign(path) as other:
        other.execute("ALTER TABLE node ADD COLUMN crew_note TEXT")
        other.execute("UPDATE node SET crew_note = 'c', note = 'n' WHERE fid = 1")
    with open_survey(path) as survey:
        (one,) = survey.foreign_edits()
        assert one.after is not None
        assert one.after["note"] == "n"


def test_a_trigger_that_is_almost_ours_is_refused(path: Path) -> None:
    from pipemap.errors import SurveyFileError

    with foreign(path) as other:
        (statement,) = other.execute("SELECT sql FROM sqlite_master WHERE name = 'foreign_node_delete'").fetchone()
        other.execute("DROP TRIGGER foreign_node_delete")
        other.execute(statement.replace('quote(OLD."fid")', "quote(load_extension('x'))"))
    with pytest.raises(SurveyFileError, match="foreign_node_delete"):
        open_survey(path)


def test_an_edit_through_gdal_is_noticed(path: Path) -> None:
    """GDAL appends a point, as QGIS does, in a process of its own."""
    program = (
        "import sys, numpy, shapely, pyogrio\n"
        "point = shapely.to_wkb(numpy.array([shapely.Point(500010.0, 3400010.0, 9.0)], dtype=object), output_dimension=3)\n"
        "pyogrio.raw.write(sys.argv[1], geometry=point, field_data=[numpy.array(['Q7'], dtype=object)], fields=['id'],\n"
        "                  layer='node', driver='GPKG', geometry_type='Point Z', crs='EPSG:4547', append=True)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    with open_survey(path) as survey:
        (one,) = survey.foreign_edits()
        assert one.before is None
        assert one.after is not None
        assert one.after["id"] == "Q7"
        assert one.after["geom"]
        survey.take_in_foreign()
        assert survey.disagreements() == ()
        assert survey.network.node_ids.rows("Q7").tolist()
        survey.undo()
        assert survey.network.node_count == 4


GDAL = r"""
import ctypes, pathlib, sys, pyogrio

folder = pathlib.Path(pyogrio.__file__).parent
names = [*folder.parent.glob("pyogrio.libs/*gdal*"), *folder.glob(".dylibs/*gdal*")]
if not names:
    sys.exit(77)
gdal = ctypes.CDLL(str(names[0]))
for name in ("GDALOpenEx", "GDALDatasetGetLayerByName", "OGR_L_GetFeature", "OGR_F_GetGeometryRef"):
    getattr(gdal, name).restype = ctypes.c_void_p
pointer, whole = ctypes.c_void_p, ctypes.c_longlong
gdal.GDALAllRegister()
data = gdal.GDALOpenEx(sys.argv[1].encode(), 0x05, None, None, None)  # vector, for update
layers = {name: pointer(gdal.GDALDatasetGetLayerByName(pointer(data), name.encode())) for name in ("node", "pipe")}

def change(layer, fid, texts, move=None):
    feature = pointer(gdal.OGR_L_GetFeature(layers[layer], whole(fid)))
    for field, text in texts.items():
        gdal.OGR_F_SetFieldString(feature, gdal.OGR_F_GetFieldIndex(feature, field.encode()), text.encode())
    if move is not None:
        point = pointer(gdal.OGR_F_GetGeometryRef(feature))
        gdal.OGR_G_SetPoint(point, 0, *map(ctypes.c_double, move))
    assert gdal.OGR_L_SetFeature(layers[layer], feature) == 0
    gdal.OGR_F_Destroy(feature)

assert gdal.GDALDatasetStartTransaction(pointer(data), 0) == 0
change("node", 1, {"note": "moved in QGIS", "road": "新路"}, (500001.0, 3400002.0, 12.75))
change("pipe", 1, {"material": "PE"})
assert gdal.OGR_L_DeleteFeature(layers["pipe"], whole(3)) == 0
assert gdal.OGR_L_DeleteFeature(layers["node"], whole(4)) == 0
assert gdal.GDALDatasetCommitTransaction(pointer(data)) == 0
gdal.GDALClose(pointer(data))
"""
"""What QGIS calls when a layer is edited and saved: features written and deleted in a transaction."""


def test_rows_that_gdal_writes_and_deletes_are_noticed_shown_and_taken_in(path: Path) -> None:
    with open_survey(path) as survey:
        before = {layer: survey.table(layer) for layer in ("node", "pipe")}
        east = float(survey.network.node_xyz[0, 0])
    done = subprocess.run([sys.executable, "-c", GDAL, str(path)], capture_output=True, text=True, check=False)
    if done.returncode == 77:
        pytest.skip("this pyogrio does not carry its GDAL along")
    assert done.returncode == 0, done.stderr
    with open_survey(path) as survey:
        assert survey.foreign_edits()
        found = {(one.table, one.key): one for one in survey.foreign_edits()}
        assert set(found) == {("node", 1), ("pipe", 1), ("pipe", 3), ("node", 4)}
        moved = found["node", 1]
        assert moved.before is not None
        assert moved.after is not None
        assert (moved.before["note"], moved.after["note"], moved.after["road"]) == (None, "moved in QGIS", "新路")
        assert moved.before["geom"] != moved.after["geom"]
        assert (found["pipe", 3].after, found["node", 4].after) == (None, None)
        lines = {line.element: line for line in told_foreign(survey.foreign_edits()) if line.name == "material"}
        assert [line.new for line in lines.values()] == ["PE Polyethylene"]
        assert survey.network.node_xyz[0, :2].tolist() == [500001.0, 3400002.0]
        number = survey.take_in_foreign(author="Ann")
        assert number is not None
        assert survey.entry(number).author == "Ann"
        assert survey.disagreements() == ()
        assert survey.foreign_edits() == []
        assert survey.verify().intact
        survey.undo()
        assert {layer: survey.table(layer) for layer in ("node", "pipe")} == before
        assert float(survey.network.node_xyz[0, 0]) == east
        assert survey.disagreements() == ()
