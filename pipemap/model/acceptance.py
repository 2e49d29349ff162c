"""The way of a batch into the survey: submitted, checked, approved, stored (提交→检查→审核→入库), or returned with a reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pipemap.errors import EditError
from pipemap.texts import N_, _

State = Literal["submitted", "checked", "approved", "stored", "returned"]
STATE_TITLES: dict[str, str] = {
    "submitted": N_("Submitted"),
    "checked": N_("Check passed"),
    "approved": N_("Approval given"),
    "stored": N_("In the survey"),
    "returned": N_("Returned"),
}


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a batch.

    Attributes
    ----------
    comes_from
        States in which it can be taken.
    leads_to
        The state after it; also the columns of the batch that keep when and by whom.
    others
        Steps whose people may not take this one too, where the survey demands different people.
    """

    name: str
    title: str
    label: str
    comes_from: tuple[State, ...]
    leads_to: State
    others: tuple[State, ...] = ()


STEPS: tuple[Step, ...] = (
    Step("submit", N_("Submit"), N_("Submit batch “{name}”"), ("returned",), "submitted"),
    Step("check", N_("Check batch"), N_("Check batch “{name}”"), ("submitted",), "checked", ("submitted",)),
    Step("approve", N_("Approve"), N_("Approve batch “{name}”"), ("checked",), "approved", ("submitted", "checked")),
    Step("store", N_("Take into the survey"), N_("Take batch “{name}” into the survey"), ("approved",), "stored"),
    Step("return", N_("Return"), N_("Return batch “{name}”"), ("submitted", "checked", "approved"), "returned"),
)
"""Every step, in the order in which they are taken."""


def step_named(name: str) -> Step:
    """Return a step.

    Raises
    ------
    EditError
        There is none of that name.
    """
    for step in STEPS:
        if step.name == name:
            return step
    raise EditError(_("There is no step “{name}”.").format(name=name), ", ".join(step.name for step in STEPS))


def check_step(step: Step, state: str, name: str) -> None:
    """Refuse a step that does not follow on the state of a batch.

    Raises
    ------
    EditError
        It does not.
    """
    if state in step.comes_from:
        return
    following = ", ".join(_(other.title) for other in STEPS if state in other.comes_from)
    hint = _("What can be done: {steps}.").format(steps=following)
    raise EditError(
        _("Batch “{name}” is “{state}”: “{step}” cannot be done now.").format(
            name=name, state=_(STATE_TITLES.get(state, state)), step=_(step.title)
        ),
        hint if following else _("It is in the survey; an undo takes that back."),
    )
