"""One writer at a time, and what a program that dies leaves behind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from pipemap.errors import SurveyFileError
from pipemap.store import create_survey, open_survey
from pipemap.store.locks import Holder, WriterLock, who_writes
from tests.store.deliveries import delivery, names

_ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    place = tmp_path / "a.gpkg"
    with create_survey(place) as survey:
        survey.store(delivery(crs=""))
    return place


def _other_program(text: str, path: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", text, str(path)], cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def test_a_second_program_reads_and_names_the_writer(path: Path) -> None:
    writer = (
        "import sys; from pipemap.store import open_survey\n"
        "survey = open_survey(sys.argv[1]); print('open', flush=True); sys.stdin.readline()\n"
        "with survey.edit('from the other') as edit: edit.update('node', 'JS1', state='closed')\n"
        "print('done', flush=True); sys.stdin.readline(); survey.close()"
    )
    with _other_program(writer, path) as other:
        assert other.stdin is not None
        assert other.stdout is not None
        assert other.stdout.readline() == "open\n"
        with open_survey(path) as survey:
            assert survey.read_only
            assert f"({other.pid})" in survey.holder
            assert survey.holder in survey.notices[0]
            with pytest.raises(SurveyFileError) as raised:
                survey.store(delivery(batch="b", crs=""))
            assert survey.holder in raised.value.hint
            with pytest.raises(SurveyFileError), survey.edit("mine"):
                pass
            before = survey.network
            print("go", file=other.stdin, flush=True)
            assert other.stdout.readline() == "done\n"
            assert before.node_state[0] is None
            assert survey.reload().node_state[0] == "closed"
        print("end", file=other.stdin, flush=True)
    with open_survey(path) as survey:
        assert not survey.read_only
        assert survey.holder == ""


def test_a_second_opening_in_one_program_is_for_reading(path: Path) -> None:
    with open_survey(path) as first, open_survey(path) as second:
        assert not first.read_only
        assert second.read_only
        assert second.network.node_count == 4
    with open_survey(path, read_only=True) as asked:
        assert (asked.holder, asked.notices) == ("", ())


def test_a_program_killed_in_a_transaction_loses_only_that(path: Path) -> None:
    killed = (
        "import os, sys; from pipemap.store import open_survey\n"
        "survey = open_survey(sys.argv[1])\n"
        "with survey.edit('confirmed') as edit: edit.update('node', 'JS1', state='closed')\n"
        "with survey.edit('not confirmed') as edit:\n"
        "    edit.update('node', 'JS2', state='closed'); os._exit(9)"
    )
    with _other_program(killed, path) as other:
        assert other.wait() == 9
    assert path.with_name("a.gpkg.lock").exists()
    with open_survey(path) as survey:
        assert not survey.read_only
        assert "not closed properly" in survey.notices[0]
        assert [entry.label for entry in survey.history()][1:] == ["confirmed"]
        assert (survey.record("node", 1)["state"], survey.record("node", 2)["state"]) == ("closed", None)
        assert survey.verify().intact
    assert names(path.parent) == [path.name]


def test_a_program_killed_while_importing_leaves_the_survey_as_it_was(path: Path) -> None:
    killed = (
        "import os, sys; from pipemap.store import open_survey; from tests.store.deliveries import delivery\n"
        "calls = []\n"
        "def progress(done, total=None, label=''):\n"
        "    calls.append(label)\n"
        "    if len(calls) == 7: os._exit(9)\n"
        "open_survey(sys.argv[1]).store(delivery(batch='b', crs=''), progress=progress)"
    )
    with _other_program(killed, path) as other:
        assert other.wait() == 9
    with open_survey(path) as survey:
        assert survey.network.node_count == 4
        assert len(survey.history()) == 1


def test_a_lock_left_by_a_dead_program_is_taken_over(path: Path) -> None:
    me = Holder.me()
    lock = path.with_name("a.gpkg.lock")
    for content in (json.dumps({"user": "x", "host": me.host, "pid": 999_999_999, "time": 1.0}), "nonsense", ""):
        lock.write_text(content)
        assert who_writes(path) is None
        with open_survey(path) as survey:
            assert not survey.read_only
        assert not lock.exists()


def test_a_lock_of_another_computer_is_respected(path: Path) -> None:
    me = Holder.me()
    lock = path.with_name("a.gpkg.lock")
    lock.write_text(json.dumps({"user": "王工", "host": "other-computer", "pid": 1, "time": me.time}))
    with open_survey(path) as survey:
        assert survey.holder == "王工@other-computer (1)"
        assert survey.read_only
    lock.write_text(json.dumps({"user": "王工", "host": "other-computer", "pid": 1, "time": me.time - 90 * 24 * 3600}))
    with open_survey(path) as survey:
        assert not survey.read_only


def test_the_lock_goes_from_one_to_the_next(tmp_path: Path) -> None:
    first, second = WriterLock(tmp_path / "a"), WriterLock(tmp_path / "a")
    assert first.acquire()
    assert not second.acquire()
    assert second.holder is not None
    assert second.holder.pid == os.getpid()
    first.release()
    first.release()
    assert second.acquire()
    second.release()
    assert names(tmp_path) == []


def test_threads_read_while_one_writes(path: Path) -> None:
    problems: list[BaseException] = []
    with open_survey(path) as survey:
        stop = threading.Event()

        def read() -> None:
            try:
                while not stop.is_set():
                    network = survey.network
                    assert network.column("node", "note").to_pylist()[:1] is not None
                    assert len(survey.find("JS")) >= 4
            except BaseException as error:  # noqa: BLE001 -- told to the test
                problems.append(error)

        threads = [threading.Thread(target=read) for _ in range(2)]
        for thread in threads:
            thread.start()
        for number in range(15):
            with survey.edit(f"edit {number}") as edit:
                edit.insert("node", {"id": f"N{number}", "x": float(number), "y": 0.0})
        stop.set()
        for thread in threads:
            thread.join()
        assert problems == []
        assert survey.network.node_count == 19
