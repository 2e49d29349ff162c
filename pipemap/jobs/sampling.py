"""A made city as a survey database."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pipemap.errors import PipemapError, SurveyFileError
from pipemap.jobs.counting import Summary, summary
from pipemap.jobs.writing import written_whole
from pipemap.progress import SILENT, Progress
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.sample import Fault

PIPES = 6000
"""Size of a city that nobody asked to be larger or smaller."""
LARGEST = 4_000_000
SAMPLE = "sample_city.gpkg"


@dataclass(frozen=True, slots=True)
class SampleResult:
    """What was made: numbers, and the faults put in on purpose.

    Attributes
    ----------
    path
        The survey database.
    faults_path
        The list of faults beside it; ``None`` without faults.
    """

    path: Path
    summary: Summary
    faults: tuple[Fault, ...]
    faults_path: Path | None


def make_sample(
    out: Path | str, *, pipes: int = PIPES, seed: int = 1, faults: int = 0, replace: bool = False, progress: Progress = SILENT
) -> SampleResult:
    """Make a city and write it as a survey database; with faults, also their list as ``OUT.faults.json``.

    Parameters
    ----------
    out
        File to write.
    pipes
        About how many pipes.
    seed
        The same seed makes the same city.
    faults
        How many faults to put into the data.
    replace
        Write over a file that is there.
    progress
        Told how far it is; may cancel, and then nothing is written.

    Raises
    ------
    PipemapError
        No city has so many or so few pipes.
    SurveyFileError
        The file exists and may not be replaced, or cannot be written.
    """
    from pipemap.sample import SMALLEST, make_city
    from pipemap.store import creating

    if not SMALLEST <= pipes <= LARGEST or not 0 <= faults <= pipes:
        raise PipemapError(
            _("A sample city has {least} to {most} pipes, and at most as many faults.").format(
                least=SMALLEST, most=f"{LARGEST:,}"
            )
        )
    target = Path(out)
    if target.exists() and not replace:
        raise SurveyFileError(_("{file} exists already.").format(file=target), _("Name another file, or say --replace."))
    city = make_city(pipes, seed=seed, faults=faults, progress=progress)
    with written_whole(target) as part, creating(part, crs=city.delivery.crs, name=target.stem) as survey:
        survey.store(city.delivery, progress=progress)
        counted = summary(survey)
    beside = _write_faults(target, city.faults) if city.faults else None
    return SampleResult(target, counted, city.faults, beside)


def own_sample() -> Path:
    """Return the person's own copy of the sample city, to change at will; copied from the shipped one when it is not there.

    Raises
    ------
    SurveyFileError
        The installation lacks the city, or the copy cannot be written.
    """
    import shutil

    from platformdirs import user_data_path

    from pipemap.assets import sample_network

    copy = user_data_path("pipemap", appauthor=False) / SAMPLE
    if copy.exists():
        return copy
    try:
        shipped = sample_network(SAMPLE)
    except FileNotFoundError as error:
        raise SurveyFileError(
            _("The installation has no sample city ({file}).").format(file=error), _("Make one with “pipemap sample”.")
        ) from error
    copy.parent.mkdir(parents=True, exist_ok=True)
    with written_whole(copy) as part:
        shutil.copyfile(shipped, part)
    return copy


def _write_faults(target: Path, faults: tuple[Fault, ...]) -> Path:
    beside = target.with_name(f"{target.name.removesuffix('.gpkg')}.faults.json")
    rows = [{"kind": fault.kind, "elements": list(fault.elements)} for fault in faults]
    beside.write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return beside
