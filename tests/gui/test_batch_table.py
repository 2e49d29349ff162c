"""The batches in the window: steps, edges, demands, the sheet."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QInputDialog, QLabel
from pytestqt.qtbot import QtBot

from pipemap.gui.batch_table import BatchTable
from pipemap.gui.element_table import ElementTable
from pipemap.gui.map_cards import facts
from pipemap.gui.property_panel import PropertyPanel
from pipemap.gui.session import Message, Selection
from pipemap.gui.window import MainWindow
from pipemap.model.acceptance import step_named
from pipemap.model.lookup import Element
from pipemap.scene.composing import coloured
from pipemap.store import create_survey
from pipemap.store.acceptance import Demands, set_demands
from pipemap.store.quality import keep_verdict
from tests.jobs.test_batches import EAST, PIPE, WEST
from tests.store.deliveries import delivery


@pytest.fixture
def panel(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> BatchTable:
    """The panel on a survey in which one batch waits beside another."""
    with create_survey(tmp_path / "a.gpkg") as survey:
        survey.store(delivery(WEST, PIPE, batch="west"))
        set_demands(survey, Demands(acceptance=True, different_people=False))
        survey.store(delivery(EAST, PIPE, batch="east"), author="crew")
    session = window.session
    session.open(tmp_path / "a.gpkg")
    qtbot.waitUntil(lambda: session.network is not None and session.is_settled, timeout=20_000)
    session.show_panel("batches")
    settle(window, qtbot)
    found = window.findChild(BatchTable)
    assert isinstance(found, BatchTable)
    return found


def settle(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: window.session.is_settled, timeout=20_000)


def enabled(panel: BatchTable) -> list[str]:
    return [name for name, made in panel.buttons.items() if made.isEnabled()]


def test_a_batch_goes_step_by_step_into_the_survey(panel: BatchTable, window: MainWindow, qtbot: QtBot) -> None:
    settle(window, qtbot)
    assert panel._current is not None
    assert panel._current.name == "east"
    assert enabled(panel) == ["check", "return"]
    item = panel.edges.topLevelItem(0)
    assert item is not None
    assert [item.text(column) for column in range(5)] == ["B1", "A2", "0.020", "-0.010", "become one node"]
    for name in ("check", "approve", "store"):
        panel.buttons[name].click()
        settle(window, qtbot)
    assert window.session.network is not None
    assert window.session.network.node_count == 3
    assert not window.session.network.pending_batches
    assert enabled(panel) == []


def test_a_return_keeps_its_reason(panel: BatchTable, window: MainWindow, qtbot: QtBot) -> None:
    panel.take(step_named("return"), reason="B2 has no depth")
    settle(window, qtbot)
    assert panel._current is not None
    assert (panel._current.state, panel._current.reason) == ("returned", "B2 has no depth")
    assert enabled(panel) == ["submit"]


def test_what_is_refused_is_told(panel: BatchTable, window: MainWindow, qtbot: QtBot) -> None:
    told: list[Message] = []
    window.session.message.connect(told.append)
    settle(window, qtbot)
    panel.different.click()
    settle(window, qtbot)
    window.session.settings.set("author", "crew")
    panel.buttons["check"].click()
    settle(window, qtbot)
    assert any("another person" in one.text for one in told if one.level == "error")


def test_the_metadata_sheet_is_written(panel: BatchTable, window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    settle(window, qtbot)
    for ending in (".docx", ".xlsx"):
        panel.print_sheet(tmp_path / f"sheet{ending}")
        settle(window, qtbot)
        assert (tmp_path / f"sheet{ending}").stat().st_size > 1000


def test_a_batch_that_waits_is_told_on_map_and_in_tables(panel: BatchTable, window: MainWindow, qtbot: QtBot) -> None:
    settle(window, qtbot)
    network = window.session.network
    assert network is not None
    row = int(network.node_fid.tolist().index(next(iter(network.node_fid[network.node_batch == 2]))))
    rows = dict(facts(network, Element("node", row), dark=False).rows)
    assert rows["Batch"] == "east: waits for acceptance, in no trace"
    colouring = coloured(network, None, dark=False)
    assert colouring.legend.entries[-1].label == "Paler: waits for acceptance"
    assert colouring.legend.entries[-1].count == 1
    accepted = np.flatnonzero(network.pipe_batch == 1)[0]
    assert colouring.pipes[np.flatnonzero(network.pipe_batch == 2)[0]].sum() > colouring.pipes[accepted].sum()
    window.session.show_panel("nodes")
    settle(window, qtbot)
    table = next(one for one in window.findChildren(ElementTable) if one.layer == "node")
    assert not table.only_waiting.isHidden()
    assert [table.model.waits(place) for place in range(4)].count(True) == 2
    table.only_waiting.click()
    settle(window, qtbot)
    assert len(table.model.fids) == 2
    window.session.show_panel("batches")
    settle(window, qtbot)
    for name in ("check", "approve", "store"):
        panel.buttons[name].click()
        settle(window, qtbot)
    window.session.show_panel("nodes")
    settle(window, qtbot)
    assert table.only_waiting.isHidden()
    assert len(table.model.fids) == 3
    assert len(coloured(window.session.network, None, dark=False).legend.entries) == 1  # type: ignore[arg-type]


@pytest.mark.usefixtures("panel")
def test_the_properties_say_what_waits(window: MainWindow, qtbot: QtBot) -> None:
    settle(window, qtbot)
    session = window.session
    network = session.network
    assert network is not None
    session.show_panel("properties")
    properties = window.findChildren(PropertyPanel)[-1]

    def said() -> str:
        page = properties._area.widget()
        assert page is not None
        return "\n".join(part.text() for part in page.findChildren(QLabel))

    waiting = np.flatnonzero(network.node_batch == 2)
    session.select_element("node", int(waiting[0]))
    settle(window, qtbot)
    assert "east: waits for acceptance, in no trace" in said()
    session.select(Selection.of(nodes=np.arange(network.node_count), pipes=np.arange(network.pipe_count)))
    settle(window, qtbot)
    assert "3, in no trace" in said()
    session.select_element("node", int(np.flatnonzero(network.node_batch == 1)[0]))
    settle(window, qtbot)
    assert "in no trace" not in said()


def test_a_batch_that_failed_is_taken_in_with_a_reason_and_a_name_alone(
    panel: BatchTable, window: MainWindow, qtbot: QtBot
) -> None:
    settle(window, qtbot)
    session = window.session
    assert session.survey is not None
    for name in ("check", "approve"):
        panel.buttons[name].click()
        settle(window, qtbot)
    keep_verdict(session.survey, 2, 2, "failed", "hidden points", name="east", author="Li")
    session.settings.set("author", "Zhao")
    panel.buttons["store"].click()
    settle(window, qtbot)
    (dialog,) = panel.findChildren(QInputDialog)
    assert "failed its acceptance" in dialog.labelText()
    dialog.setTextValue("flood relief")
    dialog.accept()
    settle(window, qtbot)
    assert panel._current is not None
    assert (panel._current.state, panel._current.override) == ("stored", "flood relief")
    newest = session.survey.newest_entry()
    assert newest is not None
    assert (newest.author, "flood relief" in newest.label) == ("Zhao", True)
