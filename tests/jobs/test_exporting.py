"""Hand-outs: chosen, freed of what is secret, whole or not at all, and entered into the register."""

from __future__ import annotations

import hashlib
import json
import logging
from dataclasses import replace
from pathlib import Path

import pytest

from pipemap.analysis.area import AreaError
from pipemap.errors import Cancelled, PipemapError, ReportError, SurveyFileError
from pipemap.formats.writing import ExportFormat, WriteOptions, Written
from pipemap.jobs.exporting import (
    Chosen,
    ExportResult,
    HandOutWords,
    chosen_rows,
    export_survey,
    set_area_limit,
    writable_formats,
)
from pipemap.model.extract import Extract
from pipemap.progress import SILENT, Progress
from pipemap.store import Survey, connections, create_survey, open_survey
from tests.gui.surveys import street, street_file

LOCAL = "+proj=tmerc +lat_0=0 +lon_0=114 +k=1 +x_0=512345.678 +y_0=-3400123.456 +ellps=GRS80 +units=m +no_defs"


def write_lines(extract: Extract, to: Path, *, options: WriteOptions, progress: Progress = SILENT) -> Written:
    """A format of two files: ids, and the places of nodes."""
    beside = to.with_suffix(".xy")
    to.write_text("\n".join([*extract.nodes["id"].to_pylist(), *extract.pipes["id"].to_pylist()]), encoding="utf-8")
    progress(1, 2)
    beside.write_text(json.dumps({"crs": extract.crs, "x": extract.nodes["x"].to_pylist(), "title": options.words.get("title")}))
    return Written((to, beside))


EAST = "POLYGON ((500050 3399999, 500090 3399999, 500090 3400090, 500050 3399999))"
LINES = ExportFormat("lines", "Lines", (".lines",), write_lines)


@pytest.fixture
def survey(tmp_path: Path) -> Survey:
    """The street, open."""
    return open_survey(street_file(tmp_path / "street.gpkg"))


@pytest.fixture(autouse=True)
def _closed(survey: Survey) -> object:
    yield
    survey.close()


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A folder to write into."""
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def left(result: ExportResult) -> list[str]:
    return result.written[0].read_text(encoding="utf-8").split("\n")


def pipes(survey: Survey, *ids: str) -> list[int]:
    return [int(survey.network.pipe_fid[survey.network.pipe_ids.rows(one)[0]]) for one in ids]


def test_a_hand_out_stands_in_the_register(survey: Survey, out: Path) -> None:
    words = HandOutWords("Water works", "planning", "Chen", author="Li")
    options = WriteOptions(fields={"pipe": ["id", "material"]}, words={"title": "Lake Street"})
    result = export_survey(survey, out / "a", format=LINES, options=options, hand_out=words)
    assert [path.name for path in result.written] == ["a.lines", "a.xy"]
    assert (result.nodes, result.pipes, result.withheld) == (7, 5, 0)
    assert json.loads(result.written[1].read_text())["title"] == "Lake Street"
    entry = survey.hand_outs()[0]
    assert entry == result.hand_out
    assert (entry.author, entry.recipient, entry.purpose, entry.approver) == ("Li", "Water works", "planning", "Chen")
    assert (entry.content, entry.format, entry.fields, entry.crs) == ("whole", "lines", "pipe:id,pipe:material", "EPSG:4547")
    assert entry.file == "a.lines\na.xy"
    assert entry.sha256.split("\n") == [hashlib.sha256(path.read_bytes()).hexdigest() for path in result.written]
    assert entry.head == survey.history()[-1].hash
    assert entry.area_m2 == pytest.approx(80 * 30 - 80 * 26 / 2)
    assert entry.area.startswith("POLYGON")
    assert names(out) == ["a.lines", "a.xy"]


@pytest.mark.parametrize(
    ("chosen", "wanted"),
    [
        (Chosen(area="POLYGON ((499999 3399999, 500010 3399999, 500010 3400001, 499999 3400001, 499999 3399999))"),
         ["JS1", "JS2", "JS1-JS2"]),
        (Chosen(categories=["PS"]), ["YS1", "YS2", "YS3", "YS1-YS2", "YS2-YS3"]),
        (Chosen(nodes=[4]), ["JS4"]),
        (Chosen(pipes=[3], nodes=[7]), ["JS3", "JS4", "YS3", "JS3-JS4"]),
        (Chosen(pipes=[1, 2, 4], categories=["JS"], area=EAST),
         ["JS2", "JS3", "JS2-JS3"]),
    ],
)  # fmt: skip
def test_a_part_leaves_with_the_ends_of_its_pipes(survey: Survey, out: Path, chosen: Chosen, wanted: list[str]) -> None:
    result = export_survey(survey, out / "part.lines", format=LINES, chosen=chosen)
    assert left(result) == wanted
    assert survey.hand_outs()[0].content == chosen.content


def test_an_area_in_another_system_means_the_same(survey: Survey) -> None:
    import shapely

    from pipemap.store import transformed

    here = shapely.box(499990, 3399990, 500050, 3400002)
    there = shapely.transform(here, lambda places: transformed(places, "EPSG:4547", "EPSG:4326"))
    found = [
        [rows.tolist() for rows in chosen_rows(survey.network, Chosen(area=area.wkt, area_crs=crs), survey.crs)]
        for area, crs in ((here, ""), (there, "EPSG:4326"))
    ]
    assert found[0] == found[1] == [[1, 2], [1, 2]]


def test_coordinates_go_out_in_another_system(survey: Survey, out: Path) -> None:
    result = export_survey(survey, out / "a.lines", format=LINES, options=WriteOptions(crs="EPSG:4326"))
    told = json.loads(result.written[1].read_text())
    assert told["crs"] == result.hand_out.crs == "EPSG:4326"
    assert 113 < told["x"][0] < 115


@pytest.mark.parametrize(
    "chosen",
    [
        Chosen(area="POLYGON ((0 0, 1 0, 1 1, 0 0))"), Chosen(categories=["RQ"]), Chosen(nodes=[]), Chosen(pipes=[99]),
    ],
)  # fmt: skip
def test_nothing_is_no_hand_out(survey: Survey, out: Path, chosen: Chosen) -> None:
    with pytest.raises(ReportError, match="nothing to export"):
        export_survey(survey, out / "a.lines", format=LINES, chosen=chosen)
    assert not survey.hand_outs()


def test_an_area_that_is_none_is_told(survey: Survey, out: Path) -> None:
    with pytest.raises(AreaError):
        export_survey(survey, out / "a.lines", format=LINES, chosen=Chosen(area="here"))


# -- whole, or not at all ----------------------------------------------------------------------------------------------------


def test_a_target_is_replaced_only_when_asked(survey: Survey, out: Path) -> None:
    (out / "a.lines").write_text("mine")
    with pytest.raises(ReportError, match="exists already"):
        export_survey(survey, out / "a.lines", format=LINES)
    assert (out / "a.lines").read_text() == "mine"
    assert "JS1" in left(export_survey(survey, out / "a.lines", format=LINES, overwrite=True))
    (out / "a.lines").unlink()
    with pytest.raises(ReportError, match=r"a\.xy exists already"):
        export_survey(survey, out / "a.lines", format=LINES)
    assert names(out) == ["a.xy"]


@pytest.mark.parametrize("row", writable_formats(), ids=[row.name for row in writable_formats()])
def test_no_format_takes_the_ending_of_another(survey: Survey, out: Path, row: ExportFormat) -> None:
    with pytest.raises(ReportError, match="does not end with"):
        export_survey(survey, out / "street.pdf", format=row)
    assert list(out.iterdir()) == []


def test_no_survey_is_ever_replaced(survey: Survey, tmp_path: Path) -> None:
    other = street_file(tmp_path / "other.gpkg")
    before = other.read_bytes()
    with pytest.raises(ReportError, match="survey itself"):
        export_survey(survey, survey.path, format=LINES, overwrite=True)
    (tmp_path / "link.gpkg").symlink_to(survey.path)
    with pytest.raises(ReportError, match="survey"):
        export_survey(survey, tmp_path / "link.gpkg", format=LINES, overwrite=True)
    with pytest.raises(ReportError, match="is a survey"):
        export_survey(survey, other, format=LINES, overwrite=True)
    assert other.read_bytes() == before


def broken(extract: Extract, to: Path, *, options: WriteOptions, progress: Progress = SILENT) -> Written:
    write_lines(extract, to, options=options, progress=progress)
    raise OSError(28, "No space left on device", str(to))


def cancelled(extract: Extract, to: Path, *, options: WriteOptions, progress: Progress = SILENT) -> Written:
    write_lines(extract, to, options=options, progress=progress)
    raise Cancelled


@pytest.mark.parametrize("write", [broken, cancelled])
def test_what_goes_wrong_leaves_nothing_and_is_not_registered(survey: Survey, out: Path, write: object) -> None:
    (out / "a.lines").write_text("before")
    with pytest.raises(PipemapError) as told:
        export_survey(survey, out / "a.lines", format=replace(LINES, write=write), overwrite=True)  # type: ignore[arg-type]
    assert ".part" not in str(told.value)
    assert names(out) == ["a.lines"]
    assert (out / "a.lines").read_text() == "before"
    assert not survey.hand_outs()


def test_without_the_register_nothing_leaves(tmp_path: Path, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sqlite3

    monkeypatch.setattr(connections, "BUSY_SECONDS", 0.05)
    (out / "a.lines").write_text("before")
    with open_survey(street_file(tmp_path / "busy.gpkg")) as survey:
        other = sqlite3.connect(survey.path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")  # another program writes, for longer than we wait
        try:
            with pytest.raises(SurveyFileError, match="locked"):
                export_survey(survey, out / "a.lines", format=LINES, overwrite=True)
        finally:
            other.execute("ROLLBACK")
            other.close()
    assert names(out) == ["a.lines"]
    assert (out / "a.lines").read_text() == "before"


def test_a_survey_that_cannot_be_written_hands_nothing_out(survey: Survey, out: Path) -> None:
    with open_survey(survey.path, read_only=True) as reading, pytest.raises(SurveyFileError, match="register"):
        export_survey(reading, out / "a.lines", format=LINES)
    assert not names(out)


def test_a_folder_that_is_not_there_is_told(survey: Survey, out: Path) -> None:
    with pytest.raises(ReportError, match="no folder"):
        export_survey(survey, out / "none" / "a.lines", format=LINES)


def test_an_unknown_attribute_is_told(survey: Survey, out: Path) -> None:
    with pytest.raises(ReportError, match="materiall") as told:
        export_survey(survey, out / "a.lines", format=LINES, options=WriteOptions(fields={"pipe": ["materiall"]}))
    assert "material" in told.value.hint


# -- what is controlled ------------------------------------------------------------------------------------------------------


def test_a_large_area_asks_for_both_names(survey: Survey, out: Path) -> None:
    set_area_limit(survey, 0.001)
    for words, missing in (
        (HandOutWords(), "a recipient .* and an approver"),
        (HandOutWords(recipient="Water works"), r"asks for an approver \(--approver\)"),
        (HandOutWords(approver="Chen"), r"asks for a recipient \(--recipient\)"),
    ):
        with pytest.raises(ReportError, match=missing):
            export_survey(survey, out / "a.lines", format=LINES, hand_out=words)
    assert export_survey(survey, out / "a.lines", format=LINES, hand_out=HandOutWords("Water works", approver="Chen")).nodes == 7
    assert export_survey(survey, out / "b.lines", format=LINES, chosen=Chosen(nodes=[1])).nodes == 1


def test_the_limit_of_the_survey_goes_before_that_of_the_person(survey: Survey, out: Path) -> None:
    with pytest.raises(ReportError, match="asks for"):
        export_survey(survey, out / "a.lines", format=LINES, limit_km2=0.0)
    set_area_limit(survey, 5)
    assert export_survey(survey, out / "a.lines", format=LINES, limit_km2=0.0).pipes == 5
    with pytest.raises(ReportError):
        set_area_limit(survey, -1)


def test_what_is_wholly_secret_is_refused(survey: Survey, out: Path) -> None:
    survey.set_secrecy("secret", whole=True)
    with pytest.raises(ReportError, match="marked secret"):
        export_survey(survey, out / "a.lines", format=LINES)


def contents(folder: Path) -> bytes:
    """Everything that a folder holds, archives and databases opened."""
    import zipfile

    parts = []
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            parts += [path.name.encode(), path.read_bytes()]
            if zipfile.is_zipfile(path):
                with zipfile.ZipFile(path) as archive:
                    parts += [archive.read(name) for name in archive.namelist()]
    return b"\n".join(parts)


@pytest.mark.parametrize("row", writable_formats(), ids=lambda row: row.name)
def test_no_format_lets_out_what_is_secret(survey: Survey, out: Path, row: ExportFormat) -> None:
    with survey.edit("rename") as edit:
        edit.update("node", "JS2", id="HUSHNODE", note="HUSHNOTE")
        edit.update("pipe", "YS1-YS2", id="HUSHPIPE", road="HUSHROAD")
    export_survey(survey, out / f"a{row.extensions[0]}", format=row.name)
    (out / "open").mkdir()
    assert b"HUSH" in contents(out)  # the search finds what is there
    survey.set_secrecy("secret", node_fids=[2], pipe_fids=pipes(survey, "HUSHPIPE"))
    folder = out / "closed"
    folder.mkdir()
    result = export_survey(survey, folder / f"a{row.extensions[0]}", format=row.name)
    assert result.withheld == 4
    assert b"HUSH" not in contents(folder)
    assert "HUSH" not in " ".join(loss.message for loss in result.losses)


@pytest.mark.parametrize("row", writable_formats(), ids=lambda row: row.name)
def test_the_parameters_of_a_local_grid_are_in_nothing_that_leaves(
    tmp_path: Path, out: Path, row: ExportFormat, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with create_survey(tmp_path / "local.gpkg", crs=LOCAL) as survey:
        survey.store(replace(street(), crs=LOCAL, batch=replace(street().batch, crs=LOCAL)))
        said = []
        for number, crs in enumerate(("", LOCAL, "+proj=nonsense +x_0=512345.678")):
            try:
                result = export_survey(
                    survey, out / f"a{number}{row.extensions[0]}", format=row.name, options=WriteOptions(crs=crs)
                )
            except PipemapError as error:  # some formats go out in degrees, or in metres, only
                said.append(str(error))
            else:
                said += [loss.message for loss in result.losses] + [str(result.hand_out)]
    assert said
    for secret in ("512345", "3400123"):
        assert secret.encode() not in contents(out)
        assert secret not in " ".join(said)
        assert secret not in caplog.text
