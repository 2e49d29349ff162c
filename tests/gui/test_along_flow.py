"""What gathers along a trace in the window, profiles, trenches, segments in the properties, and tools that are put down."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import shapely
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot
from python_calamine import CalamineWorkbook

from pipemap.analysis.trace import Trace
from pipemap.gui.commands import command
from pipemap.gui.gather_box import GatherBox, GatheredPage, OutlinePage
from pipemap.gui.gathered import OUTLINE, Gathered, Outlined, Wish, look_at, show_gathered
from pipemap.gui.map_result import result_legend, result_of
from pipemap.gui.map_view import MapView
from pipemap.gui.profile_panel import ProfilePanel
from pipemap.gui.profiles import profiles
from pipemap.gui.segment_box import SegmentBox
from pipemap.gui.session import Selection, Session
from pipemap.gui.shutoff_answers import Shutoff
from pipemap.gui.tools import TOOLS, tool
from pipemap.gui.trace_question import Place, Question
from pipemap.gui.trace_tools import tracer
from pipemap.gui.trench import trenches
from pipemap.gui.window import MainWindow
from pipemap.jobs.tracing import save_configuration
from pipemap.model.trace_settings import Configuration, TraceSettings
from tests.gui.test_map_view import Hand


@pytest.fixture
def shown(open_window: MainWindow) -> Session:
    return open_window.session


def settle(session: Session, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: session.is_settled, timeout=20_000)


def map_of(window: MainWindow) -> MapView:
    assert isinstance(window.map, MapView)
    return window.map


def upstream(session: Session, qtbot: QtBot, name: str = "YS3") -> Trace:
    assert session.network is not None
    place = Place.of(session.network, session.network.element(name))
    tracer(session).ask(Question("upstream", (place,)))
    settle(session, qtbot)
    assert isinstance(session.result, Trace)
    return session.result


def gathered(session: Session) -> Gathered:
    assert isinstance(session.result, Gathered)
    return session.result


def test_a_field_gathers_along_the_trace_that_is_shown(
    shown: Session, open_window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    found = upstream(shown, qtbot)
    box = open_window.findChild(GatherBox)
    assert box is not None
    box.field.setCurrentIndex(box.field.findData("length"))
    box.accumulate()
    settle(shown, qtbot)
    answer = gathered(shown)
    last = found.pipes.index("YS2-YS3")
    assert answer.pipes[last, 0] == pytest.approx(80.0, abs=0.1)
    assert answer.pipes[last, 3] == 2
    legend = result_legend(answer, dark=False)
    drawn = result_of(answer, arrows=False)
    assert legend is not None
    assert drawn is not None
    assert sum(len(group.pipes) for group in drawn.groups) == 2
    assert legend.unit == "m"
    page = open_window.findChild(GatheredPage)
    assert page is not None
    page.export(tmp_path / "sum.xlsx")
    settle(shown, qtbot)
    rows = CalamineWorkbook.from_path(tmp_path / "sum.xlsx").get_sheet_by_index(0).to_python()
    assert rows[0] == ["Layer", "Id", "Sum", "Least", "Most", "Count"]
    assert len(rows) == 1 + len(found.node_rows) + len(found.pipe_rows)


def test_another_figure_is_coloured_and_the_trace_comes_back(shown: Session, open_window: MainWindow, qtbot: QtBot) -> None:
    found = upstream(shown, qtbot)
    show_gathered(shown, found, tracer(shown).question, Wish("diameter_mm"))
    settle(shown, qtbot)
    look_at(shown, gathered(shown), 3)
    assert gathered(shown).shown == 3
    assert [part.label for part in gathered(shown).parts][:2] == ["0", "1"]
    back = open_window.findChildren(GatheredPage)[-1].findChild(QPushButton, "back")
    assert back is not None
    back.click()
    assert shown.result is found
    assert tracer(shown).question is not None


def test_every_number_field_can_gather(shown: Session, open_window: MainWindow, qtbot: QtBot) -> None:
    found = upstream(shown, qtbot)
    box = open_window.findChild(GatherBox)
    assert box is not None
    names = [str(box.field.itemData(place)) for place in range(box.field.count())]
    assert "length" in names
    for name in names:
        show_gathered(shown, found, None, Wish(name))
        settle(shown, qtbot)
        assert gathered(shown).wish.what == name


def test_flow_time_shows_what_it_rests_on_and_takes_a_velocity(shown: Session, open_window: MainWindow, qtbot: QtBot) -> None:
    upstream(shown, qtbot)
    command("trace.flow_time")(open_window.context)
    settle(shown, qtbot)
    assert np.isfinite(gathered(shown).pipes[:, 0]).all()
    page = open_window.findChildren(GatheredPage)[-1]
    assert any("quickest way" in part.text() for part in page.findChildren(QLabel))
    page.velocity.setText("fast")
    page.velocity.editingFinished.emit()
    assert gathered(shown).wish.velocity is None
    page.velocity.setText("2")
    page.velocity.editingFinished.emit()
    settle(shown, qtbot)
    assert gathered(shown).wish.velocity == 2.0


def test_the_catchment_is_outlined_on_the_map_and_goes_out(
    shown: Session, open_window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    upstream(shown, qtbot)
    command("trace.catchment")(open_window.context)
    settle(shown, qtbot)
    assert isinstance(shown.result, Outlined)
    assert shown.result.lines
    assert not map_of(open_window).overlay.sketch.is_empty
    page = open_window.findChildren(OutlinePage)[-1]
    page.reach.setText("10")
    page.reach.editingFinished.emit()
    settle(shown, qtbot)
    assert isinstance(shown.result, Outlined)
    assert shown.result.found.square_metres == pytest.approx(80 * 20 + np.pi * 100, rel=0.02)
    open_window.findChildren(OutlinePage)[-1].export(tmp_path / "c.geojson")
    settle(shown, qtbot)
    feature = json.loads((tmp_path / "c.geojson").read_text(encoding="utf-8"))["features"][0]
    assert shapely.from_geojson(json.dumps(feature["geometry"])).is_valid
    shown.set_result(None)
    settle(shown, qtbot)
    assert map_of(open_window).overlay.sketch.is_empty


def test_only_traces_along_the_flow_offer_it(shown: Session, qtbot: QtBot) -> None:
    for name in ("trace.accumulate", "trace.flow_time", "trace.catchment"):
        assert not command(name).enabled(shown)
    upstream(shown, qtbot)
    assert command("trace.catchment").enabled(shown)
    found = upstream(shown, qtbot)
    show_gathered(shown, found, tracer(shown).question, Wish(OUTLINE, reach=5.0))
    settle(shown, qtbot)
    assert not command("trace.catchment").enabled(shown)


def test_what_gathered_is_asked_again_after_an_edit(shown: Session, qtbot: QtBot) -> None:
    found = upstream(shown, qtbot)
    show_gathered(shown, found, tracer(shown).question, Wish("diameter_mm"))
    settle(shown, qtbot)
    assert shown.survey is not None
    with shown.survey.edit("wider") as edit:
        edit.update("pipe", "YS1-YS2", diameter_mm=800.0)
    shown.refresh()
    settle(shown, qtbot)
    assert gathered(shown).network is shown.network
    assert 1400.0 in gathered(shown).pipes[:, 0].tolist()


# -- profiles -----------------------------------------------------------------------------------------------------------


def panel(window: MainWindow) -> ProfilePanel:
    return window.findChildren(ProfilePanel)[-1]


def lay_out(shown: Session, window: MainWindow, qtbot: QtBot) -> None:
    command("trace.profile")(window.context)
    settle(shown, qtbot)


def test_the_way_between_two_nodes_is_laid_out_and_a_click_selects(
    shown: Session, open_window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    network = shown.network
    assert network is not None
    rows = [network.element(name).row for name in ("YS1", "YS3")]
    shown.select(Selection.of(nodes=rows))
    lay_out(shown, open_window, qtbot)
    profile = profiles(shown).profile
    assert profile is not None
    assert profile.length == pytest.approx(80.0, abs=0.1)
    plot = panel(open_window).plot
    plot.click(20.0)
    assert [network.pipe_ids[row] for row in shown.selection.pipes.tolist()] == ["YS1-YS2"]
    plot.click(40.0)
    assert [network.node_ids[row] for row in shown.selection.nodes.tolist()] == ["YS2"]
    panel(open_window).export(tmp_path / "p.xlsx")
    settle(shown, qtbot)
    assert (tmp_path / "p.xlsx").stat().st_size > 0


def test_a_profile_follows_an_edit_and_goes_with_its_pipes(shown: Session, open_window: MainWindow, qtbot: QtBot) -> None:
    network = shown.network
    assert network is not None
    assert shown.survey is not None
    shown.select(Selection.of(pipes=[network.element(name).row for name in ("YS1-YS2", "YS2-YS3")]))
    lay_out(shown, open_window, qtbot)
    with shown.survey.edit("ground") as edit:
        edit.update("node", "YS2", ground=25.0)
    shown.refresh()
    settle(shown, qtbot)
    profile = profiles(shown).profile
    assert profile is not None
    assert profile.network is shown.network
    assert 25.0 in profile.ground.tolist()


def test_what_is_no_run_is_refused_in_words(shown: Session, open_window: MainWindow, qtbot: QtBot) -> None:
    network = shown.network
    assert network is not None
    told: list[str] = []
    shown.message.connect(lambda message: told.append(message.text))
    shown.select(Selection.of(pipes=[network.element(name).row for name in ("YS1-YS2", "JS1-JS2")]))
    lay_out(shown, open_window, qtbot)
    assert profiles(shown).profile is None
    assert any("no single run" in text for text in told)
    shown.select(Selection())
    lay_out(shown, open_window, qtbot)
    assert any("nothing to lay out" in text for text in told)


# -- trenches -----------------------------------------------------------------------------------------------------------


def test_a_trench_gives_one_plan_for_all_that_it_touches(shown: Session, qtbot: QtBot) -> None:
    trenches(shown).plan([(500010.0, 3399995.0, 0.0), (500010.0, 3400010.0, 0.0)])
    qtbot.waitUntil(lambda: isinstance(shown.result, Shutoff), timeout=10_000)
    assert isinstance(shown.result, Shutoff)
    assert set(shown.result.plan.contained.pipes) == {"JS1-JS2", "JS2-JS3", "JS3-JS4"}
    assert [place.layer for place in shown.result.question.broken] == ["pipe"]
    assert shown.tool == "shutoff:more"


def test_a_trench_that_touches_nothing_says_so(shown: Session, qtbot: QtBot) -> None:
    told: list[str] = []
    shown.message.connect(lambda message: told.append(message.text))
    trenches(shown).plan([(0.0, 0.0, 0.0), (5.0, 0.0, 0.0)])
    settle(shown, qtbot)
    assert shown.result is None
    assert any("touches nothing" in text for text in told)


def test_a_trench_is_drawn_with_clicks(shown: Session, open_window: MainWindow, qtbot: QtBot) -> None:
    hand = Hand(open_window, qtbot)
    shown.set_view("2d")
    settle(shown, qtbot)
    command("shutoff.trench")(open_window.context)
    assert hand.map.hint.isVisible()
    at = hand.pixel("JS1-JS2")
    for place in (QPoint(at.x(), at.y() - 15), QPoint(at.x(), at.y() + 15)):
        hand.map.hand.click(place, Qt.KeyboardModifier.NoModifier)
    hand.map.hand.double_click(QPoint(at.x(), at.y() + 15))
    qtbot.waitUntil(lambda: isinstance(shown.result, Shutoff), timeout=10_000)
    assert isinstance(shown.result, Shutoff)
    assert "JS1-JS2" in shown.result.plan.contained.pipes


# -- the rest -----------------------------------------------------------------------------------------------------------


def test_properties_tell_of_the_segment(shown: Session, open_window: MainWindow) -> None:
    assert shown.network is not None
    shown.show_panel("properties")
    shown.select_element("pipe", shown.network.element("JS1-JS2").row)
    box = open_window.findChildren(SegmentBox)[-1]
    select = box.findChild(QPushButton, "select segment")
    assert select is not None
    assert any("around" in part.text() for part in box.findChildren(QLabel))
    select.click()
    assert [shown.network.pipe_ids[row] for row in shown.selection.pipes.tolist()] == ["JS1-JS2", "JS2-JS3", "JS3-JS4"]


def test_a_tool_that_has_no_business_in_a_workspace_is_put_down(shown: Session) -> None:
    for row in TOOLS:
        for workspace in ("survey", "shutoff", "inspection"):
            shown.set_workspace("survey" if workspace != "survey" else "shutoff")
            shown.set_tool(row.id)
            shown.set_workspace(workspace)
            stays = tool(shown.tool).id.partition(":")[0] == row.id.partition(":")[0]
            assert stays == (not row.stays_in or workspace in row.stays_in)


def test_saved_configurations_are_rows_of_the_trace_menus(shown: Session, open_window: MainWindow, qtbot: QtBot) -> None:
    assert shown.survey is not None
    assert not open_window.findChildren(QAction, "saved:mains")
    save_configuration(shown.survey, Configuration("mains", "connected", TraceSettings(barrier_where="diameter_mm < 200")))
    shown.refresh()
    settle(shown, qtbot)
    rows = open_window.findChildren(QAction, "saved:mains")
    assert len(rows) == 2
    rows[0].trigger()
    assert shown.tool == "trace:connected"
    assert tracer(shown).settings.barrier_where == "diameter_mm < 200"


def test_the_map_is_coloured_by_segment_and_by_what_a_break_costs(shown: Session, open_window: MainWindow, qtbot: QtBot) -> None:
    for name in ("segment", "break_cost"):
        shown.set_look(replace(shown.look, colour_by=name))
        settle(shown, qtbot)
        entries = map_of(open_window).scene.legend().entries
        assert sum(entry.count for entry in entries) == 5
        assert entries[-1].key is None
