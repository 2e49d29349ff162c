"""Meshes and frames: ``pytest tests/bench --benchmark-enable``; the renderer is named in the extra info."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle

import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from pipemap.model.network import Network
from pipemap.scene import Scene, draw
from pipemap.scene.layers import pipe_mesh
from pipemap.scene.replay import Recording, replay

SIZE = (1280, 800)
WARM = 20
"""Frames after which the picture has found its pace."""


@pytest.fixture
def scene(network: Network) -> Iterator[Scene]:
    """The whole city in view, drawn once."""
    with Scene(network) as made:
        made.resize(*SIZE)
        made.set_view("iso")
        made.settle()
        yield made


def test_draw(benchmark: BenchmarkFixture, network: Network) -> None:
    drawing = benchmark(draw, network)
    assert len(drawing.start)


def test_mesh_of_every_pipe(benchmark: BenchmarkFixture, network: Network) -> None:
    drawing = draw(network)
    rows = np.arange(min(len(drawing.start), 25_000))
    colours = np.zeros((len(rows), 3), dtype=np.uint8)
    mesh = benchmark(pipe_mesh, drawing, rows, colours, sides=8)
    assert len(mesh.triangles)


def test_first_picture(benchmark: BenchmarkFixture, network: Network) -> None:
    def first() -> None:
        with Scene(network) as scene:
            scene.resize(*SIZE)
            scene.settle()

    benchmark.pedantic(first, rounds=2)  # type: ignore[no-untyped-call]


@pytest.mark.parametrize("view", ["iso", "street", "top"])
def test_orbit_frame(benchmark: BenchmarkFixture, scene: Scene, view: str) -> None:
    scene.set_view(view)  # type: ignore[arg-type]
    scene.set_moving(moving=True)
    swing = cycle((6.0, -6.0))

    def frame() -> None:
        scene.orbit(next(swing), 0)
        scene.render()
        scene.wait()

    for _step in range(WARM):
        frame()
    benchmark.extra_info["renderer"] = scene.renderer_name
    benchmark(frame)


def test_pick(benchmark: BenchmarkFixture, scene: Scene) -> None:
    benchmark(scene.pick, SIZE[0] / 2, SIZE[1] / 2)


def test_result_of_everything(benchmark: BenchmarkFixture, scene: Scene, network: Network) -> None:
    from pipemap.scene import Result

    result = Result.of_rows(np.arange(network.node_count), np.arange(network.pipe_count), arrows=False)

    def show() -> None:
        scene.show_result(result)
        scene.settle()

    benchmark.pedantic(show, rounds=3)  # type: ignore[no-untyped-call]


def test_ride(benchmark: BenchmarkFixture, network: Network) -> None:
    def ride() -> Recording:
        with Scene(network) as scene:
            scene.resize(*SIZE)
            return replay(scene, steps=20)

    recording = benchmark.pedantic(ride, rounds=1)  # type: ignore[no-untyped-call]
    benchmark.extra_info.update(recording.summary())
