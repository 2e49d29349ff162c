"""The history: undo, redo, and a chain that shows what was altered."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipemap.errors import EditError
from pipemap.store import Survey, create_survey, open_survey
from tests.store.deliveries import delivery, foreign


@pytest.fixture
def survey(tmp_path: Path) -> Iterator[Survey]:
    with create_survey(tmp_path / "a.gpkg") as made:
        made.store(delivery())
        yield made


def _set(survey: Survey, node: str, **fields: object) -> None:
    with survey.edit(f"{node} {fields}") as edit:
        edit.update("node", node, **fields)


def _tables(survey: Survey) -> dict[str, list[tuple[object, ...]]]:
    with survey.database() as database:
        return {
            name: database.execute(f"SELECT * FROM {name} ORDER BY fid").fetchall()
            for name in ("node", "pipe", "batch", "problem")
        }


def test_undo_and_redo_walk_through_the_history(survey: Survey) -> None:
    states = [_tables(survey)]
    for number in range(3):
        _set(survey, "JS1", ground=float(number), note=f"step {number}")
        states.append(_tables(survey))
    for state in states[-2::-1]:
        survey.undo()
        assert _tables(survey) == state
    for state in states[1:]:
        survey.redo()
        assert _tables(survey) == state
    with pytest.raises(EditError, match="nothing to redo"):
        survey.redo()
    assert survey.verify().intact


def test_undo_is_refused_where_a_later_change_builds_on_it(survey: Survey) -> None:
    _set(survey, "JS1", state="closed")
    _set(survey, "JS2", state="closed")
    _set(survey, "JS1", state="open")
    with pytest.raises(EditError, match=r"JS1 \{'state': 'open'\}"):
        survey.undo(2)
    survey.undo(3)
    assert survey.record("node", 2)["state"] is None
    with pytest.raises(EditError, match="undone already"):
        survey.undo(3)
    with pytest.raises(EditError, match="no entry 77"):
        survey.undo(77)


def test_undo_of_a_node_is_refused_while_later_pipes_end_there(survey: Survey) -> None:
    with survey.edit("node") as edit:
        edit.insert("node", {"id": "N", "x": 1.0, "y": 1.0})
    with survey.edit("pipe to it") as edit:
        edit.insert("pipe", {"from_node": "N", "to_node": "JS1"})
    with pytest.raises(EditError, match="pipe to it"):
        survey.undo(2)


def test_redo_ends_when_something_else_was_done(survey: Survey) -> None:
    _set(survey, "JS1", state="closed")
    survey.undo()
    _set(survey, "JS2", state="closed")
    with pytest.raises(EditError, match="nothing to redo"):
        survey.redo()


def test_an_undone_import_is_gone_with_all_its_tables(survey: Survey) -> None:
    survey.undo()
    assert {name: len(rows) for name, rows in _tables(survey).items()} == {"node": 0, "pipe": 0, "batch": 0, "problem": 0}
    with pytest.raises(EditError, match="nothing to undo"):
        survey.undo()


def test_what_another_program_changed_is_not_overwritten(survey: Survey) -> None:
    _set(survey, "JS1", state="closed")
    with foreign(survey.path) as other:
        other.execute("UPDATE node SET state = 'unknown' WHERE fid = 1")
    with pytest.raises(EditError, match="changed meanwhile"):
        survey.undo()
    assert survey.record("node", 1)["state"] == "unknown"


@pytest.mark.parametrize(
    "alteration",
    [
        "UPDATE history SET author = 'nobody' WHERE id = 2",
        "UPDATE history_row SET after = '{}' WHERE change = 2",
        "DELETE FROM history_row WHERE change = 2",
        "DELETE FROM history WHERE id = 2",
        "DELETE FROM history WHERE id = 3",
        "UPDATE history SET hash = 'beef' WHERE id = 3",
    ],
)
def test_an_altered_history_shows(survey: Survey, alteration: str) -> None:
    _set(survey, "JS1", state="closed")
    _set(survey, "JS2", state="closed")
    head = survey.verify()
    assert (head.intact, head.entries, head.head) == (True, 3, survey.history()[-1].hash)
    path = survey.path
    survey.close()
    with foreign(path) as other:
        other.execute(alteration)
    with open_survey(path) as again:
        found = again.verify()
        assert not found.intact
        assert found.broken in {2, 3}
        assert found.reason


def test_a_change_can_be_read_and_taken_the_other_way(survey: Survey) -> None:
    _set(survey, "JS1", state="closed")
    change = survey.change(2)
    (part,) = change.parts
    assert (part.table, part.keys) == ("node", [1])
    assert part.after.to_pylist() == [{"fid": 1, "state": "closed"}]
    assert (~~change).parts[0].after.equals(part.after)
    survey.apply(~change)
    assert survey.record("node", 1)["state"] is None
    with pytest.raises(EditError):
        survey.apply(~change)


def test_the_hash_that_a_report_printed_shows_what_was_taken_away(survey: Survey) -> None:
    _set(survey, "JS1", state="closed")
    head = survey.verify().head
    _set(survey, "JS2", state="closed")
    assert survey.verify(head).intact
    path = survey.path
    survey.close()
    with foreign(path) as other:
        other.execute("DELETE FROM history_row WHERE change >= 2")
        other.execute("DELETE FROM history WHERE id >= 2")
    with open_survey(path) as again:
        assert again.verify().intact  # a chain alone shows it only to who kept its head
        assert not again.verify(head).intact
        (one,) = again.disagreements()  # but its rows are still there
        assert (one.table, one.keys) == ("node", (1, 2))
