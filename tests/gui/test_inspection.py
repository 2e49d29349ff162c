from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from pipemap.gui.condition_colours import CONDITION, condition_colouring
from pipemap.gui.condition_shares import shares_of
from pipemap.gui.condition_table import ConditionTable
from pipemap.gui.finding_table import FindingTable
from pipemap.gui.findings import findings_of
from pipemap.gui.inspection_form import InspectionForm
from pipemap.gui.inspection_panel import InspectionPanel
from pipemap.gui.inspection_table import InspectionTable, state_words
from pipemap.gui.map_view import MapView
from pipemap.gui.session import Selection, Session
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


def form_of(window: MainWindow) -> InspectionForm:
    from pipemap.gui.commands import command

    command("inspect.new")(window.context)
    found = window.findChild(InspectionForm)
    assert found is not None
    return found


def write_down(window: MainWindow, qtbot: QtBot, pipes: list[int], **texts: str) -> None:
    """Write an inspection of some pipes down in the form, with the flow."""
    session = window.session
    session.select(Selection.of(nodes=[], pipes=pipes))
    form = form_of(window)
    form.direction.setCurrentIndex(form.direction.findData("with"))
    for name, text in texts.items():
        (form.not_done if name == "not_done" else form.lines[name]).setText(text)
    with qtbot.waitSignal(form.finished, timeout=20_000):
        form.keep()
    qtbot.waitUntil(lambda: session.is_settled, timeout=20_000)


def _are_stored(session: Session, count: int) -> bool:
    return session.is_settled and len(findings_of(session).stored) == count


def test_an_inspection_is_written_down_and_its_findings_typed_one_after_the_other(inspecting: MainWindow, qtbot: QtBot) -> None:
    session, panel, table = inspecting.session, panel_of(inspecting), inspecting.findChild(InspectionTable)
    assert table is not None
    write_down(inspecting, qtbot, [3], inspected="2026-05-31", inspector="李工", equipment="CCTV-1", water_percent="20%")
    (one,) = table.table.model.records
    assert (one.name, one.start, one.inspection.water_percent, state_words(one)) == ("YS1-YS2", "YS1", 20.0, "done")
    table.choose(one, fly=False)
    session.show_panel("inspection")
    inspecting.activateWindow()  # the command that has the same key elsewhere listens only then
    qtbot.waitUntil(inspecting.isActiveWindow, timeout=20_000)
    panel.next_button.click()
    for number, (station, code, grade) in enumerate((("3.5", "PL", 2), ("12", "错口", 3)), start=1):
        panel.form.lines["station"].setText(station)
        panel.form.code.setText(code)
        panel.form.grade.setCurrentIndex(panel.form.grade.findData(grade))
        QTest.keyClick(panel.form.code, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        qtbot.waitUntil(partial(_are_stored, session, number), timeout=20_000)
        assert findings_of(session).draft is not None
        assert panel.form.lines["station"].text() == ""
    assert session.survey is not None
    found = [(one.finding.code, one.finding.station, one.finding.inspection, one.finding.found_by, one.from_id)
             for one in list_findings(session.survey)]  # fmt: skip
    assert found == [("PL", 3.5, 1, "李工", "YS1"), ("CK", 12.0, 1, "李工", "YS1")]


def test_stations_typed_along_a_run_fall_on_the_pipe_they_lie_on(inspecting: MainWindow, qtbot: QtBot) -> None:
    session, panel, table = inspecting.session, panel_of(inspecting), inspecting.findChild(InspectionTable)
    assert table is not None
    write_down(inspecting, qtbot, [3, 4])
    table.choose(table.table.model.records[0], fly=False)
    panel.next_button.click()
    panel.form.lines["station"].setText("55")
    panel.form.code.setText("PL")
    panel.form.keep()
    qtbot.waitUntil(lambda: session.is_settled and len(findings_of(session).stored) == 1, timeout=20_000)
    (stored,) = findings_of(session).stored
    assert (stored.pipe_id, stored.from_id) == ("YS2-YS3", "YS2")
    assert stored.finding.station == pytest.approx(15.0, abs=0.1)


def test_one_that_was_not_made_says_why_and_what_is_remembered_comes_again(inspecting: MainWindow, qtbot: QtBot) -> None:
    write_down(inspecting, qtbot, [3], inspector="李工", calibration="ZS-7", not_done="水位过高")
    table = inspecting.findChild(InspectionTable)
    assert table is not None
    assert state_words(table.table.model.records[0]) == "not done: 水位过高"
    form = form_of(inspecting)
    assert (form.lines["inspector"].text(), form.lines["calibration"].text(), form.not_done.text()) == ("李工", "ZS-7", "")
    form.lines["water_percent"].setText("half")
    form.keep()
    assert "takes a number" in form.complaint.text()
    form.close()


def test_the_map_is_coloured_by_condition_and_tells_how_much_of_each(inspecting: MainWindow, qtbot: QtBot) -> None:
    session = inspecting.session
    survey, network = session.survey, session.network
    assert survey is not None
    assert network is not None
    add_finding(survey, Finding(pipe="YS1-YS2", code="PL", grade=4, station=3.0))
    session.refresh()
    session.set_look(replace(session.look, colour_by=CONDITION))
    qtbot.waitUntil(lambda: session.is_settled, timeout=20_000)
    view = inspecting.findChild(MapView)
    assert view is not None
    legend = view.scene.legend()
    assert [(entry.key, entry.count) for entry in legend.entries] == [("IV", 1), (None, 4)]
    colours = condition_colouring(survey, network, dark=False, progress=lambda *_told: None).pipes
    assert colours[3].tolist() != colours[0].tolist()


def test_sections_are_listed_with_the_way_to_every_number(inspecting: MainWindow, qtbot: QtBot) -> None:
    session = inspecting.session
    assert session.survey is not None
    add_finding(session.survey, Finding(pipe="YS1-YS2", code="PL", grade=4, station=3.0))
    session.refresh()
    session.show_panel("condition")
    table = inspecting.findChild(ConditionTable)
    assert table is not None
    qtbot.waitUntil(lambda: session.is_settled and table.sections.model.rowCount() == 1, timeout=20_000)
    table.choose(table.sections.model.records[0], fly=False)
    steps = {step.name: step for step in table.steps.model.records}
    assert steps["Smax"].findings == (1,)
    table.steps.chosen.emit(steps["Smax"])
    draft = findings_of(session).draft
    assert draft is not None
    assert draft.fid == 1
