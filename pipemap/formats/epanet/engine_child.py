"""Runs EPANET's own engine over one model, in a process of its own: what kills the engine kills only this.

Started as a program, it imports nothing of pipemap. Argument: a folder that holds ``model.inp`` and ``task.json``; it leaves
``said.json`` and ``values.npz`` there, in the units of the file, and writes how far it is to standard output.
"""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path
from typing import Any

MOST_VALUES = 400_000_000
"""Figures of a run after which it is given up: 1.6 GB."""


def main(arguments: list[str]) -> int:
    """Run; what goes wrong is written down."""
    folder = Path(arguments[0])
    said: dict[str, Any] = {"error": "", "version": 0}
    try:
        import epanet.toolkit as engine
    except ImportError:
        said["error"] = "no-engine"
    else:
        said["version"] = engine.getversion()
        warnings.simplefilter("ignore")  # the engine's warnings stand in its report, with what they concern
        try:
            said |= _run(engine, folder, json.loads((folder / "task.json").read_text(encoding="utf-8")))
        except Exception as error:  # noqa: BLE001 -- whatever the engine says becomes a message over there
            said["error"] = str(error) or type(error).__name__
    (folder / "said.json").write_text(json.dumps(said), encoding="utf-8")
    return 0


def _run(engine: Any, folder: Path, task: dict[str, Any]) -> dict[str, Any]:  # noqa: ANN401 -- SWIG has no types
    project = engine.createproject()
    try:
        engine.open(project, str(folder / "model.inp"), str(folder / "report.txt"), "")
        _set_conditions(engine, project, task)
        said = _names(engine, project)
        said |= _solve(engine, project, said, folder)
    finally:
        engine.close(project)
        engine.deleteproject(project)
    return said


def _set_conditions(engine: Any, project: Any, task: dict[str, Any]) -> None:  # noqa: ANN401 -- as above
    if task["seconds"] is not None:
        engine.settimeparam(project, engine.DURATION, int(task["seconds"]))
    if task["pressure_driven"]:
        unit = int(engine.getoption(project, engine.PRESS_UNITS))
        wanted = task["service_pressure"] / task["pressure_metres"][unit]
        engine.setdemandmodel(project, engine.PDA, 0.0, max(wanted, 0.2), 0.5)
    engine.setstatusreport(project, 1)


def _names(engine: Any, project: Any) -> dict[str, Any]:  # noqa: ANN401 -- as above
    nodes, links = (range(1, engine.getcount(project, what) + 1) for what in (engine.NODECOUNT, engine.LINKCOUNT))
    kinds = [engine.getnodetype(project, row) for row in nodes]
    return {
        "nodes": [engine.getnodeid(project, row) for row in nodes],
        "links": [engine.getlinkid(project, row) for row in links],
        "kinds": kinds,
        "elevation": [engine.getnodevalue(project, row, engine.ELEVATION) for row in nodes],
        "lowest": [
            engine.getnodevalue(project, row, engine.MINLEVEL) if kind == engine.TANK else 0.0
            for row, kind in zip(nodes, kinds, strict=True)
        ],
        "flow_unit": engine.getflowunits(project),
        "pumps": [row - 1 for row in links if engine.getlinktype(project, row) == engine.PUMP],
        "ends": [engine.getlinknodes(project, row) for row in links],
    }


def _solve(engine: Any, project: Any, said: dict[str, Any], folder: Path) -> dict[str, Any]:  # noqa: ANN401
    import numpy as np

    duration, every = (max(0, engine.gettimeparam(project, what)) for what in (engine.DURATION, engine.REPORTSTEP))
    nodes, links = range(1, len(said["nodes"]) + 1), range(1, len(said["links"]) + 1)
    wanted = {"head": engine.HEAD, "demand": engine.DEMAND}, {"flow": engine.FLOW, "velocity": engine.VELOCITY}
    taken: dict[str, list[Any]] = {"time": [], "head": [], "demand": [], "flow": [], "velocity": []}
    engine.openH(project)
    engine.initH(project, 0)
    following = 1
    while following > 0:
        engine.runH(project)
        now = engine.gettimeparam(project, engine.HTIME)
        sys.stdout.write(f"{now} {duration}\n")
        sys.stdout.flush()
        if now % max(every, 1) == 0 or now >= duration:
            taken["time"].append(float(now))
            for name, code in wanted[0].items():
                taken[name].append(np.array([engine.getnodevalue(project, row, code) for row in nodes], dtype=np.float64))
            for name, code in wanted[1].items():
                taken[name].append(np.array([engine.getlinkvalue(project, row, code) for row in links], dtype=np.float64))
        if len(taken["time"]) * 2 * (len(nodes) + len(links)) > MOST_VALUES:
            raise MemoryError("too-much")
        following = engine.nextH(project)
    engine.closeH(project)
    arrays: dict[str, Any] = {name: np.array(rows) for name, rows in taken.items()}
    np.savez(folder / "values.npz", **arrays)
    return {"done": True}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
