"""Who makes a change."""

from __future__ import annotations

import getpass


def author_of(given: str) -> str:
    """Return who was named, else the name by which the computer knows the person; blank where it knows none."""
    if given:
        return given
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return ""
