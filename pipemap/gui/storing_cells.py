"""Proposed cells into the survey: one Change beside the window, then one line with Undo."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pipemap.gui.import_storing import take_back
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.gui.session import Session
    from pipemap.jobs.cell_edits import Proposal
    from pipemap.progress import Progress


def may_write(session: Session) -> bool:
    """Whether the survey can be changed; where it cannot, the person is told why."""
    survey = session.survey
    if survey is None:
        return False
    if survey.read_only:
        if survey.holder:
            words = _("Nothing can be changed: {holder} is writing in this survey.").format(holder=survey.holder)
        else:
            words = _("Nothing can be changed: the survey is open for reading only.")
        session.notice(words, hint=_("Close and open it again once it is free."))
        return False
    return True


def store(
    session: Session,
    proposal: Proposal,
    *,
    done: Callable[[], None] = lambda: None,
    failed: Callable[[Exception], None] | None = None,
) -> None:
    """Store a proposal as one Change and show it; ``done`` and ``failed`` run on the window's thread."""
    survey, author = session.survey, str(session.settings.value("author"))
    if survey is None or not may_write(session):
        return

    def work(progress: Progress) -> int | None:
        number = survey.update_cells(proposal.cells, proposal.label, author=author, progress=progress)
        survey.network  # noqa: B018 -- read here, where it does not hold up the window
        return number

    def stored(number: int | None) -> None:
        if survey is not session.survey:
            return
        done()
        session.refresh()
        if number is None:
            session.say(_("Nothing was different."))
            return
        count = len(proposal.cells)
        said = proposal.label if count == 1 else _("{label}: {n} cells").format(label=proposal.label, n=f"{count:,}")
        said = " · ".join([said, *proposal.notes])
        session.say(said, undo=lambda: take_back(session, survey, [number]))

    session.run(work, _("Storing"), stored, failed)
