"""A ride over a town, frame by frame with the time of each: what smooth means, written down.

The script is always the same: around the whole town, down to a street, along it, an answer shown there, back up, and the plan.
After each leg the eye rests until the picture is complete.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from time import perf_counter, process_time
from typing import TYPE_CHECKING, Any

import numpy as np

from pipemap.scene.results import Result

if TYPE_CHECKING:
    from pathlib import Path

    from pipemap.scene.scene import Scene

STEPS = 40
"""Frames of a leg."""

TURN = 6.0
"""Pixels that the hand moves between two frames."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame: the leg it belongs to, whether the eye moved or came to rest, seconds on the clock and of the processors."""

    leg: str
    moving: bool
    seconds: float
    processor: float


@dataclass(frozen=True, slots=True)
class Recording:
    """All frames of a ride, in order, and what drew them."""

    renderer: str
    frames: tuple[Frame, ...]

    def summary(self) -> dict[str, Any]:
        """Return the renderer and, for each leg, milliseconds of its moving frames (``median``, ``p95``, ``max``) and at rest.

        ``rest`` is the longest single frame while the picture sharpened, ``processor`` the median of all processors' time.
        """
        legs = dict.fromkeys(frame.leg for frame in self.frames)
        return {"renderer": self.renderer, "legs": {leg: self._of(leg) for leg in legs}}

    def _of(self, leg: str) -> dict[str, float]:
        ours = [frame for frame in self.frames if frame.leg == leg]
        moving = np.array([frame.seconds for frame in ours if frame.moving] or [0.0]) * 1000
        rest = [frame.seconds * 1000 for frame in ours if not frame.moving]
        processor = [frame.processor * 1000 for frame in ours if frame.moving] or [0.0]
        figures = {
            "median": np.median(moving),
            "p95": np.percentile(moving, 95),
            "max": moving.max(),
            "processor": np.median(processor),
            "rest": max(rest, default=0.0),
        }
        return {name: round(float(value), 2) for name, value in figures.items()}

    def write_csv(self, path: Path) -> None:
        """Write one line a frame."""
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, ("leg", "moving", "seconds", "processor"))
            writer.writeheader()
            writer.writerows(asdict(frame) for frame in self.frames)

    def write_json(self, path: Path) -> None:
        """Write the summary and all frames."""
        told = {**self.summary(), "frames": [asdict(frame) for frame in self.frames]}
        path.write_text(json.dumps(told, indent=1), encoding="utf-8")


def replay(scene: Scene, answer: Result | None = None, *, steps: int = STEPS) -> Recording:
    """Ride over the town that a scene shows and record each frame.

    Parameters
    ----------
    answer
        What is shown in the street; ``None``: everything.
    steps
        Frames a leg.
    """
    rider = _Rider(scene, steps)
    scene.set_view("street")
    street = scene.viewpoint
    scene.set_view("iso")
    above = scene.viewpoint
    rider.rest("start")
    rider.ride("town", lambda _share: scene.orbit(TURN, 0.0))
    scene.viewpoint = above
    rider.ride("down", lambda share: setattr(scene, "viewpoint", above.between(street, share)))
    rider.ride("street", lambda _share: scene.orbit(TURN, 0.0))
    scene.show_result(answer if answer is not None else _everything(scene))
    rider.rest("answer")
    rider.ride("answer", lambda _share: scene.orbit(-TURN, 0.0))
    scene.viewpoint = street
    rider.ride("up", lambda share: setattr(scene, "viewpoint", street.between(above, share)))
    scene.clear_result()
    rider.rest("up")
    scene.set_view("top")
    rider.ride("plan", lambda _share: scene.pan(TURN, 0.0))
    return Recording(scene.renderer_name, tuple(rider.frames))


def _everything(scene: Scene) -> Result:
    network = scene.network
    nodes, pipes = (network.node_count, network.pipe_count) if network is not None else (0, 0)
    return Result.of_rows(np.arange(nodes), np.arange(pipes))


class _Rider:
    """Moves the eye and looks at the clock."""

    def __init__(self, scene: Scene, steps: int) -> None:
        self._scene, self._steps = scene, steps
        self.frames: list[Frame] = []

    def ride(self, leg: str, move: Callable[[float], object]) -> None:
        """Move the eye frame by frame (given the share of the way), then let it rest."""
        self._scene.set_moving(True)
        for share in self._shares():
            move(share)
            self._frame(leg, moving=True)
        self.rest(leg)

    def rest(self, leg: str) -> None:
        """Draw until the picture is complete."""
        self._scene.set_moving(False)
        self._frame(leg, moving=False)
        while not self._scene.is_complete:
            self._scene.wait_for_more()
            self._frame(leg, moving=False)

    def _shares(self) -> Iterator[float]:
        return (step / self._steps for step in range(1, self._steps + 1))

    def _frame(self, leg: str, *, moving: bool) -> None:
        began, worked = perf_counter(), process_time()
        self._scene.render()
        self._scene.wait()
        self.frames.append(Frame(leg, moving, perf_counter() - began, process_time() - worked))
