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


class Haze:
    """Far things take on a little of the background, so that a crowded street reads in depth. One for a whole window."""

    def __init__(self) -> None:
        self._shader = vtkShaderProperty()
        self._shader.AddFragmentShaderReplacement("//VTK::Light::Impl", True, _HAZE, False)

    def apply(self, actor: vtkActor) -> vtkActor:
        """Let an actor fade with distance."""
        actor.SetShaderProperty(self._shader)
        return actor

    def set(self, colour: tuple[float, float, float], start: float, end: float, most: float) -> None:
        """Fade towards ``colour`` between two distances in metres, up to the share ``most``."""
        uniforms = self._shader.GetFragmentCustomUniforms()
        uniforms.SetUniform3f("hazeColour", colour)
        uniforms.SetUniformf("hazeStart", start)
        uniforms.SetUniformf("hazeRate", most / max(end - start, 1e-6))
        uniforms.SetUniformf("hazeMost", most)


_HAZE = """//VTK::Light::Impl
  float haze = clamp((1.0 / gl_FragCoord.w - hazeStart) * hazeRate, 0.0, hazeMost);
  gl_FragData[0].rgb = mix(gl_FragData[0].rgb, hazeColour, haze);
"""


def surface(mesh: Mesh, *, opacity: float = 1.0, hull: bool = False) -> vtkActor:
    """Return an actor of a mesh, softly lit; a hull is unlit and shows only its far side, as an outline of what it holds."""
    shape = vtkPolyData()
    shape.SetPoints(points_of(mesh.points))
    shape.SetPolys(cells_of(mesh.triangles))
    normals = to_vtk(mesh.normals)
    normals.SetName("Normals")
    shape.GetPointData().SetNormals(normals)
    shape.GetPointData().SetScalars(to_vtk(mesh.colours))
    actor = _actor(shape)
    look = actor.GetProperty()
    look.SetAmbient(0.34)
    look.SetDiffuse(0.72)
    look.SetSpecular(0.10)
    look.SetSpecularPower(24)
    look.SetOpacity(opacity)
    if hull:
        look.LightingOff()
        look.FrontfaceCullingOn()
    elif opacity < 1:
        look.BackfaceCullingOn()
    return actor


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
