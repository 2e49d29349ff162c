"""The history looked through, and taken back in parts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipemap.errors import EditError
from pipemap.store import Asked, Survey, create_survey
from tests.store.deliveries import delivery


@pytest.fixture
def survey(tmp_path: Path) -> Iterator[Survey]:
    with create_survey(tmp_path / "a.gpkg") as made:
        made.store(delivery(), author="crew")
        with made.edit("close valve", author="Ann") as edit:
            edit.update("node", "JS1", state="closed")
        with made.edit("new road 100%", author="Li") as edit:
            edit.update("pipe", "P3", road="新路")
        yield made


def numbers(survey: Survey, asked: Asked) -> list[int]:
    found = [entry.id for entry in survey.history_page(asked)]
    assert survey.history_count(asked) == len(found)
    return found


def test_the_history_is_filtered(survey: Survey) -> None:
    assert numbers(survey, Asked()) == [3, 2, 1]
    assert numbers(survey, Asked(text="VALVE")) == [2]
    assert numbers(survey, Asked(text="0%")) == [3]
    assert numbers(survey, Asked(author="Ann")) == [2]
    assert numbers(survey, Asked(kind="pipe")) == [3, 1]
    assert numbers(survey, Asked(kind="node")) == [2, 1]
    assert numbers(survey, Asked(kind="other")) == [1]
    assert numbers(survey, Asked(elements={"node": [1]})) == [2, 1]
    assert numbers(survey, Asked(elements={"pipe": [3], "node": [1]})) == [3, 2, 1]
    assert numbers(survey, Asked(elements={"node": [99]})) == []
    since, until = survey.span("2000-01-01", "2000-01-02")
    assert numbers(survey, Asked(until=until)) == []
    assert numbers(survey, Asked(since=since)) == [3, 2, 1]


def test_rows_inside_a_chunk_are_found(tmp_path: Path) -> None:
    nodes = [{"id": f"N{at}", "x": float(at), "y": 0.0, "category": "JS"} for at in range(300)]
    with create_survey(tmp_path / "b.gpkg") as survey:
        survey.store(delivery(nodes, []))
        with survey.edit("one") as edit:
            edit.update("node", "N250", note="x")
        assert numbers(survey, Asked(elements={"node": [251]})) == [2, 1]
        assert numbers(survey, Asked(elements={"node": [301]})) == []
        assert survey.told(1).added["node"][251] == "N250"


def test_the_history_is_read_in_pages(survey: Survey) -> None:
    first = survey.history_page(limit=2)
    assert [entry.id for entry in first] == [3, 2]
    assert [entry.id for entry in survey.history_page(limit=2, before=first[-1].id)] == [1]


def test_undone_entries_say_so(survey: Survey) -> None:
    survey.undo(2)
    survey.redo()
    survey.undo(3)
    assert {entry.id: entry.undone for entry in survey.history_page()} == {entry.id: entry.undone for entry in survey.history()}


def test_what_stands_in_the_way_is_named(survey: Survey) -> None:
    assert [entry.label for entry in survey.in_the_way(1)] == ["new road 100%", "close valve"]
    assert survey.in_the_way(2) == []
    survey.undo(2)
    assert [entry.id for entry in survey.in_the_way(1)] == [3]


def test_what_can_be_taken_back_of_an_import_is(survey: Survey) -> None:
    survey.undo_part(1, author="Ann")
    network = survey.network
    assert set(network.pipe_ids.take(range(network.pipe_count))) == {"P3"}
    assert {network.node_ids[row] for row in range(network.node_count)} == {"JS1", "JS3", "JS4"}  # edited, or ends of P3
    assert [batch.batch.name for batch in survey.batches()] == ["一标"]
    assert survey.disagreements() == ()
    survey.undo()
    assert survey.network.pipe_count == 3
    with pytest.raises(EditError, match=r"#2|#3"):
        survey.undo_part(1, {"node": [1]})


def test_named_rows_of_an_import_are_taken_back(survey: Survey) -> None:
    wanted = survey.keys_in(1, ["P1"])
    assert wanted == {"pipe": [1]}
    survey.undo_part(1, wanted)
    assert survey.network.pipe_count == 2
    assert survey.network.node_count == 4
    with pytest.raises(EditError, match="did nothing to"):
        survey.keys_in(1, ["XX"])


def test_an_undo_that_is_named_is_taken_back(survey: Survey) -> None:
    survey.undo(2)
    survey.redo_entry(4)
    assert survey.record("node", 1)["state"] == "closed"
    assert survey.history()[-1].label == "Redo: close valve"
    with pytest.raises(EditError, match="no undo that stands"):
        survey.redo_entry(4)
    with pytest.raises(EditError, match="no undo that stands"):
        survey.redo_entry(2)
