"""The line at the bottom: what is open, what just happened, what is under way, what is selected, where the pointer is."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QStatusBar, QWidget

from pipemap.gui.icons import icon
from pipemap.gui.parts import ElidedLabel, label, tool_button
from pipemap.gui.session import Message, Session
from pipemap.gui.task_bar import TaskBar
from pipemap.gui.words import crs_label, crs_name
from pipemap.model.wording import duration, metres
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.store import Survey

SHOWN_MS = 9000
"""How long a message of success stays."""


class StatusBar(QStatusBar):
    """Quiet facts; nothing here asks for anything."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.setSizeGripEnabled(False)
        self._survey = label("", "strong")
        self._survey.setProperty("strong", True)
        self._read_only = ReadOnlySign()
        self._message = ElidedLabel()
        self._message.setAccessibleName(_("Last message"))
        self._action = QPushButton()
        self._action.setProperty("quiet", True)
        self._action.clicked.connect(self._act)
        self._run: Callable[[], None] | None = None
        self._selection, self._cursor, self._crs = QLabel(), QLabel(), QLabel()
        self._cursor.setAccessibleName(_("Coordinates under the pointer"))
        self._tasks = TaskView(session)
        self._timer = QTimer(self, singleShot=True, interval=SHOWN_MS)
        self._timer.timeout.connect(self._forget)
        self._place()
        self._connect()
        self._show_survey()

    def _place(self) -> None:
        left = QWidget()
        row = QHBoxLayout(left)
        row.setContentsMargins(4, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self._survey)
        row.addWidget(self._read_only)
        row.addWidget(self._message)
        row.addWidget(self._action)
        row.addStretch(1)
        self.addWidget(left, 1)
        for part in (self._tasks, self._selection, self._cursor, self._crs):
            self.addPermanentWidget(part)
        self._action.hide()

    def _connect(self) -> None:
        session = self._session
        session.network_changed.connect(self._show_survey)
        session.selection_changed.connect(self._show_selection)
        session.cursor_changed.connect(self._show_cursor)
        session.message.connect(self._show_message)

    def _show_survey(self) -> None:
        survey, network = self._session.survey, self._session.network
        self._survey.setText((survey.name or survey.path.stem) if survey is not None else "")
        self._survey.setVisible(survey is not None)
        self._survey.setToolTip(str(survey.path) if survey is not None else "")
        self._read_only.show_survey(survey)
        crs = network.crs if network is not None else ""
        self._crs.setText(crs_label(crs) if crs else _("No coordinate system") if network is not None else "")
        self._crs.setToolTip(crs_name(crs))
        self._show_selection()
        self._show_cursor(None)

    def _show_selection(self) -> None:
        network, chosen = self._session.network, self._session.selection
        if network is None or not len(chosen):
            self._selection.setText("")
            return
        length = float(np.nansum(network.length[chosen.pipes]))
        parts = [
            _("nodes {n}").format(n=f"{len(chosen.nodes):,}") if len(chosen.nodes) else "",
            _("pipes {n}, {length}").format(n=f"{len(chosen.pipes):,}", length=metres(length)) if len(chosen.pipes) else "",
        ]
        self._selection.setText(_("Selected: {what}").format(what=" · ".join(part for part in parts if part)))

    def _show_cursor(self, place: tuple[float, float, float] | None) -> None:
        if place is None or self._session.network is None:
            self._cursor.setText("")
            return
        east, north, level = place
        height = "" if math.isnan(level) else f"   Z {level:.2f}"
        self._cursor.setText(f"E {east:.2f}   N {north:.2f}{height}")

    def _show_message(self, message: Message) -> None:
        if message.level != "done":
            return
        self._message.setText(message.text)
        self._action.setText(message.action)
        self._action.setVisible(message.on_action is not None)
        self._run = message.on_action
        self._timer.start()

    def _act(self) -> None:
        run = self._run
        self._forget()
        if run is not None:
            run()

    def _forget(self) -> None:
        self._run = None
        self._message.setText("")
        self._action.hide()


class ReadOnlySign(QWidget):
    """Says that the survey cannot be changed, and whom to ask."""

    def __init__(self) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 0, 8, 0)
        row.setSpacing(4)
        lock = QLabel()
        lock.setPixmap(icon("lock-simple", tint="warning").pixmap(QSize(14, 14)))
        self._words = QLabel()
        row.addWidget(lock)
        row.addWidget(self._words)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)

    def show_survey(self, survey: Survey | None) -> None:
        """Show it for a survey that is open for reading only."""
        self.setVisible(survey is not None and survey.read_only)
        if survey is None or not survey.read_only:
            return
        self._words.setText(_("Read only: {holder} is writing").format(holder=survey.holder) if survey.holder else _("Read only"))
        self.setToolTip(_("Nothing can be changed here; close and open the survey again to try anew."))


class TaskView(QWidget):
    """What is under way: a busy mark after 0.3 s, after a second the share done, the time left, and a way to cancel."""

    MARK_AFTER = 0.3
    BAR_AFTER = 1.0
    EVERY_MS = 250

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._tasks = session.tasks
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 8, 0)
        row.setSpacing(8)
        self._mark = QLabel()
        self._mark.setPixmap(icon("hourglass-medium").pixmap(QSize(16, 16)))
        self._words = ElidedLabel()
        self._words.setMaximumWidth(320)
        self._bar = TaskBar()
        self._cancel = tool_button("x", _("Cancel"), self._cancel_first)
        for part in (self._mark, self._words, self._bar, self._cancel):
            row.addWidget(part, 0, Qt.AlignmentFlag.AlignVCenter)
        self._timer = QTimer(self, interval=self.EVERY_MS)  # what changes meanwhile waits: each change lays the window anew
        self._timer.timeout.connect(self.refresh)
        self._tasks.changed.connect(self._follow)
        self.refresh()

    def _follow(self) -> None:
        """Show at once that something began or that nothing is left; the rest keeps."""
        if not self._tasks.running or not self._timer.isActive():
            self.refresh()

    def refresh(self) -> None:
        """Show the oldest task as it is now."""
        running = self._tasks.running
        if not running:
            self._timer.stop()
            self.hide()
            return
        if not self._timer.isActive():
            self._timer.start()
        task, step = running[0], running[0].step
        age = time.monotonic() - task.started
        self.setVisible(age >= self.MARK_AFTER)
        self._bar.setVisible(age >= self.BAR_AFTER)
        self._cancel.setVisible(age >= self.BAR_AFTER)
        share, left = step.share, task.seconds_left()
        self._bar.show_share(share)
        words = [step.label or task.label, _("{time} left").format(time=duration(left)) if left is not None else ""]
        if len(running) > 1:
            words.append(_("and {n} more").format(n=len(running) - 1))
        text = " · ".join(word for word in words if word)
        self._words.setText(text)
        self._words.setMinimumWidth(min(320, self._words.fontMetrics().horizontalAdvance(text) + 20))

    def _cancel_first(self) -> None:
        running = self._tasks.running
        if running:
            running[0].cancel()
