"""What the window does with traces beyond the first answer: several ways, leaks, why, settings, kept results, configurations."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from pipemap.analysis.trace import Trace, TraceType
from pipemap.gui.commands import command
from pipemap.gui.element_menu import element_menu
from pipemap.gui.kept import shelf
from pipemap.gui.map_result import result_legend, result_of
from pipemap.gui.result_panel import ResultPanel
from pipemap.gui.session import Session
from pipemap.gui.shares import Shares
from pipemap.gui.trace_question import Explained, Place, Question, Ways, trace_of
from pipemap.gui.trace_tools import tracer
from pipemap.gui.window import MainWindow
from pipemap.jobs.tracing import configurations
from pipemap.model.lookup import Element
from pipemap.model.trace_settings import TraceSettings, read


@pytest.fixture
def shown(open_window: MainWindow) -> Session:
    return open_window.session


def settle(session: Session, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: session.is_settled, timeout=20_000)


def place(session: Session, name: str) -> Place:
    assert session.network is not None
    return Place.of(session.network, session.network.element(name))


def ask(session: Session, qtbot: QtBot, kind: str, *starts: str, end: str = "") -> None:
    places = tuple(place(session, name) for name in starts)
    tracer(session).ask(Question(kind, places, end=place(session, end) if end else None))
    settle(session, qtbot)


def panel_of(window: MainWindow) -> ResultPanel:
    return window.findChildren(ResultPanel)[-1]


def words(window: MainWindow) -> str:
    return "\n".join(part.text() for part in panel_of(window).findChildren(QLabel))


def test_ways_are_listed_and_one_is_shown(shown: Session, open_window: MainWindow, qtbot: QtBot) -> None:
    ask(shown, qtbot, "ways", "node:JS1", end="node:JS4")
    assert isinstance(shown.result, Ways)
    assert shown.result.routes[0].pipes == ("JS1-JS2", "JS2-JS3", "JS3-JS4")
    assert "Ways from JS1 to JS4" in words(open_window)
    assert result_of(shown.result, arrows=True) is not None
    assert result_legend(shown.result, dark=False) is not None


def test_a_click_on_a_pipe_gives_a_way_its_nearer_end(shown: Session) -> None:
    network = shown.network
    assert network is not None
    near_first, near_second = (
        Place.of(network, network.element("JS1-JS2"), (east, 3400000.0, 0.0)) for east in (500005.0, 500036.0)
    )
    assert network.element(near_first.node(network)) == network.element("node:JS1")
    assert network.element(near_second.node(network)) == network.element("node:JS2")


def test_ctrl_click_starts_from_there_too(shown: Session, qtbot: QtBot) -> None:
    network = shown.network
    assert network is not None
    tracer(shown).click(network.element("JS1-JS2"), TraceType.CONNECTED)
    settle(shown, qtbot)
    tracer(shown).click(network.element("YS1-YS2"), TraceType.CONNECTED, add=True)
    settle(shown, qtbot)
    assert isinstance(shown.result, Trace)
    assert len(shown.result.starts) == 2
    assert set(shown.result.pipes) == {"JS1-JS2", "JS2-JS3", "JS3-JS4", "YS1-YS2", "YS2-YS3"}


def test_what_leaks_shows_where_it_can_enter(shown: Session, open_window: MainWindow, qtbot: QtBot) -> None:
    ask(shown, qtbot, "leak", "JS1-JS2")
    assert shown.result.pipes == ("YS1-YS2", "YS2-YS3")
    assert "Where it can enter" in words(open_window)
    legend = result_legend(shown.result, dark=False)
    assert legend is not None
    assert legend.entries[0].label == "Leaks"


def test_why_is_answered_with_the_way_and_left_with_a_step_back(shown: Session, open_window: MainWindow, qtbot: QtBot) -> None:
    ask(shown, qtbot, TraceType.CONNECTED, "node:JS1")
    network = shown.network
    assert network is not None
    tracer(shown).explain(network.element("JS3-JS4"))
    settle(shown, qtbot)
    assert isinstance(shown.result, Explained)
    assert network.pipe_ids.take(shown.result.way_pipes) == ["JS1-JS2", "JS2-JS3", "JS3-JS4"]
    assert "JS3-JS4 was reached from JS1" in words(open_window)
    drawn = result_of(shown.result, arrows=True)
    assert drawn is not None
    assert drawn.groups[-1].label == "The way"
    assert tracer(shown).step_back()
    assert isinstance(shown.result, Trace)


def test_why_stands_in_the_menu_while_a_trace_is_shown(shown: Session, open_window: MainWindow, qtbot: QtBot) -> None:
    element = Element("pipe", 0)
    before = {action.objectName() for action in element_menu(shown, element, open_window).actions()}
    ask(shown, qtbot, TraceType.CONNECTED, "node:JS1")
    after = {action.objectName() for action in element_menu(shown, element, open_window).actions()}
    assert after - before == {"trace.why"}


def test_settings_ask_again_at_once(shown: Session, open_window: MainWindow, qtbot: QtBot) -> None:
    ask(shown, qtbot, TraceType.CONNECTED, "node:JS1")
    box = panel_of(open_window).settings
    box.open()
    box.barrier_where.setText("diameter_mm < 200")
    box.barrier_where.editingFinished.emit()
    settle(shown, qtbot)
    found = trace_of(shown.result)
    assert found is not None
    assert set(found.pipes) == {"JS1-JS2", "JS2-JS3"}
    box.limit.setText("far")
    box.limit.editingFinished.emit()
    assert box.limit.text() == ""
    box.limit.setText("10")
    box.limit.editingFinished.emit()
    settle(shown, qtbot)
    found = trace_of(shown.result)
    assert found is not None
    assert found.pipes == ("JS1-JS2",)


def test_results_are_kept_named_combined_shown_and_deleted(
    shown: Session, open_window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    ask(shown, qtbot, TraceType.CONNECTED, "node:JS1")
    command("trace.keep")(open_window.context)
    ask(shown, qtbot, TraceType.SHORTEST_PATH, "node:JS1", end="node:JS3")
    command("trace.keep")(open_window.context)
    kept, network = shelf(shown), shown.network
    assert network is not None
    assert [one.name for one in kept.kept] == ["Connected with JS1", "Shortest path from JS1 to JS3"]
    kept.combine("minus", kept.kept)
    assert network.pipe_ids.take(kept.kept[2].rows(network)[1]) == ["JS3-JS4"]
    kept.rename(kept.kept[2], "The branch")
    box = panel_of(open_window).kept
    assert box.isVisibleTo(open_window)
    box.show_chosen()
    assert isinstance(shown.result, Shares)
    assert {line.cells[0] for line in shown.result.lines} >= {"The branch", "In all of them", "Only in The branch"}
    box.rows.topLevelItem(2).setSelected(True)  # type: ignore[union-attr]
    box.export(tmp_path / "branch.geojson")
    settle(shown, qtbot)
    written = json.loads(next(tmp_path.glob("branch*.geojson")).read_text(encoding="utf-8"))
    assert "JS3-JS4" in json.dumps(written)
    box.drop_chosen()
    assert [one.name for one in kept.kept] == ["Connected with JS1", "Shortest path from JS1 to JS3"]


def test_a_name_is_changed_in_the_list(shown: Session, open_window: MainWindow, qtbot: QtBot) -> None:
    ask(shown, qtbot, TraceType.CONNECTED, "node:JS1")
    command("trace.keep")(open_window.context)
    item = panel_of(open_window).kept.rows.topLevelItem(0)
    assert item is not None
    item.setText(0, "Water")
    assert [one.name for one in shelf(shown).kept] == ["Water"]


def test_a_configuration_is_saved_in_the_survey_and_used(shown: Session, open_window: MainWindow, qtbot: QtBot) -> None:
    tracer(shown).settings = TraceSettings(barrier_where="diameter_mm < 200")
    ask(shown, qtbot, TraceType.CONNECTED, "node:JS1")
    tracer(shown).set_settings(TraceSettings(barrier_where="diameter_mm < 200"))
    settle(shown, qtbot)
    command("trace.save")(open_window.context)
    names = panel_of(open_window).settings.configurations
    names.names.setEditText("On the mains")
    names.save()
    settle(shown, qtbot)
    assert shown.survey is not None
    assert [one.name for one in configurations(shown.survey)] == ["On the mains"]
    tracer(shown).set_settings(TraceSettings())
    settle(shown, qtbot)
    names._use()
    settle(shown, qtbot)
    assert tracer(shown).settings.barrier_where == "diameter_mm < 200"
    names.drop()
    settle(shown, qtbot)
    assert configurations(shown.survey) == ()


@pytest.mark.parametrize(
    "text", ["{", "[1]", '[{"name": "x"}]', '[{"name": "x", "type": "connected", "limit": -1}]', "9" * 9, None, "[" * 9999]
)
def test_a_spoilt_setting_is_no_configuration(text: str | None) -> None:
    assert read(text) == ()
