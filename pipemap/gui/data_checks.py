"""Checks of the survey that is open: run on demand, and by themselves for what an edit touched; and what they found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from pipemap.texts import _

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from pipemap.gui.session import Session
    from pipemap.gui.tasks import Task
    from pipemap.jobs.checking import Rechecked, Within
    from pipemap.model.network import Network
    from pipemap.progress import Progress
    from pipemap.store import StoredProblems, Survey
    from pipemap.store.checking import Touched

_NONE_YET = 2**62
"""An entry later than any."""


class DataChecks(QObject):
    """What is known to be wrong with the survey of a session.

    Attributes
    ----------
    problems
        All that the survey keeps, worst first; ``None`` while none is open.
    ghosts
        How things would lie once the fix that is being looked at is applied: courses (k, 3) in the survey's coordinates.
    """

    changed = Signal()
    """``problems`` changed."""
    ghosts_changed = Signal()
    """``ghosts`` changed."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self.problems: StoredProblems | None = None
        self.ghosts: tuple[NDArray[np.float64], ...] = ()
        self._survey: Survey | None = None
        self._before: Network | None = None
        self._entry = 0
        self._following: Task | None = None
        self._again = False
        session.network_changed.connect(self._follow)
        session.records_changed.connect(self.ask)

    # -- on demand -----------------------------------------------------------------------------------------------------

    def run(self, within: Within | None = None) -> Task | None:
        """Check everything, or only some nodes and pipes, in the background."""
        survey = self._session.survey
        if survey is None:
            return None

        def work(progress: Progress) -> tuple[int, int, int]:
            from pipemap.jobs.checking import check_and_keep

            found, kept = check_and_keep(survey, within=within, progress=progress)
            return sum(found.counts.values()), kept.new, kept.solved

        def done(counts: tuple[int, int, int]) -> None:
            found, new, solved = (f"{count:,}" for count in counts)
            words = _("Problems found: {found}; new: {new}, solved: {solved}")
            self._session.say(words.format(found=found, new=new, solved=solved))
            self.ask()

        return self._session.run(work, _("Checking the data"), done)

    def ask(self) -> None:
        """Read the list anew."""
        survey = self._session.survey
        if survey is None:
            self._take(None, None)
            return
        self._session.mark_busy("problems")

        def work(_progress: Progress) -> StoredProblems:
            return survey.problem_list()

        self._session.run(work, _("Reading problems"), lambda found: self._take(survey, found), self._failed)

    def show_ghosts(self, courses: Sequence[NDArray[np.float64]]) -> None:
        """Show how things would lie; none: show nothing."""
        self.ghosts = tuple(courses)
        self.ghosts_changed.emit()

    def _take(self, survey: Survey | None, found: StoredProblems | None) -> None:
        self._session.mark_ready("problems")
        if survey is self._session.survey:
            self.problems = found
            self.changed.emit()

    def _failed(self, error: Exception) -> None:
        self._session.mark_ready("problems")
        self._session.complain(error)

    # -- after every edit ----------------------------------------------------------------------------------------------

    def _follow(self) -> None:
        """Another snapshot stands: check what was touched since the last."""
        survey, network = self._session.survey, self._session.network
        if survey is not self._survey:
            self._survey, self._before, self._again = survey, network, False
            self._entry = survey.touched_since(_NONE_YET).newest if survey is not None else 0
            self.problems = None
            self.show_ghosts(())
            self.ask()
            return
        if survey is None or network is None or survey.read_only:
            return
        if self._following is not None:
            self._again = True
            return
        before, entry = self._before, self._entry
        self._before = network

        def work(progress: Progress) -> tuple[Touched, Rechecked | None]:
            return _recheck(survey, network, before, entry, progress)

        self._following = self._session.run(
            work, _("Checking what was edited"), lambda answer: self._followed(survey, network, *answer), self._not_followed
        )

    def _followed(self, survey: Survey, network: Network, touched: Touched, said: Rechecked | None) -> None:
        self._following = None
        if survey is not self._session.survey:
            return
        self._entry = touched.newest
        self.ask()
        if self._again:
            self._again = False
            self._follow()
        elif said is not None:
            self._weigh(survey, network, said)

    def _not_followed(self, error: Exception) -> None:
        self._following = None
        self._session.complain(error)

    def _weigh(self, survey: Survey, network: Network, said: Rechecked) -> None:
        """Work out afterwards what takes longer: how much hangs on each problem, and what only the whole survey can tell."""

        def work(progress: Progress) -> None:
            from pipemap.jobs.checking import follow_up

            follow_up(survey, network, said, progress=progress)

        def done(_nothing: object) -> None:
            if survey is self._session.survey:
                self.ask()

        self._session.run(work, _("Weighing problems"), done)


def _recheck(
    survey: Survey, network: Network, before: Network | None, entry: int, progress: Progress
) -> tuple[Touched, Rechecked | None]:
    from pipemap.jobs.checking import check_and_keep, recheck

    touched = survey.touched_since(entry)
    if touched.is_much:
        if survey.problem_list().is_checked.any():
            check_and_keep(survey, progress=progress)
        return touched, None
    if not touched:
        return touched, None
    return touched, recheck(survey, network, touched.nodes, touched.pipes, before=before)
