"""What storing would do to the open survey, and the storing itself: all of it or nothing, taken back with one Undo."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog

from pipemap.errors import Cancelled, PipemapError, SurveyFileError
from pipemap.gui.import_drafts import Draft, check_names, store_all
from pipemap.model.comparison import Decisions, outcome
from pipemap.model.wording import repeats_words
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.gui.import_dialog import ImportDialog
    from pipemap.gui.session import Session
    from pipemap.gui.tasks import Task
    from pipemap.jobs import ImportResult
    from pipemap.model.delivery import Delivery
    from pipemap.progress import Progress
    from pipemap.store import Plan, Stored, Survey

_Compared = list[tuple[Draft, "Plan | None", "PipemapError | None"]]


class Storing:
    """The last step of a workbench."""

    def __init__(self, session: Session, dialog: ImportDialog) -> None:
        self._session = session
        self._dialog = dialog
        self._task: Task | None = None

    # -- before -----------------------------------------------------------------------------------------------------

    def compare(self) -> None:
        """Count on another thread what the open survey would get, and what of it it has already."""
        survey = self._session.survey
        if self._task is not None:
            self._task.cancel()
            self._task = None
        self._dialog.show_sums()
        if survey is None or not self._dialog.into_open():
            return
        drafts = [(draft, delivery) for draft in self._dialog.drafts if (delivery := draft.delivery) is not None]

        def work(progress: Progress) -> _Compared:
            from pipemap.jobs import ready_for

            found: _Compared = []
            for draft, delivery in drafts:
                try:
                    ready = ready_for(survey, delivery, progress=progress)
                    found.append((draft, survey.compare(ready, decisions=draft.decisions, progress=progress), None))
                except Cancelled:
                    raise
                except PipemapError as error:
                    found.append((draft, None, error))
            return found

        task = self._task = self._session.run(
            work, _("Comparing with the open survey"), lambda found: self._compared(task, found), self._session.complain
        )

    def _compared(self, task: Task, found: _Compared) -> None:
        if task is not self._task or self._dialog.is_over:
            return
        self._task = None
        for draft, plan, error in found:
            draft.plan, draft.obstacle = plan, error
        self._dialog.show_plans()

    def plan_words(self) -> str:
        """Say what storing would do; nothing while that is not known."""
        if not self._dialog.into_open():
            return _("Makes a new survey.")
        plans = [(draft.plan, draft.decisions) for draft in self._dialog.drafts if draft.plan is not None]
        found = [outcome(plan.comparison, decisions) for plan, decisions in plans]
        if not found:
            return _("Comparing with the open survey …") if self._task is not None else ""
        sums = {name: sum(one[name] for one in found) for name in found[0]}
        lines = [_("Adds {nodes} nodes and {pipes} pipes.").format(nodes=_n(sums["added_nodes"]), pipes=_n(sums["added_pipes"]))]
        if sums["changed"] or sums["same"]:
            words = _("Changes {changed}; {same} are there already as they are.")
            lines.append(words.format(changed=_n(sums["changed"]), same=_n(sums["same"])))
        if sums["missing"]:
            lines.append(_("{n} of the batch are no longer delivered; they stay.").format(n=_n(sums["missing"])))
        if sums["retired"]:
            lines.append(_("{n} of the batch are no longer delivered and are retired.").format(n=_n(sums["retired"])))
        if sums["conflicts"]:
            lines.append(_("In conflict with edits by hand: {n}; they stay as they are.").format(n=_n(sums["conflicts"])))
        lines += [repeats_words(name) for name in dict.fromkeys(plan.stored.repeats for plan, _chosen in plans) if name]
        return "\n".join(lines)

    # -- storing ----------------------------------------------------------------------------------------------------

    def start(self, target: Path | None = None) -> None:
        """Store what was read: in the open survey, or in a new one that the person names."""
        survey = self._session.survey
        try:
            check_names([draft for draft in self._dialog.drafts if draft.delivery is not None])
        except PipemapError as error:
            self._dialog.state.show_error(error)
            return
        if target is None and survey is not None and self._dialog.into_open():
            self._store_in_open(survey)
            return
        target = target or self._ask_target()
        if target is None:
            return
        if target.exists():
            hint = _("Choose another name; to add to that survey, open it first.")
            self._dialog.state.show_error(SurveyFileError(_("{file} exists already.").format(file=target.name), hint))
            return
        self._store_new(target)

    def _ask_target(self) -> Path | None:
        first = self._dialog.drafts[0].paths[0].with_suffix(".gpkg")
        dont_ask = QFileDialog.Option.DontConfirmOverwrite
        title, kinds = _("Store as a new survey"), "GeoPackage (*.gpkg)"
        name, _kind = QFileDialog.getSaveFileName(self._dialog, title, str(first), kinds, options=dont_ask)
        if not name:
            return None
        return Path(name) if Path(name).suffix else Path(name).with_suffix(".gpkg")

    def _store_new(self, target: Path) -> None:
        deliveries, author = self._dialog.deliveries, str(self._session.settings.value("author"))

        def work(progress: Progress) -> ImportResult:
            from pipemap.jobs import store_deliveries

            return store_deliveries(deliveries, target, author=author, progress=progress)

        def stored(_result: ImportResult) -> None:
            self._remember()
            self._dialog.close()
            self._session.open(target)

        self._dialog.run(work, _("Storing in {file}").format(file=target.name), stored, stays=True)

    def _store_in_open(self, survey: Survey) -> None:
        session = self._session
        chosen = [(delivery, draft.decisions) for draft in self._dialog.drafts if (delivery := draft.delivery) is not None]
        author = str(session.settings.value("author"))

        def work(progress: Progress) -> list[Stored]:
            from pipemap.jobs.safety import back_up_when_due

            back_up_when_due(survey, before_import=True, progress=progress)
            try:
                return _store_in(survey, chosen, author, progress)
            finally:
                survey.network  # noqa: B018 -- read here, where it does not hold up the window

        def stored(done: list[Stored]) -> None:
            self._remember()
            self._dialog.close()
            if session.survey is not survey:
                return
            session.refresh()
            changed = sum(one.added_nodes + one.added_pipes + one.changed for one in done)
            changes = [one.change_id for one in done if one.change_id is not None]
            words = _("Import stored: {n} elements added or changed").format(n=f"{changed:,}")
            session.say(words, undo=(lambda: take_back(session, survey, changes)) if changes else None)

        self._dialog.run(work, _("Storing in {file}").format(file=survey.path.name), stored, stays=True)

    def _remember(self) -> None:
        """Keep what was corrected, for tables with the same headers; what was taken back is forgotten."""
        for draft in self._dialog.drafts:
            reading = draft.reading
            for table in reading.tables if reading is not None and reading.delivery is not None else ():
                corrections = draft.choices.corrections.get(table.name, {})
                if corrections or self._dialog.memory.find(table) is not None:
                    self._dialog.memory.keep(table, corrections)


def _n(count: int) -> str:
    return f"{count:,}"


def _store_in(survey: Survey, chosen: Sequence[tuple[Delivery, Decisions]], author: str, progress: Progress) -> list[Stored]:
    from pipemap.jobs import ready_for
    from pipemap.jobs.customers import in_order

    decisions = {delivery.batch.name: decided for delivery, decided in chosen}

    def store(delivery: Delivery) -> Stored:
        ready = ready_for(survey, delivery, progress=progress)
        return survey.store(ready, decisions=decisions[delivery.batch.name], author=author, progress=progress)

    return store_all(
        in_order([delivery for delivery, _decided in chosen]),
        store,
        lambda change: survey.undo(change, author=author),
    )


def take_back(session: Session, survey: Survey, changes: Sequence[int]) -> None:
    """Undo Changes on another thread, the newest first."""
    author = str(session.settings.value("author"))

    def work(progress: Progress) -> None:
        for change in reversed(changes):
            survey.undo(change, author=author, progress=progress)
        survey.network  # noqa: B018 -- read here, where it does not hold up the window

    session.run(work, _("Undoing"), lambda _nothing: session.refresh())
