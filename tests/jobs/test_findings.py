from __future__ import annotations

import io
import json
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from pipemap import open_survey
from pipemap.cli.main import main
from pipemap.errors import EditError, UnknownElementError
from pipemap.jobs import summary
from pipemap.jobs.findings import (
    add_finding,
    attachment_content,
    attachments_of,
    change_finding,
    list_findings,
    list_inspections,
    remove_finding,
    set_attachment_place,
    store_inspections,
)
from pipemap.model.finding import Finding, Inspection
from pipemap.store import Survey
from tests.gui.surveys import street_file

Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def survey(tmp_path: Path) -> Iterator[Survey]:
    with open_survey(street_file(tmp_path / "street.gpkg")) as opened:
        yield opened


@pytest.fixture
def ask(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Ask:
    path = street_file(tmp_path / "street.gpkg")

    def asked(action: str, *words: str, code: int = 0) -> dict[str, Any]:
        capsys.readouterr()
        assert main(["finding", action, str(path), *words, "--json"]) == code
        captured = capsys.readouterr()
        return json.loads(captured.out) if not code else {"message": captured.err}

    return asked


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "破裂.jpg"
    Image.new("RGB", (64, 48), "brown").save(path)
    return path


def bomb(path: Path) -> Path:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(100))) + chunk(b"IEND", b"")
    )
    return path


CRACK = Finding(pipe="YS1-YS2", code="PL", grade=2, station=3.0, clock="0507", from_node="YS1")


def test_a_finding_is_one_change_that_can_be_undone(survey: Survey) -> None:
    fid = add_finding(survey, CRACK, author="李工")
    (found,) = list_findings(survey)
    assert (found.fid, found.pipe_id, found.from_id, found.finding.clock, found.remarks) == (fid, "YS1-YS2", "YS1", "0507", ())
    assert (survey.history()[-1].label, survey.history()[-1].author) == ("Add finding PL at YS1-YS2", "李工")
    assert summary(survey).findings == 1
    survey.undo()
    assert list_findings(survey) == ()


def test_a_finding_is_changed_and_deleted(survey: Survey) -> None:
    fid = add_finding(survey, CRACK)
    change_finding(survey, fid, grade=3, node=None, station=4.0, note="复核")
    assert (list_findings(survey)[0].finding.grade, list_findings(survey)[0].finding.note) == (3, "复核")
    remove_finding(survey, fid)
    assert list_findings(survey) == ()
    with pytest.raises(UnknownElementError):
        remove_finding(survey, fid)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"station": 41.0}, "beyond the end"),
        ({"station": 38.0, "length": 5.0}, "beyond the end"),
        ({"station": -1.0}, "negative"),
        ({"clock": "1319"}, "no clock position"),
        ({"clock": "5-7"}, "no clock position"),
        ({"grade": 5}, "cannot have grade 5"),
        ({"code": "FS", "grade": 4}, "cannot have grade 4"),
        ({"system": "iso"}, "iso"),
        ({"from_node": "YS3"}, "does not end at YS3"),
        ({"status": "gone"}, "gone"),
        ({"station": float("nan")}, "number"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_stored(survey: Survey, fields: dict[str, Any], words: str) -> None:
    from dataclasses import replace

    with pytest.raises(EditError, match=words):
        add_finding(survey, replace(CRACK, **fields))
    assert survey.table("finding").num_rows == 0


def test_an_unknown_code_is_kept_and_listed(survey: Survey) -> None:
    add_finding(survey, Finding(pipe="YS1-YS2", code="QQ", station=1.0))
    (found,) = list_findings(survey)
    assert (found.finding.code, [remark.refused for remark in found.remarks]) == ("QQ", [False])


def test_a_name_stands_for_its_code(survey: Survey) -> None:
    add_finding(survey, Finding(pipe="YS1-YS2", code="渗漏", grade=1, station=1.0))
    add_finding(survey, Finding(pipe="YS1-YS2", code="Roots", grade=1, station=1.0))
    add_finding(survey, Finding(system="hazard", kind="hazard", node="YS1", code="井盖缺失", severity="major"))
    add_finding(survey, Finding(system="hazard", kind="hazard", x=500001.0, y=3400001.0, code="占压"))
    assert [one.finding.code for one in list_findings(survey)] == ["SL", "SG", "cover", "built_over"]


@pytest.mark.parametrize("place", ["survey", "folder"])
def test_photos_are_kept_by_their_content(survey: Survey, photo: Path, place: str) -> None:
    set_attachment_place(survey, place)
    fid = add_finding(survey, Finding(pipe="YS1-YS2", code="PL", grade=2, station=3.0, photos=(photo, photo)))
    (kept,) = attachments_of(survey)[fid]
    assert (kept.name, kept.is_picture, kept.there) == ("破裂.jpg", True, True)
    assert attachment_content(survey, kept.fid) == photo.read_bytes()
    assert (survey.path.with_name("street.files").is_dir()) == (place == "folder")
    assert list_findings(survey)[0].photos == 1


def test_a_path_out_of_the_folder_is_not_followed(survey: Survey, photo: Path) -> None:
    set_attachment_place(survey, "folder")
    fid = add_finding(survey, Finding(pipe="YS1-YS2", code="PL", grade=2, station=3.0, photos=(photo,)))
    (kept,) = attachments_of(survey)[fid]
    with survey.edit("Foreign") as edit:
        edit.write("attachment", kept.fid, {"path": f"../{photo.name}"})
    assert attachment_content(survey, kept.fid) is None


def test_what_is_no_photo_says_so(survey: Survey, tmp_path: Path) -> None:
    text = tmp_path / "a.jpg"
    text.write_text("no picture")
    broken = tmp_path / "b.png"
    out = io.BytesIO()
    Image.effect_noise((200, 200), 50).save(out, "PNG")
    broken.write_bytes(out.getvalue()[:3000])
    for path in (text, broken, bomb(tmp_path / "c.png"), tmp_path / "missing.jpg"):
        with pytest.raises(EditError, match=path.name):
            add_finding(survey, Finding(pipe="YS1-YS2", code="PL", grade=2, station=3.0, photos=(path,)))
    assert survey.table("finding").num_rows == 0


def test_many_inspections_are_one_change_and_nothing_odd_is_lost(survey: Survey, photo: Path) -> None:
    odd = Finding(pipe="YS1-YS2", code="??", grade=9, station=99.0, clock="zz", photos=(photo.with_name("gone.jpg"),))
    given = Inspection(
        section="YS1-YS2", pipe="YS1-YS2", from_node="YS1", to_node="YS2", inspected="2024-05-31", findings=(CRACK, odd)
    )
    done = store_inspections(survey, [given, Inspection(kind="qv", pipe="YS2-YS3")], label="CCTV", author="王")
    assert (done.findings, done.change_id, survey.history()[-1].label) == (2, survey.history()[-1].id, "CCTV")
    assert {number for number, _remark in done.inspections[0].remarks} == {1}
    assert [len(one.remarks) for one in list_findings(survey)] == [0, 4]
    (missing,) = attachments_of(survey)[done.inspections[0].findings[1]]
    assert (missing.name, missing.there) == ("gone.jpg", False)
    assert [one.kind for one in list_inspections(survey)] == ["cctv", "qv"]


def test_the_same_inspection_again_is_an_update(survey: Survey) -> None:
    from dataclasses import replace

    done = store_inspections(survey, [Inspection(pipe="YS1-YS2", findings=(CRACK,))])
    (kept,) = done.inspections
    again = Inspection(pipe="YS1-YS2", inspector="赵", fid=kept.fid, findings=(replace(CRACK, grade=3, fid=kept.findings[0]),))
    store_inspections(survey, [again])
    assert [(one.finding.grade, one.finding.inspection) for one in list_findings(survey)] == [(3, kept.fid)]
    assert [one.inspector for one in list_inspections(survey)] == ["赵"]


def test_a_finding_stays_at_its_place_when_its_pipe_is_split_and_reversed(survey: Survey) -> None:
    add_finding(survey, Finding(pipe="YS1-YS2", code="CK", grade=3, station=30.0))
    with survey.edit("Split") as edit:
        edit.split("YS1-YS2", station=20.0)
        edit.reverse("YS1-YS2") if edit.keys("pipe", "id", "YS1-YS2") else None
    (found,) = list_findings(survey)
    assert found.finding.station == pytest.approx(10.0, abs=0.01)
    assert found.remarks == ()


def test_the_command_line_adds_and_lists(ask: Ask) -> None:
    fid = ask("add", "--pipe", "YS1-YS2", "--station", "3", "--code", "PL", "--grade", "II", "--clock", "0507")["id"]
    (found,) = ask("list", "--pipe", "YS1-YS2")["findings"]
    assert {name: found[name] for name in ("id", "pipe", "station", "clock", "code", "grade", "system", "status")} == {
        "id": fid, "pipe": "YS1-YS2", "station": 3.0, "clock": "0507", "code": "PL", "grade": 2, "system": "cjj181",
        "status": "reported",
    }  # fmt: skip
    assert ask("list", "--pipe", "JS1-JS2")["findings"] == []
    ask("change", str(fid), "--grade", "4")
    assert ask("list")["findings"][0]["grade"] == 4
    ask("remove", str(fid))
    assert ask("list")["findings"] == []


def test_the_command_line_says_what_is_wrong(ask: Ask) -> None:
    assert "JS9" in ask("add", "--pipe", "JS9", "--station", "1", "--code", "PL", code=4)["message"]
    assert "beyond" in ask("add", "--pipe", "YS1-YS2", "--station", "99", "--code", "PL", "--grade", "1", code=6)["message"]
    assert "grade" in ask("add", "--pipe", "YS1-YS2", "--station", "9", "--code", "PL", "--grade", "x", code=2)["message"]
    assert "where" in ask("add", "--code", "PL", code=2)["message"]
