"""What is looked after when a survey opens: a backup where one is due, the file after a crash, edits by other programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from pipemap.gui.session import Message
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.gui.session import Session
    from pipemap.jobs.told import Told
    from pipemap.progress import Progress
    from pipemap.store import Survey

_NAMED = 200
"""Edits by other programs that are listed one by one."""


def watch_over(session: Session) -> None:
    """Look after every survey that opens in a session, beside the window, once its picture stands: copying a file takes long."""

    def when_drawn() -> None:
        session.network_changed.connect(lambda: _look_after(session), Qt.ConnectionType.SingleShotConnection)

    session.survey_changed.connect(when_drawn)


def _look_after(session: Session) -> None:
    survey = session.survey
    if survey is None or survey.moment is not None:
        return
    if survey.was_unclean:
        survey.was_unclean = False  # once: coming back from the past is no opening
        _look_for_damage(session, survey)
    _look_for_foreign_edits(session, survey)
    _back_up(session, survey)


def _look_for_damage(session: Session, survey: Survey) -> None:
    def tell(damage: str) -> None:
        if damage and session.survey is survey:
            hint = _("Restore a backup from the start page (right-click the survey), or save a copy of what can be read.")
            text = _("The file is damaged since the program ended without closing it: {damage}").format(damage=damage)
            session.message.emit(Message(text, "error", hint=hint))
        elif session.survey is survey:
            session.say(_("The file was looked through after the unclean end: it is sound."))

    session.run(lambda _progress: survey.damage(), _("Looking through the file"), tell)


def _back_up(session: Session, survey: Survey) -> None:
    def work(progress: Progress) -> bool:
        from pipemap.jobs.safety import back_up_when_due

        return back_up_when_due(survey, progress=progress) is not None

    def tell(made: object) -> None:
        if made:
            session.say(_("Backup made"))

    session.run(work, _("Making a backup"), tell)


def _look_for_foreign_edits(session: Session, survey: Survey) -> None:
    def work(_progress: Progress) -> list[Told]:
        from pipemap.jobs.told import told_foreign

        return told_foreign(survey.foreign_edits())

    def tell(lines: list[Told]) -> None:
        if not lines or session.survey is not survey:
            return
        details = [_line(one) for one in lines[:_NAMED]]
        if len(lines) > _NAMED:
            details.append(_("… and {n} more").format(n=len(lines) - _NAMED))
        rows = len({(one.table, one.key) for one in lines})
        text = _("Another program edited this survey: {n} rows that the history does not know.").format(n=rows)
        hint = _("Taken into the history they can be looked at and undone like any other change.")
        can = not survey.read_only
        session.message.emit(
            Message(
                text,
                "notice",
                hint=hint,
                details="\n".join(details),
                action=_("Take into the history") if can else "",
                on_action=(lambda: take_in(session)) if can else None,
            )
        )

    session.run(work, _("Looking for edits by other programs"), tell)


def take_in(session: Session) -> None:
    """Take what other programs did into the history."""
    survey = session.survey
    if survey is None:
        return
    author = str(session.settings.value("author"))

    def work(_progress: Progress) -> int | None:
        number = survey.take_in_foreign(author=author)
        survey.reload()
        return number

    def tell(number: int | None) -> None:
        session.refresh()
        if number is not None:
            session.say(_("Taken into the history as change {n}").format(n=number))
            session.show_panel("history")

    session.run(work, _("Taking edits into the history"), tell)


def _line(one: Told) -> str:
    from pipemap.jobs.told import WHATS

    if not one.field:
        return f"{one.element}: {_(WHATS[one.what])}"
    return f"{one.element} · {one.field}: {one.old or '–'} → {one.new or '–'}"
