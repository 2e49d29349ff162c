"""Which run of pipes the profile shows: by keys, so that it stands after a change of the survey."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal

from pipemap.analysis.profile import Profile, profile_along, profile_between, profile_of, profile_of_trace
from pipemap.errors import PipemapError
from pipemap.gui.trace_question import Ways, trace_of
from pipemap.model.columns import rows_if_there
from pipemap.texts import _

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.gui.commands import Context
    from pipemap.gui.session import Session
    from pipemap.model.network import Network

_TWO = 2


class Profiles(QObject):
    """The profile of one session."""

    changed = Signal()
    """``profile`` is another one."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self.profile: Profile | None = None
        session.survey_changed.connect(self._forget)
        session.network_changed.connect(self._follow)

    def show_chosen(self) -> None:
        """Lay out what is selected, else the result: pipes that form a run, the way between two nodes, the way of a trace."""
        network = self._session.network
        if network is None:
            return

        def show(found: Profile) -> None:
            if self._session.network is network:
                self.profile = found
                self.changed.emit()
                self._session.show_panel("profile")

        asked = self._asked(network)
        self._session.run(lambda _progress: asked(), _("Laying out the profile"), show)

    def _asked(self, network: Network) -> _Ask:
        chosen, result = self._session.selection, self._session.result
        if len(chosen.nodes) == _TWO and not len(chosen.pipes):
            first, last = (f"node:#{network.node_fid[row]}" for row in chosen.nodes)
            return _Ask(network, ends=(first, last))
        if len(chosen.pipes) and (len(chosen.pipes) > 1 or trace_of(result) is None):
            return _Ask(network, pipes=chosen.pipes)
        if isinstance(result, Ways) and len(result.pipe_rows):
            return _Ask(network, pipes=result.pipe_rows)
        return _Ask(network, result=result)

    def _follow(self) -> None:
        """The same run in the network as it is now; none where a part of it is gone."""
        before, network = self.profile, self._session.network
        if before is None or network is None:
            return
        nodes = rows_if_there(network.node_fid, before.network.node_fid[before.nodes])
        pipes = rows_if_there(network.pipe_fid, before.network.pipe_fid[before.pipes])
        there = bool((nodes >= 0).all() and (pipes >= 0).all()) and _joined(network, nodes, pipes)
        self.profile = profile_of(network, nodes, pipes) if there else None
        self.changed.emit()

    def _forget(self) -> None:
        if self._session.survey is None or self._session.present is None:
            self.profile = None
            self.changed.emit()


def _joined(network: Network, nodes: NDArray[np.int64], pipes: NDArray[np.int64]) -> bool:
    """Whether each pipe still leads from one node of the run to the next."""
    wanted = np.sort(np.column_stack([nodes[:-1], nodes[1:]]), axis=1)
    return bool(np.array_equal(np.sort(network.pipe_ends[pipes], axis=1), wanted))


class _Ask:
    """A question for a profile, to be asked on another thread."""

    def __init__(
        self,
        network: Network,
        *,
        ends: tuple[str, str] | None = None,
        pipes: NDArray[np.int64] | None = None,
        result: object = None,
    ) -> None:
        self._network, self._ends, self._pipes, self._result = network, ends, pipes, result

    def __call__(self) -> Profile:
        if self._ends is not None:
            return profile_between(self._network, *self._ends)
        if self._pipes is not None:
            return profile_along(self._network, self._pipes)
        found = trace_of(self._result)
        if found is None:
            raise PipemapError(
                _("There is nothing to lay out."), _("Select pipes that follow each other, or two nodes; or trace a way.")
            )
        return profile_of_trace(found)


def profiles(session: Session) -> Profiles:
    """The profile of a session; there is one."""
    found: Profiles | None = session.findChild(Profiles)
    return found if found is not None else Profiles(session)


def show_profile(context: Context) -> None:
    """Lay out what is selected, or the result."""
    profiles(context.session).show_chosen()
