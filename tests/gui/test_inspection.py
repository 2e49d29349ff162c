from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from pipemap.gui.condition_shares import shares_of
from pipemap.gui.finding_table import FindingTable
from pipemap.gui.findings import findings_of
from pipemap.gui.inspection_panel import InspectionPanel
from pipemap.gui.map_view import MapView
from pipemap.gui.window import MainWindow
from pipemap.jobs.condition import condition
from pipemap.jobs.findings import add_finding, attachments_of, list_findings
from pipemap.model.finding import Finding
from pipemap.model.lookup import Element
from tests.gui.surveys import street_file


@pytest.fixture
def inspecting(open_window: MainWindow, qtbot: QtBot) -> MainWindow:
    """The window on the street, in the inspection workspace, ready to mark."""
    session = open_window.session
    session.set_workspace("inspection")
    session.set_tool("finding")
    qtbot.waitUntil(lambda: session.is_settled, timeout=20_000)
    return open_window


def panel_of(window: MainWindow) -> InspectionPanel:
    found = window.findChild(InspectionPanel)
    assert found is not None
    return found


def test_a_finding_is_entered_from_a_click_on_the_wall(inspecting: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    session, form = inspecting.session, panel_of(inspecting).form
    photo = tmp_path / "a.jpg"
    Image.new("RGB", (40, 30), "brown").save(photo)
    view = inspecting.findChild(MapView)
    assert view is not None
    at = view.scene.screen_of("pipe", 3)
    assert at is not None
    view.hand.click(QPoint(round(at[0]), round(at[1])), Qt.KeyboardModifier.NoModifier)
    draft = findings_of(session).draft
    assert draft is not None
    assert draft.finding.pipe == 4
    assert draft.finding.station == pytest.approx(20.0, abs=1.5)
    form.code.setText("破裂")
    assert "Crack" in form.code_name.text()
    form.grade.setCurrentIndex(form.grade.findData(3))
    assert form.criterion.text()
    form.choose_photos([photo])
    form.keep()
    survey = session.survey
    assert survey is not None
    qtbot.waitUntil(lambda: session.is_settled and len(findings_of(session).stored) == 1, timeout=20_000)
    (stored,) = list_findings(survey)
    assert (stored.finding.code, stored.finding.grade, stored.photos) == ("PL", 3, 1)
    table = inspecting.findChild(FindingTable)
    assert table is not None
    assert table.table.model.rowCount() == 1
    assert [mark.corners for mark in view.hand.walls.marks(session, view.scene)] == [4]
    findings_of(session).show(stored, fly=False)
    qtbot.waitUntil(lambda: session.is_settled, timeout=20_000)
    assert attachments_of(survey)[stored.fid][0].there
    form.delete.click()
    qtbot.waitUntil(lambda: session.is_settled and not findings_of(session).stored, timeout=20_000)


def test_what_cannot_stand_is_said_beside_the_form(inspecting: MainWindow) -> None:
    session, form = inspecting.session, panel_of(inspecting).form
    findings_of(session).place(Element("pipe", 3), (500010.0, 3400004.0, 18.0), 5)
    assert form.lines["clock"].text() == "0005"
    form.code.setText("PL")
    form.lines["station"].setText("400")
    form.keep()
    assert "beyond the end" in form.complaint.text()
    form.lines["station"].setText("x")
    form.keep()
    assert "number" in form.complaint.text()


def test_the_far_end_counts_and_turns_the_clock(inspecting: MainWindow) -> None:
    session = inspecting.session
    findings_of(session).place(Element("pipe", 3), (500035.0, 3400004.0, 18.0), 3)
    draft = findings_of(session).draft
    assert draft is not None
    assert (draft.finding.from_node, draft.finding.clock) == (6, "0009")
    assert draft.finding.station == pytest.approx(5.0, abs=0.05)


def test_a_node_and_the_ground_can_be_marked(inspecting: MainWindow) -> None:
    session, form = inspecting.session, panel_of(inspecting).form
    findings_of(session).place(Element("node", 4), (0.0, 0.0, 0.0), None)
    assert "YS1" in form.place.text()
    findings_of(session).place(None, (500010.0, 3400010.0, 20.0), None)
    assert "500010.00" in form.place.text()


def test_sections_are_coloured_and_listed_by_urgency(tmp_path: Path) -> None:
    from pipemap import open_survey

    with open_survey(street_file(tmp_path / "other.gpkg")) as survey:
        add_finding(survey, Finding(pipe="YS1-YS2", code="PL", grade=4, station=3.0))
        add_finding(survey, Finding(pipe="YS2-YS3", code="PL", grade=1, station=3.0))
        found = shares_of(survey.network, condition(survey))
    assert [line.cells[0] for line in found.lines] == ["YS1-YS2", "YS2-YS3"]
    assert [part.pipes.tolist() for part in found.parts] == [[3], [4]]


def test_the_unrolled_wall_opens_and_begins_findings(inspecting: MainWindow, qtbot: QtBot) -> None:
    session, wall = inspecting.session, panel_of(inspecting).wall
    session.select_element("pipe", 3)
    room = wall._wall
    with qtbot.waitSignal(wall.placed) as told:
        QTest.mouseClick(wall, Qt.MouseButton.LeftButton, pos=room.center().toPoint())
    assert told.args[0] == pytest.approx(20.0, abs=0.5)
    assert told.args[1] == 12
    assert findings_of(session).draft is not None
