"""Edits by other programs: noticed, shown, taken into the history."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

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
