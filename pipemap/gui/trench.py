"""A trench drawn on the map: all that it touches is planned to be shut off at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QDoubleSpinBox

from pipemap.analysis.area import AreaError
from pipemap.analysis.trench import WIDEST, WIDTH, Touched, touched, trench_along
from pipemap.gui.shutoff_tools import planner
from pipemap.gui.trace_question import Place
from pipemap.model.lookup import Element
from pipemap.texts import _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipemap.gui.commands import Context
    from pipemap.gui.measure import Spot
    from pipemap.gui.session import Session

MOST_TOUCHED = 2000
"""A trench that touches more is no trench."""


class Trenches(QObject):
    """How wide trenches of one session are, and the newest one."""

    changed = Signal()
    """The width is another one."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self.width = WIDTH

    def set_width(self, metres: float) -> None:
        """Trenches are so wide from now on."""
        self.width = metres
        self.changed.emit()

    def outline(self, corners: Sequence[Spot]) -> tuple[tuple[Spot, ...], ...]:
        """The border of the trench along these places, on the level of the first; nothing while it has no length."""
        if len(corners) < 2:  # noqa: PLR2004 -- two ends
            return ()
        import shapely

        try:
            area = trench_along([(east, north) for east, north, _level in corners], self.width)
        except AreaError:  # so far only one place, at several levels
            return ()
        return (tuple((east, north, corners[0][2]) for east, north in shapely.get_coordinates(area).tolist()),)

    def plan(self, corners: Sequence[Spot]) -> None:
        """Plan to shut off what a trench along these places touches."""
        session, network = self._session, self._session.network
        if network is None:
            return
        area = trench_along([(east, north) for east, north, _level in corners], self.width)

        def show(found: Touched) -> None:
            if session.network is not network:
                return
            if found.is_empty:
                session.say(
                    _("The trench touches nothing that valves shut off; other pipes in it: {n}.").format(n=len(found.others))
                )
                return
            if len(found.pipes) + len(found.nodes) > MOST_TOUCHED:
                session.notice(
                    _("The trench touches {n} pipes; draw a smaller one, up to {most}.").format(
                        n=f"{len(found.pipes):,}", most=f"{MOST_TOUCHED:,}"
                    )
                )
                return
            places = [Place.of(network, Element("pipe", row)) for row in found.pipes.tolist()]
            places += [Place.of(network, Element("node", row)) for row in found.nodes.tolist()]
            session.set_tool("shutoff:more")
            planner(session).plan_for(tuple(places))
            if len(found.others):
                words = _("Besides {n} pipes that are shut off, {others} drains, cables or pipes out of use lie in the trench.")
                session.notice(words.format(n=f"{len(found.pipes):,}", others=f"{len(found.others):,}"))

        session.run(lambda _progress: touched(network, area), _("Looking at what the trench touches"), show)


class WidthField(QDoubleSpinBox):
    """How wide the next trench is; beside the hint of the mode."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        found = trenches(session)
        self.setRange(0.2, WIDEST)
        self.setDecimals(1)
        self.setSingleStep(0.5)
        self.setSuffix(" m")
        self.setValue(found.width)
        self.setToolTip(_("Width of the trench"))
        self.setAccessibleName(_("Width of the trench"))
        self.valueChanged.connect(found.set_width)


def trenches(session: Session) -> Trenches:
    """The trenches of a session; there is one."""
    found: Trenches | None = session.findChild(Trenches)
    return found if found is not None else Trenches(session)


def start(context: Context) -> None:
    """Enter the mode."""
    context.session.set_tool("trench")
