"""A disk that fills during an import leaves no half file, and says what to do."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.formats.survey_tables.town import write_pair_of_files

CHILD = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # then writing beyond the limit is an error, as on a full disk
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), int(sys.argv[1])))
from pipemap.cli.main import main
sys.exit(main(sys.argv[2:]))
"""


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
