"""From the id that a person reads to the row that the program needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipemap.errors import AmbiguousElementError, UnknownElementError
from pipemap.model.fields import LAYERS, Layer

if TYPE_CHECKING:
    from pipemap.model.columns import Ids
    from pipemap.model.network import Network

_MOST_CHOICES = 5


@dataclass(frozen=True, slots=True, order=True)
class Element:
    """A node or a pipe of a network, by its row."""

    layer: Layer
    row: int


def find_element(network: Network, text: str) -> Element:
    """Return the one element that ``text`` names; see :meth:`Network.element`."""
    found = _matches(network, text, LAYERS)
    prefix, colon, rest = text.partition(":")
    layers: tuple[Layer, ...] = LAYERS
    if not found and colon and prefix in LAYERS:
        layers = ("node",) if prefix == "node" else ("pipe",)
        found = _by_fid(network, layers[0], rest) or _matches(network, rest, layers)
    if not found:
        raise UnknownElementError(text, _similar(network, rest if len(layers) == 1 else text, layers))
    if len(found) > 1:
        raise AmbiguousElementError(text, _choices(network, found))
    return found[0]


def _matches(network: Network, text: str, layers: tuple[Layer, ...]) -> list[Element]:
    found = [Element(layer, int(row)) for layer in layers for row in _ids(network, layer).rows(text)]
    if found or "/" not in text:
        return found
    for batch, name in network.batch_names.items():
        if text.startswith(f"{name}/"):
            rest = text[len(name) + 1 :]
            found += [element for element in _matches(network, rest, layers) if _batch(network, element) == batch]
    return found


def _similar(network: Network, text: str, layers: tuple[Layer, ...]) -> list[str]:
    """Ids like ``text``, or like what follows the name of a batch in it."""
    for name in network.batch_names.values():
        text = text.removeprefix(f"{name}/")
    return list(dict.fromkeys(near for layer in layers for near in _ids(network, layer).similar(text)))[:3]


def _by_fid(network: Network, layer: Layer, text: str) -> list[Element]:
    if not (text.startswith("#") and text[1:].isascii() and text[1:].isdigit()):
        return []
    fids = network.node_fid if layer == "node" else network.pipe_fid
    return [Element(layer, int(row)) for row in np.flatnonzero(fids == min(int(text[1:]), np.iinfo(np.int64).max))]


def _choices(network: Network, found: list[Element]) -> list[str]:
    """How to name each: by layer where that is enough, else by batch, else by the database's key."""
    layers = [element.layer for element in found]
    batches = [(element.layer, _batch(network, element)) for element in found]
    names = []
    for element in found[:_MOST_CHOICES]:
        printed, batch = network.element_id(element), _batch(network, element)
        if layers.count(element.layer) == 1:
            names.append(f"{element.layer}:{printed}")
        elif batches.count((element.layer, batch)) == 1 and batch in network.batch_names:
            names.append(f"{element.layer}:{network.batch_names[batch]}/{printed}")
        else:
            fids = network.node_fid if element.layer == "node" else network.pipe_fid
            names.append(f"{element.layer}:#{fids[element.row]}")
    return names + (["…"] if len(found) > _MOST_CHOICES else [])


def _ids(network: Network, layer: Layer) -> Ids:
    return network.node_ids if layer == "node" else network.pipe_ids


def _batch(network: Network, element: Element) -> int:
    return int((network.node_batch if element.layer == "node" else network.pipe_batch)[element.row])
