"""The band above the map while the survey is shown as it was: of when, for reading only, and the way back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel

from pipemap.gui.icons import icon
from pipemap.gui.parts import ElidedLabel, button
from pipemap.gui.words import sentences
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.gui.session import Session


class PastBand(QFrame):
    """Hidden while the survey is shown as it is."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.setObjectName("past")
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 8, 6)
        row.setSpacing(12)
        picture = QLabel()
        picture.setPixmap(icon("clock-counter-clockwise", tint="accent").pixmap(QSize(20, 20)))
        row.addWidget(picture)
        self.words = ElidedLabel()
        self.words.setProperty("role", "strong")
        row.addWidget(self.words, 1)
        self.back = button(_("Back to now"), session.show_present, primary=True)
        row.addWidget(self.back)
        session.survey_changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        survey = self._session.survey
        moment = survey.moment if survey is not None else None
        self.setVisible(moment is not None)
        if moment is None:
            return
        text = _("The survey as it was {moment}: read-only, in every panel.").format(moment=moment.label)
        if moment.compared:
            text = _("Differences: {span}. What was removed is shown too; read-only.").format(span=moment.compared)
        self.words.setText(sentences(text))
        self.setAccessibleName(text)
