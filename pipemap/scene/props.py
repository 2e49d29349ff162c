"""Arrays to what VTK draws: the only place that makes actors of meshes and lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.vtkCommonCore import VTK_ID_TYPE, vtkPoints
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.scene.mesh import Mesh


def surface(mesh: Mesh, *, opacity: float = 1.0, hull: bool = False) -> vtkActor:
    """Return an actor of a mesh, softly lit; a hull is unlit and shows only its far side, as an outline of what it holds."""
    shape = vtkPolyData()
    shape.SetPoints(_points(mesh.points))
    shape.SetPolys(_cells(mesh.triangles))
    normals = numpy_to_vtk(np.ascontiguousarray(mesh.normals), deep=True)
    normals.SetName("Normals")
    shape.GetPointData().SetNormals(normals)
    shape.GetPointData().SetScalars(numpy_to_vtk(np.ascontiguousarray(mesh.colours), deep=True))
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
    shape.SetPoints(_points(points))
    shape.SetLines(_cells(pairs))
    shape.GetPointData().SetScalars(numpy_to_vtk(np.ascontiguousarray(colours), deep=True))
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
    shape.SetPoints(_points(points))
    shape.SetPolys(_cells(triangles))
    shape.GetPointData().SetScalars(numpy_to_vtk(np.ascontiguousarray(colours), deep=True))
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


def _points(places: NDArray[np.float32]) -> vtkPoints:
    points = vtkPoints()
    points.SetData(numpy_to_vtk(np.ascontiguousarray(places, dtype=np.float32), deep=True))
    return points


def _cells(numbers: NDArray[np.int64]) -> vtkCellArray:
    count, size = numbers.shape
    offsets = np.arange(0, (count + 1) * size, size, dtype=np.int64)
    cells = vtkCellArray()
    cells.SetData(
        numpy_to_vtk(offsets, deep=True, array_type=VTK_ID_TYPE),
        numpy_to_vtk(np.ascontiguousarray(numbers.reshape(-1)), deep=True, array_type=VTK_ID_TYPE),
    )
    return cells
