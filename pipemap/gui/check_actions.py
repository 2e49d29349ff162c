"""Commands that check the data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.gui.commands import Context
    from pipemap.gui.session import Session


def check_everything(context: Context) -> None:
    """Run all checks."""
    check_all(context.session)


def check_chosen(context: Context) -> None:
    """Check what is selected."""
    check_selection(context.session)


def check_drawn_area(context: Context) -> None:
    """Check what lies in the area drawn on the map."""
    check_area(context.session)


def show_limits(context: Context) -> None:
    """Show what each check tolerates."""
    from pipemap.gui.check_limits import show_limits as show

    show(context.session, context.window)


def check_all(session: Session) -> None:
    """Run all checks in the background, and show what they found."""
    if _may_write(session):
        session.show_panel("problems")
        session.checks.run()


def check_selection(session: Session) -> None:
    """Check only what is selected."""
    network = session.network
    if network is None or not _may_write(session):
        return
    if not len(session.selection):
        session.say(_("Nothing is selected; select what to check."))
        return
    nodes, pipes = np.zeros(network.node_count, dtype=np.bool_), np.zeros(network.pipe_count, dtype=np.bool_)
    nodes[session.selection.nodes] = True
    pipes[session.selection.pipes] = True
    session.show_panel("problems")
    session.checks.run((nodes, pipes))


def check_area(session: Session) -> None:
    """Check only what lies in the area that was drawn on the map."""
    from pipemap.jobs.checking import rows_within_area

    network = session.network
    if network is None or not _may_write(session):
        return
    if len(session.area) < 3:  # noqa: PLR2004 -- no area
        session.say(_("No area is drawn; hold Shift and drag on the map, or draw one for an export."))
        return
    session.show_panel("problems")
    session.checks.run(rows_within_area(network, np.array(session.area)))


def _may_write(session: Session) -> bool:
    if session.survey is None:
        return False
    if session.survey.read_only:
        session.say(_("The survey is open for reading only; what checks find cannot be kept in it."))
        return False
    return True
