"""Readings, photos, works, steps of hazards, cycles and what is due, as a person does them in the window."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from pipemap.gui.due_table import DueTable
from pipemap.gui.finding_table import FindingTable
from pipemap.gui.inspection_panel import InspectionPanel
from pipemap.gui.map_view import MapView
from pipemap.gui.patrol_dialog import show_plan
from pipemap.gui.patrol_settings import show_settings
from pipemap.gui.patrol_table import PatrolTable
from pipemap.gui.photo_candidates import KIND, TAKE, PhotoDialog
from pipemap.gui.reading_form import show_form
from pipemap.gui.reading_table import ReadingTable
from pipemap.gui.session import Selection
from pipemap.gui.track_lines import MOST_LEGS, thinned, track_lines, track_show
from pipemap.gui.window import MainWindow
from pipemap.jobs.findings import attachments_of, list_findings
from pipemap.jobs.hazards import list_hazards
from pipemap.jobs.patrol_cycles import cycles_of
from pipemap.jobs.patrols import Asked, list_patrols, plan_patrol
from pipemap.jobs.readings import limits_of, list_readings
from pipemap.jobs.works import list_works
from pipemap.model.finding import Finding
from pipemap.model.patrol import TrackPoints
from pipemap.store import Survey
from tests.gui.surveys import street_file
from tests.gui.test_patrol_table import settle
from tests.jobs.test_patrol_photos import at
from tests.jobs.test_patrols import WATER, track_file
from tests.photo_files import photo_file

VALVE = np.array([1])


@pytest.fixture
def opened(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> MainWindow:
    """The window on the street, arranged for inspection."""
    window.session.open(street_file(tmp_path / "street.gpkg"))
    settle(window, qtbot)
    window.session.set_workspace("inspection")
    return window


def survey_of(window: MainWindow) -> Survey:
    assert window.session.survey is not None
    return window.session.survey


Panel = TypeVar("Panel", bound=QWidget)


def panel_of(window: MainWindow, kind: type[Panel]) -> Panel:
    window.session.show_panel("readings" if kind is ReadingTable else "patrols" if kind is PatrolTable else "due")
    found = window.findChild(kind)
    assert isinstance(found, kind)
    return found


def test_a_reading_is_entered_at_the_selection_charted_and_raises_a_hazard(
    opened: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    session = opened.session
    assert show_form(session, opened) is None
    session.select(Selection.of(nodes=VALVE))
    form = show_form(session, opened)
    assert form is not None
    assert form.place.text() == "JS2"
    assert not form.ok.isEnabled()
    form.value.setText("much")
    assert not form.ok.isEnabled()
    form.value.setText("35 %LEL")
    assert "Beyond the limit" in form.told.text()
    assert "not the law's" in form.told.text()
    form.ok.click()
    qtbot.waitUntil(lambda: len(list_readings(survey_of(opened))) == 1, timeout=20_000)
    settle(opened, qtbot)
    assert [one.code for one in list_hazards(survey_of(opened))] == ["leak"]
    (tmp_path / "r.csv").write_text(
        "物探点号,时间,可燃气体浓度(%LEL)\nJS2,2026-11-20,3\nJS2,2026-11-22,4\nXX,2026-11-22,4\n", encoding="utf-8"
    )
    session.show_panel("readings")
    panel = panel_of(opened, ReadingTable)
    panel.load([tmp_path / "r.csv"])
    qtbot.waitUntil(lambda: len(list_readings(survey_of(opened))) == 4, timeout=20_000)
    settle(opened, qtbot)
    assert [one.reading.value for one in panel.chart.drawn] == [3.0, 4.0, 35.0]
    assert [one.is_beyond for one in panel.chart.drawn] == [False, False, True]
    panel.only_selected.setChecked(True)
    assert panel.table.model.rowCount() == 3
    form.close()


def test_photos_are_looked_at_and_only_what_is_ticked_is_stored(opened: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "text.jpg").write_text("no picture", encoding="utf-8")
    files = [photo_file(tmp_path / f"{n}.jpg", place=at(20 + 35 * n, 1), shade=n) for n in range(2)]
    dialog = PhotoDialog(opened.session, opened, [*files, tmp_path / "text.jpg"])
    dialog.show()
    qtbot.waitUntil(lambda: len(dialog.rows) == 3, timeout=20_000)
    settle(opened, qtbot)
    assert len(dialog.chosen()) == 2
    assert "no picture" in dialog.rows[2].problem
    first = dialog.table.item(0, TAKE)
    assert first is not None
    first.setCheckState(Qt.CheckState.Unchecked)
    box = dialog.table.cellWidget(1, KIND)
    box.setCurrentIndex(box.findData("built_over"))  # type: ignore[attr-defined]
    assert list_hazards(survey_of(opened)) == []
    dialog.store.click()
    qtbot.waitUntil(lambda: len(list_hazards(survey_of(opened))) == 1, timeout=20_000)
    settle(opened, qtbot)
    assert [(one.code, one.element, one.photos) for one in list_hazards(survey_of(opened))] == [("built_over", "JS2-JS3", 1)]


def test_a_hazard_is_brought_step_by_step_to_its_end(opened: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    from pipemap.jobs.findings import add_finding

    survey = survey_of(opened)
    fid = add_finding(survey, Finding("hazard", "占压", kind="hazard", pipe="JS1-JS2", severity="major", found="2026-11-20"))
    opened.session.refresh()
    settle(opened, qtbot)
    table = panel_of(opened, FindingTable)
    table.table.chosen.emit(next(one for one in list_findings(survey) if one.fid == fid))
    steps = panel_of(opened, InspectionPanel).steps
    qtbot.waitUntil(lambda: steps.to.count() > 0, timeout=20_000)
    steps.take.click()
    assert "who is to fix it" in steps.complaint.text()
    for number, (state, who) in enumerate((("assigned", "Wang"), ("fixed", "Wang"), ("rechecked", "Zhao"), ("closed", "Li"))):
        qtbot.waitUntil(lambda state=state: steps.to.currentData() == state, timeout=20_000)  # type: ignore[misc]
        steps.by.setText(who)
        if state == "rechecked":
            steps.choose_photos([photo_file(tmp_path / "after.jpg", shade=number)])
        steps.take.click()
        qtbot.waitUntil(lambda state=state: list_hazards(survey)[0].status == state, timeout=20_000)  # type: ignore[misc]
        settle(opened, qtbot)
    (hazard,) = list_hazards(survey)
    assert [hazard.steps[state][1] for state in ("assigned", "fixed", "rechecked", "closed")] == ["Wang", "Wang", "Zhao", "Li"]
    assert hazard.due > date.today().isoformat()  # noqa: DTZ011 -- the day on the wall
    assert [(one.name, one.step) for one in attachments_of(survey, [fid])[fid]] == [("after.jpg", "rechecked")]
    steps.print_notice(tmp_path / "notice.html")
    qtbot.waitUntil((tmp_path / "notice.html").is_file, timeout=20_000)
    settle(opened, qtbot)
    text = (tmp_path / "notice.html").read_text(encoding="utf-8")
    assert "Rectification notice" in text
    assert "after.jpg" in text


def test_works_are_planned_with_their_form_and_visited(opened: MainWindow, qtbot: QtBot) -> None:
    opened.session.select(Selection.of(pipes=WATER))
    dialog = show_plan(opened.session, opened)
    assert dialog is not None
    assert not dialog.works.isVisible()
    dialog.kind.setCurrentIndex(dialog.kind.findData("works"))
    assert dialog.works.isVisible()
    assert dialog.cycle.value() == 1
    dialog.name.setText("Metro")
    for name, text in (("builder", "Metro line 4"), ("begins", "2026-11-20"), ("notified", "2026-11-18")):
        dialog.works.lines[name].setText(text)
    dialog.ok.click()
    qtbot.waitUntil(lambda: len(list_patrols(survey_of(opened))) == 1, timeout=20_000)
    settle(opened, qtbot)
    panel = panel_of(opened, PatrolTable)
    form = panel.show_works()
    assert form is not None
    qtbot.waitUntil(lambda: form.fields.lines["builder"].text() == "Metro line 4", timeout=20_000)
    assert "Briefed" in form.late.text()
    form.fields.lines["briefed"].setText("2026-11-19")
    form.fields.lines["protected"].setText("2026-11-19")
    form.keep.click()
    qtbot.waitUntil(lambda: "protected" in list_patrols(survey_of(opened))[0].works, timeout=20_000)
    settle(opened, qtbot)
    form.when.setText("2026/11/20 9:00")
    form.enter.click()
    qtbot.waitUntil(lambda: len(list_works(survey_of(opened))[0].visits) == 1, timeout=20_000)
    settle(opened, qtbot)
    assert list_works(survey_of(opened))[0].visits[0].visited == "2026-11-20T09:00"
    form.when.setText("soon")
    form.enter.click()
    qtbot.waitUntil(lambda: "no date" in form.complaint.text(), timeout=20_000)
    opened.session.show_panel("due")
    settle(opened, qtbot)
    due = panel_of(opened, DueTable)
    assert [one.what for one in due.table._records] == ["works", "visit"]
    form.close()


def test_cycles_and_limits_are_set_in_one_place_and_shown_as_ours(opened: MainWindow, qtbot: QtBot) -> None:
    dialog = show_settings(opened.session, opened)
    assert dialog is not None
    codes = [dialog.cycles.item(row, 0).data(Qt.ItemDataRole.UserRole) for row in range(dialog.cycles.rowCount())]  # type: ignore[union-attr]
    gas = codes.index("RQ")
    assert dialog.cycles.item(gas, 3).text() == "our own, unverified"  # type: ignore[union-attr]
    dialog.cycles.item(gas, 1).setText("3")  # type: ignore[union-attr]
    dialog.limits.item(0, 3).setText("much")  # type: ignore[union-attr]
    dialog.ok.click()
    assert "no number" in dialog._told.text()
    dialog.limits.item(0, 3).setText("25")  # type: ignore[union-attr]
    dialog.ok.click()
    survey = survey_of(opened)
    assert cycles_of(survey)["RQ"] == (3.0, False)
    assert (limits_of(survey)["gas_lel"].high, limits_of(survey)["gas_lel"].is_ours) == (25.0, False)
    assert cycles_of(survey)["JS"][1]
    settle(opened, qtbot)


def test_the_track_is_drawn_up_to_the_moment_of_the_slider(opened: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    survey = survey_of(opened)
    patrol = plan_patrol(survey, Asked("Water", WATER, VALVE)).patrol
    opened.session.refresh()
    opened.session.show_panel("patrols")
    settle(opened, qtbot)
    panel = panel_of(opened, PatrolTable)
    qtbot.waitUntil(lambda: panel._current is not None and panel._current.fid == patrol.fid, timeout=20_000)
    panel.load([track_file(tmp_path / "a.csv")])
    lines = track_lines(opened.session)
    qtbot.waitUntil(lambda: lines.shown is not None, timeout=20_000)
    settle(opened, qtbot)
    view = panel_of(opened, MapView)
    whole = view.overlay.tracks
    assert not whole.is_empty
    assert {kind: len(rows) for kind, rows in (whole.lines or {}).items()} == {0: 16}
    panel.slider.setValue(100)
    half = view.overlay.tracks
    assert half.at is not None
    assert len((half.lines or {})[0]) == 9
    assert "walked, 3.6 km/h" in panel.words.text()
    opened.session.set_result(None)
    assert view.overlay.tracks.is_empty


def test_a_long_track_is_thinned_and_keeps_what_its_legs_are() -> None:
    from pipemap.analysis.passing import JUMP, Limits, legs_of
    from pipemap.model.network import Network

    east = np.arange(20_000.0)
    east[10_000:] += 5_000.0
    points = TrackPoints(np.column_stack([east, np.zeros(20_000)]), np.arange(20_000.0), np.zeros(20_000, dtype=np.int64))
    legs = thinned(legs_of(points, Limits()), MOST_LEGS)
    assert len(legs) <= MOST_LEGS + 3
    assert (legs.kind == JUMP).sum() == 1
    assert legs.length.sum() == pytest.approx(24_999.0)
    shown = track_show(Network.from_pipes(("P1", "A", "B", 30.0)), [points])
    assert shown.span == (0.0, 19_999.0)
    assert shown.words(500.0) == "walked, 3.6 km/h"
