"""Runs SWMM's own engine over one model, in a process of its own: what kills the engine kills only this.

Started as a program, it imports nothing of pipemap. Argument: a folder that holds ``model.inp`` and ``task.json``; it leaves
``said.json`` and ``values.npz`` there, in the units of the file, and writes how far it is to standard output.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

MOST_VALUES = 400_000_000
"""Figures of a run after which it is given up: 1.6 GB."""


def main(arguments: list[str]) -> int:
    """Run; what goes wrong is written down."""
    folder = Path(arguments[0])
    said: dict[str, Any] = {"error": ""}
    try:
        from swmm.toolkit import output, solver
    except ImportError:
        said["error"] = "no-engine"
    else:
        try:
            said |= _run(solver, folder, json.loads((folder / "task.json").read_text(encoding="utf-8")))
            said |= _read(output, folder)
        except Exception as error:  # noqa: BLE001 -- whatever the engine says becomes a message over there
            said["error"] = str(error) or type(error).__name__
    (folder / "said.json").write_text(json.dumps(said), encoding="utf-8")
    return 0


def _run(solver: Any, folder: Path, task: dict[str, Any]) -> dict[str, Any]:  # noqa: ANN401 -- SWIG has no types
    files = [str(folder / name) for name in ("model.inp", "report.txt", "model.out")]
    solver.swmm_open(*files)
    try:
        solver.swmm_start(1)
        hours = task["hours"]
        while True:
            days = solver.swmm_stride(300)
            sys.stdout.write(f"{days * 86400} {(hours or 0) * 3600}\n")
            sys.stdout.flush()
            if days <= 0 or (hours is not None and days * 24 >= hours):
                break
        facts = _facts(solver)
        solver.swmm_end()
        solver.swmm_report()
    finally:
        solver.swmm_close()
    return facts


def _facts(solver: Any) -> dict[str, Any]:  # noqa: ANN401 -- as above
    nodes = [solver.node_get_stats(row) for row in range(solver.project_get_count(2))]
    links = [solver.link_get_stats(row) for row in range(solver.project_get_count(3))]
    return {
        "node_names": [solver.project_get_id(2, row) for row in range(len(nodes))],
        "link_names": [solver.project_get_id(3, row) for row in range(len(links))],
        "flooded": [float(one.volFlooded) for one in nodes],
        "flooded_h": [float(one.timeFlooded) for one in nodes],
        "surcharged_h": [float(one.timeSurcharged) for one in links],
    }


def _read(output: Any, folder: Path) -> dict[str, Any]:  # noqa: ANN401 -- as above
    import numpy as np
    from swmm.toolkit import shared_enum as names

    held = output.init()
    output.open(held, str(folder / "model.out"))
    try:
        _subcatchments, nodes, links, _system, _pollutants = output.get_proj_size(held)[:5]
        periods = output.get_times(held, names.Time.NUM_PERIODS)
        step = output.get_times(held, names.Time.REPORT_STEP)
        if periods * 3 * (nodes + links) > MOST_VALUES:
            raise MemoryError("too-much")
        taken: dict[str, Any] = {"time": np.arange(1, periods + 1, dtype=np.float64) * step}
        at_nodes, at_links = names.NodeAttribute, names.LinkAttribute
        for name, code in (
            ("depth", at_nodes.INVERT_DEPTH),
            ("head", at_nodes.HYDRAULIC_HEAD),
            ("flooding", at_nodes.FLOODING_LOSSES),
        ):
            taken[name] = np.array([output.get_node_attribute(held, row, code) for row in range(periods)], dtype=np.float64)
        for name, code in (("flow", at_links.FLOW_RATE), ("velocity", at_links.FLOW_VELOCITY), ("filling", at_links.CAPACITY)):
            taken[name] = np.array([output.get_link_attribute(held, row, code) for row in range(periods)], dtype=np.float64)
        node_ids = [output.get_elem_name(held, names.ElementType.NODE, row) for row in range(nodes)]
        link_ids = [output.get_elem_name(held, names.ElementType.LINK, row) for row in range(links)]
        units = list(output.get_units(held))
    finally:
        output.close(held)
    np.savez(folder / "values.npz", **taken)
    return {"nodes": node_ids, "links": link_ids, "units": [int(unit) for unit in units]}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
