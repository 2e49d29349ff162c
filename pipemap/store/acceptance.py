"""The steps of a batch on its way into the survey, and what its edges make of those beside it; each step is one Change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pipemap.errors import EditError
from pipemap.model.acceptance import STATE_TITLES, Step, check_step
from pipemap.store.authors import author_of
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.store.edits import Edit
    from pipemap.store.survey import Survey

DEMANDED, DIFFERENT_PEOPLE = "requires_acceptance", "acceptance_different_people"
"""Settings of a survey: whether batches have to be accepted, and whether each step is another person's."""
_YES = frozenset({"1", "true", "yes"})


class FailedAcceptanceError(EditError):
    """A batch that failed its acceptance by sampling; whoever takes it in all the same says why."""


@dataclass(frozen=True, slots=True)
class Stepped:
    """What a step did: how many nodes were joined to those beside the batch, and which pipes went into the history for it."""

    change_id: int | None
    state: str
    joined: int = 0
    replaced: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Demands:
    """What a survey demands of batches."""

    acceptance: bool
    different_people: bool


def demands(survey: Survey) -> Demands:
    """Return what a survey demands of batches."""
    rows = {row["name"]: row["value"] for row in survey.table("setting", ["name", "value"]).to_pylist()}
    return Demands(*(str(rows.get(name) or "") in _YES for name in (DEMANDED, DIFFERENT_PEOPLE)))


def set_demands(survey: Survey, wanted: Demands, *, author: str = "") -> int | None:
    """Say what a survey demands of batches, as one Change; return its id, None where nothing is other than before."""
    values = {DEMANDED: wanted.acceptance, DIFFERENT_PEOPLE: wanted.different_people}
    with survey.edit(_("Demands on batches"), author=author) as edit:
        for name, on in values.items():
            text = "1" if on else None
            found = edit.keys("setting", "name", name)
            if found:
                edit.write("setting", found[0], {"value": text})
            elif on:
                edit.add("setting", {"name": name, "value": text})
    return edit.change_id


def step_batch(
    survey: Survey,
    batch: int,
    step: Step,
    *,
    reason: str = "",
    joins: Sequence[tuple[int, int]] = (),
    failed: str = "",
    author: str = "",
    dry_run: bool = False,
) -> Stepped:
    """Take one step with a batch.

    Parameters
    ----------
    batch
        Its key.
    reason
        Why it is returned; needed then. Or why it is stored although its acceptance failed: needs ``author`` too, and stands in
        the history.
    joins
        Keys of a node of the batch and of the node beside it that it becomes, with which its pipes hang together from then on.
        Pipes that lie twice afterwards, alike, are replaced by those of the batch: the older go into the history.
    failed
        In words, what its samples come to where they fail and no verdict was given yet.

    Raises
    ------
    FailedAcceptanceError
        Its acceptance by sampling failed, and nothing overrides that.
    EditError
        The step does not follow on the state, the reason is missing, or another person has to take it.
    """
    who = author_of(author)
    with survey.edit("", author=author, dry_run=dry_run) as edit:
        row = edit.row("batch", batch)
        name = str(row["name"])
        state = str(row["state"] or "stored")
        edit.label = _(step.label).format(name=name)
        check_step(step, state, name)
        if step.name == "return" and not reason.strip():
            raise EditError(_("A batch is returned with a reason."), _("Say what has to be mended."))
        if demands(survey).different_people:
            _check_person(step, row, who)
        joined, replaced, kept = _joined(edit, batch, joins) if step.name == "store" else (0, [], [])
        words = _words(step, who, reason)
        if step.name == "store" and (failed := failed or _failed_verdict(edit, row)):
            words["override"] = _overridden(name, failed, reason, author)
            edit.label = _("Take batch “{name}” into the survey although its acceptance failed: {reason}").format(
                name=name, reason=words["override"]
            )
        edit.write("batch", batch, words)
    return Stepped(edit.change_id, step.leads_to, joined, tuple(replaced), tuple(kept))


def _words(step: Step, who: str, reason: str) -> dict[str, str | None]:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    words: dict[str, str | None] = {"state": step.leads_to, step.leads_to: now, f"{step.leads_to}_by": who}
    if step.name == "return":
        words["reason"] = reason.strip()
    if step.name == "submit":
        words |= dict.fromkeys(("checked", "checked_by", "approved", "approved_by", "returned", "returned_by", "reason"))
    return words


def _failed_verdict(edit: Edit, row: dict[str, object]) -> str:
    """Return in words which verdict on the batch as it was submitted last says that it failed; empty where none does."""
    asked = "SELECT level, words FROM acceptance_verdict WHERE batch = ? AND outcome = 'failed' AND decided >= ? ORDER BY level"
    found = edit.ask(asked, row["fid"], row["submitted"] or "")
    return "; ".join(_("level {level}: {words}").format(level=level, words=words or "") for level, words in found)


def _overridden(name: str, failed: str, reason: str, author: str) -> str:
    """Return the reason of an override; without one, or without a name, the batch stays out."""
    if not reason.strip():
        raise FailedAcceptanceError(
            _("Batch “{name}” failed its acceptance by sampling and stays out: {failed}.").format(name=name, failed=failed),
            _("Return it with what has to be mended. Whoever takes it in all the same gives a reason, which the history keeps."),
        )
    if not author.strip():
        raise FailedAcceptanceError(
            _("An override of a failed acceptance needs the name of who decides it."),
            _("Enter your name in the settings, or name it with --author."),
        )
    return reason.strip()


def _check_person(step: Step, row: dict[str, object], who: str) -> None:
    for other in step.others:
        if row.get(f"{other}_by") == who:
            raise EditError(
                _("{person} has taken the step “{step}” already; this survey wants another person for each.").format(
                    person=who or _("Nobody"), step=_(STATE_TITLES[other])
                ),
                _("Let somebody else do it; the name is that of the settings."),
            )


def _joined(edit: Edit, batch: int, joins: Sequence[tuple[int, int]]) -> tuple[int, list[str], list[str]]:
    touched: set[int] = set()
    for ours, beside in joins:
        touched.update(edit.merge(f"#{ours}", f"#{beside}").nodes)
    replaced, kept = [], []
    for pipe in [row[0] for row in edit.ask("SELECT fid FROM pipe WHERE batch = ? ORDER BY fid", batch)]:
        row = edit.row("pipe", pipe)
        if {row["from_fid"], row["to_fid"]} <= touched:
            for older in _twins(edit, row):
                name = edit.named("pipe", older)
                try:
                    edit.delete("pipe", f"#{older}")
                    replaced.append(name)
                except EditError:  # findings lie at it: a person decides where they belong
                    kept.append(name)
    return len(joins), replaced, kept


def _twins(edit: Edit, row: dict[str, object]) -> list[int]:
    """Return pipes of other batches between the same nodes, of the same category and size."""
    found = edit.ask(
        "SELECT fid FROM pipe WHERE fid != ?1 AND batch IS NOT ?2 AND category IS ?3 AND diameter_mm IS ?4 AND width_mm IS ?5 "
        "AND height_mm IS ?6 AND ((from_fid = ?7 AND to_fid = ?8) OR (from_fid = ?8 AND to_fid = ?7)) ORDER BY fid",
        *(row[name] for name in ("fid", "batch", "category", "diameter_mm", "width_mm", "height_mm", "from_fid", "to_fid")),
    )
    return [int(one[0]) for one in found]
