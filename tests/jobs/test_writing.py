from __future__ import annotations

from pathlib import Path

import pytest

from pipemap.errors import RenderError, SurveyFileError
from pipemap.jobs.writing import written_whole


def test_a_file_appears_when_it_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "a.gpkg"
    with written_whole(target) as part:
        part.write_text("whole")
        assert not target.exists()
    assert [path.name for path in tmp_path.iterdir()] == ["a.gpkg"]


def test_a_failure_leaves_nothing_behind(tmp_path: Path) -> None:
    def fail(part: Path) -> None:
        part.write_text("half")
        part.with_name(part.name + "-wal").write_text("more")
        raise KeyError

    with pytest.raises(KeyError), written_whole(tmp_path / "a.gpkg") as part:
        fail(part)
    assert not list(tmp_path.iterdir())


def test_a_missing_folder_is_said(tmp_path: Path) -> None:
    with pytest.raises(SurveyFileError, match="folder"), written_whole(tmp_path / "none" / "a.gpkg"):
        pass


def test_a_message_names_the_file_that_was_asked_for(tmp_path: Path) -> None:
    target = tmp_path / "a.png"
    with pytest.raises(RenderError) as told, written_whole(target, error=RenderError) as part:
        raise RenderError(f"{part}: no room")
    assert told.value.message == f"{target}: no room"
    with pytest.raises(RenderError, match="folder"), written_whole(tmp_path / "none" / "a.png", error=RenderError):
        pass
