"""What one Change did: element by element, old and new; and what can be done about it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from html import escape
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from pipemap.gui.history_model import moment_of
from pipemap.gui.looking_back import look_back
from pipemap.gui.parts import button, label, tool_button
from pipemap.gui.session import Selection
from pipemap.jobs.told import WHATS, Told, told
from pipemap.model.columns import rows_if_there
from pipemap.texts import _

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from pipemap.gui.session import Session
    from pipemap.gui.tasks import Task
    from pipemap.progress import Progress
    from pipemap.store import Difference, Entry, Survey

MOST = 500
"""Lines that are listed; the spreadsheet of a comparison has all."""
MOST_WIDE = 400
"""Pixels of the widest column."""
_LONGEST = 28
"""Letters of a label in the list of what stands in the way."""
_NAMED = 4
"""Changes that stand in the way which are named."""
_LINE = Qt.ItemDataRole.UserRole


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found out about an entry."""

    found: Difference
    lines: list[Told]
    in_the_way: list[Entry]


class HistoryDetails(QWidget):
    """The chosen Change."""

    wanted = Signal(object)
    """Another :class:`Entry` should be shown: one that stands in the way."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._task: Task | None = None
        self.entry: Entry | None = None
        self.looked: Looked | None = None
        self._title = label("", "strong", wrap=True, selectable=True)
        self._facts = label("", "quiet", wrap=True)
        self._way = QLabel()
        self._way.setTextFormat(Qt.TextFormat.RichText)
        self._way.setWordWrap(True)
        by = Qt.TextInteractionFlag
        self._way.setTextInteractionFlags(by.LinksAccessibleByMouse | by.LinksAccessibleByKeyboard)
        self._way.linkActivated.connect(self._show_blocker)
        self.go = tool_button("crosshair", _("Go there"), self._go)
        self.undo = button(_("Take back"), self._undo, icon_name="arrow-u-up-left")
        self.part = button(_("Take back what can be"), self._undo_free)
        self.rows = button(_("Take back these rows"), self._undo_rows)
        self.before = button(_("As before it"), lambda: self._look_back(-1), quiet=True)
        self.after = button(_("As after it"), lambda: self._look_back(0), quiet=True)
        self.list = self._make_list()
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 6, 8, 0)
        column.setSpacing(4)
        for part in (self._title, self._facts):
            column.addWidget(part)
        column.addWidget(self._way)
        column.addLayout(self._make_buttons())
        column.addWidget(self.list, 1)
        self.show_entry(None)

    def _make_buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(4)
        self.undo.setToolTip(_("Make the opposite change: the history keeps both."))
        self.part.setToolTip(_("Take back all of it that no later change builds on; the rest stays."))
        self.rows.setToolTip(_("Take back only what this change did to the rows marked below."))
        self.before.setToolTip(_("See the whole survey as it was before this change"))
        self.after.setToolTip(_("See the whole survey as it was after this change"))
        for part in (self.go, self.undo, self.part, self.rows, self.before, self.after):
            row.addWidget(part)
        row.addStretch(1)
        return row

    def _make_list(self) -> QTreeWidget:
        made = QTreeWidget()
        made.setHeaderLabels([_("Element"), _("Field"), _("Before"), _("After")])
        made.setRootIsDecorated(False)
        made.setUniformRowHeights(True)
        made.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        made.setAccessibleName(_("What it did"))
        made.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        header = made.header()
        header.setStretchLastSection(False)
        header.setMinimumSectionSize(64)
        header.setMaximumSectionSize(MOST_WIDE)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        made.itemSelectionChanged.connect(self._select)
        made.itemActivated.connect(lambda _item: self._go())
        return made

    # -- what it did -------------------------------------------------------------------------------------------------

    def show_entry(self, entry: Entry | None) -> None:
        """Show another Change."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
        survey = self._session.survey
        self.entry, self.looked = entry, None
        self._title.setText(entry.label if entry is not None else _("Choose a change to see what it did."))
        self._facts.setText(_facts(entry) if entry is not None else "")
        self._facts.setToolTip(_("Hash: {hash}").format(hash=entry.hash) if entry is not None else "")
        self.list.clear()
        self._enable()
        if entry is None or survey is None:
            return

        def work(progress: Progress) -> Looked:
            found = survey.told(entry.id, most=MOST + 1, progress=progress)
            way = survey.in_the_way(entry.id) if entry.undoes is None and not entry.undone else []
            return Looked(found, told(found, limit=MOST + 1), way)

        self._task = self._session.run(work, _("Reading a change"), partial(self._show, survey, entry))

    def _show(self, survey: Survey, entry: Entry, looked: Looked) -> None:
        self._task = None
        if survey is not self._session.survey or entry is not self.entry:
            return
        self.looked = looked
        self.list.clear()
        for one in looked.lines[:MOST]:
            item = QTreeWidgetItem([one.element, one.field or _(WHATS[one.what]), one.old or "–", one.new or "–"])
            if not one.field:
                item.setText(2, "")
                item.setText(3, "")
            for column in range(4):
                item.setToolTip(column, item.text(column))
            item.setData(0, _LINE, one)
            self.list.addTopLevelItem(item)
        if len(looked.lines) > MOST:
            rest = QTreeWidgetItem([_("and more: {n} rows in all").format(n=entry.rows)])
            rest.setFlags(Qt.ItemFlag.NoItemFlags)
            self.list.addTopLevelItem(rest)
        self._enable()

    def _enable(self) -> None:
        """Offer what can be done."""
        survey, entry, looked = self._session.survey, self.entry, self.looked
        known = entry is not None and looked is not None
        can = known and survey is not None and not survey.read_only and entry is not None and not entry.undone
        blocked = looked.in_the_way if looked is not None else []
        self.go.setEnabled(known)
        is_undo = entry is not None and entry.undoes is not None
        self.undo.setText(_("Redo") if is_undo else _("Take back"))
        self.undo.setVisible(not blocked)
        self.undo.setEnabled(bool(can))
        self.part.setVisible(bool(blocked))
        self.part.setEnabled(bool(can))
        self.rows.setVisible(len(self.list.selectedItems()) > 0 and not is_undo)
        self.rows.setEnabled(bool(can))
        for part in (self.before, self.after):
            part.setEnabled(entry is not None)
        self._name_what_stands_in_the_way(blocked)

    def _name_what_stands_in_the_way(self, blocked: list[Entry]) -> None:
        self._way.setVisible(bool(blocked))
        names = []
        for entry in blocked[:_NAMED]:
            words = entry.label if len(entry.label) <= _LONGEST else entry.label[: _LONGEST - 1] + "…"
            names.append(f'<a href="{entry.id}" style="text-decoration: none">{entry.id} {escape(words)}</a>')
        if len(blocked) > _NAMED:
            names.append(escape(_("and {n} more").format(n=len(blocked) - _NAMED)))
        self._way.setText(f"{escape(_('Later changes build on it:'))} {' · '.join(names)}")

    def _show_blocker(self, number: str) -> None:
        blocked = self.looked.in_the_way if self.looked is not None else []
        for entry in blocked:
            if str(entry.id) == number:
                self.wanted.emit(entry)

    # -- going there -------------------------------------------------------------------------------------------------

    def _lines(self) -> list[Told]:
        chosen = [item.data(0, _LINE) for item in self.list.selectedItems()]
        marked = [one for one in chosen if isinstance(one, Told)]
        return marked or (self.looked.lines if self.looked is not None else [])

    def _selection(self) -> Selection:
        network = self._session.network
        if network is None:
            return Selection()
        rows = {}
        for layer, fids in (("node", network.node_fid), ("pipe", network.pipe_fid)):
            keys = sorted({one.key for one in self._lines() if one.table == layer})
            found = rows_if_there(fids, fids[:0] if not keys else _array(keys))
            rows[layer] = found[found >= 0]
        return Selection.of(nodes=rows["node"], pipes=rows["pipe"])

    def _select(self) -> None:
        self._enable()
        if self.list.selectedItems():
            self._session.select(self._selection())

    def _go(self) -> None:
        chosen = self._selection()
        if len(chosen):
            self._session.select(chosen, fly=True)
        elif self.entry is not None:
            self._session.notice(
                _("What this change touched is no longer in the survey."),
                action=_("As before it"),
                on_action=partial(self._look_back, -1),
            )

    def _look_back(self, offset: int) -> None:
        if self.entry is not None:
            look_back(self._session, f"#{self.entry.id + offset}")

    # -- taking back -------------------------------------------------------------------------------------------------

    def _undo(self) -> None:
        entry = self.entry
        if entry is not None and entry.undoes is not None:
            self._run(lambda survey, author, progress: survey.redo_entry(entry.id, author=author, progress=progress))
        elif entry is not None:
            self._run(lambda survey, author, progress: survey.undo(entry.id, author=author, progress=progress))

    def _undo_free(self) -> None:
        entry = self.entry
        if entry is not None:
            self._run(lambda survey, author, progress: survey.undo_part(entry.id, author=author, progress=progress))

    def _undo_rows(self) -> None:
        entry = self.entry
        wanted: dict[str, list[int]] = {}
        for one in self._lines():
            wanted.setdefault(one.table, []).append(one.key)
        if entry is not None and wanted:
            self._run(lambda survey, author, progress: survey.undo_part(entry.id, wanted, author=author, progress=progress))

    def _run(self, act: Callable[[Survey, str, Progress], int]) -> None:
        session, survey = self._session, self._session.survey
        author = str(session.settings.value("author"))
        if survey is None:
            return

        def work(progress: Progress) -> str:
            act(survey, author, progress)
            survey.network  # noqa: B018 -- read here, where it does not hold up the window
            return survey.history_page(limit=1)[0].label

        def tell(done: str) -> None:
            session.refresh()
            session.say(done)

        session.run(work, _("Undoing"), tell)


def _array(keys: list[int]) -> NDArray[np.int64]:
    return np.array(keys, dtype=np.int64)


def _facts(entry: Entry) -> str:
    parts = [f"#{entry.id}", moment_of(entry), entry.author, _("{n} rows").format(n=entry.rows)]
    return " · ".join(part for part in parts if part)
