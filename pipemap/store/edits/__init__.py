"""What a person does to nodes and pipes: each is one function over the edit that it is given, and a method of it.

Topology, levels, and all that hangs on an element follow in the same transaction.
"""

from __future__ import annotations

from pipemap.store.editing import BasicEdit, Effect
from pipemap.store.edits.customers import tie_customers
from pipemap.store.edits.drawing import add_node, add_vertex, delete_vertex, draw, extend, move_node, move_vertex
from pipemap.store.edits.findings import (
    add_finding,
    attach,
    change_finding,
    detach,
    keep_inspection,
    keep_section,
    remove_finding,
    remove_inspection,
)
from pipemap.store.edits.ids import suggest_id
from pipemap.store.edits.joining import join, merge
from pipemap.store.edits.life import change_type, replace, retire
from pipemap.store.edits.outcome import Conflict, Outcome
from pipemap.store.edits.splitting import insert_fitting, split
from pipemap.store.edits.turning import reconnect, reverse

__all__ = ["Conflict", "Edit", "Effect", "Outcome"]


class Edit(BasicEdit):
    """What :meth:`Survey.edit` gives: rows of one Change, and all that can be done to a network and to what was found at it."""

    add_node = add_node
    move_node = move_node
    draw = draw
    extend = extend
    add_vertex = add_vertex
    move_vertex = move_vertex
    delete_vertex = delete_vertex
    split = split
    insert_fitting = insert_fitting
    join = join
    merge = merge
    reverse = reverse
    reconnect = reconnect
    replace = replace
    change_type = change_type
    retire = retire
    suggest_id = suggest_id
    tie_customers = tie_customers
    add_finding = add_finding
    change_finding = change_finding
    remove_finding = remove_finding
    attach = attach
    detach = detach
    keep_inspection = keep_inspection
    remove_inspection = remove_inspection
    keep_section = keep_section
