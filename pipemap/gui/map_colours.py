"""What the map is coloured by: worked out beside the window, shown once it is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from pipemap.gui.condition_colours import CONDITION, condition_colouring
from pipemap.gui.findings import findings_of
from pipemap.gui.tasks import asked
from pipemap.scene import coloured
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.gui.map_view import MapView
    from pipemap.progress import Progress
    from pipemap.scene import Colouring


class Colours(QObject):
    """Colours one map as the look and the theme say."""

    def __init__(self, view: MapView) -> None:
        super().__init__(view)
        self._view, self._session = view, view.session
        findings_of(self._session).changed.connect(self.follow_condition)

    @property
    def column(self) -> str | None:
        """The column that the look colours by; ``None``: by category, or by what no column holds."""
        column = self._session.look.colour_by
        return None if column in {"category", CONDITION} else column

    def follow_condition(self) -> None:
        """Colour by condition anew when something was found, or the network changed."""
        if self._session.look.colour_by == CONDITION:
            self.again()

    def again(self) -> None:
        """Colour as the look and the theme say now; the old colours stay until the new ones are worked out."""
        session, view = self._session, self._view
        network, column, dark, survey = view.drawn, self.column, session.dark, session.survey
        wanted = session.look.colour_by
        if network is None or survey is None:
            return

        def work(progress: Progress) -> Colouring:
            if wanted == CONDITION:
                return condition_colouring(survey, network, dark=dark, progress=progress)
            found: Colouring = asked(lambda: coloured(network, column, dark=dark))(progress)
            return found

        def show(colouring: Colouring) -> None:
            if view.drawn is network and (wanted, dark) == (session.look.colour_by, session.dark) and not view.is_closed:
                view.scene.set_dark(dark)
                view.scene.show_colours(column, colouring)
                view.show_legend()
                view.redraw()

        def tell(error: Exception) -> None:
            if not isinstance(error, KeyError):
                session.complain(error)
                return
            session.notice(_("The survey has no “{name}” to colour by.").format(name=column))

        session.run(work, _("Colouring the map"), show, tell)
