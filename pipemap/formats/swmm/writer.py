"""A survey → SWMM INP: the model that was kept, brought up to date, or a new one from what was surveyed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipemap.catalog.kinds import NodeKind
from pipemap.formats.inp.choice import words
from pipemap.formats.inp.draft import title_of
from pipemap.formats.inp.program import Program
from pipemap.formats.inp.recognition import marks_of
from pipemap.formats.swmm.fresh import add_fresh
from pipemap.formats.swmm.losses import RULES
from pipemap.formats.swmm.revised import open_kept, revise
from pipemap.formats.swmm.text import DIALECT, SECTIONS
from pipemap.formats.writing import Written
from pipemap.model.delivery import ModelText
from pipemap.progress import SILENT, Progress, Told
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from pathlib import Path

    from pipemap.formats.inp.leaving import Leaving
    from pipemap.formats.writing import WriteOptions
    from pipemap.model.extract import Extract

_HEADS = {
    "JUNCTIONS": ";Name\tElevation\tMaxDepth\tInitDepth\tSurDepth\tAponded",
    "OUTFALLS": ";Name\tElevation\tType\tGated",
    "CONDUITS": ";Name\tFromNode\tToNode\tLength\tRoughness\tInOffset\tOutOffset\tInitFlow\tMaxFlow",
    "PUMPS": ";Name\tFromNode\tToNode\tCurve\tStatus\tStartup\tShutoff",
    "ORIFICES": ";Name\tFromNode\tToNode\tType\tOffset\tQcoeff\tGated\tCloseTime",
    "XSECTIONS": ";Link\tShape\tGeom1\tGeom2\tGeom3\tGeom4\tBarrels",
    "LOSSES": ";Link\tEntry\tExit\tAverage\tFlapGate",
    "COORDINATES": ";Node\tX\tY",
    "VERTICES": ";Link\tX\tY",
}
_OPTIONS = (
    "FLOW_UNITS\tLPS",
    "FLOW_ROUTING\tDYNWAVE",
    "LINK_OFFSETS\tELEVATION",
    "START_DATE\t01/01/2000",
    "END_DATE\t01/02/2000",
    "REPORT_STEP\t00:15:00",
    "ROUTING_STEP\t0:00:05",
    "ALLOW_PONDING\tNO",
)


def is_swmm(texts: tuple[ModelText, ...]) -> bool:
    """Whether kept sections are those of a SWMM model."""
    names = {text.section for text in texts}
    lines = (line.upper() for text in texts if text.section == "OPTIONS" for line in text.lines)
    found = marks_of(names, swmm_options=any(line.lstrip().startswith("FLOW_UNITS") for line in lines))
    return found.swmm > found.epanet


PROGRAM = Program(
    major="PS",
    dialect=DIALECT,
    rules=RULES,
    order=SECTIONS,
    heads=_HEADS,
    is_model=is_swmm,
    nothing=N_("There is no drainage to write."),
    holds=N_("SWMM models hold storm water and sewage alone; water supply goes into an EPANET model."),
    ignore_case=True,
)


def write_swmm(extract: Extract, to: Path, *, options: WriteOptions, progress: Progress = SILENT) -> Written:
    """Write the drainage of an extract as a SWMM model.

    A network that came from a model goes out as that model, line by line as it came, with what was changed in the survey
    since; new elements are added in the units of the file. A network that was surveyed becomes a new model in litres a second
    and metres, its offsets as levels, and what it lacks is supplied and said; it holds no rain and no inflow.

    Raises
    ------
    ReportError
        There is no drainage in the extract, or the file cannot be written.
    """
    leaving = draft_swmm(extract, to.name, options=options, progress=progress)
    leaving.draft.write(to, progress=progress)
    progress(4, 4)
    return Written((to,), leaving.losses.problems())


def draft_swmm(extract: Extract, name: str, *, options: WriteOptions, progress: Progress = SILENT) -> Leaving:
    """Return the model before it is written: its draft, what each element is called in it, and what had to be supplied.

    Raises
    ------
    ReportError
        There is no drainage in the extract.
    """
    progress = Told(progress)
    progress(0, 4, _("Preparing the model"))
    leaving = PROGRAM.begin(extract, name, options=options, new=_new_texts(extract, options), told=progress.again)
    model = open_kept(leaving.draft.text)
    progress(1, 4)
    bottoms = revise(leaving, model)
    leaving.leave_loops()
    leaving.name_fresh()
    progress(2, 4)
    if leaving.fresh_nodes.any() or leaving.fresh_pipes.any():
        add_fresh(leaving, model, bottoms)
    progress(3, 4)
    leaving.count_parts("no-outfall", [kind == NodeKind.OUTFALL for kind in words(extract.nodes, "kind")])
    leaving.count_texts()
    return leaving


def _new_texts(extract: Extract, options: WriteOptions) -> tuple[ModelText, ...]:
    return (title_of(extract.name, options.words), ModelText("OPTIONS", (*_OPTIONS, "")))
