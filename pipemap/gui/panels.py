"""The panels around the map, one row each: the window makes a dock for each row and shows those of the workspace.

To add a panel: write a ``QWidget`` whose constructor takes the :class:`~pipemap.gui.session.Session` alone, then one row
here. The widget listens to the session's signals and calls its methods; it knows neither the window nor other panels.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast

from pipemap.texts import N_, _

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from pipemap.gui.session import Session

Side = Literal["left", "right", "bottom"]


def build(widget: str, session: Session) -> QWidget:
    """Make the widget that ``"module:Class"`` names."""
    module, _colon, name = widget.partition(":")
    maker = cast("Callable[[Session], QWidget]", getattr(importlib.import_module(module), name))
    return maker(session)


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel.

    Attributes
    ----------
    widget
        ``"module:Class"``; imported when the window is made.
    workspaces
        Where it is shown at first; elsewhere the View menu shows it.
    """

    id: str
    title: str
    side: Side
    icon: str
    widget: str
    workspaces: tuple[str, ...] = ("survey",)
    keywords: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """Title in the language on screen."""
        return _(self.title)

    def build(self, session: Session) -> QWidget:
        """Make the widget."""
        return build(self.widget, session)


MAP = "pipemap.gui.map_view:MapView"
"""The widget in the middle; made like a panel."""

SEARCH = "pipemap.gui.search_box:SearchBox"
"""The find box at the right end of the toolbar; made like a panel."""

IMPORT = "pipemap.gui.import_dialog:show_import"
"""``show_import(session, parent, paths)`` opens the import dialog; no paths: it lets the person choose."""

EXPORT = "pipemap.gui.export_dialog:show_export"
"""``show_export(session, window)`` opens the export dialog."""

PANELS: tuple[Panel, ...] = (
    Panel("layers", N_("Layers"), "left", "stack", "pipemap.gui.layers_panel:LayersPanel",
          ("survey", "shutoff", "inspection"),
          keywords=("图层", "tc", "categories")),
    Panel("properties", N_("Properties"), "right", "list-dashes", "pipemap.gui.property_panel:PropertyPanel",
          ("survey", "shutoff", "inspection"), keywords=("属性", "sx", "attributes")),
    Panel("inspection", N_("Inspection"), "right", "map-pin", "pipemap.gui.inspection_panel:InspectionPanel", ("inspection",),
          keywords=("检测", "jc", "缺陷", "qx", "隐患", "yh", "finding", "defect")),
    Panel("result", N_("Result"), "right", "tree-structure", "pipemap.gui.result_panel:ResultPanel",
          ("survey", "shutoff", "inspection"),
          keywords=("结果", "jg", "trace", "plan")),
    Panel("nodes", N_("Nodes"), "bottom", "circles-three", "pipemap.gui.element_table:NodeTable",
          keywords=("管线点", "gxd", "table", "points")),
    Panel("pipes", N_("Pipes"), "bottom", "git-commit", "pipemap.gui.element_table:PipeTable",
          keywords=("管线段", "gxd", "table", "lines")),
    Panel("findings", N_("Findings"), "bottom", "map-pin", "pipemap.gui.finding_table:FindingTable", ("inspection",),
          keywords=("缺陷与隐患", "qxyyh", "检测", "defects", "hazards")),
    Panel("inspections", N_("Inspections"), "bottom", "film-strip", "pipemap.gui.inspection_table:InspectionTable",
          ("inspection",), keywords=("检测记录", "jcjl", "检测管段", "jcgd", "cctv", "visits", "surveyed sections")),
    Panel("condition", N_("Condition"), "bottom", "heartbeat", "pipemap.gui.condition_table:ConditionTable", ("inspection",),
          keywords=("管段评估", "gdpg", "修复养护", "xfyh", "优先级", "yxj", "RI", "MI", "CJJ 181", "priorities")),
    Panel("customers", N_("Customers"), "bottom", "house", "pipemap.gui.customer_table:CustomerTable",
          keywords=("用户", "yh", "户表", "consumers")),
    Panel("problems", N_("Problems"), "bottom", "warning-circle", "pipemap.gui.problem_table:ProblemTable",
          keywords=("数据问题", "sjwt", "wt", "errors")),
    Panel("profile", N_("Profile"), "bottom", "chart-line", "pipemap.gui.profile_panel:ProfilePanel",
          keywords=("纵断面", "zdm", "剖面", "pm", "long section", "hydraulic grade")),
    Panel("batches", N_("Batches"), "bottom", "package", "pipemap.gui.batch_table:BatchTable",
          keywords=("工程批次", "pc", "提交检查审核入库", "验收", "ys", "接边", "jb", "acceptance")),
    Panel("patrols", N_("Patrols"), "bottom", "person-simple-walk", "pipemap.gui.patrol_table:PatrolTable", ("inspection",),
          keywords=("巡线巡查巡检", "xx", "xj", "轨迹", "gj", "rounds", "tracks")),
    Panel("readings", N_("Readings"), "bottom", "gauge", "pipemap.gui.reading_table:ReadingTable", ("inspection",),
          keywords=("读数", "ds", "燃气浓度", "阴保电位", "水压", "积水", "gas", "potential", "pressure", "chart")),
    Panel("due", N_("Due this week"), "bottom", "calendar-check", "pipemap.gui.due_table:DueTable", ("inspection",),
          keywords=("本周到期", "bzdq", "逾期", "yq", "overdue", "works", "第三方施工")),
    Panel("plans", N_("Plans"), "bottom", "calendar-blank", "pipemap.gui.plan_table:PlanTable",
          keywords=("关阀方案", "gffa", "停水计划", "tsjh", "calendar", "日历")),
    Panel("history", N_("History"), "bottom", "clock-counter-clockwise", "pipemap.gui.history_table:HistoryTable",
          keywords=("历史", "ls", "变更", "bg", "changes")),
    Panel("hand_outs", N_("Hand-outs"), "bottom", "export", "pipemap.gui.hand_out_table:HandOutTable",
          keywords=("成果提供登记", "cgtgdj", "tg", "register", "export")),
)  # fmt: skip
"""Every panel, in the order of tabs on its side."""
