"""The files of an import: sorted into deliveries by format, those that cannot be read with their reason."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QIcon, QKeyEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from pipemap.gui.icons import icon
from pipemap.gui.parts import button
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.formats.registry import Unreadable
    from pipemap.gui.import_drafts import Draft

_DRAFT, _PATH = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1


def ask_for_files(parent: QWidget) -> list[Path]:
    """Let the person choose files of any format that can be read."""
    from pipemap.formats import formats

    rows = formats()
    everything = " ".join(dict.fromkeys(f"*{ending}" for row in rows for ending in row.extensions))
    filters = [f"{_('Everything that can be read')} ({everything})"]
    filters += [f"{_(row.label)} ({' '.join(f'*{ending}' for ending in row.extensions)})" for row in rows]
    names, _kind = QFileDialog.getOpenFileNames(parent, _("Import files"), "", ";;".join([*filters, f"{_('All files')} (*)"]))
    return [Path(name) for name in names]


class FilesPanel(QWidget):
    """A tree of deliveries and their files; the delivery of the current line is the one that the pages show."""

    current_changed = Signal(object)
    """A :class:`Draft`, or None on a file that cannot be read."""
    added = Signal(object)
    """Paths (``list[Path]``) to read too."""
    removed = Signal(object)
    """Paths to take away."""

    def __init__(self) -> None:
        super().__init__()
        self.tree = QTreeWidget()
        self.tree.setHeaderHidden(True)
        self.tree.setAccessibleName(_("Files to import"))
        self.tree.setUniformRowHeights(True)
        self.tree.setIndentation(16)
        self.tree.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.tree.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.tree.currentItemChanged.connect(lambda item, _before: self._tell(item))
        self.add_button = button(_("Add files"), lambda: self._add(ask_for_files(self)), icon_name="plus")
        self.folder_button = button(_("Add folder"), self._add_folder, quiet=True)
        self.remove_button = button(_("Remove"), self.remove_current, quiet=True)
        row = QHBoxLayout()
        row.setSpacing(4)
        for part in (self.add_button, self.folder_button, self.remove_button):
            row.addWidget(part)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.tree, 1)
        column.addLayout(row)

    def show_files(self, drafts: Sequence[Draft], unreadable: Sequence[Unreadable]) -> None:
        """Show other files; the delivery that was looked at stays the current one."""
        before = self.current_draft()
        self.tree.blockSignals(True)
        self.tree.clear()
        for draft in drafts:
            self.tree.addTopLevelItem(_delivery(draft))
        if unreadable:
            self.tree.addTopLevelItem(_left(unreadable))
        self.tree.expandAll()
        items = self._groups()
        current = next((item for item in items if item.data(0, _DRAFT) is before and before is not None), None)
        if items:
            self.tree.setCurrentItem(current or items[0])
        self.tree.blockSignals(False)
        self.remove_button.setEnabled(bool(items))
        self._tell(self.tree.currentItem())

    def refresh(self) -> None:
        """Write names and marks anew."""
        for item in self._groups():
            if item.data(0, _DRAFT) is not None:
                _name(item, item.data(0, _DRAFT))

    def _groups(self) -> list[QTreeWidgetItem]:
        root = self.tree.invisibleRootItem()
        return _children(root)

    def current_draft(self) -> Draft | None:
        """The delivery of the current line."""
        item: QTreeWidgetItem | None = self.tree.currentItem()
        if item is not None and item.parent() is not None:
            item = item.parent()
        found: Draft | None = item.data(0, _DRAFT) if item is not None else None
        return found

    def current_path(self) -> Path | None:
        """The file of the current line; the first of a group that cannot be read."""
        item: QTreeWidgetItem | None = self.tree.currentItem()
        if item is None:
            return None
        lines = _children(item) or [item]
        found: Path | None = lines[0].data(0, _PATH)
        return found

    def remove_current(self) -> None:
        """Take away the file of the current line, or all of its group."""
        item: QTreeWidgetItem | None = self.tree.currentItem()
        if item is None:
            return
        self.removed.emit([one.data(0, _PATH) for one in (_children(item) or [item])])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Delete removes."""
        if event.key() == Qt.Key.Key_Delete:
            self.remove_current()
            return
        super().keyPressEvent(event)

    def _add(self, paths: list[Path]) -> None:
        if paths:
            self.added.emit(paths)

    def _add_folder(self) -> None:
        name = QFileDialog.getExistingDirectory(self, _("Import a folder"))
        if name:
            self.added.emit([Path(name)])

    def _tell(self, _item: QTreeWidgetItem | None) -> None:
        self.current_changed.emit(self.current_draft())


def _children(item: QTreeWidgetItem) -> list[QTreeWidgetItem]:
    return [child for place in range(item.childCount()) if (child := item.child(place)) is not None]


def _delivery(draft: Draft) -> QTreeWidgetItem:
    item = QTreeWidgetItem()
    item.setData(0, _DRAFT, draft)
    _name(item, draft)
    for path in draft.paths:
        child = QTreeWidgetItem([path.name])
        child.setIcon(0, icon("folder" if path.is_dir() else "file", tint="text_2", on="text_2"))
        child.setToolTip(0, str(path))
        child.setData(0, _PATH, path)
        item.addChild(child)
    return item


def _name(item: QTreeWidgetItem, draft: Draft) -> None:
    from pipemap.formats.registry import format_named

    failed = draft.reading is not None and draft.reading.delivery is None
    words = _(format_named(draft.chosen_format).label)
    item.setText(0, f"{draft.name} · {words}")
    item.setToolTip(0, draft.reading.error.message if failed and draft.reading and draft.reading.error else item.text(0))
    item.setIcon(0, _mark(failed=failed, held_up=draft.obstacle is not None))
    font = item.font(0)
    font.setBold(True)
    item.setFont(0, font)


def _mark(*, failed: bool, held_up: bool) -> QIcon:
    """A delivery by whether it can be read and stored."""
    name, token = ("x-circle", "error") if failed else ("warning", "warning") if held_up else ("package", "accent")
    return icon(name, tint=token, active=token, on=token)


def _left(unreadable: Sequence[Unreadable]) -> QTreeWidgetItem:
    item = QTreeWidgetItem([_("Cannot be read ({n})").format(n=len(unreadable))])
    item.setIcon(0, icon("x-circle", tint="error", active="error", on="error"))
    for one in unreadable:
        child = QTreeWidgetItem([one.path.name])
        child.setIcon(0, icon("file-x", tint="text_2", on="text_2"))
        child.setToolTip(0, str(one.error))
        child.setData(0, _PATH, one.path)
        item.addChild(child)
    return item
