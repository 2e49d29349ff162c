"""The survey as it was, and what is different between two states."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipemap import trace
from pipemap.errors import EditError, SurveyFileError
from pipemap.store import Survey, create_survey
from tests.store.deliveries import delivery, foreign

TABLES = ("node", "pipe", "batch", "problem")


@pytest.fixture
def survey(tmp_path: Path) -> Iterator[Survey]:
    """Four nodes, three pipes, and four edits after the import."""
    with create_survey(tmp_path / "a.gpkg") as made:
        made.store(delivery())
        with made.edit("raise", author="Ann") as edit:
            edit.update("node", "JS1", ground=13.0, note="raised")
        with made.edit("take away", author="Li") as edit:
            edit.delete("pipe", "P1")
        with made.edit("new", author="Li") as edit:
            edit.insert("node", {"id": "N", "x": 500001.0, "y": 3400001.0, "category": "JS"})
        with made.edit("join", author="Ann") as edit:
            edit.insert("pipe", {"id": "PN", "from_node": "N", "to_node": "JS1", "category": "JS"})
        yield made


def rows_of(survey: Survey) -> dict[str, list[tuple[object, ...]]]:
    with survey.database() as database:
        found = {name: database.execute(f"SELECT * FROM {name} ORDER BY fid").fetchall() for name in TABLES}
        boxes = {f"rtree_{layer}": database.execute(f"SELECT * FROM rtree_{layer}_geom").fetchall() for layer in ("node", "pipe")}
    return found | {name: sorted(rows) for name, rows in boxes.items()}


def test_every_state_of_a_survey_can_be_seen_again(tmp_path: Path) -> None:
    with create_survey(tmp_path / "a.gpkg") as survey:
        states = [rows_of(survey)]
        survey.store(delivery())
        states.append(rows_of(survey))
        for number in range(3):
            with survey.edit(f"step {number}") as edit:
                edit.update("node", "JS1", ground=float(number), x=500000.0 + number, note=f"{number}")
            states.append(rows_of(survey))
        survey.undo(2 + 2)
        states.append(rows_of(survey))
        with survey.edit("delete") as edit:
            edit.delete("pipe", "P1")
        states.append(rows_of(survey))
        for entry, state in enumerate(states):
            with survey.as_of(f"#{entry}") as past:
                assert rows_of(past) == state
                assert past.verify().intact
                assert past.disagreements() == ()


def test_forms_tables_search_and_traces_tell_of_then(survey: Survey) -> None:
    assert survey.find("N", limit=1)[0].id == "N"
    with survey.as_of("#1") as past:
        assert past.record("node", 1)["ground"] == 12.5
        assert past.rows("node", [1], ["note"]) == [(None,)]
        assert [hit.id for hit in past.find("raised")] == []
        assert trace(past.network, "JS1", "connected").pipes == ("P1", "JS2-JS3", "P3")
        assert past.path == survey.path
        assert past.read_only
        with pytest.raises(SurveyFileError, match="reading only"), past.edit("no") as edit:
            edit.update("node", "JS1", ground=1.0)
    assert survey.record("node", 1)["ground"] == 13.0


def test_the_copy_goes_with_the_past(survey: Survey) -> None:
    past = survey.as_of("#1")
    copy = past._connections.path
    assert copy.is_file()
    past.close()
    assert not copy.parent.exists()


def test_a_moment_is_a_date_a_time_or_a_change(survey: Survey) -> None:
    today = datetime.now().astimezone().date().isoformat()
    assert survey.state(today).entry == survey.state("now").entry == 5
    assert survey.state("1999-12-31").entry == 0
    assert survey.state("#2").entry == survey.state(2).entry == 2
    third = datetime.fromisoformat(survey.history()[2].time)
    assert survey.state(third).entry >= 3
    for wrong in ("yesterday", "#77", "#x", "2026-13-01"):
        with pytest.raises(EditError):
            survey.state(wrong)


def test_a_mark_of_secrecy_cannot_be_got_round_by_looking_back(survey: Survey) -> None:
    survey.set_secrecy("secret", node_fids=[1])
    survey.set_secrecy("secret", pipe_fids=[2])
    with survey.edit("delete") as edit:
        edit.delete("pipe", 2)
    with survey.as_of("#1") as past:
        assert not past.network.release.nodes[0]
        assert past.record("pipe", 2)["secrecy"] == "secret"
        assert past.extract(node_fids=[1]).withheld_nodes == 1


def test_differences_name_what_came_what_went_and_what_has_other_values(survey: Survey) -> None:
    found = survey.difference("#1")
    assert found.added["node"] == {5: "N"}
    assert list(found.added["pipe"].values()) == ["PN"]
    assert found.removed["pipe"] == {1: "P1"}
    (one,) = found.altered
    assert (one.table, one.id, one.fields["ground"], one.fields["note"]) == ("node", "JS1", (12.5, 13.0), (None, "raised"))
    assert len(survey.difference("#5", "#5")) == 0
    turned = survey.difference("now", "#1")
    assert (turned.first.entry, turned.last.entry) == (1, 5)


def test_what_was_undone_in_between_is_no_difference(survey: Survey) -> None:
    before = survey.state("now")
    with survey.edit("delete") as edit:
        edit.delete("pipe", "PN")
    survey.undo()
    assert len(survey.difference(before)) == 0
    with survey.edit("delete") as edit:
        edit.delete("pipe", "PN")
    survey.undo()
    with survey.edit("other") as edit:
        edit.update("pipe", "PN", note="again")
    (one,) = survey.difference(before).altered
    assert one.fields == {"note": (None, "again")}


def test_a_comparison_still_has_what_was_removed(survey: Survey) -> None:
    found = survey.difference("#1")
    with survey.compared(found) as both:
        assert set(both.network.pipe_ids.take(range(4))) == {"P1", "JS2-JS3", "P3", "PN"}
        assert both.moment is not None
        assert "after change 1" in both.moment.compared


def test_looking_back_leaves_out_what_another_program_did(survey: Survey) -> None:
    state = rows_of(survey)
    with foreign(survey.path) as other:
        other.execute("UPDATE node SET note = 'QGIS' WHERE fid = 2")
        other.execute("DELETE FROM pipe WHERE fid = 2")
    with survey.as_of("#5") as past:
        assert rows_of(past) == state
    assert survey.difference("#5").removed["pipe"] == {2: "JS2-JS3"}


@settings(max_examples=12)
@given(st.lists(st.tuples(st.sampled_from(["edit", "insert", "delete", "undo", "import"]), st.integers(0, 9)), max_size=8))
def test_any_day_of_work_can_be_looked_back_upon(acts: list[tuple[str, int]]) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder, create_survey(Path(folder) / "a.gpkg") as survey:
        survey.store(delivery())
        states = {1: rows_of(survey)}
        for act, number in acts:
            _do(survey, act, number)
            states[survey.history()[-1].id] = rows_of(survey)
        assert survey.disagreements() == ()
        for entry, state in states.items():
            with survey.as_of(f"#{entry}") as past:
                assert rows_of(past) == state


def _do(survey: Survey, act: str, number: int) -> None:
    if act == "undo":
        try:
            survey.undo()
        except EditError:
            return
    elif act == "import":
        survey.store(delivery(batch=f"{number % 3}"))
    else:
        nodes, pipes = survey.network.node_fid.tolist(), survey.network.pipe_fid.tolist()
        with survey.edit(act) as edit:
            if act == "insert":
                edit.insert("node", {"id": f"N{number}", "x": float(number), "y": 1.0})
            elif act == "delete" and pipes:
                edit.delete("pipe", pipes[number % len(pipes)])
            elif act == "edit" and nodes:
                edit.update("node", nodes[number % len(nodes)], note=f"{number}", ground=float(number))
