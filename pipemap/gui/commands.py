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

Menu = Literal["file", "edit", "network", "view", "select", "trace", "shutoff", "inspect", "help"]

MENUS: dict[Menu, str] = {
    "file": N_("&File"),
    "edit": N_("&Edit"),
    "network": N_("&Network"),
    "view": N_("&View"),
    "select": N_("&Select"),
    "trace": N_("&Trace"),
    "shutoff": N_("Sh&ut off"),
    "inspect": N_("&Inspection"),
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


def has_rows(session: Session) -> bool:
    """A result that can be kept is shown: nodes and pipes."""
    return getattr(session.result, "pipe_rows", None) is not None


def has_trace(session: Session) -> bool:
    """A trace is shown."""
    from pipemap.gui.trace_question import trace_of

    return trace_of(session.result) is not None


def follows_flow(session: Session) -> bool:
    """A trace along the flow is shown."""
    from pipemap.gui import gathered

    return gathered.follows_flow(session)


def goes_upstream(session: Session) -> bool:
    """A trace against the flow is shown."""
    from pipemap.gui import gathered

    return gathered.goes_upstream(session)


def has_question(session: Session) -> bool:
    """A trace is shown that can be asked again, in a survey that can be changed."""
    from pipemap.gui.trace_tools import tracer

    return session.result is not None and can_write(session) and tracer(session).question is not None


def has_plan(session: Session) -> bool:
    """A shut-off plan is shown."""
    return getattr(session.result, "plan", None) is not None


def can_write(session: Session) -> bool:
    """The survey that is open can be changed."""
    return session.survey is not None and not session.survey.read_only


def is_past(session: Session) -> bool:
    """The survey is shown as it was."""
    return session.present is not None


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
_SAFETY = "pipemap.gui.safety_actions"
_PAST = "pipemap.gui.looking_back"
_SECRECY = "pipemap.gui.secrecy_actions"
_CHECK = "pipemap.gui.check_actions"
_TRACE = "pipemap.gui.trace_tools"
_KEPT = "pipemap.gui.kept"
_GATHERED = "pipemap.gui.gathered"
_SHUTOFF = "pipemap.gui.shutoff_tools"
_SIMULATION = "pipemap.gui.simulation"
_TABLE = "pipemap.gui.table_actions"
_EDIT = "pipemap.gui.editor"
_EDIT_MENU = N_("Network")
_EDITS = f"menu:{_EDIT_MENU}:pencil-line"
TRACE_MENU = N_("Trace")
"""The toolbar's menu of traces; what the survey keeps of them stands below."""
_TRACES = f"menu:{TRACE_MENU}:tree-structure"


def _panel_is_shown(panel: str) -> Callable[[Session], bool]:
    return lambda session: panel in session.visible_panels


def _panel_command(panel: Panel) -> Command:
    return Command(
        f"panel.{panel.id}", panel.title, "view", f"{_VIEW}:toggle_panel:{panel.id}", panel.icon, enabled=has_survey,
        checked=_panel_is_shown(panel.id), group=3, keywords=("面板", "mb", "panel", *panel.keywords),
    )  # fmt: skip


_EDIT_MODES: tuple[tuple[str, str, str, str, int, tuple[str, ...], str], ...] = (
    ("draw", N_("Draw a pipe"), "line-segment", "P", 0, ("绘制管线", "hzgx", "hz", "draw", "new pipe"),
     N_("Draw from node to node; what is clicked snaps, lengths and bearings can be typed.")),
    ("node", N_("Add a node"), "circle", "N", 0, ("添加管点", "tjgd", "tj", "new node", "point"),
     N_("Add a node on open ground, or into a pipe.")),
    ("move", N_("Move"), "arrows-out-cardinal", "E", 0, ("移动", "yd", "move", "vertex", "节点编辑"),
     N_("Drag nodes and vertices; the pipes at them follow.")),
    ("split", N_("Split a pipe"), "scissors", "S", 1, ("打断管线", "ddgx", "dd", "cut", "divide"),
     N_("Part a pipe in two where it is clicked.")),
    ("insert", N_("Insert a valve or fitting"), "plus-circle", "I", 1, ("插入阀门管件", "crfmgj", "cr", "insert"),
     N_("Put a valve, a fitting or a manhole into a pipe.")),
    ("join", N_("Join two pipes"), "link", "J", 1, ("合并管线", "hbgx", "hb", "unite"),
     N_("Make one pipe of the two that meet at a node.")),
    ("merge", N_("Merge two nodes"), "intersect", "", 1, ("合并管点", "hbgd", "weld"),
     N_("Make one node of two that are the same.")),
    ("reverse", N_("Reverse a pipe"), "swap", "", 2, ("反转管线", "fzgx", "fz", "turn round"),
     N_("Exchange the ends of a pipe; it flows as before.")),
    ("reconnect", N_("Reconnect an end"), "git-branch", "", 2, ("改接端点", "gjdd", "gj", "connect"),
     N_("Give one end of a pipe another node.")),
    ("extend", N_("Extend a pipe"), "arrow-line-right", "", 2, ("延长管线", "ycgx", "yc", "lengthen"),
     N_("Lead a pipe further from an end at which it ends alone.")),
    ("replace", N_("Replace a stretch"), "arrows-left-right", "", 2, ("更换管段", "ghgd", "gh", "renew"),
     N_("Lay a new pipe in the place of an old one, which goes out of use.")),
    ("type", N_("Change the type"), "tag", "", 2, ("更改类型", "gglx", "gg", "convert"),
     N_("Say what a node is, under the id that it has.")),
)  # fmt: skip
"""Modes of editing: name, title, icon, key, group, keywords, tip."""


def _edit_command(name: str, title: str, picture: str, key: str, group: int, keywords: tuple[str, ...], tip: str) -> Command:
    return Command(
        f"network.{name}", title, "network", f"{_EDIT}:start:{name}", picture, key, enabled=has_survey,
        checked=_tool_is(f"edit:{name}"), toolbar=_EDITS, keywords=keywords, tip=tip, group=group,
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
    Command("file.merge", N_("Merge survey"), "file", "pipemap.gui.merge_dialog:show", "git-merge", enabled=can_write,
            keywords=("合并数据库", "hbsjk", "hb", "merge", "three-way", "conflict"),
            tip=N_("Take in what was edited in another copy of this survey; you see it before anything is stored.")),
    Command("file.import_inspections", N_("Import inspections"), "file", "pipemap.gui.inspection_import:start", "film-strip",
            enabled=can_write,
            keywords=("导入检测", "drjc", "cctv", "内窥检测", "nkjc", "wincan", "isybau", "en 13508", "cjj181"),
            tip=N_("Read files of camera inspections; you see what each was matched to before anything is stored.")),
    Command("file.export", N_("Export"), "file", f"{_SECRECY}:export", "export", "Ctrl+E", enabled=has_survey,
            keywords=("导出", "dc", "gpkg", "shp", "dxf", "inp", "xlsx", "成果表", "cgb", "hand out", "save as"),
            tip=N_("Write the survey, or a part of it, for other programs; every export is entered into the register.")),
    Command("file.report", N_("Report"), "file", "pipemap.gui.report_dialog:show", "file-text", "Ctrl+R", enabled=has_survey,
            keywords=("报告", "bg", "工作量统计", "gzltj", "管线统计", "gxtj", "print", "打印", "dy", "pdf", "docx", "inventory"),
            tip=N_("Write the survey as paper: PDF, Word, Excel or a web page.")),
    Command("file.patrol", N_("Plan a patrol"), "file", "pipemap.gui.patrol_dialog:plan", "person-simple-walk", enabled=can_write,
            keywords=("计划巡线", "巡查", "巡检", "jhxx", "xx", "round"),
            tip=N_("Make a round of the selected pipes, or of all in the drawn area, with a short way to walk.")),
    Command("file.sample", N_("Open the sample city"), "file", f"{_FILE}:open_sample", "buildings",
            keywords=("打开示例城市", "slcs", "dkslcs", "demo", "example"), tip=N_("A made town with every kind of pipe.")),
    Command("file.save_copy", N_("Save a copy"), "file", f"{_SAFETY}:save_copy", "copy-simple", enabled=has_survey, group=1,
            keywords=("另存副本", "lcfb", "vacuum", "duplicate"),
            tip=N_("Write the whole survey, history and all, as one compact file under another name.")),
    Command("file.backup", N_("Make a backup"), "file", f"{_SAFETY}:back_up", "shield-check", enabled=has_survey, group=1,
            keywords=("备份", "bf", "save", "safety"),
            tip=N_("Copy the survey into the folder of its backups; the start page brings one back.")),
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
    Command("edit.past", N_("Show as it was on a date"), "edit", f"{_PAST}:show_past", "clock-counter-clockwise",
            enabled=has_survey, group=3, keywords=("历史时点", "lssd", "as of", "history", "time travel", "回溯", "hs"),
            tip=N_("See, search and trace the whole survey as it was; nothing can be changed there.")),
    Command("edit.compare", N_("Compare two dates"), "edit", f"{_PAST}:show_differences", "git-diff", enabled=has_survey, group=3,
            keywords=("比较", "bj", "diff", "差异", "cy"),
            tip=N_("What was added, removed and changed between two dates, coloured on the map and listed.")),
    Command("edit.now", N_("Back to now"), "edit", f"{_PAST}:back_to_now", "arrow-u-down-left", enabled=is_past, group=3,
            keywords=("回到现在", "hdxz", "present")),
    Command("edit.find", N_("Find in the survey"), "edit", f"{_VIEW}:find", "magnifying-glass", "Ctrl+K", enabled=has_survey,
            group=1, keywords=("查找", "cz", "search", "id", "road"),
            tip=N_("Find ids, roads, owners and notes; Enter flies there.")),
    Command("edit.copy_ids", N_("Copy ids"), "edit", f"{_FILE}:copy_ids", "copy", "Ctrl+Shift+C", enabled=has_selection, group=1,
            keywords=("复制编号", "fzbh"), tip=N_("Copy the ids of what is selected, one a line.")),
    Command("edit.properties", N_("Edit properties"), "edit", f"{_TABLE}:edit_properties", "pencil-simple", "Ctrl+Return",
            enabled=can_mark, group=3, keywords=("编辑属性", "bjsx", "form", "attributes", "fields"),
            tip=N_("Edit the fields of what is selected, one element or many at once.")),
    Command("edit.paste_cells", N_("Paste cells"), "edit", f"{_TABLE}:act:paste", "clipboard-text", enabled=can_write, group=4,
            keywords=("粘贴单元格", "zt", "ztdyg", "excel", "clipboard"),
            tip=N_("Lay cells that a spreadsheet copied over the table, from the cursor on (Ctrl+V in the table).")),
    Command("edit.fill_down", N_("Fill down"), "edit", f"{_TABLE}:act:fill", "arrow-line-down", "Ctrl+D", enabled=can_write,
            group=4, keywords=("向下填充", "xxtc", "copy down"),
            tip=N_("Give all selected cells of a column what the first one holds.")),
    Command("edit.clear_cells", N_("Clear cells"), "edit", f"{_TABLE}:act:clear", "eraser", enabled=can_write, group=4,
            keywords=("清除单元格", "qcdyg", "delete", "empty"),
            tip=N_("Empty the selected cells of the table (Del in the table).")),
    Command("edit.replace", N_("Find and replace"), "edit", f"{_TABLE}:replace", "swap", "Ctrl+H", enabled=can_write, group=4,
            keywords=("查找替换", "czth", "th", "regular expression", "substitute"),
            tip=N_("Replace texts in columns of the table; every cell is shown before anything is stored.")),
    Command("edit.calculate", N_("Calculate a field"), "edit", f"{_TABLE}:calculate", "calculator", "Ctrl+Shift+F",
            enabled=can_write, group=4, keywords=("字段计算", "zdjs", "js", "expression", "formula"),
            tip=N_("Work a field out from others with an expression; shown before it is stored.")),
    Command("edit.mark_secret", N_("Mark as secret"), "edit", f"{_SECRECY}:mark", "lock-simple", enabled=can_mark, group=2,
            keywords=("标密", "bm", "秘密", "mm", "secrecy"),
            tip=N_("What is selected leaves in no export, picture or table until the mark is lifted.")),
    Command("edit.lift_secrecy", N_("Lift secrecy"), "edit", f"{_SECRECY}:lift", "lock-simple-open", enabled=can_mark, group=2,
            keywords=("解密", "jm", "secret", "unmark"),
            tip=N_("Take the mark of secrecy from what is selected; the history keeps who did it.")),
    Command("check.all", N_("Check the data"), "edit", f"{_CHECK}:check_everything", "checks", "F9",
            enabled=can_write, group=3, keywords=("数据检查", "sjjc", "jc", "qc", "problems", "validate"),
            tip=N_("Run all checks; problems are listed and marked.")),
    Command("check.selection", N_("Check what is selected"), "edit", f"{_CHECK}:check_chosen", "checks", enabled=can_mark,
            group=3, keywords=("检查选中", "jcxz")),
    Command("check.area", N_("Check the area"), "edit", f"{_CHECK}:check_drawn_area", "checks", enabled=can_write, group=3,
            keywords=("检查区域", "jcqy"), tip=N_("Check what lies in the area that was drawn on the map.")),
    Command("check.limits", N_("Limits of the checks"), "edit", f"{_CHECK}:show_limits", "sliders-horizontal", enabled=has_survey,
            group=3, keywords=("检查限差", "jcxc", "阈值", "yz", "threshold")),
    # -- network ---------------------------------------------------------------------------------------------------
    *(_edit_command(*row) for row in _EDIT_MODES),
    Command("network.retire", N_("Retire"), "network", f"{_EDIT}:act_on_selection:retire", "archive-box", enabled=has_selection,
            group=3, keywords=("停用废弃", "tyfq", "ty", "abandon", "out of use"),
            tip=N_("Take what is selected out of use without deleting it.")),
    Command("network.delete", N_("Delete"), "network", f"{_EDIT}:act_on_selection:delete", "trash", enabled=has_selection,
            group=3, keywords=("删除", "sc", "remove"), tip=N_("Delete what is selected; a node with its pipes.")),
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
    Command("shutoff.trench", N_("Shut off a trench"), "shutoff", "pipemap.gui.trench:start", "line-segments", "Shift+G",
            enabled=has_survey, checked=_tool_is("trench"),
            keywords=("沟槽", "gc", "开挖关阀", "kwgf", "施工范围", "sgfw", "trench", "dig", "excavation"),
            tip=N_("Draw a trench on the map: one plan for all that it touches.")),
    Command("shutoff.critical", N_("What a break costs"), "shutoff", "pipemap.gui.shares:show_costs", "fire", enabled=has_survey,
            group=1, keywords=("重要性", "zyx", "关键阀门", "gjfm", "criticality", "exercise", "risk"),
            tip=N_("Colour pipes by who is without supply when they break; list the valves to exercise first.")),
    Command("shutoff.segments", N_("Valve segments"), "shutoff", "pipemap.gui.shares:show_segments", "squares-four",
            enabled=has_survey, group=1, keywords=("关阀单元", "gfdy", "segment"),
            tip=N_("Colour what valves can only shut off together, and list it.")),
    Command("shutoff.pressures", N_("Check pressures"), "shutoff", f"{_SIMULATION}:check_pressures", "gauge", enabled=has_plan,
            group=2, keywords=("校核水压", "jhsy", "水力计算", "sljs", "hydraulics", "epanet"),
            tip=N_("Compute with the plan that is shown: who falls below the service pressure, where the water turns round.")),
    Command("shutoff.keep", N_("Keep this plan"), "shutoff", "pipemap.gui.plan_keeper:keep", "bookmark-simple",
            enabled=has_plan, group=2, keywords=("保存关阀方案", "bcgffa", "keep", "save plan"),
            tip=N_("Keep the plan that is shown in the survey: to be approved, carried out valve by valve, and ended.")),
    Command("shutoff.plans", N_("Kept plans"), "shutoff", "pipemap.gui.plan_keeper:show_plans", "calendar-blank",
            enabled=has_survey, group=1, keywords=("关阀方案", "gffa", "停水日历", "tsrl", "calendar", "plans")),
    Command("shutoff.export", N_("Export the shut-off plan"), "shutoff", f"{_SHUTOFF}:export", "export", enabled=has_plan,
            group=2, keywords=("导出关阀方案", "dcgffa", "xlsx", "csv")),
    Command("shutoff.ticket", N_("Shut-off ticket"), "shutoff", f"{_SHUTOFF}:print_ticket", "printer", "Ctrl+P",
            enabled=has_plan, group=2, keywords=("关阀单", "gfd", "打印", "dy", "print", "恢复单"),
            tip=N_("Print the plan that is shown: what to do at which valve, with an A3 map.")),
    Command("shutoff.notice", N_("Notice to customers"), "shutoff", f"{_SHUTOFF}:print_notice", "megaphone", enabled=has_plan,
            group=2, keywords=("停水通知", "tstz", "停气通知", "通知用户", "notice"),
            tip=N_("Tell those who will be without supply: where, why, from when to when.")),
    # -- inspection ------------------------------------------------------------------------------------------------
    Command("inspect.mark", N_("Mark a finding"), "inspect", "pipemap.gui.findings:mark", "map-pin", "K", enabled=can_write,
            checked=_tool_is("finding"),
            keywords=("标注缺陷", "bzqx", "录入隐患", "lryh", "缺陷", "finding", "defect", "hazard"),
            tip=N_("Click the wall of a pipe, a node or the ground, and say what was found there.")),
    Command("inspect.photos", N_("Hazards from photos"), "inspect", "pipemap.gui.photo_candidates:start", "camera",
            enabled=can_write, keywords=("照片隐患", "zpyh", "exif", "gps", "waypoints", "photos"),
            tip=N_("Read where and when photos were taken; you see what each would become before anything is stored.")),
    Command("inspect.reading", N_("Enter a reading"), "inspect", "pipemap.gui.reading_table:enter", "gauge", enabled=can_write,
            keywords=("录入读数", "lrds", "燃气浓度", "阴保电位", "水压", "积水", "gas", "potential", "pressure")),
    Command("inspect.settings", N_("Cycles and limits"), "inspect", "pipemap.gui.patrol_settings:start", "sliders-horizontal",
            enabled=has_survey, group=1, keywords=("巡检周期", "xjzq", "读数限值", "dsxz", "cycles", "limits")),
    Command("inspect.new", N_("New inspection"), "inspect", "pipemap.gui.inspection_form:show", "plus", enabled=can_write,
            keywords=("录入检测", "lrjc", "新建检测", "xjjc", "检测记录", "jcjl", "inspection", "cctv", "by hand"),
            tip=N_("Write down an inspection of the selected section: equipment, water level, or why it was not made.")),
    Command("inspect.match", N_("Match inspections"), "inspect", "pipemap.gui.inspection_import:match", "git-merge",
            enabled=can_write, keywords=("匹配检测", "ppjc", "match", "unmatched", "未匹配"),
            tip=N_("Show what the inspections without a pipe could be matched to, before anything is stored.")),
    Command("inspect.workspace", N_("Inspection workspace"), "inspect", "pipemap.gui.findings:show_workspace", "map-pin",
            enabled=has_survey, group=1, keywords=("检测工作区", "jcgzq", "workspace")),
    Command("inspect.condition", N_("Condition of sections"), "inspect", "pipemap.gui.findings:show_condition", "heartbeat",
            enabled=has_survey, group=1, keywords=("管段评估", "gdpg", "状况", "修复等级", "condition", "CJJ 181", "grade"),
            tip=N_("Rate inspected sections by CJJ 181, colour the map by it, and list the most urgent first.")),
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
    Command("trace.ways", N_("Several ways"), "trace", f"{_TRACE}:start:ways", "git-fork", enabled=has_survey,
            checked=_tool_is("trace:ways"), toolbar=_TRACES, keywords=("多条路径", "dtlj", "alternatives", "routes", "k"),
            tip=N_("List the best ways between two places that you click, by length or another cost.")),
    Command("trace.between", N_("What lies between"), "trace", f"{_TRACE}:start:between", "arrows-in-line-horizontal",
            enabled=has_survey, checked=_tool_is("trace:between"), toolbar=_TRACES, keywords=("两点之间", "ldzj", "between"),
            tip=N_("Show every way between two places that you click.")),
    Command("trace.loops", N_("Loops"), "trace", f"{_TRACE}:start:loops", "arrows-clockwise", enabled=has_survey,
            checked=_tool_is("trace:loops"), toolbar=_TRACES, keywords=("环", "环路", "hl", "ring", "cycle"),
            tip=N_("List every loop that hangs together with what you click.")),
    Command("trace.leak", N_("Where a leak can spread"), "trace", f"{_TRACE}:start:leak", "wind", enabled=has_survey,
            checked=_tool_is("trace:leak"), toolbar=_TRACES, keywords=("泄漏波及", "xlbj", "gas", "燃气", "leak", "spread"),
            tip=N_("Show which drains, ducts and chambers gas from the pipe that you click can reach.")),
    Command("trace.barrier", N_("Place barriers"), "trace", f"{_TRACE}:place_barriers", "prohibit", "B", enabled=has_survey,
            group=1, checked=_tool_is("barrier"), toolbar=_TRACES, keywords=("设置障碍", "szza", "阻断", "zd", "stop"),
            tip=N_("Click elements that no trace shall pass.")),
    Command("trace.no_barriers", N_("Take all barriers away"), "trace", f"{_TRACE}:clear_barriers", "x-circle",
            enabled=has_survey, group=1, keywords=("清除障碍", "qcza", "clear barriers")),
    Command("trace.why", N_("Why?"), "trace", f"{_TRACE}:why", "question", "W", enabled=has_trace, group=2,
            keywords=("为什么", "wsm", "原因", "explain", "reason"),
            tip=N_("Say why the selected element is in the answer, or is not, and show the way to it.")),
    Command("trace.accumulate", N_("Accumulate a field"), "trace", f"{_GATHERED}:accumulate_here", "calculator",
            enabled=follows_flow, group=2, keywords=("累计", "lj", "求和", "qh", "accumulate", "sum", "total"),
            tip=N_("At every element of the trace, add up a field over all that lies upstream of it.")),
    Command("trace.flow_time", N_("Flow time"), "trace", f"{_GATHERED}:flow_time_here", "timer", enabled=follows_flow, group=2,
            keywords=("流行时间", "lxsj", "到达时间", "ddsj", "travel time", "arrival"),
            tip=N_("How long water is on its way to the start of the trace, or from it, and what that rests on.")),
    Command("trace.catchment", N_("Catchment"), "trace", f"{_GATHERED}:catchment_here", "polygon", enabled=goes_upstream,
            group=2, keywords=("汇水范围", "hsfw", "汇水区", "hsq", "watershed", "drainage area"),
            tip=N_("Outline what drains to the start of the trace, with its area.")),
    Command("trace.keep", N_("Keep the result"), "trace", f"{_KEPT}:keep_result", "push-pin", "Ctrl+T", enabled=has_rows, group=2,
            keywords=("保留结果", "bljg", "pin", "固定"),
            tip=N_("Put the result on a list, to compare it and to combine it with others.")),
    Command("trace.save", N_("Save trace configuration"), "trace", "pipemap.gui.trace_configurations:save", "bookmark-simple",
            enabled=has_question, group=3, keywords=("保存追踪配置", "bczzpz", "named", "configuration", "preset"),
            tip=N_("Keep the type and the settings of this trace in the survey, under a name.")),
    Command("trace.use", N_("Trace configurations"), "trace", "pipemap.gui.trace_configurations:choose", "bookmarks",
            enabled=has_survey, group=3, keywords=("追踪配置", "zzpz", "named", "saved", "preset"),
            tip=N_("Trace as one of the configurations says that the survey keeps.")),
    Command("trace.pressures", N_("Compute pressures"), "trace", f"{_SIMULATION}:simulate_water", "gauge", enabled=has_survey,
            group=3, keywords=("水力计算", "sljs", "模拟", "mn", "压力", "simulate", "epanet", "hydraulics"),
            tip=N_("Compute pressures and flows of the water network with EPANET's engine.")),
    Command("trace.drains", N_("Compute the drains"), "trace", f"{_SIMULATION}:simulate_drainage", "waves", enabled=has_survey,
            group=3, keywords=("排水模拟", "psmn", "内涝", "nl", "冒溢", "simulate", "swmm", "flooding"),
            tip=N_("Compute with SWMM's engine what floods and what runs full.")),
    Command("trace.profile", N_("Profile"), "trace", "pipemap.gui.profiles:show_profile", "chart-line", "Shift+P",
            enabled=has_survey, group=3, keywords=("纵断面", "zdm", "剖面图", "pmt", "profile", "long section"),
            tip=N_("Lay out the selected run of pipes, the way between two nodes, or the trace, from the side.")),
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
