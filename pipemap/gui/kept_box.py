"""The list of kept results below the result: rename in place, show together, combine, export, delete."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QIcon, QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QHeaderView, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from pipemap.gui.exporting import ask_for_export, write_rows
from pipemap.gui.kept import Joining, Kept, shelf
from pipemap.gui.parts import label, rule, tool_button
from pipemap.gui.swatches import swatch
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from pipemap.gui.session import Session

_MOST_ROWS = 5
_JOINS: tuple[tuple[Joining, str, str], ...] = (
    ("and", "intersect", N_("What is in all of the chosen results")),
    ("or", "plus", N_("What is in any of the chosen results")),
    ("minus", "minus", N_("What is in the first of them, and in none of the others")),
)
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class KeptBox(QWidget):
    """Hidden while nothing is kept. The order of choosing counts for “minus”: the upper one is the first."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session, self._shelf = session, shelf(session)
        self._filling = False
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 0, 12, 8)
        column.setSpacing(4)
        column.addWidget(rule())
        column.addLayout(self._head())
        self.rows = _Rows(self)
        self.rows.itemChanged.connect(self._rename)
        self.rows.itemSelectionChanged.connect(self._enable)
        self.rows.itemDoubleClicked.connect(lambda _item, place: self.show_chosen() if place else None)
        column.addWidget(self.rows)
        self._shelf.changed.connect(self._fill)
        session.network_changed.connect(self._fill)
        self._fill()

    def _head(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(2)
        row.addWidget(label(_("Kept results"), "caption"))
        row.addStretch(1)
        self._one = [
            tool_button("eye", _("Show the chosen results together"), self.show_chosen),
            tool_button("export", _("Export the chosen results"), self.export),
            tool_button("trash", _("Delete the chosen results"), self.drop_chosen),
        ]
        self._two = [tool_button(picture, _(tip), partial(self._combine, how)) for how, picture, tip in _JOINS]
        for part in (self._one[0], *self._two, *self._one[1:]):
            row.addWidget(part)
        return row

    def chosen(self) -> list[Kept]:
        """The results that are chosen, from above; all where none is."""
        places = sorted(self.rows.indexOfTopLevelItem(item) for item in self.rows.selectedItems())
        return [self._shelf.kept[place] for place in places] or list(self._shelf.kept)

    def show_chosen(self) -> None:
        """Show them on the map together."""
        self._shelf.show(self.chosen())

    def drop_chosen(self) -> None:
        """Take off the list what is chosen; nothing where nothing is."""
        if self.rows.selectedItems():
            self._shelf.drop(self.chosen())

    def _combine(self, how: Joining) -> None:
        self._shelf.combine(how, self.chosen())

    def export(self, path: Path | None = None) -> None:
        """Write what is in any of the chosen results to a spreadsheet or to GeoJSON."""
        network, picked = self._session.network, self.chosen()
        if network is None or not picked:
            return
        target = path or ask_for_export(self, _("Export the result"), picked[0].name)
        if target is not None:
            rows = [one.rows(network) for one in picked]
            write_rows(self._session, [pair[0] for pair in rows], [pair[1] for pair in rows], target)

    def _fill(self) -> None:
        network = self._session.network
        self.setVisible(bool(self._shelf.kept) and network is not None)
        if network is None:
            return
        self._filling = True
        picked = {item.text(0) for item in self.rows.selectedItems()}
        self.rows.clear()
        for one in self._shelf.kept:
            item = QTreeWidgetItem([one.name, *one.words(network)])
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsEditable)
            item.setIcon(0, QIcon(swatch(one.colour)))
            item.setToolTip(0, one.name)
            for place in (1, 2):
                item.setTextAlignment(place, _RIGHT)
            self.rows.addTopLevelItem(item)
            item.setSelected(one.name in picked)
        self.rows.fit()
        self._filling = False
        self._enable()

    def _rename(self, item: QTreeWidgetItem, place: int) -> None:
        if not self._filling and place == 0:
            self._shelf.rename(self._shelf.kept[self.rows.indexOfTopLevelItem(item)], item.text(0))

    def _enable(self) -> None:
        for part in self._two:
            part.setEnabled(len(self.chosen()) > 1)
        self._one[-1].setEnabled(bool(self.rows.selectedItems()))


class _Rows(QTreeWidget):
    """Results to choose from; only names are edited, Delete takes what is chosen off."""

    def __init__(self, box: KeptBox) -> None:
        super().__init__(box)
        self._box = box
        self.setHeaderLabels([_("Result"), _("Pipes"), _("Length")])
        self.setAccessibleName(_("Kept results"))
        self.setRootIsDecorated(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        header = self.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for place in (1, 2):
            header.setSectionResizeMode(place, QHeaderView.ResizeMode.ResizeToContents)
            self.headerItem().setTextAlignment(place, _RIGHT)

    def fit(self) -> None:
        """As high as the rows, up to a few."""
        row = max(26, self.sizeHintForRow(0))
        self.setFixedHeight(min(self.topLevelItemCount(), _MOST_ROWS) * row + self.header().sizeHint().height() + 4)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Delete takes what is chosen off the list; all else as always."""
        if event.key() == Qt.Key.Key_Delete:
            self._box.drop_chosen()
        else:
            super().keyPressEvent(event)
