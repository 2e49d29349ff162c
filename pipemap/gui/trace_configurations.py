"""Trace configurations that the survey keeps: chosen, saved under a name, deleted; nothing modal."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QCursor
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QMenu, QWidget

from pipemap.analysis.trace import TraceType
from pipemap.gui.icons import icon
from pipemap.gui.parts import tool_button
from pipemap.gui.trace_tools import TWO_PLACES, tracer
from pipemap.jobs.tracing import configurations, drop_configuration, save_configuration
from pipemap.model.trace_settings import LEAK, WAYS, Configuration
from pipemap.texts import _

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipemap.gui.commands import Context
    from pipemap.gui.session import Session
    from pipemap.store import Survey

_TYPES = {*TraceType, WAYS, LEAK}


class Configurations(QWidget):
    """A field that offers the names; typing another one and saving adds it."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.names = QComboBox()
        self.names.setEditable(True)
        self.names.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.names.setAccessibleName(_("Configuration"))
        line = self.names.lineEdit()
        if line is not None:
            line.setPlaceholderText(_("Name to save under"))
        self.names.activated.connect(lambda _place: self._use())
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        row.addWidget(self.names, 1)
        row.addWidget(tool_button("floppy-disk", _("Save under this name"), self.save))
        row.addWidget(tool_button("trash", _("Delete the configuration of this name"), self.drop))
        session.survey_changed.connect(self._fill)
        session.records_changed.connect(self._fill)
        self._fill()

    def _fill(self) -> None:
        survey, text = self._session.survey, self.names.currentText()
        self.names.clear()
        self.names.addItems([one.name for one in configurations(survey)] if survey is not None else [])
        self.names.setEditText(text)

    def _use(self) -> None:
        survey, name = self._session.survey, self.names.currentText()
        for one in configurations(survey) if survey is not None else ():
            if one.name == name:
                use(self._session, one)

    def save(self) -> None:
        """Keep what the trace is asked with under the name that stands there."""
        question = tracer(self._session).question
        if question is not None:
            wanted = Configuration(self.names.currentText(), str(question.type), question.settings)
            said = _("Trace configuration “{name}” is saved").format(name=wanted.name.strip())
            _change(self._session, partial(_saved, wanted=wanted), said)

    def drop(self) -> None:
        """Keep the configuration of this name no longer."""
        name = self.names.currentText()
        said = _("Trace configuration “{name}” is deleted").format(name=name)
        _change(self._session, partial(_dropped, name=name), said)
        self.names.setEditText("")


class SavedTraces(QObject):
    """The configurations that the survey keeps, as rows at the end of a menu."""

    def __init__(self, menu: QMenu, session: Session) -> None:
        super().__init__(menu)
        self._menu, self._session = menu, session
        self.rows: list[QAction] = []
        session.survey_changed.connect(self._fill)
        session.records_changed.connect(self._fill)
        self._fill()

    def _fill(self) -> None:
        for old in self.rows:
            self._menu.removeAction(old)
            old.deleteLater()
        survey = self._session.survey
        kept = configurations(survey) if survey is not None else ()
        self.rows = [self._menu.addSeparator()] if kept else []
        for one in kept:
            row = self._menu.addAction(icon("bookmark-simple"), one.name.replace("&", "&&"))
            row.setObjectName(f"saved:{one.name}")
            row.triggered.connect(partial(_take, self._session, one))
            self.rows.append(row)


def _saved(survey: Survey, author: str, *, wanted: Configuration) -> None:
    save_configuration(survey, wanted, author=author)


def _dropped(survey: Survey, author: str, *, name: str) -> None:
    drop_configuration(survey, name, author=author)


def _change(session: Session, change: Callable[[Survey, str], None], said: str) -> None:
    survey = session.survey
    if survey is None:
        return
    author = str(session.settings.value("author"))

    def tell(_nothing: object) -> None:
        session.refresh()
        session.say(said)

    session.run(lambda _progress: change(survey, author), _("Saving"), tell)


def use(session: Session, one: Configuration) -> None:
    """Trace with a configuration: again from where the trace that is shown starts, or from the next click."""
    traces = tracer(session)
    kind = one.type if one.type in _TYPES else TraceType.CONNECTED
    last = traces.question
    same = last is not None and (last.type in TWO_PLACES) == (kind in TWO_PLACES)
    traces.set_settings(one.settings, kind if same else "")
    session.set_tool(f"trace:{kind}")


# -- commands -------------------------------------------------------------------------------------------------------


def save(context: Context) -> None:
    """Bring the field to the front in which a name is typed."""
    from pipemap.gui.result_panel import ResultPanel

    context.session.show_panel("result")
    panel = context.window.findChild(ResultPanel)
    if panel is not None:
        panel.settings.open()
        panel.settings.configurations.names.setFocus()


def choose(context: Context) -> None:
    """Offer the configurations that the survey keeps, in a menu."""
    survey = context.session.survey
    kept = configurations(survey) if survey is not None else ()
    if not kept:
        context.session.say(_("The survey keeps no trace configuration yet; save one in the result panel."))
        return
    menu = QMenu(context.window)
    menu.setObjectName("trace configurations")
    for one in kept:
        action = menu.addAction(icon("bookmark-simple"), one.name)
        action.triggered.connect(partial(_take, context.session, one))
    menu.popup(QCursor.pos())


def _take(session: Session, one: Configuration, _on: bool = False) -> None:  # noqa: FBT001, FBT002 -- what Qt sends
    use(session, one)
