"""Where the files are that ship with the program: standards, styles, translations, manual, sample networks."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_CHECKOUT = _PACKAGE.parent


def resource(*parts: str) -> Path:
    """Path of a file under ``resources/``: beside the package in a checkout, inside it when installed.

    Raises
    ------
    FileNotFoundError
        The installation is incomplete.
    """
    return _find("resources", *parts)


def sample_network(name: str) -> Path:
    """Path of a shipped network under ``sample_networks/``."""
    return _find("sample_networks", name)


def read_rows(*parts: str) -> Iterator[dict[str, str]]:
    """Rows of a CSV file under ``resources/``, by column name; empty cells are empty strings."""
    with resource(*parts).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _find(*parts: str) -> Path:
    for root in (_PACKAGE, _CHECKOUT):
        path = root.joinpath(*parts)
        if path.exists():
            return path
    raise FileNotFoundError(Path(*parts))
