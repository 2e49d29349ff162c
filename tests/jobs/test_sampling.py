"""The person's own copy of the sample city."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipemap import assets
from pipemap.errors import SurveyFileError
from pipemap.jobs import own_sample
from pipemap.store import open_survey


def test_the_shipped_city_is_copied_once_and_then_kept() -> None:
    copy = own_sample()
    with open_survey(copy) as survey:
        first = survey.network.node_ids[0]
        with survey.edit("mark") as edit:
            edit.update("node", f"node:#{survey.network.node_fid[0]}", note="mine")
    with open_survey(own_sample(), read_only=True) as survey:
        assert own_sample() == copy
        assert survey.record("node", int(survey.network.node_fid[0]))["note"] == "mine"
        assert survey.network.node_ids[0] == first


def test_an_installation_without_the_city_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "empty"))
    monkeypatch.setattr(assets, "_PACKAGE", tmp_path)
    monkeypatch.setattr(assets, "_CHECKOUT", tmp_path)
    with pytest.raises(SurveyFileError, match="sample city"):
        own_sample()
