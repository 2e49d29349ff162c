"""What argparse says by itself, in the language on screen."""

from __future__ import annotations

import argparse
from typing import NoReturn

from pipemap.cli.words import UsageError
from pipemap.texts import N_, _

TEXTS = (
    N_("usage: "),
    N_("%(prog)s: error: %(message)s\n"),
    N_("positional arguments"),
    N_("options"),
    N_("show this help message and exit"),
    N_("show program's version number and exit"),
    N_("the following arguments are required: %s"),
    N_("unrecognized arguments: %s"),
    N_("expected one argument"),
    N_("expected at least one argument"),
    N_("expected at most one argument"),
    N_("argument %(argument_name)s: %(message)s"),
    N_("invalid choice: %(value)r (choose from %(choices)s)"),
    N_("invalid %(type)s value: %(value)r"),
    N_("ambiguous option: %(option)s could match %(matches)s"),
    N_("ignored explicit argument %r"),
)
"""Texts of the standard library, as its versions 3.11 to 3.13 have them; one that is not here stays English."""


_PLAINER = {
    "invalid choice: %(value)r (choose from %(choices)s)": "%(value)r is none of %(choices)s",
    "invalid %(type)s value: %(value)r": "%(value)r is no %(type)s",
}
"""English for a person where the library's is for programmers."""


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one message, as every other error, and where to read more."""

    def error(self, message: str) -> NoReturn:
        """Raise instead of printing the whole usage and ending the program."""
        raise UsageError(f"{message[:1].upper()}{message[1:]}.", _("“{command} --help” tells how.").format(command=self.prog))


def speak() -> None:
    """Give argparse our catalog: it looks its texts up through a name of its module, and offers no other way."""
    argparse._ = lambda text: text and _PLAINER.get(_(text), _(text))  # type: ignore[attr-defined]
