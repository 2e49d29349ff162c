from __future__ import annotations

from pathlib import Path

import pytest

from pipemap.gui.import_memory import MOST, MappingMemory
from pipemap.model.delivery import SourceColumn, SourceTable


def table(name: str, *headers: str) -> SourceTable:
    return SourceTable(name, "node", 1, tuple(SourceColumn(header, "", 0.0) for header in headers))


def test_corrections_are_found_by_the_headers_in_any_order_and_under_any_name(tmp_path: Path) -> None:
    MappingMemory(tmp_path).keep(table("点.csv", "甲", "乙"), {"甲": "id"})
    found = MappingMemory(tmp_path).find(table("other.xlsx", "乙", "甲"))
    assert found is not None
    assert (found.table, dict(found.corrections)) == ("点.csv", {"甲": "id"})
    assert MappingMemory(tmp_path).find(table("点.csv", "甲", "乙", "丙")) is None


def test_no_corrections_forget_what_was_kept(tmp_path: Path) -> None:
    memory = MappingMemory(tmp_path)
    memory.keep(table("点.csv", "甲"), {"甲": "id"})
    memory.keep(table("点.csv", "甲"), {})
    assert MappingMemory(tmp_path).find(table("点.csv", "甲")) is None


def test_a_table_without_headers_is_never_known_again(tmp_path: Path) -> None:
    memory = MappingMemory(tmp_path)
    memory.keep(table("点.csv", "#1", "#2"), {"#1": "id"})
    assert memory.find(table("点.csv", "#1", "#2")) is None


def test_the_oldest_go_first(tmp_path: Path) -> None:
    memory = MappingMemory(tmp_path)
    for number in range(MOST + 1):
        memory.keep(table("t", f"h{number}"), {f"h{number}": "id"})
    assert memory.find(table("t", "h0")) is None
    assert memory.find(table("t", f"h{MOST}")) is not None


@pytest.mark.parametrize("text", ["", "{", "3", '[{"headers": "abc"}]', '[{"headers": ["a"], "corrections": {"a": []}}]', "[[[["])
def test_a_file_that_cannot_be_read_is_set_aside(tmp_path: Path, text: str) -> None:
    (tmp_path / "mappings.json").write_text(text, encoding="utf-8")
    memory = MappingMemory(tmp_path)
    assert memory.set_aside == tmp_path / "mappings.unreadable.json"
    assert memory.find(table("点.csv", "甲")) is None
    memory.keep(table("点.csv", "甲"), {"甲": "id"})
    assert MappingMemory(tmp_path).find(table("点.csv", "甲")) is not None
