"""What a person writes beside an export: for the register, on the sheets, and which attributes go along."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QFormLayout, QLineEdit, QTabWidget, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from pipemap.gui.columns import KEYS
from pipemap.gui.parts import label
from pipemap.model.fields import LAYERS, Layer, fields
from pipemap.model.wording import heading
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.gui.session import Session
    from pipemap.jobs.exporting import HandOutWords

_NAME = Qt.ItemDataRole.UserRole
_CHECKED, _UNCHECKED = Qt.CheckState.Checked, Qt.CheckState.Unchecked


class ExportWords(QTabWidget):
    """Three small pages."""

    def __init__(self, session: Session, limit_km2: float) -> None:
        super().__init__()
        self._session = session
        self.told: dict[str, QLineEdit] = {}
        self.printed: dict[str, QLineEdit] = {}
        self.labels = QCheckBox(_("A column of words beside each column of codes"))
        self.attributes = self._make_attributes()
        self.setDocumentMode(True)
        self.addTab(self._make_register(limit_km2), _("For the register"))
        self.addTab(self._make_sheets(), _("On sheets"))
        self.addTab(self._make_attribute_page(), _("Attributes"))
        self.setAccessibleName(_("Words and attributes"))

    def _make_register(self, limit_km2: float) -> QWidget:
        rows = (("recipient", _("Recipient")), ("purpose", _("Purpose")), ("approver", _("Approver")))
        words = _("Every export is entered into the hand-out register of the survey.")
        if limit_km2 >= 0:
            words += " " + _("More than {limit} km² asks for a recipient and an approver.").format(limit=f"{limit_km2:,g}")
        return _page(rows, self.told, words)

    def _make_sheets(self) -> QWidget:
        rows = (
            *(("title", _("Title")), ("surveyor", _("Survey unit")), ("drawn", _("Drawn by"))),
            *(("checked", _("Checked by")), ("approved", _("Approved by")), ("date", _("Date"))),
        )
        made = _page(rows, self.printed, _("Printed in the head and foot of survey tables and drawings."))
        survey = self._session.survey
        self.printed["title"].setText(survey.name if survey is not None else "")
        return made

    def _make_attribute_page(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 12, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.labels)
        column.addWidget(self.attributes, 1)
        return page

    def _make_attributes(self) -> QTreeWidget:
        made = QTreeWidget()
        made.setHeaderHidden(True)
        made.setAccessibleName(_("Attributes"))
        for layer in LAYERS:
            head = QTreeWidgetItem([_("Nodes") if layer == "node" else _("Pipes")])
            head.setData(0, _NAME, layer)
            head.setFlags(head.flags() | Qt.ItemFlag.ItemIsAutoTristate | Qt.ItemFlag.ItemIsUserCheckable)
            for name, field in fields(layer).items():
                if name not in KEYS:
                    part = QTreeWidgetItem(head, [heading(field)])
                    part.setData(0, _NAME, name)
                    part.setCheckState(0, _CHECKED)
            made.addTopLevelItem(head)
            head.setExpanded(True)
        return made

    # -- what is said ------------------------------------------------------------------------------------------------

    def hand_out(self) -> HandOutWords:
        """For the register."""
        from pipemap.jobs.exporting import HandOutWords

        said = {name: line.text().strip() for name, line in self.told.items()}
        return HandOutWords(**said, author=str(self._session.settings.value("author")))

    def words(self) -> dict[str, str]:
        """For the sheets; what is empty is left out."""
        return {name: line.text().strip() for name, line in self.printed.items() if line.text().strip()}

    def chosen_attributes(self) -> dict[Layer, Sequence[str]]:
        """Fields that are checked, of a layer in which one is not."""
        found: dict[Layer, Sequence[str]] = {}
        for place in range(self.attributes.topLevelItemCount()):
            head = self.attributes.topLevelItem(place)
            if head is None or head.checkState(0) == _CHECKED:
                continue
            parts = [head.child(number) for number in range(head.childCount())]
            names = [str(part.data(0, _NAME)) for part in parts if part is not None and part.checkState(0) == _CHECKED]
            found["node" if head.data(0, _NAME) == "node" else "pipe"] = ["id", *(name for name in names if name != "id")]
        return found


def _page(rows: Sequence[tuple[str, str]], lines: dict[str, QLineEdit], words: str) -> QWidget:
    page = QWidget()
    form = QFormLayout(page)
    form.setContentsMargins(0, 12, 0, 0)
    form.setHorizontalSpacing(12)
    form.setVerticalSpacing(8)
    form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    for name, title in rows:
        line = lines[name] = QLineEdit()
        line.setAccessibleName(title)
        form.addRow(label(title, "quiet"), line)
    form.addRow(label(words, "small", wrap=True))
    return page
