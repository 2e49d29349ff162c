"""The columns of the result table of CJJ 61 (管线点成果表): a point and one of its connections a row.

The table of the standard itself was not seen: columns and headings are those that programs which follow it read and write
(``shared`` fields ``Exp_No``, ``Map_No`` … of Shunde 2008 and of EPS exports), in their usual order. The manual says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "long", "place", "level", "whole"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes
    ----------
    heading
        As printed; survey tables are read by it again.
    width
        Characters.
    kind
        How it is shown: ``place`` and ``level`` are metres with three decimals, ``long`` is text that begins at the left.
    of
        ``point``: told once, in the first row of a point; ``connection``: in every row that has one.
    fields
        Fields of the survey that it shows.
    """

    name: str
    heading: str
    width: float
    kind: Kind
    of: Literal["point", "connection", "both"]
    fields: tuple[str, ...]


COLUMNS: tuple[Column, ...] = (
    Column("map_id", "图上点号", 9, "text", "point", ("map_id",)),
    Column("id", "物探点号", 9, "text", "point", ("id",)),
    Column("connect", "连接点号", 9, "text", "connection", ()),
    Column("feature", "特征", 8, "text", "point", ("feature",)),
    Column("appurtenance", "附属物", 8, "text", "point", ("appurtenance",)),
    Column("north", "X(北)(m)", 12, "place", "point", ()),
    Column("east", "Y(东)(m)", 11.5, "place", "point", ()),
    Column("ground", "地面高程(m)", 8, "level", "point", ("ground",)),
    Column("level_top", "管顶高程(m)", 8, "level", "connection", ("from_level", "to_level")),
    Column("level_bottom", "管底(沟底)高程(m)", 10.5, "level", "connection", ("from_level", "to_level")),
    Column("depth", "埋深(m)", 7, "level", "connection", ("from_depth", "to_depth")),
    Column("reference", "埋深起算", 7.5, "text", "connection", ("from_reference", "to_reference")),
    Column("size", "管径或断面(mm)", 11, "text", "connection", ("size_text", "diameter_mm", "width_mm", "height_mm")),
    Column("material", "材质", 7, "text", "connection", ("material",)),
    Column("burial", "埋设方式", 7, "text", "connection", ("burial",)),
    Column("flow", "流向", 4.5, "text", "connection", ("flow",)),
    Column("pressure", "压力/电压", 8, "text", "connection", ("pressure", "voltage")),
    Column("cables", "电缆条数", 5, "whole", "connection", ("cables",)),
    Column("holes", "总孔数", 5, "whole", "connection", ("holes",)),
    Column("holes_used", "已用孔数", 5, "whole", "connection", ("holes_used",)),
    Column("chamber_depth", "井底深(m)", 7, "level", "point", ("chamber_depth",)),
    Column("owner", "权属单位", 13, "long", "both", ("owner",)),
    Column("built", "建设年代", 8, "text", "both", ("built",)),
    Column("lifecycle", "使用状况", 6, "text", "both", ("lifecycle",)),
    Column("road", "所在道路", 12, "long", "both", ("road",)),
    Column("note", "备注", 14, "long", "both", ("note",)),
)

REFERENCES = {"outside_top": "管外顶", "invert": "管内底", "channel_bottom": "沟内底", "axis": "管中心"}
TOPS, BOTTOMS = ("outside_top",), ("invert", "channel_bottom")

NODE_FIELDS = frozenset(name for column in COLUMNS if column.of != "connection" for name in column.fields) | {
    "x", "y", "fid", "batch", "category", "kind",
}  # fmt: skip
"""Fields of points that the sheets carry, or that follow from them."""
PIPE_FIELDS = frozenset(name for column in COLUMNS if column.of != "point" for name in column.fields) | {
    "fid", "batch", "category", "kind", "from_fid", "to_fid", "from_node", "to_node", "id", "shape", "pressurised",
}  # fmt: skip
"""Fields of pipes that the sheets carry, or that follow from them; ids where they are made of those of the points."""
