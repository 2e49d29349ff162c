"""What can be done about a problem, one row each: the rules it mends, what it is called, the function that does it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from pipemap.errors import EditError, PipemapError
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.model.problem import Problem
    from pipemap.store import StoredProblem
    from pipemap.store.edits import Edit

_ROOMS = ("values", "levels", "joints", "places")


class CannotFixError(EditError):
    """A problem that a fix cannot solve: what it would need is not there, or is not of one mind."""


@dataclass(frozen=True, slots=True)
class Case:
    """One problem under a fix.

    Attributes
    ----------
    fid, other
        Keys of the element and of the second element; 0 where there is none.
    """

    problem: Problem
    fid: int
    other: int
    other_layer: str

    @classmethod
    def of(cls, stored: StoredProblem) -> Case:
        """Take what is kept of a problem.

        Raises
        ------
        CannotFixError
            It names no element.
        """
        if not stored.problem.layer or stored.element_fid is None:
            raise CannotFixError(_("It names no single element."))
        return cls(stored.problem, stored.element_fid, stored.other_fid or 0, stored.other_layer)


Mend = Callable[["Edit", Case], None]


@dataclass(frozen=True, slots=True)
class Fix:
    """One way to solve problems of some rules.

    Attributes
    ----------
    name
        As typed after ``--fix RULE=NAME``.
    title
        English text (``N_``): what it does, as a button says it.
    rules
        The first fix of a rule is the one that is offered first.
    mend
        Does it within an edit; raises :class:`CannotFixError` and has then changed nothing.
    """

    name: str
    title: str
    rules: tuple[str, ...]
    mend: Mend

    @property
    def label(self) -> str:
        """Title in the language on screen."""
        return _(self.title)


_fixes: list[Fix] = []


def fixes(name: str, title: str, *rules: str) -> Callable[[Mend], Mend]:
    """Register a function as a way to solve problems of some rules; ``title`` is English, marked with ``N_``."""

    def register(mend: Mend) -> Mend:
        _fixes.append(Fix(name, title, rules, mend))
        return mend

    return register


@cache
def fixes_of(rule: str) -> tuple[Fix, ...]:
    """Return what can be done about problems of a rule, the most likely first; nothing where only a person can know."""
    for room in _ROOMS:
        import_module(f"pipemap.jobs.fixes.{room}")
    return tuple(fix for fix in _fixes if rule in fix.rules)


def fix_named(rule: str, name: str = "") -> Fix:
    """Return a fix of a rule, the first where no name is said.

    Raises
    ------
    PipemapError
        There is none, or none of that name.
    """
    there = fixes_of(rule)
    found = next((fix for fix in there if not name or fix.name == name), None)
    if found is None:
        hint = ", ".join(fix.name for fix in there)
        known = _("There are {names}.").format(names=hint) if hint else _("What is wrong there has to be measured or decided.")
        raise PipemapError(_("There is no such fix for “{rule}”.").format(rule=rule), known)
    return found
