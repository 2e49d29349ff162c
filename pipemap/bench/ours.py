"""Our side of each row."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING

from pipemap.bench.case import LOCAL, Case, Ground
from pipemap.progress import SILENT, Progress

if TYPE_CHECKING:
    from pipemap.scene import Scene

SIZE = (1280, 800)
"""Pixels of the picture."""
COLUMNS = (
    *("id", "from_node", "to_node", "category", "diameter_mm", "width_mm", "height_mm", "material", "burial"),
    *("from_depth", "to_depth", "from_level", "to_level", "flow", "road", "built", "note"),
)
"""What the table of pipes shows first."""
SWING = 6.0
"""Pixels that the pointer moves between two frames of an orbit."""
_WARM = 20
"""Frames of an orbit before it is measured."""


def open_city(ground: Ground) -> Case:
    """Open and read."""
    from pipemap.store import open_survey

    def run() -> None:
        with open_survey(ground.path, read_only=True) as survey:
            survey.network  # noqa: B018 -- reading it is the work

    return Case(run)


def picture(ground: Ground) -> Case:
    """Open, build the scene, draw."""
    from pipemap.scene import Scene
    from pipemap.store import open_survey

    told: list[str] = []

    def run() -> None:
        with open_survey(ground.path, read_only=True) as survey, Scene(survey.network) as scene:
            scene.resize(*SIZE)
            scene.settle()  # a frame draws what is there; the picture is complete when nothing is missing
            scene.wait()
            told[:] = [scene.renderer_name]

    return Case(run, note=lambda: "".join(told), once=True)


def face(ground: Ground) -> Case:
    """The networkx graph, from columns that are there."""
    import networkx as nx  # noqa: F401 -- loaded before the scales are read

    network = ground.network
    network.weight  # noqa: B018 -- belongs to the network, whoever asks for it

    def forget() -> None:
        network.__dict__.pop("graph", None)
        network.__dict__.pop("adjacency", None)

    return Case(lambda: network.graph, before=forget)


def _traced(ground: Ground, start: int, kind: str) -> Case:
    from pipemap.analysis.trace import trace

    network, found = ground.network, list[int]()
    name = f"node:#{network.node_fid[start]}"

    def run() -> None:
        found[:] = [len(trace(network, name, kind, include_not_in_use=True).pipe_rows)]

    run()
    return Case(run, note=lambda: f"{found[0]:,}")


def trace_whole(ground: Ground) -> Case:
    """Everything that hangs together with a node of the largest part."""
    return _traced(ground, ground.start(), "connected")


def trace_local(ground: Ground) -> Case:
    """The same in a part of some ten thousand pipes."""
    return _traced(ground, ground.start(LOCAL), "connected")


def trace_first(ground: Ground) -> Case:
    """Downstream, with every direction of flow still to be weighed."""
    from pipemap.analysis.trace import trace

    network = ground.network
    name = f"node:#{network.node_fid[ground.start()]}"

    def forget() -> None:
        for known in ("flow", "worked_out", "sources", "possible_sources", "component", "adjacency"):
            network.__dict__.pop(known, None)

    return Case(lambda: trace(network, name, "downstream"), before=forget)


def _scene(ground: Ground) -> Scene:
    from pipemap.scene import Scene

    made: Scene | None = getattr(ground, "scene", None)
    if made is None:
        made = Scene(ground.network)
        made.resize(*SIZE)
        made.render()
        ground.scene = made  # type: ignore[attr-defined]
    return made


def _frames(view: str, ground: Ground) -> Case:
    scene, swing = _scene(ground), cycle((SWING, -SWING))
    scene.set_view(view)  # type: ignore[arg-type]
    scene.set_moving(True)
    whole: list[bool] = []

    def frame() -> None:
        scene.orbit(next(swing), 0)
        scene.render()
        scene.wait()
        whole.append(scene.is_complete)

    for _step in range(_WARM):  # until the pace is found, and everything that such a frame shows is made
        frame()
        scene.settle()
    whole.clear()
    return Case(frame, note=lambda: f"{scene.renderer_name}, {100 * sum(whole) // max(1, len(whole))} % of frames complete")


def pick(ground: Ground) -> Case:
    """What is under the middle of the picture, in a still view of a street."""
    scene = _scene(ground)
    scene.set_view("street")
    scene.set_moving(False)
    scene.settle()
    return Case(lambda: scene.pick(SIZE[0] / 2, SIZE[1] / 2))


def _held(ground: Ground) -> None:
    """Read what the window has read by the time that a person opens a table."""
    ground.network  # noqa: B018 -- the map stands
    ground.survey.hold_columns()


def table_open(ground: Ground) -> Case:
    """Keys of all pipes, in the order in which a table shows them first."""
    _held(ground)
    return Case(lambda: ground.survey.order("pipe", column="id"))


def table_sort(ground: Ground) -> Case:
    """By a number, the other way round."""
    _held(ground)
    return Case(lambda: ground.survey.order("pipe", column="diameter_mm", descending=True))


def table_filter(ground: Ground) -> Case:
    """Two conditions."""
    from pipemap.store import Condition

    _held(ground)
    conditions = [Condition("diameter_mm", ">=", "300"), Condition("road", "contains", "路")]
    return Case(lambda: ground.survey.order("pipe", column="id", conditions=conditions))


def table_page(ground: Ground) -> Case:
    """Two hundred rows from the middle."""
    fids = ground.survey.order("pipe", column="diameter_mm")
    middle = fids[len(fids) // 2 : len(fids) // 2 + 200]
    return Case(lambda: ground.survey.rows("pipe", middle, COLUMNS))


def search(ground: Ground) -> Case:
    """A text that many rows hold in the middle, and one that none holds."""
    _held(ground)
    words = cycle(("1024", "人民路", "zzzz"))
    return Case(lambda: [ground.survey.find(next(words), limit=30) for _turn in range(3)])


def edit(ground: Ground) -> Case:
    """Change one field of one pipe, until it stands on disk and in the network."""
    from pipemap.store import open_survey

    copy = Path(shutil.copy(ground.path, ground.scratch / "edited.gpkg"))
    survey = open_survey(copy)
    name, number = f"#{survey.network.pipe_fid[0]}", iter(range(10**6))

    def run() -> None:
        with survey.edit("bench") as one:
            one.update("pipe", name, note=f"bench {next(number)}")
        survey.network  # noqa: B018 -- the next snapshot stands

    run()
    return Case(run)


def edit_picture(ground: Ground) -> Case:
    """Change the size of one pipe in a street, until the picture shows it."""
    from pipemap.scene import Scene, follow
    from pipemap.store import open_survey

    copy = Path(shutil.copy(ground.path, ground.scratch / "shown.gpkg"))
    survey = open_survey(copy)
    scene = Scene(survey.network)
    scene.resize(*SIZE)
    scene.set_view("street")
    scene.settle()
    name, number = f"#{survey.network.pipe_fid[0]}", cycle((400, 800))

    def run() -> None:
        with survey.edit("bench") as one:
            one.update("pipe", name, diameter_mm=next(number))
        assert scene.standing is not None  # noqa: S101 -- settled
        made = follow(scene.standing, survey.network)
        assert made is not None  # noqa: S101 -- one pipe
        scene.show_following(made)
        scene.settle()
        scene.wait()

    run()
    return Case(run, note=lambda: scene.renderer_name)


def import_tables(ground: Ground) -> Case:
    """Two CSV files into a new survey."""
    return Case(partial(import_again, ground, SILENT), once=True)


def import_again(ground: Ground, progress: Progress) -> None:
    """Import the tables into a new survey, in place of the one before."""
    from pipemap.jobs import import_source

    target = ground.scratch / "imported.gpkg"
    target.unlink(missing_ok=True)
    import_source(sorted(ground.tables.glob("*.csv")), target, crs="EPSG:4547", progress=progress)


def export_table(ground: Ground) -> Case:
    """Every pipe, with the columns that a table shows first."""
    return Case(partial(export_pipes, ground, ".csv", SILENT), once=True)


def export_pipes(ground: Ground, ending: str, progress: Progress) -> None:
    """Write every pipe into a table."""
    from pipemap.jobs.tables import export_elements

    fids = ground.survey.order("pipe")
    export_elements(ground.survey, "pipe", fids, COLUMNS, ground.scratch / f"out{ending}", progress=progress)


def segments(ground: Ground) -> Case:
    """Every valve segment, its valves found anew."""
    from pipemap.analysis.segments import find_segments
    from pipemap.analysis.valves import find_valves

    network, found = ground.network, list[int]()
    network.adjacency  # noqa: B018 -- belongs to the network, whoever asks for it

    def run() -> None:
        found[:] = [find_segments(find_valves(network)).count]

    return Case(run, note=lambda: f"{found[0]:,}")


def shutoff(ground: Ground) -> Case:
    """The plan for a water main, its customers too."""
    import numpy as np

    from pipemap.analysis.shutoff import plan_shutoff

    network = ground.network
    mains = np.flatnonzero(network.pipe_category.is_in("JP") & network.in_use_pipes & (network.pipe_kind.codes >= 0))
    name = f"pipe:#{network.pipe_fid[mains[len(mains) // 2]]}"

    def run() -> None:
        plan = plan_shutoff(network, pipes=[name])
        plan.contained.customers, plan.lost.customers  # noqa: B018 -- a plan without them is none

    run()  # cells and customers are there from the first plan on
    return Case(run)


def all_checks(ground: Ground) -> Case:
    """Every rule, over everything."""
    from pipemap.analysis.checks import check_network

    found = list[int]()

    def run() -> None:
        found[:] = [sum(check_network(ground.network).counts.values())]

    return Case(run, note=lambda: f"{found[0]:,}", once=True)


CASES: dict[str, Callable[[Ground], Case]] = {
    "segments": segments,
    "shutoff": shutoff,
    "all_checks": all_checks,
    "open": open_city,
    "picture": picture,
    "face": face,
    "trace_whole": trace_whole,
    "trace_local": trace_local,
    "trace_first": trace_first,
    "frame_city": partial(_frames, "iso"),
    "frame_street": partial(_frames, "street"),
    "frame_plan": partial(_frames, "top"),
    "pick": pick,
    "table_open": table_open,
    "table_sort": table_sort,
    "table_filter": table_filter,
    "table_page": table_page,
    "search": search,
    "edit": edit,
    "edit_picture": edit_picture,
    "import_tables": import_tables,
    "export_table": export_table,
}
