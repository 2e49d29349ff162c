"""Backups: made, rotated, brought back; one compact copy."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipemap.errors import SurveyFileError
from pipemap.jobs.safety import back_up_when_due, is_due
from pipemap.settings import Settings
from pipemap.store import Survey, backups_of, create_survey, open_survey, restore
from tests.store.deliveries import delivery


@pytest.fixture
def survey(tmp_path: Path) -> Iterator[Survey]:
    with create_survey(tmp_path / "a.gpkg") as made:
        made.store(delivery())
        yield made


def test_the_oldest_backups_go(survey: Survey) -> None:
    made = [survey.back_up(keep=2) for _turn in range(4)]
    kept = backups_of(survey.path)
    assert [one.path for one in kept] == [made[3].path, made[2].path]
    assert all(one.size for one in kept)
    assert sorted(file.name for file in made[0].path.parent.iterdir()) == sorted(one.path.name for one in kept)


def test_a_backup_is_brought_back_and_the_survey_as_it_was_is_kept(survey: Survey) -> None:
    path = survey.path
    with survey.edit("one") as edit:
        edit.update("node", "JS1", note="kept")
    backup = survey.back_up()
    with survey.edit("two") as edit:
        edit.update("node", "JS1", note="later")
    with pytest.raises(SurveyFileError, match="is open"):
        restore(path, backup.path)
    survey.close()
    aside = restore(path, backup.path)
    with open_survey(path) as again:
        assert again.record("node", 1)["note"] == "kept"
        assert again.verify().intact
    assert aside is not None
    with open_survey(aside) as before:
        assert before.record("node", 1)["note"] == "later"


def test_a_lost_survey_is_brought_back(survey: Survey) -> None:
    backup = survey.back_up()
    survey.close()
    survey.path.unlink()
    assert restore(survey.path, backup.path) is None
    with open_survey(survey.path) as again:
        assert again.network.pipe_count == 3


def test_what_is_no_survey_is_not_brought_back(survey: Survey, tmp_path: Path) -> None:
    survey.close()
    (tmp_path / "junk.gpkg").write_bytes(b"junk")
    with pytest.raises(SurveyFileError):
        restore(survey.path, tmp_path / "junk.gpkg")
    with open_survey(survey.path) as again:
        assert again.network.pipe_count == 3


def test_a_backup_is_due_before_an_import_when_something_was_changed(survey: Survey) -> None:
    assert back_up_when_due(survey) is not None  # the first
    assert back_up_when_due(survey) is None  # one of today is there
    Settings().set("backups_kept", 0.0)
    with survey.edit("one") as edit:
        edit.update("node", "JS1", note="x")
    assert is_due(survey, before_import=True)
    assert back_up_when_due(survey, before_import=True) is None  # nobody wants any


def test_an_empty_survey_needs_no_backup(tmp_path: Path) -> None:
    with create_survey(tmp_path / "b.gpkg") as survey:
        assert back_up_when_due(survey, before_import=True) is None


def test_a_folder_that_takes_nothing_is_said(survey: Survey) -> None:
    survey.path.with_name("a.backups").write_text("a file in its place")
    with pytest.raises(SurveyFileError, match="No backup"):
        survey.back_up()
    assert back_up_when_due(survey) is None
    assert any("No backup" in notice for notice in survey.notices)


def test_a_copy_is_whole_compact_and_never_written_over_another(survey: Survey, tmp_path: Path) -> None:
    copy = survey.save_copy(tmp_path / "copy.gpkg")
    with open_survey(copy) as other:
        assert other.network.pipe_count == 3
        assert other.verify().head == survey.verify().head
        assert other.disagreements() == ()
    with pytest.raises(SurveyFileError, match="exists already"):
        survey.save_copy(copy)
    with pytest.raises(SurveyFileError, match="no folder"):
        survey.save_copy(tmp_path / "no" / "copy.gpkg")
    assert sorted(file.name for file in tmp_path.glob(".*")) == []
