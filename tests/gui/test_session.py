from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from pipemap.gui.care import watch_over
from pipemap.gui.session import Message, Selection, Session, ViewRequest
from pipemap.model.lookup import Element


def opened(qtbot: QtBot, session: Session, path: Path) -> None:
    session.open(path)
    qtbot.waitUntil(lambda: session.network is not None and session.is_settled, timeout=20_000)


def test_a_survey_is_opened_and_closed(qtbot: QtBot, session: Session, street_path: Path) -> None:
    opened(qtbot, session, street_path)
    assert session.network is not None
    assert (session.network.node_count, session.network.pipe_count) == (7, 5)
    with qtbot.waitSignals([session.survey_changed, session.network_changed, session.result_changed]):
        session.close()
    assert not session.is_open
    assert [path.name for path in street_path.parent.glob("street.gpkg*")] == ["street.gpkg"]


def test_a_file_that_is_no_survey_is_an_error_message_and_nothing_else_changes(
    qtbot: QtBot, session: Session, street_path: Path, tmp_path: Path
) -> None:
    opened(qtbot, session, street_path)
    before = session.survey
    wrong = tmp_path / "wrong.gpkg"
    wrong.write_bytes(b"not a database at all")
    with qtbot.waitSignal(session.message) as heard:
        session.open(wrong)
    assert isinstance(heard.args[0], Message)
    assert heard.args[0].level == "error"
    assert session.survey is before


def test_the_selection_keeps_its_elements_when_rows_move(qtbot: QtBot, session: Session, street_path: Path) -> None:
    opened(qtbot, session, street_path)
    assert session.survey is not None
    assert session.network is not None
    row = int(session.network.pipe_ids.rows("YS1-YS2")[0])
    session.select_element("pipe", row)
    with session.survey.edit("take out") as edit:
        edit.delete("pipe", "JS1-JS2")
    session.refresh()
    assert session.network is not None
    assert [session.network.pipe_ids[int(row)] for row in session.selection.pipes] == ["YS1-YS2"]


def test_a_result_is_asked_again_of_a_changed_network(qtbot: QtBot, session: Session, street_path: Path) -> None:
    opened(qtbot, session, street_path)
    assert session.survey is not None
    session.set_result(5, again=lambda network: network.pipe_count)
    with session.survey.edit("take out") as edit:
        edit.delete("pipe", "JS1-JS2")
    session.refresh()
    assert session.result == 4
    session.close()
    assert session.result is None


def test_a_result_without_a_question_goes_when_the_network_changes(qtbot: QtBot, session: Session, street_path: Path) -> None:
    opened(qtbot, session, street_path)
    assert session.survey is not None
    session.set_result("an answer")
    with session.survey.edit("take out") as edit:
        edit.delete("pipe", "JS1-JS2")
    session.refresh()
    assert session.result is None


def test_selecting_the_same_again_says_nothing(qtbot: QtBot, session: Session) -> None:
    session.select(Selection.of(nodes=[3, 1, 3]))
    assert session.selection.nodes.tolist() == [1, 3]
    with qtbot.assertNotEmitted(session.selection_changed):
        session.select(Selection.of(nodes=[1, 3]))


def test_ctrl_click_adds_and_takes_away() -> None:
    first = Selection.of(nodes=[1, 2], pipes=[5])
    assert first.toggled(Selection.of(nodes=[2, 3])).same_as(Selection.of(nodes=[1, 3], pipes=[5]))
    assert len(first.with_(Selection.of(pipes=[5, 6]))) == 4


def test_flying_asks_the_map_to_look(qtbot: QtBot, session: Session) -> None:
    with qtbot.waitSignal(session.view_requested) as asked:
        session.fly_to("pipe", 3)
    assert asked.args == [ViewRequest("element", Element("pipe", 3))]


def test_the_look_changes_as_a_whole(qtbot: QtBot, session: Session) -> None:
    with qtbot.waitSignal(session.look_changed):
        session.set_look(replace(session.look, colour_by="material"))
    assert session.look.colour_by == "material"
    with qtbot.assertNotEmitted(session.look_changed):
        session.set_look(replace(session.look))


def test_the_picture_is_complete_when_every_part_is(qtbot: QtBot, session: Session) -> None:
    session.mark_busy("scene")
    assert not session.is_settled
    with qtbot.waitSignal(session.settled):
        session.mark_ready("scene")
    assert session.is_settled


def test_carrying_no_rows_is_no_selection() -> None:
    assert len(Selection.of(nodes=np.empty(0, dtype=np.int64))) == 0


def test_a_backup_waits_for_the_picture(qtbot: QtBot, session: Session, street_path: Path) -> None:
    drawn = threading.Event()

    def draw() -> None:
        session.run(lambda _progress: drawn.wait(10), "Drawing", lambda _nothing: session.tasks.release(), first=True)

    session.network_changed.connect(draw, Qt.ConnectionType.SingleShotConnection)
    watch_over(session)
    session.open(street_path)
    qtbot.waitUntil(lambda: session.network is not None)
    assert "Making a backup" in [task.label for task, _work in session.tasks._held]
    drawn.set()
    qtbot.waitUntil(lambda: session.is_settled)
