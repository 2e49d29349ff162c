"""What the field's standards say: categories, features, materials, ways of laying, status words, coordinate zones.

Facts are rows of ``resources/standards/*.csv``, each with its certainty and source; nothing is read before it is asked for.
"""

from __future__ import annotations

from pipemap.catalog.categories import (
    DARK_GROUND,
    LIGHT_GROUND,
    Category,
    categories,
    category,
    category_of_sheet,
    colour_of,
    major_of,
    resolve_category,
)
from pipemap.catalog.crs import Crs, chinese_zones, suggest_crs
from pipemap.catalog.kinds import DEVICE_PIPES, IN_LINE_DEVICES, ONE_WAY_PIPES, SOURCES, NodeKind, PipeKind
from pipemap.catalog.pipes import (
    Burial,
    DepthReference,
    Material,
    PressureBand,
    burial,
    burials,
    depth_reference,
    gas_pressure_band,
    gas_pressure_bands,
    lifecycle_of,
    material,
    materials,
    pipe_kind,
    pressurised_of,
)
from pipemap.catalog.points import (
    PointCode,
    PointWord,
    expected_degree,
    is_boundary,
    node_kind,
    point_code,
    point_names,
    point_word,
    point_words,
)
from pipemap.catalog.words import Alias, Profile, Source, profile_named, profiles, read_aliases, sources

__all__ = [
    "DARK_GROUND",
    "DEVICE_PIPES",
    "IN_LINE_DEVICES",
    "LIGHT_GROUND",
    "ONE_WAY_PIPES",
    "SOURCES",
    "Alias",
    "Burial",
    "Category",
    "Crs",
    "DepthReference",
    "Material",
    "NodeKind",
    "PipeKind",
    "PointCode",
    "PointWord",
    "PressureBand",
    "Profile",
    "Source",
    "burial",
    "burials",
    "categories",
    "category",
    "category_of_sheet",
    "chinese_zones",
    "colour_of",
    "depth_reference",
    "expected_degree",
    "gas_pressure_band",
    "gas_pressure_bands",
    "is_boundary",
    "lifecycle_of",
    "major_of",
    "material",
    "materials",
    "node_kind",
    "pipe_kind",
    "point_code",
    "point_names",
    "point_word",
    "point_words",
    "pressurised_of",
    "profile_named",
    "profiles",
    "read_aliases",
    "resolve_category",
    "sources",
    "suggest_crs",
]
