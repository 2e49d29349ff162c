"""Beside a table: find and replace, calculate, and what a pasted block would do; each shown cell by cell before it is stored."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QComboBox,
    QDockWidget,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QMainWindow,
    QMenu,
    QScrollArea,
    QSizePolicy,
    QStackedWidget,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from pipemap.errors import PipemapError
from pipemap.gui import theme
from pipemap.gui.cell_editing import chosen_fids
from pipemap.gui.columns import choosable
from pipemap.gui.icons import icon
from pipemap.gui.parts import button, label, tool_button
from pipemap.gui.storing_cells import may_write, store
from pipemap.model.entry import refusal_of
from pipemap.model.fields import Layer, fields
from pipemap.model.wording import heading
from pipemap.texts import _

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from pipemap.gui.element_table import ElementTable
    from pipemap.jobs.cell_edits import Line, Proposal
    from pipemap.progress import Progress

WIDTH = 404
MOST_LISTED = 300
"""Cells that a preview lists; the counts tell of all."""
_ROOM = 430
"""Height of the dock from which form and preview can be seen together, in pixels."""
_MOST_REASONS = 2
_PAUSE = 350
"""Milliseconds without a key after which what is typed is looked up."""


class EditPane(QFrame):
    """One of three jobs, its preview below, and what to do with it."""

    def __init__(self, table: ElementTable) -> None:
        super().__init__(table)
        self._table = table
        self._session = table.session
        self._proposal: Proposal | None = None
        self._asked = 0
        self.setObjectName("editPane")
        self.setFixedWidth(WIDTH)
        self.title = label("", "strong")
        self.finder = FindForm(table, self)
        self.sums = CalculateForm(table, self)
        self._forms = QStackedWidget()
        self._nothing = QWidget()
        for form in (self._nothing, self.finder, self.sums):
            self._forms.addWidget(form)
        self.summary = label("", wrap=True)
        self.list = self._make_list()
        self.store_button = button(_("Store"), self.store, primary=True)
        self.drop_button = button(_("Store nothing"), self.end)
        self._timer = QTimer(self, singleShot=True, interval=_PAUSE)
        self._timer.timeout.connect(self._preview)
        self._lay_out()
        self.hide()

    def _make_list(self) -> QTreeWidget:
        made = QTreeWidget()
        made.setHeaderLabels([_("Id"), _("Column"), _("Before"), _("After, or why not")])
        made.setRootIsDecorated(False)
        made.setUniformRowHeights(True)
        made.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        made.setAccessibleName(_("What would change"))
        header = made.header()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        for section, width in enumerate((108, 72, 76)):
            header.resizeSection(section, width)
        header.setStretchLastSection(True)
        made.itemClicked.connect(lambda item, _column: self._show(item))
        return made

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(tool_button("x", _("Close"), self.end))
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(self.store_button)
        foot.addWidget(self.drop_button)
        foot.addStretch(1)
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(12, 0, 12, 4)
        column.setSpacing(6)
        column.addWidget(self._forms)
        column.addWidget(self.summary)
        column.addWidget(self.list, 1)
        self.list.setMinimumHeight(88)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidget(body)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 4, 0, 8)
        whole.setSpacing(4)
        head.setContentsMargins(12, 0, 4, 0)
        foot.setContentsMargins(12, 0, 12, 0)
        whole.addLayout(head)
        whole.addWidget(area, 1)
        whole.addLayout(foot)

    # -- which job -------------------------------------------------------------------------------------------------

    def offer(self, proposal: Proposal) -> None:
        """Show a proposal that needs a word: some of its cells are refused."""
        self._open(self._nothing, proposal.label)
        self._take(proposal)

    def open_replace(self) -> None:
        """Find and replace."""
        if self._begin(self.finder, _("Find and replace")):
            self.finder.begin()

    def open_calculate(self, name: str = "") -> None:
        """Work a field out from others."""
        if self._begin(self.sums, _("Calculate a field")):
            self.sums.begin(name)

    def _begin(self, form: QWidget, title: str) -> bool:
        if self._session.survey is None or not may_write(self._session):
            return False
        self._open(form, title)
        self._take(None)
        return True

    def _open(self, form: QWidget, title: str) -> None:
        self._asked += 1
        self._forms.setCurrentWidget(form)
        self._forms.setVisible(form is not self._nothing)
        self._forms.setMaximumHeight(max(0, form.sizeHint().height()))
        self.title.setText(title)
        self.show()
        self._make_room()

    def _make_room(self) -> None:
        """Have the dock at least as high as the form and a few rows of its preview."""
        dock: QWidget | None = self
        while dock is not None and not isinstance(dock, QDockWidget):
            dock = dock.parentWidget()
        window = self.window()
        if isinstance(window, QMainWindow) and isinstance(dock, QDockWidget) and dock.height() < _ROOM:
            window.resizeDocks([dock], [_ROOM], Qt.Orientation.Vertical)

    def end(self) -> None:
        """Close without storing."""
        self._asked += 1
        self._timer.stop()
        self._proposal = None
        self.hide()
        self._table.view.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc closes."""
        if event.key() == Qt.Key.Key_Escape:
            self.end()
            return
        super().keyPressEvent(event)

    # -- preview ---------------------------------------------------------------------------------------------------

    def ask(self, *, at_once: bool = False) -> None:
        """Look what is typed up, once nothing more is typed."""
        self.store_button.setEnabled(False)
        self._timer.start(0 if at_once else _PAUSE)

    def _preview(self) -> None:
        form, survey = self._forms.currentWidget(), self._session.survey
        if survey is None or not isinstance(form, (FindForm, CalculateForm)):
            return
        self._asked += 1
        asked, propose = self._asked, form.proposer()
        if propose is None:
            self._take(None)
            return

        def done(proposal: Proposal) -> None:
            if asked == self._asked and survey is self._session.survey:
                self._take(proposal)

        def failed(error: Exception) -> None:
            if asked != self._asked:
                return
            if not isinstance(error, PipemapError):
                self._session.complain(error)
            self._take(None)
            self._say(str(error), wrong=True)

        self._session.run(propose, _("Looking"), done, failed)

    def _take(self, proposal: Proposal | None) -> None:
        """Show a proposal, or that there is none yet."""
        self._proposal = proposal
        self.list.clear()
        count, wrong = (len(proposal.cells), len(proposal.refused)) if proposal is not None else (0, 0)
        self.store_button.setEnabled(count > 0)
        is_paste = self._forms.currentWidget() is self._nothing
        self.store_button.setText(
            _("Store the right ones ({n})").format(n=f"{count:,}") if wrong else _("Store {n}").format(n=f"{count:,}")
        )
        self.drop_button.setText(_("Store nothing") if is_paste else _("Close"))
        if proposal is None:
            self._say("")
            return
        parts = [_("Cells that change: {n}").format(n=f"{count:,}")]
        parts += [_("refused: {n}").format(n=f"{wrong:,}")] if wrong else []
        reasons = dict.fromkeys(" ".join(one.reason.split("\n")) for one in proposal.refused)
        self._say("\n".join([" · ".join(parts), *list(reasons)[:_MOST_REASONS], *proposal.notes]))
        self._list(proposal)

    def _say(self, text: str, *, wrong: bool = False) -> None:
        self.summary.setText(text)
        self.summary.setVisible(bool(text))
        self.summary.setProperty("role", "error" if wrong else "")
        self.summary.style().polish(self.summary)

    def _list(self, proposal: Proposal) -> None:
        """List what is refused, then what changes; read beside the window."""
        survey, asked, layer = self._session.survey, self._asked, self._table.layer
        if survey is None:
            return

        def work(_progress: Progress) -> tuple[list[Line], dict[int, str]]:
            from pipemap.jobs.cell_edits import lines_of

            fids = list(dict.fromkeys(one.fid for one in proposal.refused[:MOST_LISTED] if one.fid is not None))
            names = dict(zip(fids, (str(row[0] or "") for row in survey.rows(layer, fids, ["id"])), strict=True)) if fids else {}
            return lines_of(survey, proposal.cells, MOST_LISTED), names

        def done(found: tuple[list[Line], dict[int, str]]) -> None:
            if asked == self._asked and proposal is self._proposal:
                self._fill(proposal, *found)

        self._session.run(work, _("Looking"), done)

    def _fill(self, proposal: Proposal, lines: list[Line], names: dict[int, str]) -> None:
        known = fields(self._table.layer)
        for one in proposal.refused[:MOST_LISTED]:
            reason = " ".join(one.reason.split("\n"))
            row = [names.get(one.fid or 0, ""), known[one.field].label, "", reason]
            self._add(row, one.fid, wrong=True)
        for line in lines:
            self._add([line.id, known[line.field].label, line.before, line.after or _("(empty)")], line.fid, wrong=False)
        more = len(proposal.cells) + len(proposal.refused) - self.list.topLevelItemCount()
        if more > 0:
            self.list.addTopLevelItem(QTreeWidgetItem([_("and {n} more").format(n=f"{more:,}")]))

    def _add(self, texts: list[str], fid: int | None, *, wrong: bool) -> None:
        item = QTreeWidgetItem(texts)
        item.setData(0, Qt.ItemDataRole.UserRole, fid)
        for column, text in enumerate(texts):
            item.setToolTip(column, text)
            if wrong and column > 1:
                item.setForeground(column, theme.colour("error"))
        if wrong:
            item.setIcon(0, icon("warning-circle", tint="error"))
        self.list.addTopLevelItem(item)

    def _show(self, item: QTreeWidgetItem) -> None:
        fid = item.data(0, Qt.ItemDataRole.UserRole)
        if fid is not None:
            self._table.show_row(int(fid))

    def store(self) -> None:
        """Store what can be, as one Change."""
        proposal, form = self._proposal, self._forms.currentWidget()
        if proposal is None or not len(proposal.cells):
            return
        self.store_button.setEnabled(False)
        stays = isinstance(form, FindForm)

        def done() -> None:
            self._take(None)
            if not stays:
                self.end()

        def failed(error: Exception) -> None:
            self.store_button.setEnabled(True)
            self._session.complain(error)

        store(self._session, proposal, done=done, failed=failed)


class _Form(QWidget):
    """The upper part of the pane for one job."""

    def __init__(self, table: ElementTable, pane: EditPane) -> None:
        super().__init__()
        self._table, self._pane = table, pane
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)
        self.rows = QComboBox()
        self.rows.setAccessibleName(_("Rows"))
        self.rows.currentIndexChanged.connect(lambda _place: pane.ask())

    def _show_rows(self) -> None:
        """Offer the selected rows where several are, and all that the table lists."""
        block = self._table.block()
        total, chosen = len(self._table.model.fids), len(block.places) if block is not None else 0
        self.rows.blockSignals(True)
        self.rows.clear()
        self.rows.addItem(_("All rows listed ({n})").format(n=f"{total:,}"), "all")
        if chosen > 1:
            self.rows.addItem(_("Selected rows ({n})").format(n=f"{chosen:,}"), "selected")
            self.rows.setCurrentIndex(1)
        self.rows.blockSignals(False)

    def _fids(self) -> NDArray[np.int64]:
        fids = self._table.model.fids
        return chosen_fids(self._table.block(), fids) if self.rows.currentData() == "selected" else fids

    def _line(self, text: str, part: QWidget) -> None:
        line = QHBoxLayout()
        line.setSpacing(8)
        name = label(text, "quiet")
        name.setFixedWidth(72)
        line.addWidget(name)
        line.addWidget(part, 1)
        self._column.addLayout(line)


class FindForm(_Form):
    """What is looked for, what stands there instead, and where."""

    def __init__(self, table: ElementTable, pane: EditPane) -> None:
        super().__init__(table, pane)
        self.text, self.instead, self.columns = QLineEdit(), QLineEdit(), QComboBox()
        self.case, self.whole = QCheckBox(_("Match case")), QCheckBox(_("Whole cell"))
        self.pattern = QCheckBox(_("Regular expression"))
        self.text.setAccessibleName(_("Find"))
        self.instead.setAccessibleName(_("Replace by"))
        self.columns.setAccessibleName(_("Column"))
        self._line(_("Find"), self.text)
        self._line(_("Replace by"), self.instead)
        where = QWidget()
        line = QHBoxLayout(where)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(8)
        line.addWidget(self.columns, 1)
        line.addWidget(self.rows, 1)
        for box in (self.columns, self.rows):
            box.setMinimumWidth(64)
            box.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            box.view().setMinimumWidth(220)
        self._line(_("In"), where)
        checks = QHBoxLayout()
        checks.setSpacing(12)
        for check in (self.case, self.whole, self.pattern):
            checks.addWidget(check)
            check.toggled.connect(lambda _on: pane.ask())
        checks.addStretch(1)
        self._column.addLayout(checks)
        for part in (self.text, self.instead):
            part.textChanged.connect(lambda _text: pane.ask())
            part.returnPressed.connect(lambda: pane.ask(at_once=True))
        self.columns.currentIndexChanged.connect(lambda _place: pane.ask())

    def begin(self) -> None:
        """Look in the column of the cursor at first."""
        names, known = self._table.visible_names(), fields(self._table.layer)
        here = self._table.current_name()
        self.columns.blockSignals(True)
        self.columns.clear()
        self.columns.addItem(_("All columns shown"), "")
        for name in names:
            if not refusal_of(known[name]):
                self.columns.addItem(heading(known[name]), name)
        self.columns.setCurrentIndex(max(0, self.columns.findData(here)) if here else 0)
        self.columns.blockSignals(False)
        self._show_rows()
        self.text.setFocus()
        self.text.selectAll()
        self._pane.ask()

    def proposer(self) -> Callable[[Progress], Proposal] | None:
        """Return what works the replacement out; None while nothing is looked for."""
        from pipemap.jobs.replacing import Wanted, propose_replacement

        survey, layer, fids = self._table.session.survey, self._table.layer, self._fids()
        name = str(self.columns.currentData() or "")
        names = [name] if name else self._table.visible_names()
        wanted = Wanted(
            self.text.text(),
            self.instead.text(),
            case=self.case.isChecked(),
            whole=self.whole.isChecked(),
            pattern=self.pattern.isChecked(),
        )
        if survey is None or not (wanted.text or wanted.whole):
            return None
        return lambda progress: propose_replacement(survey, layer, fids, names, wanted, progress=progress)


class CalculateForm(_Form):
    """Which field, from what, for which rows."""

    def __init__(self, table: ElementTable, pane: EditPane) -> None:
        super().__init__(table, pane)
        self.target, self.text = QComboBox(), QLineEdit()
        self.target.setAccessibleName(_("Field"))
        self.target.setMaxVisibleItems(20)
        self.text.setAccessibleName(_("Expression"))
        self.text.setPlaceholderText(_("round(from_depth + 0.15, 2)"))
        for name in choosable(table.layer):
            if not refusal_of(fields(table.layer)[name]):
                self.target.addItem(heading(fields(table.layer)[name]), name)
        insert = tool_button("calculator", _("Insert a field or a function"), lambda: None)
        insert.clicked.connect(lambda: self._words().popup(insert.mapToGlobal(insert.rect().bottomLeft())))
        row = QWidget()
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(4)
        line.addWidget(self.text, 1)
        line.addWidget(insert)
        self._line(_("Field"), self.target)
        self._line("=", row)
        self._line(_("Rows"), self.rows)
        self.text.textChanged.connect(lambda _text: pane.ask())
        self.text.returnPressed.connect(lambda: pane.ask(at_once=True))
        self.target.currentIndexChanged.connect(lambda _place: pane.ask())

    def begin(self, name: str) -> None:
        """Work the column of the cursor out at first."""
        wanted = name or self._table.current_name()
        self.target.blockSignals(True)
        self.target.setCurrentIndex(max(0, self.target.findData(wanted)))
        self.target.blockSignals(False)
        self._show_rows()
        self.text.setFocus()
        self.text.selectAll()
        self._pane.ask()

    def proposer(self) -> Callable[[Progress], Proposal] | None:
        """Return what works the field out; None while there is no expression."""
        from pipemap.jobs.calculating import propose_calculation

        survey, layer, fids, text = self._table.session.survey, self._table.layer, self._fids(), self.text.text().strip()
        name = str(self.target.currentData())
        if survey is None or not text:
            return None
        return lambda progress: propose_calculation(survey, layer, fids, name, text, progress=progress)

    def _words(self) -> QMenu:
        """Fields, further names and functions, each with what it means."""
        from pipemap.analysis.expression_words import FUNCTIONS, GIVEN

        layer: Layer = self._table.layer
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        parts = {
            _("Fields"): [(f"{heading(fields(layer)[name])}  ·  {name}", name) for name in choosable(layer)],
            _("From the network"): [
                (f"{name}  ·  {_(given.meaning)}" + (f" ({given.unit})" if given.unit else ""), name)
                for name, given in GIVEN[layer].items()
            ],
            _("Functions"): [(f"{one.usage}  ·  {_(one.meaning)}", one.usage) for one in FUNCTIONS.values()],
        }
        for title, rows in parts.items():
            part = menu.addMenu(title)
            part.setStyleSheet("QMenu { menu-scrollable: 1; }")
            for words, text in rows:
                part.addAction(words).triggered.connect(lambda _on=False, text=text: self._insert(text))
        return menu

    def _insert(self, text: str) -> None:
        self.text.insert(text)
        self.text.setFocus()
