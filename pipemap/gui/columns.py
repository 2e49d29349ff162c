"""Which columns a table shows: chosen from a list that stays open, kept for the next time."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from pipemap.gui.parts import button
from pipemap.model.fields import Layer, fields
from pipemap.model.wording import heading
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.gui.session import Session

FIRST_COLUMNS: dict[Layer, tuple[str, ...]] = {
    "node": ("id", "category", "feature", "appurtenance", "ground", "chamber_depth", "state", "road", "owner", "note"),
    "pipe": (
        *("id", "from_node", "to_node", "category", "diameter_mm", "width_mm", "height_mm", "material", "burial"),
        *("from_depth", "to_depth", "from_level", "to_level", "flow", "road", "built", "note"),
    ),
}
"""What is shown before the person chooses other columns."""

KEYS = frozenset({"from_fid", "to_fid", "arm_pipe"})
"""Fields that hold the database's own numbers, which say nothing to a person."""


_NARROWEST, _WIDEST = 16, 2000
"""Widths of columns that are taken from a file, in pixels."""


def choosable(layer: Layer) -> list[str]:
    """Fields that can be columns, in the order of forms."""
    return [name for name in fields(layer) if name not in KEYS]


class KeptColumns:
    """The columns of both tables in one small file; losing it loses nothing that matters, so no error is raised."""

    def __init__(self, session: Session) -> None:
        self._file: Path = session.settings.path.parent / "columns.json"

    def names(self, layer: Layer) -> list[str]:
        """Columns of a table, in order; those it had at first, where none were kept."""
        kept = self._read().get(layer)
        known = choosable(layer)
        names = [name for name in kept if name in known] if isinstance(kept, list) else []
        return list(dict.fromkeys(names)) or list(FIRST_COLUMNS[layer])

    def keep(self, layer: Layer, names: Sequence[str]) -> None:
        """Keep them; the first columns are not kept, so that a later version may choose better ones."""
        kept = {name: columns for name, columns in self._read().items() if name != layer}
        if tuple(names) != FIRST_COLUMNS[layer]:
            kept[layer] = list(names)
        self._write(kept)

    def widths(self, layer: Layer) -> dict[str, int]:
        """Widths that a person gave to columns, in pixels."""
        kept = self._read().get(f"{layer} widths")
        if not isinstance(kept, dict):
            return {}
        return {name: width for name, width in kept.items() if isinstance(width, int) and _NARROWEST <= width <= _WIDEST}

    def frozen(self, layer: Layer) -> int:
        """How many of the first columns are held in place."""
        kept = self._read().get(f"{layer} frozen")
        return kept if isinstance(kept, int) and 0 <= kept <= len(fields(layer)) else 0

    def keep_look(self, layer: Layer, *, widths: Mapping[str, int], frozen: int) -> None:
        """Keep widths, and how many columns are held."""
        ours = {f"{layer} widths": dict(widths), f"{layer} frozen": frozen}
        self._write({name: value for name, value in self._read().items() if name not in ours} | ours)

    def _write(self, kept: Mapping[str, object]) -> None:
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            draft = self._file.with_suffix(".tmp")
            draft.write_text(json.dumps(kept, indent=1), encoding="utf-8")
            draft.replace(self._file)
        except OSError:
            return

    def _read(self) -> dict[str, object]:
        try:
            kept = json.loads(self._file.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            return {}
        return kept if isinstance(kept, dict) else {}


class ColumnChooser(QFrame):
    """A list with a tick for each column; closes at Esc or a click elsewhere."""

    changed = Signal(object)
    """The names chosen, as ``list[str]``: those that were there in their order, new ones behind."""

    def __init__(self, parent: QWidget, layer: Layer, names: Sequence[str]) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("chooser")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._layer: Layer = layer
        self.search = QLineEdit()
        self.search.setPlaceholderText(_("Find a column"))
        self.search.setAccessibleName(_("Find a column"))
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._filter)
        self.list = QListWidget()
        self.list.setAccessibleName(_("Columns"))
        self.list.setUniformItemSizes(True)
        self._fill(names)
        self.list.itemChanged.connect(lambda _item: self._tell())
        self._before = Qt.CheckState.Unchecked
        self.list.itemPressed.connect(self._note)
        self.list.itemClicked.connect(self._toggle)
        foot = QHBoxLayout()
        foot.addWidget(button(_("As at first"), self.reset, quiet=True))
        foot.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(4)
        column.addWidget(self.search)
        column.addWidget(self.list, 1)
        column.addLayout(foot)
        self.resize(280, 420)
        self.search.setFocus()

    def open_at(self, corner: QPoint) -> None:
        """Show it with its upper right corner there, or above where there is no room below."""
        screen = self.screen().availableGeometry()
        left = max(screen.left(), min(corner.x() - self.width(), screen.right() - self.width()))
        top = min(corner.y(), screen.bottom() - self.height())
        self.move(left, max(screen.top(), top))
        self.show()

    def names(self) -> list[str]:
        """What is ticked."""
        items = [self.list.item(place) for place in range(self.list.count())]
        return [item.data(Qt.ItemDataRole.UserRole) for item in items if item.checkState() == Qt.CheckState.Checked]

    def reset(self) -> None:
        """Tick what was ticked at first."""
        self._fill(FIRST_COLUMNS[self._layer])
        self._tell()

    def _fill(self, names: Sequence[str]) -> None:
        """Chosen columns first, in their order."""
        self.list.blockSignals(True)
        self.list.clear()
        known = fields(self._layer)
        for name in [*names, *(one for one in choosable(self._layer) if one not in names)]:
            item = QListWidgetItem(heading(known[name]))
            item.setData(Qt.ItemDataRole.UserRole, name)
            item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Checked if name in names else Qt.CheckState.Unchecked)
            self.list.addItem(item)
        self.list.blockSignals(False)

    def _note(self, item: QListWidgetItem) -> None:
        self._before = item.checkState()

    def _toggle(self, item: QListWidgetItem) -> None:
        """A click on the word ticks as well as one on the box, which has done so already."""
        if item.checkState() == self._before:
            on = self._before == Qt.CheckState.Checked
            item.setCheckState(Qt.CheckState.Unchecked if on else Qt.CheckState.Checked)

    def _tell(self) -> None:
        self.changed.emit(self.names())

    def _filter(self, text: str) -> None:
        for place in range(self.list.count()):
            item = self.list.item(place)
            item.setHidden(text.casefold() not in item.text().casefold())
