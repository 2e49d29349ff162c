"""How far an import is: reading or storing with a way to stop it, what was found, or what went wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from pipemap.errors import PipemapError
from pipemap.gui.parts import Offer, button, label
from pipemap.gui.severities import severity_icon
from pipemap.model.problem import SEVERITIES, Problem, Severity
from pipemap.model.wording import duration
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.gui.tasks import Task

_SHARES = 1000


class ImportState(QStackedWidget):
    """One of: words, work under way, counts of what was read, an error."""

    def __init__(self, show_problems: Callable[[], None]) -> None:
        super().__init__()
        self._show_problems = show_problems
        self._task: Task | None = None
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._step = label("", "quiet", wrap=True)
        self._working = self._make_working()
        self.addWidget(self._working)

    def _make_working(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        row = QHBoxLayout()
        row.addWidget(self._bar, 1)
        row.addWidget(button(_("Stop"), self._stop, quiet=True))
        column.addWidget(self._step)
        column.addLayout(row)
        column.addStretch(1)
        return page

    def text(self) -> str:
        """Everything that stands there now."""
        page = self.currentWidget()
        if page is None:
            return ""
        texts = [part.text() for part in page.findChildren(QLabel)] + [part.text() for part in page.findChildren(QPushButton)]
        return "\n".join(text for text in texts if text)

    def show_words(self, words: str, offer: Offer | None = None) -> None:
        """Say something quietly, and offer what can be done about it."""
        parts: list[QWidget] = [label(words, "quiet", wrap=True)]
        if offer is not None:
            parts.append(button(offer.title, offer.run))
        self._show(parts)

    def show_task(self, task: Task) -> None:
        """Follow work under way."""
        self._task = task
        task.advanced.connect(self._advance)
        self._step.setText(task.label)
        self._bar.setRange(0, 0)
        self._show_page(self._working)

    def show_counts(self, counts: str, problems: Sequence[Problem], plan: str = "", errors: Sequence[PipemapError] = ()) -> None:
        """Say what was read, how much of it is wrong, what storing it would do, and what stands in its way."""
        parts: list[QWidget] = [_card(error) for error in errors]
        parts.append(label(counts, "strong", wrap=True))
        found = Counter(problem.severity for problem in problems)
        parts += [self._count(severity, found[severity]) for severity in SEVERITIES if found[severity]]
        if not problems and not errors:
            parts.append(label(_("Nothing odd was found."), "quiet", wrap=True))
        if plan:
            parts.append(label(plan, wrap=True))
        self._show(parts)

    def show_error(self, error: PipemapError) -> None:
        """Say what went wrong, and what helps."""
        parts: list[QWidget] = [_card(error)]
        problems = [one for one in getattr(error, "problems", ()) if isinstance(one, Problem)]
        found = Counter(problem.severity for problem in problems)
        parts += [self._count(severity, found[severity]) for severity in SEVERITIES if found[severity]]
        self._show(parts)

    def _count(self, severity: Severity, count: int) -> QWidget:
        words = {"error": _("Errors: {n}"), "warning": _("Warnings: {n}"), "info": _("Remarks: {n}")}[severity]
        made = button(words.format(n=f"{count:,}"), self._show_problems, quiet=True)
        made.setIcon(severity_icon(severity))
        made.setToolTip(_("Show them"))
        return made

    def _show(self, parts: list[QWidget]) -> None:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        for part in parts:
            column.addWidget(part, 0, Qt.AlignmentFlag.AlignTop if isinstance(part, QFrame) else Qt.AlignmentFlag.AlignLeft)
        column.addStretch(1)
        self.addWidget(page)
        self._show_page(page)

    def _show_page(self, page: QWidget) -> None:
        self.setCurrentWidget(page)
        for place in reversed(range(self.count())):
            other = self.widget(place)
            if other is not None and other not in (page, self._working):
                self.removeWidget(other)
                other.deleteLater()

    def _advance(self) -> None:
        if self._task is None:
            return
        step = self._task.step
        left = self._task.seconds_left()
        words = [step.label or self._task.label, _("{time} left").format(time=duration(left)) if left is not None else ""]
        self._step.setText(" · ".join(word for word in words if word))
        self._bar.setRange(0, 0 if step.share is None else _SHARES)
        self._bar.setValue(int((step.share or 0.0) * _SHARES))

    def _stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            self._step.setText(_("Stopping …"))


def _card(error: PipemapError) -> QFrame:
    made = QFrame()
    made.setObjectName("error")
    column = QVBoxLayout(made)
    column.setContentsMargins(12, 8, 8, 8)
    column.addWidget(label(error.message, "strong", wrap=True, selectable=True))
    if error.hint:
        column.addWidget(label(error.hint, wrap=True, selectable=True))
    return made
