"""A survey → EPANET INP: the model that was kept, brought up to date, or a new one from what was surveyed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipemap.errors import ReportError
from pipemap.formats.epanet.fresh import add_fresh
from pipemap.formats.epanet.losses import RULES
from pipemap.formats.epanet.revised import node_section, open_kept, revise
from pipemap.formats.epanet.supplied import supply
from pipemap.formats.epanet.text import DIALECT, SECTIONS
from pipemap.formats.inp.choice import words
from pipemap.formats.inp.draft import title_of
from pipemap.formats.inp.program import Program
from pipemap.formats.inp.recognition import marks_of
from pipemap.formats.spreadsheets import text_table
from pipemap.formats.writing import Written
from pipemap.model.delivery import VALVE_LAYER, ModelText
from pipemap.progress import SILENT, Progress, Told
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from pipemap.formats.epanet.elements import Model
    from pipemap.formats.inp.leaving import Leaving
    from pipemap.formats.writing import WriteOptions
    from pipemap.model.extract import Extract

_OUR_UNIT = "LPS"
_HEADS = {
    "JUNCTIONS": "ID\tElevation\tDemand\tPattern",
    "RESERVOIRS": "ID\tHead\tPattern",
    "PIPES": "ID\tNode1\tNode2\tLength\tDiameter\tRoughness\tMinorLoss\tStatus",
    "VALVES": "ID\tNode1\tNode2\tDiameter\tType\tSetting\tMinorLoss",
    "STATUS": "ID\tStatus",
    "COORDINATES": "Node\tX\tY",
    "VERTICES": "Link\tX\tY",
}


def is_epanet(texts: tuple[ModelText, ...]) -> bool:
    """Whether kept sections are those of an EPANET model."""
    found = marks_of({text.section for text in texts})
    return found.epanet > found.swmm


PROGRAM = Program(
    major="JS",
    dialect=DIALECT,
    rules=RULES,
    order=SECTIONS,
    heads=_HEADS,
    is_model=is_epanet,
    nothing=N_("There is no water supply to write."),
    holds=N_("EPANET models hold water supply alone; drains go into a SWMM model."),
    closing=("[END]",),
    longest_id=31,
)


def write_epanet(extract: Extract, to: Path, *, options: WriteOptions, progress: Progress = SILENT) -> Written:
    """Write the water supply of an extract as an EPANET model.

    A network that came from a model goes out as that model, line by line as it came, with what was changed in the survey
    since; new elements are added in the units of the file. A network that was surveyed becomes a new model in litres a
    second, and what it lacks is supplied and said.

    Raises
    ------
    ReportError
        There is no water supply in the extract, or the file cannot be written.
    """
    leaving = draft_epanet(extract, to.name, options=options, progress=progress)
    leaving.draft.write(to, leave_out={VALVE_LAYER}, progress=progress)
    beside = _write_valve_layer(leaving, to)
    progress(4, 4)
    return Written((to, *beside), leaving.losses.problems())


def draft_epanet(extract: Extract, name: str, *, options: WriteOptions, progress: Progress = SILENT) -> Leaving:
    """Return the model before it is written: its draft, what each element is called in it, and what had to be supplied.

    Raises
    ------
    ReportError
        There is no water supply in the extract.
    """
    progress = Told(progress)
    progress(0, 4, _("Preparing the model"))
    leaving = PROGRAM.begin(extract, name, options=options, new=_new_texts(extract, options), told=progress.again)
    model = open_kept(leaving.draft.text)
    progress(1, 4)
    if leaving.choice.base is not None:
        revise(leaving, model)
    leaving.leave_loops()
    leaving.name_fresh()
    progress(2, 4)
    if leaving.fresh_nodes.any() or leaving.fresh_pipes.any():
        add_fresh(leaving, model, supply(leaving, _formula(model), _known_elevations(leaving, model)))
    progress(3, 4)
    kinds = words(extract.nodes, "kind")
    leaving.count_parts("no-source", [node_section(kind) != "JUNCTIONS" for kind in kinds])
    leaving.count_texts(leave_out={VALVE_LAYER})
    return leaving


def _write_valve_layer(leaving: Leaving, to: Path) -> tuple[Path, ...]:
    """Write the isolation valves that were delivered beside the model into a file beside it, as they can be read again."""
    rows = [line.partition(",")[::2] for _number, line in leaving.draft.text.sections.get(VALVE_LAYER, ())][1:]
    links, nodes = set(leaving.pipe_ids), set(leaving.node_ids)
    kept = [(link, node) for link, node in rows if link in links and node in nodes]
    leaving.losses.add("valve-layer", count=len(rows) - len(kept))
    if not kept:
        return ()
    beside = to.with_name(f"{to.stem}_valves.csv")
    try:
        with text_table(beside) as table:
            for row in (("link", "node"), *kept):
                table.put_row(row)
    except OSError as error:
        reason = error.strerror or error
        raise ReportError(_("{file} cannot be written: {reason}").format(file=beside, reason=reason)) from error
    return (beside,)


def _new_texts(extract: Extract, options: WriteOptions) -> tuple[ModelText, ...]:
    return (
        title_of(extract.name, options.words),
        ModelText("OPTIONS", (f" Units\t{_OUR_UNIT}", " Headloss\tH-W", "")),
        ModelText("TIMES", (" Duration\t0", "")),
    )


def _formula(model: Model) -> str:
    found = [row.words[-1].upper() for row in model.text.rows("OPTIONS") if row.words[0].upper() == "HEADLOSS"]
    return found[-1] if found else "H-W"


def _known_elevations(leaving: Leaving, model: Model) -> NDArray[np.float64]:
    """Return the elevation of each node that has a line in the file already, metres."""
    found = np.full(leaving.extract.nodes.num_rows, np.nan)
    levels = {id_: level for id_, level in zip(model.nodes.ids, model.nodes.level, strict=True) if level is not None}
    for row in np.flatnonzero(leaving.choice.nodes & ~leaving.fresh_nodes).tolist():
        found[row] = levels.get(leaving.node_ids[row], np.nan)
    return found
