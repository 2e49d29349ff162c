from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from pytestqt.qtbot import QtBot

from pipemap.errors import Cancelled, EditError
from pipemap.gui.session import Message, Session
from pipemap.gui.tasks import Step
from pipemap.progress import Progress


def test_work_runs_elsewhere_and_its_answer_comes_home(qtbot: QtBot, session: Session) -> None:
    threads: list[threading.Thread] = []
    answers: list[int] = []

    def work(progress: Progress) -> int:
        threads.append(threading.current_thread())
        progress(1, 2)
        return 42

    def take(answer: int) -> None:
        threads.append(threading.current_thread())
        answers.append(answer)

    session.run(work, "Counting", take)
    qtbot.waitUntil(lambda: bool(answers))
    assert answers == [42]
    assert threads[0] is not threads[1]
    assert threads[1] is threading.main_thread()
    assert session.is_settled


def test_an_error_of_ours_becomes_a_message_with_its_hint(qtbot: QtBot, session: Session) -> None:
    def work(_progress: Progress) -> None:
        raise EditError("The pipe is locked.", "Unlock it first.")

    with qtbot.waitSignal(session.message) as heard:
        session.run(work, "Editing", lambda _answer: pytest.fail("it did not work"))
    message = heard.args[0]
    assert isinstance(message, Message)
    assert (message.level, message.text, message.hint) == ("error", "The pipe is locked.", "Unlock it first.")


def test_a_bug_is_told_from_an_error(qtbot: QtBot, session: Session) -> None:
    with qtbot.waitSignal(session.crashed) as heard:
        session.run(lambda _progress: 1 // 0, "Dividing", lambda _answer: pytest.fail("it did not work"))
    assert isinstance(heard.args[0], ZeroDivisionError)


def test_cancelled_work_stops_and_says_nothing(qtbot: QtBot, session: Session) -> None:
    stopped = threading.Event()

    def work(progress: Progress) -> None:
        try:
            while True:
                progress(0)
        except Cancelled:
            stopped.set()
            raise

    task = session.run(work, "Waiting", lambda _answer: pytest.fail("it was cancelled"))
    with qtbot.assertNotEmitted(session.message), qtbot.waitSignal(session.settled):
        task.cancel()
    assert stopped.is_set()
    assert not session.tasks.running


@pytest.mark.usefixtures("qapp")
def test_closing_stops_what_is_under_way(session: Session) -> None:
    begun = threading.Event()

    def work(progress: Progress) -> None:
        begun.set()
        while True:
            progress(0)

    session.run(work, "Waiting", lambda _answer: pytest.fail("it was stopped"))
    assert begun.wait(5)
    session.shut_down()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("pipemap")]


def test_a_share_is_known_only_with_a_total() -> None:
    assert Step(5, None).share is None
    assert Step(5, 10).share == 0.5
    assert Step(12, 10).share == 1.0


def test_what_is_held_begins_when_what_comes_first_is_done_and_shown(qtbot: QtBot, session: Session) -> None:
    done: list[str] = []

    def work(name: str) -> Callable[[Progress], str]:
        return lambda _progress: name

    with session.tasks.holding():
        session.run(work("other"), "Other", done.append)
        session.run(work("first"), "First", done.append, first=True)
    qtbot.waitUntil(lambda: done == ["first"])
    assert [task.label for task in session.tasks.running] == ["Other"]
    session.tasks.release()
    qtbot.waitUntil(lambda: done == ["first", "other"])
    assert session.is_settled


def test_nothing_is_held_where_nothing_comes_first(qtbot: QtBot, session: Session) -> None:
    done: list[int] = []
    with session.tasks.holding():
        session.run(lambda _progress: 1, "One", done.append)
        assert not done
    qtbot.waitUntil(lambda: done == [1])
