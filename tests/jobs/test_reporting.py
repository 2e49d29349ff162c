"""Reports of real surveys: what is in them, what stays, what stands in the register, and what has changed since."""

from __future__ import annotations

import hashlib
from pathlib import Path

import docx
import pytest
from python_calamine import CalamineWorkbook

from pipemap.errors import Cancelled, ReportError, SurveyFileError
from pipemap.jobs.exporting import HandOutWords, TargetTakenError
from pipemap.jobs.reporting import compare_report, make_report
from pipemap.reports.kinds import KINDS, report_kind
from pipemap.store import Survey, open_survey
from pipemap.texts import set_language
from tests.gui.surveys import street_file


@pytest.fixture
def survey(tmp_path: Path) -> Survey:
    """The street, open."""
    return open_survey(street_file(tmp_path / "street.gpkg"))


@pytest.fixture(autouse=True)
def _closed(survey: Survey) -> object:
    yield
    survey.close()


BARE = {"pictures": False}


def test_the_inventory_adds_up(survey: Survey, tmp_path: Path) -> None:
    result = make_report(survey, "inventory", tmp_path / "a.xlsx", options=BARE)
    book = CalamineWorkbook.from_path(result.written)
    rows = book.get_sheet_by_name("By category").to_python()
    titles = rows[1]
    by_code = {row[0]: dict(zip(titles, row, strict=True)) for row in rows[2:]}
    assert by_code["JS"]["Pipes"] == 3
    assert by_code["JS"]["Length (m)"] == pytest.approx(110.0, abs=0.2)
    assert by_code["YS"]["All points"] == 3
    assert by_code["Total"]["Pipes"] == 5
    assert by_code["Total"]["All points"] == 7
    assert {"By owner", "By road", "By batch", "By material"} <= set(book.sheet_names)


def test_the_inventory_speaks_chinese(survey: Survey, tmp_path: Path) -> None:
    set_language("zh")
    result = make_report(survey, "inventory", tmp_path / "a.docx", options=BARE)
    told = "\n".join(one.text for one in docx.Document(str(result.written)).paragraphs)
    assert "管线统计报告" in told
    assert "按权属单位" in told


def test_a_report_stands_in_the_register(survey: Survey, tmp_path: Path) -> None:
    words = HandOutWords("Water works", "planning", author="Li")
    result = make_report(survey, "inventory", tmp_path / "a.html", options=BARE, hand_out=words)
    entry = survey.hand_outs()[-1]
    assert entry == result.hand_out
    assert (entry.content, entry.format, entry.nodes, entry.pipes) == ("report inventory", "html", 7, 5)
    assert (entry.recipient, entry.purpose, entry.author) == ("Water works", "planning", "Li")
    assert entry.sha256 == hashlib.sha256(result.written.read_bytes()).hexdigest()


def test_what_is_secret_is_not_counted(survey: Survey, tmp_path: Path) -> None:
    survey.set_secrecy("secret", node_fids=[int(survey.network.node_fid[0])])
    result = make_report(survey, "inventory", tmp_path / "a.xlsx", options=BARE)
    assert result.withheld == 2
    rows = CalamineWorkbook.from_path(result.written).get_sheet_by_name("By category").to_python()
    assert rows[-1][0] == "Total"
    assert rows[-1][2] == 4
    survey.set_secrecy("secret", whole=True)
    with pytest.raises(ReportError, match="marked secret"):
        make_report(survey, "inventory", tmp_path / "b.xlsx", options=BARE)
    assert not (tmp_path / "b.xlsx").exists()


def test_the_map_is_on_the_cover(survey: Survey, tmp_path: Path) -> None:
    with_map = make_report(survey, "inventory", tmp_path / "a.html").written.read_text(encoding="utf-8")
    without = make_report(survey, "inventory", tmp_path / "b.html", options=BARE).written.read_text(encoding="utf-8")
    assert with_map.count("data:image/") == 1
    assert without.count("data:image/") == 0


def test_what_changed_since_is_told(survey: Survey, tmp_path: Path) -> None:
    path = make_report(survey, "inventory", tmp_path / "a.docx", options=BARE).written
    found = compare_report(path, survey)
    assert (found.known, found.current, found.since, found.hand_out) == (True, True, (), 1)
    with survey.edit("valve closed") as edit:
        edit.update("node", "JS2", state="closed")
    found = compare_report(path, survey)
    assert (found.known, found.current) == (True, False)
    assert [one.label for one in found.since] == ["valve closed"]
    path.write_bytes(path.read_bytes() + b" ")
    assert compare_report(path, survey).hand_out is None


def test_a_report_of_another_survey_is_not_known(survey: Survey, tmp_path: Path) -> None:
    path = make_report(survey, "inventory", tmp_path / "a.html", options=BARE).written
    with open_survey(street_file(tmp_path / "other.gpkg")) as other:
        assert not compare_report(path, other).known
    with pytest.raises(ReportError, match="no file"):
        compare_report(tmp_path / "gone.pdf", survey)
    with pytest.raises(ReportError, match="does not say"):
        compare_report(survey.path, survey)


def test_nothing_is_written_where_it_must_not_be(survey: Survey, tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text("mine")
    with pytest.raises(TargetTakenError):
        make_report(survey, "inventory", tmp_path / "a.html", options=BARE)
    with pytest.raises(ReportError, match="no folder"):
        make_report(survey, "inventory", tmp_path / "nowhere" / "a.html", options=BARE)
    with pytest.raises(ReportError, match="no ending"):
        make_report(survey, "inventory", tmp_path / "a.odt", options=BARE)
    assert (tmp_path / "a.html").read_text() == "mine"
    assert survey.hand_outs() == []


def test_stopping_leaves_nothing_behind(survey: Survey, tmp_path: Path) -> None:
    def stop(done: int, total: int | None = None, label: str = "") -> None:  # noqa: ARG001 -- as work is told
        if done:
            raise Cancelled

    (tmp_path / "out").mkdir()
    with pytest.raises(Cancelled):
        make_report(survey, "inventory", tmp_path / "out" / "a.pdf", options=BARE, progress=stop)
    assert list((tmp_path / "out").iterdir()) == []
    assert survey.hand_outs() == []


def test_a_survey_that_cannot_be_written_hands_out_nothing(survey: Survey, tmp_path: Path) -> None:
    with open_survey(survey.path, read_only=True) as reader, pytest.raises(SurveyFileError):
        make_report(reader, "inventory", tmp_path / "a.html", options=BARE)


def test_unknown_kinds_are_told_with_those_that_are_near() -> None:
    assert [report_kind(kind.name) for kind in KINDS] == list(KINDS)
    with pytest.raises(ReportError) as told:
        report_kind("inventry")
    assert "inventory" in told.value.hint
