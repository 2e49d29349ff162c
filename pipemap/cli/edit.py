"""``pipemap edit FILE OPERATION …``: change the network; what hangs together follows in one Change."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipemap.cli.words import UsageError, answer, listing, table
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from pipemap.jobs.editing import Done
    from pipemap.model.fields import Layer
    from pipemap.store.edits import Edit, Outcome

Place = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class _Operation:
    """One thing that can be done; ``takes`` and ``needs`` name its options, ``elements`` how many ids it is given."""

    help: str
    do: Callable[[Edit, argparse.Namespace], Outcome | None]
    elements: int = 1
    takes: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()

    @property
    def options(self) -> tuple[str, ...]:
        return (*self.needs, *self.takes)


def _layer(edit: Edit, text: str) -> Layer:
    """Return the layer of the element that an id names; a node where both have it needs ``node:`` or ``pipe:``."""
    from pipemap.errors import AmbiguousElementError, UnknownElementError

    found: list[Layer] = []
    missing: UnknownElementError | None = None
    layers: tuple[Layer, ...] = ("node", "pipe")
    for layer in layers:
        try:
            edit.find(layer, text)
            found.append(layer)
        except UnknownElementError as error:
            missing = missing if missing is not None and missing.similar else error
    if missing is not None and not found:
        raise missing
    if len(found) > 1:
        raise AmbiguousElementError(text, [f"{layer}:{text}" for layer in found])
    return found[0]


def _where(args: argparse.Namespace) -> dict[str, Any]:
    return {"station": args.station, "counted_from": args.counted_from or "from", "at": args.at and args.at[:2]}


def _split(edit: Edit, args: argparse.Namespace) -> Outcome:
    return edit.split(args.element[0], node=args.node, values=args.set, **_where(args))


def _insert(edit: Edit, args: argparse.Namespace) -> Outcome:
    return edit.insert_fitting(args.element[0], args.set, **_where(args))


def _change_type(edit: Edit, args: argparse.Namespace) -> Outcome:
    return edit.change_type(_layer(edit, args.element[0]), args.element[0], **args.set)


def _set(edit: Edit, args: argparse.Namespace) -> None:
    for element in args.element:
        edit.update(_layer(edit, element), element, **args.set)


def _retire(edit: Edit, args: argparse.Namespace) -> Outcome:
    return edit.retire(_layer(edit, args.element[0]), args.element[0], args.lifecycle or "abandoned")


def _delete(edit: Edit, args: argparse.Namespace) -> None:
    layer = _layer(edit, args.element[0])
    edit.delete(layer, args.element[0], with_pipes=args.with_pipes, with_findings=args.with_findings)


def _replace(edit: Edit, args: argparse.Namespace) -> Outcome:
    return edit.replace(args.element[0], args.set, start=args.start, end=args.stop, lifecycle=args.lifecycle or "abandoned")


def _draw(edit: Edit, args: argparse.Namespace) -> Outcome:
    return edit.draw(_vertices(args), args.set, start=args.from_node, end=args.to_node)


def _extend(edit: Edit, args: argparse.Namespace) -> Outcome:
    return edit.extend(args.element[0], args.end, _vertices(args), to=args.node, ground=args.ground)


def _vertices(args: argparse.Namespace) -> list[Place]:
    return [place if len(place) > 2 else (*place, math.nan) for place in args.course]  # noqa: PLR2004 -- with its level


OPERATIONS: Mapping[str, _Operation] = {
    "set": _Operation(N_("set fields"), _set, -1, needs=("set",)),
    "add-node": _Operation(
        N_("add a node"), lambda edit, args: edit.add_node(args.at[0], args.at[1], args.set), 0, needs=("at",), takes=("set",)
    ),
    "move-node": _Operation(
        N_("put a node elsewhere; its pipes follow"),
        lambda edit, args: edit.move_node(args.element[0], *args.at[:2], ground=args.ground),
        needs=("at",),
        takes=("ground",),
    ),
    "draw": _Operation(N_("draw a pipe"), _draw, 0, needs=("course",), takes=("set", "from_node", "to_node")),
    "extend": _Operation(N_("lead a pipe further from one end"), _extend, needs=("end", "course"), takes=("node", "ground")),
    "add-vertex": _Operation(
        N_("bend a pipe"),
        lambda edit, args: edit.add_vertex(args.element[0], *args.at[:2], level=_level(args)),
        needs=("at",),
    ),
    "move-vertex": _Operation(
        N_("put a vertex elsewhere"),
        lambda edit, args: edit.move_vertex(args.element[0], args.vertex, *args.at[:2], level=_level(args)),
        needs=("vertex", "at"),
    ),
    "delete-vertex": _Operation(
        N_("take a vertex away"), lambda edit, args: edit.delete_vertex(args.element[0], args.vertex), needs=("vertex",)
    ),
    "split": _Operation(N_("part a pipe in two"), _split, takes=("station", "counted_from", "at", "node", "set")),
    "insert": _Operation(
        N_("put a valve or a fitting into a pipe"), _insert, needs=("set",), takes=("station", "counted_from", "at")
    ),
    "join": _Operation(
        N_("make one pipe of the two at a node"), lambda edit, args: edit.join(args.element[0], keep=args.keep), takes=("keep",)
    ),
    "merge": _Operation(
        N_("make one node of two: the first becomes the second"), lambda edit, args: edit.merge(*args.element), 2
    ),
    "reverse": _Operation(
        N_("exchange the ends of a pipe"),
        lambda edit, args: edit.reverse(args.element[0], turn_flow=args.turn_flow),
        takes=("turn_flow",),
    ),
    "reconnect": _Operation(
        N_("give an end of a pipe another node"),
        lambda edit, args: edit.reconnect(args.element[0], args.end, args.node),
        needs=("end", "node"),
    ),
    "replace": _Operation(
        N_("lay a new pipe in the place of one, or of a stretch"),
        _replace,
        needs=("set",),
        takes=("start", "stop", "lifecycle"),
    ),
    "change-type": _Operation(N_("say what else it is, under the same id"), _change_type, needs=("set",)),
    "retire": _Operation(N_("take out of use without deleting"), _retire, takes=("lifecycle",)),
    "delete": _Operation(N_("delete a pipe or a node"), _delete, takes=("with_pipes", "with_findings")),
}
"""Every operation, by its name on the command line."""


def _level(args: argparse.Namespace) -> float | None:
    return args.at[2] if len(args.at) > 2 else None  # noqa: PLR2004 -- with its level


def add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], parents: list[argparse.ArgumentParser]
) -> argparse.ArgumentParser:
    """Declare the command."""
    command = commands.add_parser(
        "edit",
        parents=parents,
        help=_("change nodes and pipes; what hangs together follows"),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="\n".join(table([(f"  {name}", _(row.help), _options_of(row)) for name, row in OPERATIONS.items()])),
    )
    command.add_argument("file", metavar="FILE", help=_("survey database"))
    command.add_argument("operation", metavar="OPERATION", choices=list(OPERATIONS), help=_("what to do; they are listed below"))
    command.add_argument("element", metavar="ID", nargs="*", default=[], help=_("nodes and pipes"))
    command.add_argument("--dry-run", action="store_true", help=_("show what would follow, change nothing"))
    command.add_argument("--label", metavar="TEXT", default="", help=_("what the history calls it"))
    command.add_argument("--author", metavar="NAME", default="", help=_("who does it (default: your name in the settings)"))
    _declare_options(command)
    return command


def _declare_options(command: argparse.ArgumentParser) -> None:
    group = command.add_argument_group(_("of one operation or another"))
    sides = ("from", "to")
    group.add_argument("--set", metavar="FIELD=VALUE", nargs="+", type=_pair, help=_("fields and their values"))
    group.add_argument("--at", metavar="E,N[,Z]", type=_place, help=_("a place: east, north, and the level where it matters"))
    group.add_argument("--course", metavar="E,N[,Z]", nargs="+", type=_place, help=_("vertices, the ends included"))
    group.add_argument("--station", metavar="M", type=_finite, help=_("metres along the pipe"))
    group.add_argument("--counted-from", choices=sides, help=_("the end from which stations count (default: from)"))
    group.add_argument("--end", choices=sides, help=_("which end of the pipe"))
    group.add_argument("--node", metavar="ID", help=_("a node that is there"))
    group.add_argument("--from-node", metavar="ID", help=_("node, or pipe:ID, that a drawn pipe starts at"))
    group.add_argument("--to-node", metavar="ID", help=_("node, or pipe:ID, that it ends at"))
    group.add_argument("--vertex", metavar="N", type=int, help=_("number of a vertex, from 0"))
    group.add_argument("--ground", metavar="M", type=_finite, help=_("level of the ground"))
    group.add_argument("--keep", metavar="ID", help=_("pipe whose attributes stay (default: the longer one)"))
    group.add_argument("--turn-flow", action="store_true", default=None, help=_("the recorded flow was wrong too"))
    group.add_argument("--start", metavar="M", type=_finite, help=_("where the stretch starts (default: the first end)"))
    group.add_argument("--stop", metavar="M", type=_finite, help=_("where it stops (default: the other end)"))
    group.add_argument("--lifecycle", metavar="WORD", help=_("out_of_use, empty, abandoned (default) or removed"))
    group.add_argument("--with-pipes", action="store_true", default=None, help=_("delete the pipes at a node with it"))
    group.add_argument("--with-findings", action="store_true", default=None, help=_("delete findings with their element"))


def run(args: argparse.Namespace) -> int:
    """Do it, or show what it would do."""
    from pipemap.jobs import open_survey
    from pipemap.jobs.editing import perform
    from pipemap.settings import Settings

    operation = OPERATIONS[args.operation]
    _check(args, operation)
    args.set = dict(args.set or [])
    for flag in ("turn_flow", "with_pipes", "with_findings"):
        setattr(args, flag, bool(getattr(args, flag)))
    with open_survey(args.file) as survey:
        done = perform(
            survey,
            args.operation,
            lambda edit: operation.do(edit, args),
            element=", ".join(args.element),
            author=args.author or str(Settings().value("author")),
            dry_run=args.dry_run,
            label=args.label,
        )
    return answer(args, _record(args, done), _lines(args, done))


def _check(args: argparse.Namespace, operation: _Operation) -> None:
    """Refuse ids and options that do not go with an operation."""
    name, count = args.operation, len(args.element)
    if (operation.elements >= 0 and count != operation.elements) or (operation.elements < 0 and not count):
        wanted = operation.elements if operation.elements >= 0 else _("one or more")
        raise UsageError(_("“{operation}” takes {n} ids, not {found}.").format(operation=name, n=wanted, found=count))
    given = {option for row in OPERATIONS.values() for option in row.options if getattr(args, option) is not None}
    if missing := [option for option in operation.needs if option not in given]:
        raise UsageError(_("“{operation}” needs {option}.").format(operation=name, option=_option(missing[0])))
    if odd := sorted(given - set(operation.options)):
        raise UsageError(
            _("“{operation}” takes no {option}.").format(operation=name, option=_option(odd[0])),
            _("It takes {options}.").format(options=_options_of(operation) or _("none")),
        )


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _options_of(operation: _Operation) -> str:
    return " ".join([*map(_option, operation.needs), *(f"[{_option(name)}]" for name in operation.takes)])


def _finite(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise argparse.ArgumentTypeError(_("“{text}” is no number").format(text=text))
    return number


def _place(text: str) -> Place:
    parts = text.split(",")
    if not 2 <= len(parts) <= 3:  # noqa: PLR2004 -- east, north, and perhaps a level
        raise argparse.ArgumentTypeError(_("a place is written like 512400.5,3846000.2, not “{text}”").format(text=text))
    return tuple(_finite(part) for part in parts)


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not name.strip():
        raise argparse.ArgumentTypeError(_("a field is set like material=PE, not “{text}”").format(text=text))
    return name.strip(), value


def _record(args: argparse.Namespace, done: Done) -> dict[str, object]:
    return {
        "operation": args.operation,
        "label": done.label,
        "change": done.change_id,
        "dry_run": args.dry_run,
        "nodes": done.nodes,
        "pipes": done.pipes,
        "conflicts": done.conflicts,
        "notes": done.outcome.notes,
        "follows": [follow.record for follow in done.follows],
    }


def _lines(args: argparse.Namespace, done: Done) -> list[str]:
    from pipemap.store.edits.outcome import conflict_words

    if not done.effects:
        return [_("Nothing changes.")]
    lines = [_("Would do: {label}").format(label=done.label) if args.dry_run else done.label]
    lines += [_("{name}: {ids}").format(name=name, ids=listing(ids)) for name, ids in
              ((_("Nodes"), done.nodes), (_("Pipes"), done.pipes)) if ids]  # fmt: skip
    layer: Layer = "node" if args.operation == "merge" else "pipe"
    lines += [*(conflict_words(layer, conflict) for conflict in done.conflicts), *done.outcome.notes]
    rows = [(follow.name, follow.word, field, old, new) for follow in done.follows for field, old, new in follow.cells]
    return lines + table(rows, [_("Element"), _("What"), _("Field"), _("Before"), _("After")])
