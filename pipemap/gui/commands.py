"""Each thing a user can do, one row each: menus, toolbar, shortcuts, command palette and the manual come from this table.

To add a feature: write ``def act(context: Context) -> None`` in your module, then one row here. Modules of features are
named by text (``"pipemap.gui.trace_tools:start_upstream"``) and imported when the command first runs, so this table
imports nothing of the window and the window's parts can import it.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pipemap.gui.panels import PANELS, Panel
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from pipemap.gui.session import Session
    from pipemap.gui.window import MainWindow

Menu = Literal["file", "edit", "view", "select", "trace", "shutoff", "help"]

MENUS: dict[Menu, str] = {
    "file": N_("&File"),
    "edit": N_("&Edit"),
    "view": N_("&View"),
    "select": N_("&Select"),
    "trace": N_("&Trace"),
    "shutoff": N_("Sh&ut off"),
    "help": N_("&Help"),
}
"""Menus from left to right."""


@dataclass(frozen=True, slots=True)
class Context:
    """What a command acts on."""

    session: Session
    window: MainWindow


def _always(session: Session) -> bool:  # noqa: ARG001 -- one of the conditions below
    return True


def has_survey(session: Session) -> bool:
    """A survey is open."""
    return session.survey is not None


def has_selection(session: Session) -> bool:
    """Something is selected."""
    return session.network is not None and len(session.selection) > 0


def can_mark(session: Session) -> bool:
    """Something is selected in a survey that can be changed."""
    return has_selection(session) and can_write(session)


def has_result(session: Session) -> bool:
    """A result is shown."""
    return session.result is not None


def has_plan(session: Session) -> bool:
    """A shut-off plan is shown."""
    return getattr(session.result, "plan", None) is not None


def can_write(session: Session) -> bool:
    """The survey that is open can be changed."""
    return session.survey is not None and not session.survey.read_only


@dataclass(frozen=True, slots=True)
class Command:
    """One thing a user can do.

    Attributes
    ----------
    id
        ``menu.verb``; stable, names the command in the manual and in tests.
    title
        English text (``N_``), sentence case, without dots; shown as ``_(title)``.
    run
        ``"module:function"``; the function takes a :class:`Context`. ``"module:function:word"`` also gives it the word.
    shortcut
        As Qt writes it (``Ctrl+O``); empty when there is none. One command only.
    icon
        Name of an icon of :mod:`pipemap.gui.icons` (Phosphor, ``ph.…``).
    enabled
        Whether it can run now.
    checked
        For a command that stays pressed: whether it is on now.
    toolbar
        Group of the toolbar it stands in (``file``, ``tools``, ``view``), or empty.
    keywords
        Other words it is found by: Chinese title, pinyin initials, English synonyms.
    tip
        One sentence for the tooltip and the manual (``N_``); empty when the title says it all.
    group
        Commands of one menu with different groups are parted by a line.
    """

    id: str
    title: str
    menu: Menu
    run: str
    icon: str
    shortcut: str = ""
    enabled: Callable[[Session], bool] = _always
    checked: Callable[[Session], bool] | None = None
    toolbar: str = ""
    keywords: tuple[str, ...] = ()
    tip: str = ""
    group: int = 0

    def __call__(self, context: Context) -> None:
        """Run it, if it can run now."""
        if self.enabled(context.session):
            module, function, *word = self.run.split(":")
            getattr(importlib.import_module(module), function)(context, *word)

    @property
    def label(self) -> str:
        """Title in the language on screen."""
        return _(self.title)


def _tool_is(name: str) -> Callable[[Session], bool]:
    return lambda session: session.tool == name


def _shuts_off(session: Session) -> bool:
    return session.tool.partition(":")[0] == "shutoff"


def _view_is(name: str) -> Callable[[Session], bool]:
    return lambda session: session.look.view == name


_FILE = "pipemap.gui.file_actions"
_VIEW = "pipemap.gui.view_actions"
_HELP = "pipemap.gui.help_actions"
_SECRECY = "pipemap.gui.secrecy_actions"
_TRACE = "pipemap.gui.trace_tools"
_SHUTOFF = "pipemap.gui.shutoff_tools"
_TRACE_MENU = N_("Trace")
_TRACES = f"menu:{_TRACE_MENU}:tree-structure"


def _panel_is_shown(panel: str) -> Callable[[Session], bool]:
    return lambda session: panel in session.visible_panels


def _panel_command(panel: Panel) -> Command:
    return Command(
        f"panel.{panel.id}", panel.title, "view", f"{_VIEW}:toggle_panel:{panel.id}", panel.icon, enabled=has_survey,
        checked=_panel_is_shown(panel.id), group=3, keywords=("面板", "mb", "panel", *panel.keywords),
    )  # fmt: skip


COMMANDS: tuple[Command, ...] = (
    # -- file ------------------------------------------------------------------------------------------------------
    Command("file.new", N_("New survey"), "file", f"{_FILE}:new_survey", "file-plus", "Ctrl+N",
            keywords=("新建管线数据库", "xj", "xjgxsjk", "create", "database"), tip=N_("Make an empty survey database.")),
    Command("file.open", N_("Open survey"), "file", f"{_FILE}:open_survey", "folder-open", "Ctrl+O", toolbar="file",
            keywords=("打开管线数据库", "dk", "dkgxsjk", "load", "gpkg"), tip=N_("Open a survey database (GeoPackage).")),
    Command("file.import", N_("Import files"), "file", f"{_FILE}:import_files", "download-simple", "Ctrl+I",
            keywords=("导入文件", "dr", "drwj", "xlsx", "csv", "inp", "epanet", "成果表", "cgb"),
            tip=N_("Read survey tables or model files into a survey; you see what was understood before anything is stored.")),
    Command("file.export", N_("Export"), "file", f"{_SECRECY}:export", "export", "Ctrl+E", enabled=has_survey,
            keywords=("导出", "dc", "gpkg", "shp", "dxf", "inp", "xlsx", "成果表", "cgb", "hand out", "save as"),
            tip=N_("Write the survey, or a part of it, for other programs; every export is entered into the register.")),
    Command("file.sample", N_("Open the sample city"), "file", f"{_FILE}:open_sample", "buildings",
            keywords=("打开示例城市", "slcs", "dkslcs", "demo", "example"), tip=N_("A made town with every kind of pipe.")),
    Command("file.close", N_("Close survey"), "file", f"{_FILE}:close_survey", "x-square", "Ctrl+W", enabled=has_survey, group=1,
            keywords=("关闭管线数据库", "gb", "gbgxsjk")),
    Command("file.picture", N_("Save picture of the window"), "file", f"{_FILE}:save_picture", "camera",
            group=1, keywords=("保存窗口图片", "bctp", "bcckxp", "screenshot", "png", "截图", "jt")),
    Command("file.settings", N_("Settings"), "file", f"{_FILE}:show_settings", "gear-six", "Ctrl+,", group=2,
            keywords=("设置", "sz", "preferences", "options", "language", "语言", "theme", "主题")),
    Command("file.quit", N_("Quit"), "file", f"{_FILE}:quit_program", "sign-out", "Ctrl+Q", group=3,
            keywords=("退出", "tc", "exit")),
    # -- edit ------------------------------------------------------------------------------------------------------
    Command("edit.undo", N_("Undo"), "edit", f"{_FILE}:undo", "arrow-u-up-left", "Ctrl+Z", enabled=can_write, toolbar="file",
            keywords=("撤销", "cx"), tip=N_("Take back the newest change of the survey.")),
    Command("edit.redo", N_("Redo"), "edit", f"{_FILE}:redo", "arrow-u-up-right", "Ctrl+Shift+Z", enabled=can_write,
            toolbar="file", keywords=("重做", "cz"), tip=N_("Make the change again that was taken back last.")),
    Command("edit.find", N_("Find in the survey"), "edit", f"{_VIEW}:find", "magnifying-glass", "Ctrl+K", enabled=has_survey,
            group=1, keywords=("查找", "cz", "search", "id", "road"),
            tip=N_("Find ids, roads, owners and notes; Enter flies there.")),
    Command("edit.copy_ids", N_("Copy ids"), "edit", f"{_FILE}:copy_ids", "copy", "Ctrl+Shift+C", enabled=has_selection, group=1,
            keywords=("复制编号", "fzbh"), tip=N_("Copy the ids of what is selected, one a line.")),
    Command("edit.mark_secret", N_("Mark as secret"), "edit", f"{_SECRECY}:mark", "lock-simple", enabled=can_mark, group=2,
            keywords=("标密", "bm", "秘密", "mm", "secrecy"),
            tip=N_("What is selected leaves in no export, picture or table until the mark is lifted.")),
    Command("edit.lift_secrecy", N_("Lift secrecy"), "edit", f"{_SECRECY}:lift", "lock-simple-open", enabled=can_mark, group=2,
            keywords=("解密", "jm", "secret", "unmark"),
            tip=N_("Take the mark of secrecy from what is selected; the history keeps who did it.")),
    # -- view ------------------------------------------------------------------------------------------------------
    Command("view.plan", N_("Plan"), "view", f"{_VIEW}:show_plan", "map-trifold", "2", enabled=has_survey,
            checked=_view_is("2d"), keywords=("平面", "pm", "top", "2d", "二维", "ew")),
    Command("view.three_d", N_("3D"), "view", f"{_VIEW}:show_three_d", "cube", "3", enabled=has_survey,
            checked=_view_is("3d"), keywords=("三维", "sw", "perspective", "three")),
    Command("view.fit", N_("Fit selection or result"), "view", f"{_VIEW}:fit", "corners-out", "F", enabled=has_survey,
            group=1, toolbar="view", keywords=("缩放到选中", "sfdxz", "zoom", "fit")),
    Command("view.home", N_("Whole survey"), "view", f"{_VIEW}:home", "house-line", "Home", enabled=has_survey,
            group=1, toolbar="view", keywords=("全图", "qt", "zoom all", "extent", "home")),
    Command("view.palette", N_("Find a command"), "view", f"{_VIEW}:show_palette", "command", "Ctrl+Shift+P", group=4,
            keywords=("查找命令", "czml", "palette")),
    Command("view.theme", N_("Dark or light"), "view", f"{_VIEW}:switch_theme", "moon", group=4,
            keywords=("深色浅色", "ss", "qs", "sqs", "theme", "night")),
    Command("view.full_screen", N_("Full screen"), "view", f"{_VIEW}:full_screen", "arrows-out", "F11", group=4,
            keywords=("全屏", "qp")),
    *(_panel_command(panel) for panel in PANELS),
    # -- select ----------------------------------------------------------------------------------------------------
    Command("select.tool", N_("Select"), "select", f"{_VIEW}:start_select", "cursor", "V", enabled=has_survey,
            checked=_tool_is("select"), toolbar="tools", keywords=("选择", "xz", "pick", "pointer")),
    Command("select.turn", N_("Turn"), "select", f"{_TRACE}:turn", "arrows-clockwise", "O", enabled=has_survey,
            checked=_tool_is("orbit"), toolbar="tools", keywords=("旋转视角", "xzsj", "orbit", "rotate"),
            tip=N_("Drag turns the view; else Alt and drag does.")),
    Command("select.measure", N_("Measure"), "select", f"{_TRACE}:measure", "ruler", "M", enabled=has_survey,
            checked=_tool_is("measure"), toolbar="tools", keywords=("量测", "lc", "distance", "length"),
            tip=N_("Measure between points that you click, in plan and in space.")),
    Command("select.none", N_("Select nothing"), "select", f"{_VIEW}:select_nothing", "selection-slash", "Ctrl+Shift+A",
            enabled=has_selection, group=1, keywords=("取消选择", "qxxz", "clear", "deselect")),
    # -- shut off --------------------------------------------------------------------------------------------------
    Command("shutoff.tool", N_("Shut off"), "shutoff", f"{_SHUTOFF}:start", "drop-half", "G", enabled=has_survey,
            checked=_shuts_off, toolbar="tools",
            keywords=("关阀", "gf", "关阀分析", "gffx", "停水", "ts", "爆管", "bg", "burst", "isolate"),
            tip=N_("Point at a broken pipe: which valves to close, and who is without supply.")),
    Command("shutoff.workspace", N_("Shut-off workspace"), "shutoff", f"{_SHUTOFF}:show_workspace", "drop-half",
            enabled=has_survey, group=1, keywords=("关阀工作区", "gfgzq", "停水", "workspace")),
    Command("shutoff.critical", N_("What a break costs"), "shutoff", "pipemap.gui.shares:show_costs", "fire", enabled=has_survey,
            group=1, keywords=("重要性", "zyx", "关键阀门", "gjfm", "criticality", "exercise", "risk"),
            tip=N_("Colour pipes by who is without supply when they break; list the valves to exercise first.")),
    Command("shutoff.segments", N_("Valve segments"), "shutoff", "pipemap.gui.shares:show_segments", "squares-four",
            enabled=has_survey, group=1, keywords=("关阀单元", "gfdy", "segment"),
            tip=N_("Colour what valves can only shut off together, and list it.")),
    Command("shutoff.export", N_("Export the shut-off plan"), "shutoff", f"{_SHUTOFF}:export", "export", enabled=has_plan,
            group=2, keywords=("导出关阀方案", "dcgffa", "xlsx", "csv")),
    # -- trace -----------------------------------------------------------------------------------------------------
    Command("trace.upstream", N_("Upstream"), "trace", f"{_TRACE}:start:upstream", "arrow-line-up", "U", enabled=has_survey,
            checked=_tool_is("trace:upstream"), toolbar=_TRACES, keywords=("溯源", "sy", "上游", "trace upstream"),
            tip=N_("Show what flows to the pipe or node that you click.")),
    Command("trace.downstream", N_("Downstream"), "trace", f"{_TRACE}:start:downstream", "arrow-line-down", "D",
            enabled=has_survey, checked=_tool_is("trace:downstream"), toolbar=_TRACES,
            keywords=("去向追踪", "qxzz", "下游", "xy", "trace downstream"),
            tip=N_("Show where the flow of the pipe or node that you click goes.")),
    Command("trace.connected", N_("Connected"), "trace", f"{_TRACE}:start:connected", "share-network", enabled=has_survey,
            checked=_tool_is("trace:connected"), toolbar=_TRACES, keywords=("连通分析", "ltfx", "trace connected"),
            tip=N_("Show all that hangs together with what you click, whatever the state of valves.")),
    Command("trace.subnetwork", N_("Supply area"), "trace", f"{_TRACE}:start:subnetwork", "drop", enabled=has_survey,
            checked=_tool_is("trace:subnetwork"), toolbar=_TRACES, keywords=("供应范围", "gyfw", "subnetwork", "zone"),
            tip=N_("Show what the same sources supply, up to closed valves.")),
    Command("trace.path", N_("Shortest path"), "trace", f"{_TRACE}:start:shortest-path", "path", enabled=has_survey,
            checked=_tool_is("trace:shortest-path"), toolbar=_TRACES, keywords=("最短路径", "zdlj", "route", "way"),
            tip=N_("Show the shortest way between two places that you click.")),
    Command("trace.barrier", N_("Place barriers"), "trace", f"{_TRACE}:place_barriers", "prohibit", "B", enabled=has_survey,
            group=1, checked=_tool_is("barrier"), toolbar=_TRACES, keywords=("设置障碍", "szza", "阻断", "zd", "stop"),
            tip=N_("Click elements that no trace shall pass.")),
    Command("trace.no_barriers", N_("Take all barriers away"), "trace", f"{_TRACE}:clear_barriers", "x-circle",
            enabled=has_survey, group=1, keywords=("清除障碍", "qcza", "clear barriers")),
    Command("trace.select", N_("Select the result"), "trace", f"{_TRACE}:select_result", "selection-all",
            enabled=has_result, group=2, keywords=("选中结果", "xzjg")),
    Command("trace.clear", N_("Clear the result"), "trace", f"{_TRACE}:clear_result", "eraser", enabled=has_result, group=2,
            toolbar="tools", keywords=("清除结果", "qcjg", "end")),
    # -- help ------------------------------------------------------------------------------------------------------
    Command("help.manual", N_("Manual"), "help", f"{_HELP}:show_manual", "book-open", "F1",
            keywords=("使用手册", "sysc", "sc", "help", "帮助", "bz")),
    Command("help.keys", N_("Commands and keys"), "help", f"{_HELP}:show_commands", "keyboard",
            keywords=("命令与快捷键", "mlykjj", "kjj", "shortcuts", "快捷键")),
    Command("help.about", N_("About pipemap"), "help", f"{_HELP}:show_about", "info", group=1,
            keywords=("关于", "gy", "version")),
)  # fmt: skip
"""Every command; the order is the order in its menu and in its group of the toolbar."""


def command(wanted: str) -> Command:
    """Return the command with this id.

    Raises
    ------
    KeyError
        There is none.
    """
    return _BY_ID[wanted]


_BY_ID = {row.id: row for row in COMMANDS}
