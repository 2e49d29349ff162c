"""Arrays to what VTK draws: the only place that makes actors of meshes and lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from vtkmodules.vtkCommonDataModel import vtkPolyData
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper, vtkShaderProperty

from pipemap.scene.arrays import cells_of, points_of, to_vtk

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.scene.mesh import Mesh


class Air:
    """Light and distance, one for a whole window: far things take on a little of the background, so that a street reads in depth.

    Both are worked out at corners, not at each pixel: that is where most of a frame in software went.
    """

    def __init__(self) -> None:
        self._lines, self._surfaces = vtkShaderProperty(), vtkShaderProperty()
        self._surfaces.AddVertexShaderReplacement("//VTK::Normal::Dec", True, _NORMAL, False)
        self._surfaces.AddVertexShaderReplacement("//VTK::Color::Impl", True, _LIGHT, False)
        for shader in (self._lines, self._surfaces):
            shader.AddVertexShaderReplacement("//VTK::PositionVC::Impl", True, _HAZE, False)

    def apply(self, actor: vtkActor, *, lit: bool) -> vtkActor:
        """Let an actor fade with distance, and be lit."""
        actor.SetShaderProperty(self._surfaces if lit else self._lines)
        return actor

    def set_haze(self, colour: tuple[float, float, float], start: float, end: float, most: float) -> None:
        """Fade towards ``colour`` between two distances in metres, up to the share ``most``."""
        for shader in (self._lines, self._surfaces):
            uniforms = shader.GetVertexCustomUniforms()
            uniforms.SetUniform3f("hazeColour", colour)
            uniforms.SetUniformf("hazeStart", start)
            uniforms.SetUniformf("hazeRate", most / max(end - start, 1e-6))
            uniforms.SetUniformf("hazeMost", most)

    def set_light(self, right: NDArray[np.float64], up: NDArray[np.float64], forward: NDArray[np.float64]) -> None:
        """Let the lights go with an eye that looks this way."""
        uniforms = self._surfaces.GetVertexCustomUniforms()
        for name, (across, above, back), strength in LIGHTS:
            toward = right * across + up * above - forward * back
            east, north, high = (toward * strength / np.linalg.norm(toward)).tolist()
            uniforms.SetUniform3f(name, (east, north, high))


LIGHTS = (("keyLight", (-0.5, 0.9, 1.0), 0.58), ("fillLight", (0.9, 0.1, 0.7), 0.25))
"""Where lights stand (to the right of the eye, above, behind) and how strong they are."""

_NORMAL = """//VTK::Normal::Dec
in vec3 normalMC;
"""

_LIGHT = """//VTK::Color::Impl
  vertexColorVSOutput.rgb *= min(0.36 + max(dot(normalMC, keyLight), 0.0) + max(dot(normalMC, fillLight), 0.0), 1.1);
"""

_HAZE = """//VTK::PositionVC::Impl
  float haze = clamp((gl_Position.w - hazeStart) * hazeRate, 0.0, hazeMost);
  vertexColorVSOutput.rgb = mix(vertexColorVSOutput.rgb, hazeColour, haze);
"""


def surface(mesh: Mesh, air: Air | None = None, *, opacity: float = 1.0, closed: bool = False) -> vtkActor:
    """Return an actor of a mesh, lit by ``air``, else in its plain colours; the inner side of a ``closed`` one is not drawn."""
    actor = _actor(_shape(mesh))
    look = actor.GetProperty()
    look.LightingOff()
    look.SetOpacity(opacity)
    if closed or opacity < 1:
        look.BackfaceCullingOn()
    return air.apply(actor, lit=True) if air is not None else actor


def hull(mesh: Mesh) -> vtkActor:
    """Return an actor that shows only the far side of a mesh, as an outline of what it holds."""
    actor = _actor(_shape(mesh))
    look = actor.GetProperty()
    look.LightingOff()
    look.FrontfaceCullingOn()
    return actor


def _shape(mesh: Mesh) -> vtkPolyData:
    shape = vtkPolyData()
    shape.SetPoints(points_of(mesh.points))
    shape.SetPolys(cells_of(mesh.triangles))
    normals = to_vtk(mesh.normals)
    normals.SetName("Normals")
    shape.GetPointData().SetNormals(normals)
    shape.GetPointData().SetScalars(to_vtk(mesh.colours))
    return shape


def segments(
    start: NDArray[np.float32], end: NDArray[np.float32], colours: NDArray[np.uint8], *, width: float, opacity: float = 1.0
) -> vtkActor:
    """Return an actor of separate straight lines, unlit, ``width`` pixels wide; colours (n, 3) or (n, 4)."""
    points = np.empty((2 * len(start), 3), dtype=np.float32)
    points[::2], points[1::2] = start, end
    return polylines(points, np.arange(len(points)).reshape(-1, 2), np.repeat(colours, 2, axis=0), width=width, opacity=opacity)


def polylines(
    points: NDArray[np.float32], pairs: NDArray[np.int64], colours: NDArray[np.uint8], *, width: float, opacity: float = 1.0
) -> vtkActor:
    """Return an actor of lines between numbered points."""
    shape = vtkPolyData()
    shape.SetPoints(points_of(points))
    shape.SetLines(cells_of(pairs))
    shape.GetPointData().SetScalars(to_vtk(colours))
    actor = _actor(shape)
    look = actor.GetProperty()
    look.LightingOff()
    look.SetLineWidth(width)
    look.SetOpacity(opacity)
    if colours.shape[1] == 4:  # noqa: PLR2004 -- with transparency
        actor.ForceTranslucentOn()
    return actor


def sheet(points: NDArray[np.float32], triangles: NDArray[np.int64], colours: NDArray[np.uint8]) -> vtkActor:
    """Return an unlit surface with a colour and transparency at each corner: the same from above and from below."""
    shape = vtkPolyData()
    shape.SetPoints(points_of(points))
    shape.SetPolys(cells_of(triangles))
    shape.GetPointData().SetScalars(to_vtk(colours))
    actor = _actor(shape)
    actor.GetProperty().LightingOff()
    return actor


def _actor(shape: vtkPolyData) -> vtkActor:
    mapper = vtkPolyDataMapper()
    mapper.SetInputData(shape)
    mapper.SetColorModeToDirectScalars()
    mapper.StaticOn()
    actor = vtkActor()
    actor.SetMapper(mapper)
    actor.PickableOff()
    return actor
