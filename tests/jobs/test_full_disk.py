"""A disk that fills during an import, an export, an edit or an undo leaves no half file, and says what to do."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pipemap.jobs import make_sample
from pipemap.jobs.exporting import writable_formats
from tests.formats.survey_tables.town import write_pair_of_files

CHILD = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # then writing beyond the limit is an error, as on a full disk
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), int(sys.argv[1])))
from pipemap.cli.main import main
sys.exit(main(sys.argv[2:]))
"""

FILLED = """
import contextlib, json, resource, signal, sys
from pathlib import Path
from pipemap.errors import PipemapError
from pipemap.jobs import open_survey
from pipemap.jobs.exporting import export_survey, writable_formats

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

@contextlib.contextmanager
def room(size):
    was = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, was[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, was)

folder, said = Path(sys.argv[1]), {}

def refused(name, act, size):
    with room(size):
        try:
            act()
        except PipemapError as error:
            said[name] = error.message
        else:
            said[name] = ""
"""

EXPORTS = """
with open_survey(folder / "city.gpkg") as survey:
    before = sorted(path.name for path in folder.iterdir())
    for row in writable_formats():
        refused(row.name, lambda: export_survey(survey, folder / ("out" + row.extensions[0]), format=row.name), 4_000)
        names = sorted(path.name for path in folder.iterdir() if not path.name.startswith("city.gpkg-"))
        said[row.name + " left"] = [name for name in names if name not in before]
    said["register"] = len(survey.hand_outs())
print(json.dumps(said))
"""

EDITS = """
with open_survey(folder / "city.gpkg") as survey:
    def move(x):
        with survey.edit("move") as edit:
            edit.update("node", int(survey.network.node_fid[0]), x=x)

    move(5.0)
    refused("edit", lambda: move(9.0), 1)
    said["after edit"] = survey.network.node_xyz[0, 0]
    refused("undo", survey.undo, 1)
    said["after undo"] = survey.network.node_xyz[0, 0]
    move(7.0)
    said["later"] = survey.reload().node_xyz[0, 0]
    said["intact"] = survey.verify().intact
print(json.dumps(said))
"""


def in_little_room(folder: Path, script: str) -> dict[str, Any]:
    make_sample(folder / "city.gpkg", pipes=300, seed=3)
    done = subprocess.run([sys.executable, "-c", FILLED + script, str(folder)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.skipif(sys.platform == "win32", reason="limits of a process are POSIX's")
def test_an_export_that_does_not_fit_leaves_nothing_and_says_so(tmp_path: Path) -> None:
    said = in_little_room(tmp_path, EXPORTS)
    for row in writable_formats():
        assert said[row.name], row.name
        assert said[f"{row.name} left"] == [], row.name
    assert said["register"] == 0


@pytest.mark.skipif(sys.platform == "win32", reason="limits of a process are POSIX's")
def test_an_edit_or_undo_that_does_not_fit_changes_nothing_and_the_next_one_stands(tmp_path: Path) -> None:
    said = in_little_room(tmp_path, EDITS)
    assert "city.gpkg" in said["edit"]
    assert "city.gpkg" in said["undo"]
    assert (said["after edit"], said["after undo"], said["later"]) == (5.0, 5.0, 7.0)
    assert said["intact"]


@pytest.mark.skipif(sys.platform == "win32", reason="limits of a process are POSIX's")
@pytest.mark.parametrize("room", [1, 60_000, 200_000])
def test_a_full_disk_leaves_no_half_file(tmp_path: Path, room: int) -> None:
    sources = write_pair_of_files(tmp_path)
    before = sorted(tmp_path.iterdir())
    words = ["import", *map(str, sources), "--to", str(tmp_path / "new.gpkg"), "--crs", "EPSG:4547", "--lang", "en"]
    done = subprocess.run([sys.executable, "-c", CHILD, str(room), *words], capture_output=True, text=True, check=False)
    assert done.returncode == 5, done.stderr
    assert "new.gpkg" in done.stderr
    assert "Traceback" not in done.stderr
    assert sorted(tmp_path.iterdir()) == before
