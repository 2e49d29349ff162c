"""The find box: type part of an id, a road, an owner or a note; Enter flies to the first hit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt, QTimer
from PySide6.QtGui import QFocusEvent, QIcon, QKeyEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout

from pipemap.gui import theme
from pipemap.gui.icons import icon
from pipemap.gui.swatches import category_icon
from pipemap.model.fields import fields
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.gui.session import Session
    from pipemap.gui.tasks import Task
    from pipemap.progress import Progress
    from pipemap.store import Hit

WAIT = 150
"""Milliseconds after the last key before the database is asked."""

MOST_HITS = 30


class SearchBox(QLineEdit):
    """Asks the survey as one types; hits drop down below."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._task: Task | None = None
        self._asked = ""
        self._goes_on = False
        self.hits: list[Hit] = []
        self.setObjectName("search")
        self.setPlaceholderText(_("Find id, road, owner, note"))
        self.setToolTip(_("Find (Ctrl+K)"))
        self.setAccessibleName(_("Find"))
        self.setClearButtonEnabled(True)
        self.setFixedWidth(240)
        self.addAction(icon("magnifying-glass"), QLineEdit.ActionPosition.LeadingPosition)
        self._timer = QTimer(self, singleShot=True, interval=WAIT)
        self._timer.timeout.connect(self._ask)
        self.textEdited.connect(self._wait)
        self.returnPressed.connect(self.go)
        self.list = QListWidget()
        self.list.setUniformItemSizes(True)
        self.list.setIconSize(QSize(12, 12))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setAccessibleName(_("Hits"))
        self.list.itemClicked.connect(lambda item: self._open(self.list.row(item)))
        self.drop: QFrame | None = None
        session.survey_changed.connect(self.clear)
        session.survey_changed.connect(self._forget)

    # -- asking -----------------------------------------------------------------------------------------------------

    def _wait(self) -> None:
        self._goes_on = False
        self._timer.start()

    def _ask(self) -> None:
        survey, text = self._session.survey, self.text().strip()
        if survey is None or not text:
            self._forget()
            return
        if self._task is not None:
            self._task.cancel()
        self._asked = text

        def work(_progress: Progress) -> list[Hit]:
            return survey.find(text, limit=MOST_HITS)

        self._task = self._session.run(work, _("Finding “{text}”").format(text=text), lambda hits: self._arrived(text, hits))

    def _arrived(self, text: str, hits: list[Hit]) -> None:
        self._task = None
        if text != self._asked or not self.hasFocus():
            return
        self.show_hits(hits)
        goes_on, self._goes_on = self._goes_on, False
        if goes_on and hits:
            self._open(0)

    def show_hits(self, hits: list[Hit]) -> None:
        """Drop down a list of hits, or the word that there are none."""
        self.hits = hits
        self.list.clear()
        for hit in hits:
            self.list.addItem(QListWidgetItem(self._swatch(hit), _line(hit)))
        if not hits:
            nothing = QListWidgetItem(_("Nothing holds “{text}”.").format(text=self._asked))
            nothing.setFlags(Qt.ItemFlag.NoItemFlags)
            self.list.addItem(nothing)
        self.list.setCurrentRow(0)
        self._drop_down()

    def _swatch(self, hit: Hit) -> QIcon:
        network = self._session.network
        if network is None:
            return QIcon()
        fids, categories = (
            (network.node_fid, network.node_category) if hit.layer == "node" else (network.pipe_fid, network.pipe_category)
        )
        rows = (fids == hit.fid).nonzero()[0]
        code = categories[int(rows[0])] if len(rows) else None
        return category_icon(code, dark=theme.is_dark()) if code else QIcon()

    # -- going ------------------------------------------------------------------------------------------------------

    def go(self) -> None:
        """Fly to the hit that is marked; asks first where the text is newer than the hits, then flies to the first."""
        if self.hits and self._asked == self.text().strip():
            self._open(max(0, self.list.currentRow()))
        else:
            self._timer.stop()
            self._goes_on = True
            self._ask()

    def _open(self, place: int) -> None:
        network = self._session.network
        if network is None or not 0 <= place < len(self.hits):
            return
        hit = self.hits[place]
        rows = ((network.node_fid if hit.layer == "node" else network.pipe_fid) == hit.fid).nonzero()[0]
        self._fold()
        if len(rows):
            self._session.select_element(hit.layer, int(rows[0]))
            self._session.fly_to(hit.layer, int(rows[0]))

    def take_focus(self) -> None:
        """Be ready to be typed into."""
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.selectAll()

    def _forget(self) -> None:
        self.hits, self._asked = [], ""
        self._fold()

    # -- the list below ---------------------------------------------------------------------------------------------

    def _drop_down(self) -> None:
        window = self.window()
        if self.drop is None or self.drop.parent() is not window:
            self.drop = QFrame(window)
            self.drop.setObjectName("card")
            column = QVBoxLayout(self.drop)
            column.setContentsMargins(4, 4, 4, 4)
            column.addWidget(self.list)
        width = max(420, self.width())
        row = max(26, self.list.sizeHintForRow(0))
        height = min(12, self.list.count()) * row + 14
        corner = self.mapTo(window, QPoint(self.width() - width, self.height() + 4))
        self.drop.setGeometry(max(8, corner.x()), corner.y(), width, height)
        self.drop.raise_()
        self.drop.show()
        window.installEventFilter(self)

    def _fold(self) -> None:
        if self.drop is not None:
            self.drop.hide()
            self.window().removeEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Another size of the window moves the box: the list would hang in the air."""
        if event.type() == QEvent.Type.Resize:
            self._fold()
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Up and down walk through the hits, Esc folds the list."""
        step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
        if step is not None and self.hits:
            self.list.setCurrentRow((self.list.currentRow() + step) % len(self.hits))
        elif event.key() == Qt.Key.Key_Escape and self.drop is not None and self.drop.isVisible():
            self._fold()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Elsewhere now: the list folds."""
        self._fold()
        super().focusOutEvent(event)


def _line(hit: Hit) -> str:
    """``JS12 – road: 人民路``; the field only where it is not the id itself."""
    layer = _("Node") if hit.layer == "node" else _("Pipe")
    if hit.field == "id":
        return f"{hit.id}   {layer}"
    field = fields(hit.layer).get(hit.field)
    return f"{hit.id}   {layer} · {field.label if field is not None else hit.field}: {hit.text}"
