"""Changing the survey from the map: one Change an operation, beside the window, said quietly with Undo."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal

from pipemap.jobs.editing import Done, perform
from pipemap.model.columns import rows_if_there
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.gui.commands import Context
    from pipemap.gui.session import Session
    from pipemap.model.fields import Layer
    from pipemap.model.lookup import Element
    from pipemap.progress import Progress
    from pipemap.store.edits import Edit, Outcome

Operation = Callable[["Edit"], "Outcome | None"]


class Editor(QObject):
    """What editing knows in one session: the values typed last, and whether an operation is under way.

    At first a valve is inserted, which is what is inserted most.
    """

    asked = Signal(str, object)
    """A mode should begin with an element, and perhaps a place on it: the menu of an element asks so."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self.values: dict[str, str] = {"insert.appurtenance": "阀门"}
        self.is_busy = False

    def may_edit(self) -> bool:
        """Whether the survey can be changed; says why not."""
        survey = self._session.survey
        if survey is None:
            return False
        if not survey.read_only:
            return True
        hint = _("{holder} is writing into it.").format(holder=survey.holder) if survey.holder else ""
        self._session.notice(
            _("Nothing can be edited: this survey is open for reading only."),
            hint=hint or _("Close and open it again to try anew, or work on a copy."),
        )
        return False

    def do(self, operation: str, act: Operation, *, element: str = "", then: Callable[[Done], None] | None = None) -> None:
        """Do one operation beside the window; what it made is selected, and the person told how to take it back.

        ``then`` is called when it stands. While one is under way, another waits for nothing: it is not begun.
        """
        session, survey = self._session, self._session.survey
        if survey is None or self.is_busy or not self.may_edit():
            return
        author = str(session.settings.value("author"))
        self.is_busy = True

        def work(_progress: Progress) -> Done:
            done = perform(survey, operation, act, element=element, author=author)
            survey.network  # noqa: B018 -- read here, where it does not hold up the window
            return done

        def tell(done: Done) -> None:
            self.is_busy = False
            if session.survey is not survey:
                return
            session.refresh()
            self._select(done)
            self._say(done)
            if then is not None:
                then(done)

        def fail(error: Exception) -> None:
            self.is_busy = False
            session.complain(error)

        session.run(work, _("Editing"), tell, fail)

    def _select(self, done: Done) -> None:
        from pipemap.gui.session import Selection

        network, outcome = self._session.network, done.outcome
        if network is None or not (outcome.nodes or outcome.pipes):
            return
        nodes, pipes = (
            rows_if_there(fids, np.array(wanted, dtype=np.int64))
            for fids, wanted in ((network.node_fid, outcome.nodes), (network.pipe_fid, outcome.pipes[:1]))
        )
        if outcome.pipes:
            self._session.select(Selection.of(pipes=pipes[pipes >= 0]))
        else:
            self._session.select(Selection.of(nodes=nodes[nodes >= 0]))

    def _say(self, done: Done) -> None:
        from pipemap.store.edits.outcome import conflict_words

        number = done.change_id
        if number is None:
            self._session.say(_("Nothing changed."))
            return
        layer: Layer = "pipe" if done.outcome.pipes and not done.outcome.nodes else "node"
        conflicts = [conflict_words(layer, conflict) for conflict in done.conflicts]
        if conflicts:
            hint = "; ".join(conflicts)
            self._session.notice(done.label, hint=hint, action=_("Undo"), on_action=lambda: self.take_back(number))
            return
        words = ". ".join([done.label, *(note.rstrip(".") for note in done.outcome.notes)])
        self._session.say(words, undo=lambda: self.take_back(number))

    def take_back(self, change: int) -> None:
        """Undo one Change beside the window."""
        session, survey = self._session, self._session.survey
        if survey is None:
            return
        author = str(session.settings.value("author"))

        def work(progress: Progress) -> str:
            number = survey.undo(change, author=author, progress=progress)
            survey.network  # noqa: B018 -- read here, where it does not hold up the window
            return survey.entry(number).label

        def tell(label: str) -> None:
            if session.survey is survey:
                session.refresh()
                session.say(label)

        session.run(work, _("Undoing"), tell)


def editor(session: Session) -> Editor:
    """The editor of a session; there is one."""
    found: Editor | None = session.findChild(Editor)
    return found if found is not None else Editor(session)


def key_of(session: Session, element: Element) -> int:
    """The key of an element of the session's network."""
    network = session.network
    assert network is not None  # noqa: S101 -- an element comes from a network
    return int((network.node_fid if element.layer == "node" else network.pipe_fid)[element.row])


# -- commands -------------------------------------------------------------------------------------------------------


def start(context: Context, mode: str) -> None:
    """Enter a mode of editing, where the survey can be changed."""
    if editor(context.session).may_edit():
        context.session.set_tool(f"edit:{mode}")


def act_on_selection(context: Context, operation: str) -> None:
    """Do an operation that needs nothing but the one element that is selected."""
    from pipemap.gui.edit_actions import act
    from pipemap.gui.trace_tools import selected

    session = context.session
    chosen = selected(session)
    if len(chosen) != 1:
        session.notice(_("Select one node or pipe first."))
        return
    act(session, operation, chosen[0])
