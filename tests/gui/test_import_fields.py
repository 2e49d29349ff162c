from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from pipemap.formats.customers.columns import FIELDS
from pipemap.formats.survey_tables.headers import IGNORED, known_fields
from pipemap.gui.import_fields import Choice, ChoiceList, field_choices, field_words, mark_of
from pipemap.gui.session import Session
from pipemap.model.delivery import SourceColumn


@pytest.mark.parametrize("kind", ["node", "pipe", "row", ""])
def test_every_field_that_is_offered_is_one_that_a_mapping_may_name(kind: str) -> None:
    values = [choice.value for choice in field_choices(kind)]
    assert values[0] == ""
    assert set(values[1:]) <= known_fields()
    assert len(set(values)) == len(values)


def test_customers_are_offered_the_fields_of_customers() -> None:
    assert {choice.value for choice in field_choices("customer")} == {"", *FIELDS - {IGNORED}}
    assert field_words("households", "customer") == "Households"


@pytest.mark.parametrize(
    ("field", "confidence", "mark"), [("id", 1.0, "sure"), ("id", 0.6, "guess"), ("", 0.0, "unknown"), ("", 1.0, "left")]
)
def test_a_column_is_marked_by_how_sure_the_reader_was(field: str, confidence: float, mark: str) -> None:
    assert mark_of(SourceColumn("a", field, confidence)) == mark


def test_the_best_match_is_chosen_first_and_escape_chooses_nothing(session: Session, qtbot: QtBot) -> None:
    assert session.survey is None
    parent = QWidget()
    qtbot.addWidget(parent)
    parent.show()
    choices = [Choice(name, name) for name in ("cover material", "material", *"abcdefgh")]
    taken: list[str] = []
    for key, wanted in ((Qt.Key.Key_Return, ["material"]), (Qt.Key.Key_Escape, ["material"])):
        made = ChoiceList(parent, choices, "a", name="Fields")
        made.chosen.connect(taken.append)
        made.open_at(parent.mapToGlobal(parent.rect().topLeft()))
        made.search.setText("material")
        QTest.keyClick(made.search if key == Qt.Key.Key_Return else made, key)
        assert taken == wanted
