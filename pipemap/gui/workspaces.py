"""The jobs the window arranges itself for, one row each; the toolbar offers them once there is more than one."""

from __future__ import annotations

from dataclasses import dataclass

from pipemap.texts import N_, _


@dataclass(frozen=True, slots=True)
class Workspace:
    """One job; which panels it shows at first is said in :data:`pipemap.gui.panels.PANELS`."""

    id: str
    title: str
    tip: str
    icon: str

    @property
    def label(self) -> str:
        """Title in the language on screen."""
        return _(self.title)


WORKSPACES: tuple[Workspace, ...] = (
    Workspace("survey", N_("Survey"), N_("Look at the survey, search it, trace in it."), "stack"),
    Workspace(
        "shutoff", N_("Shut-off"), N_("Find which valves to close around a break, and who is without supply."), "drop-half"
    ),
    Workspace(
        "inspection",
        N_("Inspection"),
        N_("Enter what was found in pipes and on the street; plan rounds, see what was passed."),
        "map-pin",
    ),
)
"""From left to right."""
