"""An engine of another program, run over a model in a process of its own: watched, stopped when asked, its words read back."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pipemap.errors import PipemapError, SurveyFileError
from pipemap.formats.watching import run_watched
from pipemap.texts import _

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from pipemap.progress import Progress

    Rows = NDArray[np.int64]
    Values = NDArray[np.float64]

NO_MATTER = frozenset({"only-attributes", "other-category", "valve-layer", "foreign-text", "no-place"})
"""Losses of writing a model that change nothing of what is computed."""
PATIENCE_S = 3600.0
"""Seconds after which a run is given up."""
_SAID, _VALUES, _REPORT = "said.json", "values.npz", "report.txt"
_LONGEST_REPORT = 4 << 20
_TAIL = 200


class SimulationError(PipemapError):
    """A network could not be computed; the message says why, in the words of the field."""


@dataclass(frozen=True, slots=True)
class EngineRun:
    """What an engine left.

    Attributes
    ----------
    said
        What the child wrote down: ids, units, the engine's error (empty: none).
    values
        Arrays by name, one row a moment.
    report
        The engine's own report.
    """

    said: Mapping[str, Any]
    values: Mapping[str, Values]
    report: str


def run_engine(
    child: str, folder: Path, task: Mapping[str, object], *, program: str, progress: Progress, patience_s: float = PATIENCE_S
) -> EngineRun:
    """Run a child over ``model.inp`` in a folder.

    Raises
    ------
    SimulationError
        The engine is not installed, died, took too long, or made too many figures.
    Cancelled
        The person asked to stop; the child is ended.
    """
    (folder / "task.json").write_text(json.dumps(task), encoding="utf-8")
    output = folder / "progress.txt"
    label = _("Computing with {program}").format(program=program)

    def told(done: int, total: int | None = None, label: str = "") -> None:
        del done, total  # of which the program that is watched knows more
        progress(*_reached(output), label)

    try:
        ended = run_watched(
            [sys.executable, "-P", child, str(folder)],
            output=output,
            source=folder / "model.inp",
            patience_s=patience_s,
            progress=told,
            label=label,
            late=_("{program} takes far too long over this network; it was stopped.").format(program=program),
        )
    except SurveyFileError as error:
        raise SimulationError(error.message, _("Compute fewer hours, or a part of the network.")) from error
    if ended.status or not (folder / _SAID).exists():
        raise SimulationError(
            _("{program} stopped in the middle of its work ({reason}).").format(
                program=program, reason=ended.said or ended.status
            ),
            _("Look at the checks of the network: absurd lengths, sizes and levels are the usual cause."),
        )
    said = json.loads((folder / _SAID).read_text(encoding="utf-8"))
    _check(said, program)
    values = {}
    if (folder / _VALUES).exists():
        with np.load(folder / _VALUES, allow_pickle=False) as held:
            values = {name: held[name] for name in held.files}
    return EngineRun(said, values, _report(folder / _REPORT))


def columns_of(ids: Sequence[str], ours: Sequence[str]) -> tuple[Rows, Rows]:
    """Return the places of ids that are ours too, and the places of ours that they are; blank ones are nobody's."""
    rows = {id_: row for row, id_ in enumerate(ours) if id_}
    pairs = [(at, rows[id_]) for at, id_ in enumerate(ids) if id_ in rows]
    found = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return found[:, 0], found[:, 1]


def _check(said: Mapping[str, Any], program: str) -> None:
    if said["error"] == "no-engine":
        raise SimulationError(
            _("The engine of {program} is not installed for this Python.").format(program=program),
            _("For EPANET there are packages (owa-epanet) for Python 3.11 and 3.12 on Linux."),
        )
    if said["error"] == "too-much":
        raise SimulationError(
            _("The run makes more figures than the memory should hold."), _("Compute fewer hours, or a longer report step.")
        )


def _reached(output: Path) -> tuple[int, int | None]:
    """Return how far the child says it is, in seconds of the network's time."""
    try:
        with output.open("rb") as file:
            file.seek(max(0, output.stat().st_size - _TAIL))
            lines = file.read().decode("ascii", errors="replace").split("\n")
        done, total = (int(float(word)) for word in lines[-2].split())
    except (OSError, IndexError, ValueError):
        return 0, None
    return min(done, total), total or None


def _report(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(_LONGEST_REPORT).decode("utf-8", errors="replace")
    except OSError:
        return ""
