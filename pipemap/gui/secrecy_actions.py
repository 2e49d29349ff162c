"""Marks of secrecy on what is selected: put on and lifted as a Change of the history, with Undo beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipemap.gui.import_storing import take_back
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.gui.commands import Context
    from pipemap.progress import Progress


def export(context: Context) -> None:
    """Open the export dialog."""
    context.session.export_requested.emit()


def mark(context: Context) -> None:
    """Mark what is selected as secret."""
    _set(context, "secret", _("Marking as secret"))


def lift(context: Context) -> None:
    """Lift the mark of what is selected."""
    _set(context, "", _("Lifting secrecy"))


def _set(context: Context, level: str, words: str) -> None:
    session = context.session
    survey, network, chosen = session.survey, session.network, session.selection
    if survey is None or network is None:
        return
    nodes, pipes = network.node_fid[chosen.nodes].tolist(), network.pipe_fid[chosen.pipes].tolist()
    author = str(session.settings.value("author"))

    def work(_progress: Progress) -> tuple[int, int]:
        change = survey.set_secrecy(level, node_fids=nodes, pipe_fids=pipes, author=author)
        survey.network  # noqa: B018 -- read here, where it does not hold up the window
        newest = survey.newest_entry()
        return len(change), newest.id if len(change) and newest is not None else 0

    def tell(made: tuple[int, int]) -> None:
        changed, number = made
        session.refresh()
        said = _("{n} elements marked secret") if level else _("Secrecy of {n} elements lifted")
        session.say(said.format(n=f"{changed:,}"), undo=(lambda: take_back(session, survey, [number])) if changed else None)

    session.run(work, words, tell)
