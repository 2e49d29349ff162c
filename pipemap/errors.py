"""Errors written for the person who sees them: what happened, to what, and one hint."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from pipemap.texts import _


class PipemapError(Exception):
    """Root of every error that pipemap raises on purpose.

    Parameters
    ----------
    message
        What happened, and to what, in one sentence without a full stop at the end of a path or id.
    hint
        What the reader can do about it; one sentence, or nothing.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message


class SettingsError(PipemapError):
    """A setting has no such name, or a value it cannot take."""

    exit_code = 3


class UnknownElementError(PipemapError, KeyError):
    """An id is not in the survey; the hint names the nearest ones that are."""

    exit_code = 4

    def __init__(self, wanted: str, similar: Sequence[str] = ()) -> None:
        hint = _("Did you mean {ids}?").format(ids=", ".join(similar)) if similar else ""
        super().__init__(_("The survey has no element “{id}”.").format(id=wanted), hint)
        self.wanted = wanted
        self.similar = tuple(similar)

    __str__ = PipemapError.__str__


class AmbiguousElementError(PipemapError, KeyError):
    """An id names several elements; the hint says how to name each of them."""

    exit_code = 4

    def __init__(self, wanted: str, choices: Sequence[str]) -> None:
        super().__init__(
            _("Several elements have the id “{id}”.").format(id=wanted),
            _("Name one of {choices}.").format(choices=", ".join(choices)),
        )
        self.wanted = wanted
        self.choices = tuple(choices)

    __str__ = PipemapError.__str__


class SurveyFileError(PipemapError, OSError):
    """A file cannot be used as it is: missing, locked, not a survey, or written by a newer version."""

    exit_code = 5

    __str__ = PipemapError.__str__


class SurveyDataError(PipemapError):
    """A source was read, but nothing can be built from it.

    ``problems`` says everything that was found, ``tables`` (:class:`pipemap.model.delivery.SourceTable`) what a mapping could
    still make of it.
    """

    exit_code = 5

    def __init__(self, message: str, hint: str = "", problems: Iterable[object] = (), *, tables: Iterable[object] = ()) -> None:
        super().__init__(message, hint)
        self.problems = tuple(problems)
        self.tables = tuple(tables)


class EditError(PipemapError):
    """An edit is refused; nothing was changed."""

    exit_code = 6


class ReportError(PipemapError, OSError):
    """A report cannot be written."""

    exit_code = 7

    __str__ = PipemapError.__str__


class RenderError(PipemapError):
    """A picture cannot be made."""

    exit_code = 8


class Cancelled(PipemapError):  # noqa: N818 -- not an error to the person who asked for it
    """The person stopped the work; nothing is said about it."""

    exit_code = 130

    def __init__(self) -> None:
        super().__init__(_("Cancelled."))
