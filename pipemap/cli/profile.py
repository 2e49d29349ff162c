"""``pipemap profile FILE --start ID --end ID``: ground, pipes and water levels along a run."""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import TYPE_CHECKING

from pipemap.cli.words import add_as_of, answer, progress_of, say_notices, table
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.analysis.profile import Profile
    from pipemap.jobs.profiles import Along
    from pipemap.store import Survey


def add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], parents: list[argparse.ArgumentParser]
) -> argparse.ArgumentParser:
    """Declare the command."""
    command = commands.add_parser("profile", parents=parents, help=_("ground, pipes and water levels along a run of pipes"))
    command.add_argument("file", metavar="FILE", help=_("survey database"))
    add_as_of(command)
    command.add_argument("--start", metavar="ID", required=True, help=_("where it begins"))
    command.add_argument("--end", metavar="ID", required=True, help=_("where it ends, by the shortest way"))
    command.add_argument("--simulate", choices=("water", "drainage"), help=_("compute the water levels along it"))
    command.add_argument("--hours", metavar="H", type=float, help=_("hours to compute"))
    command.add_argument("-o", "--out", metavar="OUT.xlsx", type=Path, help=_("write it to a spreadsheet"))
    return command


def run(args: argparse.Namespace) -> int:
    """Lay it out and print."""
    from pipemap.analysis.profile import profile_between
    from pipemap.jobs.looking_back import opened

    with opened(args.file, args.as_of, progress=progress_of(args)) as survey:
        say_notices(survey)
        found = profile_between(survey.network, args.start, args.end)
        computed = _computed(args, survey, found)
        written = None
        if args.out is not None:
            from pipemap.jobs.profiles import export_profile

            written = export_profile(found, computed, args.out)
        record = _record(found, computed) | {"written": written}
        lines = _lines(found) + ([_("Written: {file}").format(file=written)] if written else [])
        return answer(args, record, lines)


def _computed(args: argparse.Namespace, survey: Survey, found: Profile) -> Along | None:
    from pipemap.jobs.profiles import along

    if args.simulate == "water":
        from pipemap.jobs.simulating import Conditions, simulate_water

        return along(found, simulate_water(survey, conditions=Conditions(hours=args.hours), progress=progress_of(args)))
    if args.simulate == "drainage":
        from pipemap.jobs.simulating_drainage import simulate_drainage

        return along(found, simulate_drainage(survey, hours=args.hours, progress=progress_of(args)))
    return None


def _record(found: Profile, computed: Along | None) -> dict[str, object]:
    network = found.network
    columns = (network.node_ids.take(found.nodes), found.station.tolist(), found.ground.tolist())
    nodes = [{"id": name, "station_m": at, "ground_m": _known(level)} for name, at, level in zip(*columns, strict=True)]
    sides = (network.pipe_ids.take(found.pipes), found.invert.tolist(), found.crown.tolist())
    pipes = [
        {"id": name, "invert_m": [_known(one) for one in low], "crown_m": [_known(one) for one in high]}
        for name, low, high in zip(*sides, strict=True)
    ]
    record: dict[str, object] = {
        "nodes": nodes, "pipes": pipes, "length_m": found.length, "unknown_lengths": found.unknown_lengths,
    }  # fmt: skip
    if computed is not None:
        import numpy as np

        record["times_s"] = computed.times.tolist()
        record["head_m"] = [[_known(one) for one in row] for row in computed.head.tolist()]
        record["floods"] = [name for name, wet in zip(columns[0], np.any(computed.floods, axis=0).tolist(), strict=True) if wet]
        record["surcharged"] = [name for name, full in zip(sides[0], np.any(computed.full, axis=0).tolist(), strict=True) if full]
    return record


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _lines(found: Profile) -> list[str]:
    network = found.network
    rows = []
    for place, row in enumerate(found.nodes.tolist()):
        pipe = network.pipe_ids[int(found.pipes[place])] if place < len(found.pipes) else ""
        invert = _known(float(found.invert[min(place, len(found.pipes) - 1), 0 if place < len(found.pipes) else 1]))
        rows.append((network.node_ids[row], float(found.station[place]), _known(float(found.ground[place])), invert, pipe))
    titles = [_("Node"), _("Station (m)"), _("Ground level"), _("Invert"), _("Next pipe")]
    return [
        _("{metres} m along {n} pipes").format(metres=f"{found.length:,.1f}", n=f"{len(found.pipes):,}"),
        *table(rows, titles),
    ]
