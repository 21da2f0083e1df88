"""Plans of many renames at once: swaps, chains and cycles settled in steps that find their keys free."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass

from s3tui.transfer.changes.change_log import ChangeLog
from s3tui.transfer.changes.current import look
from s3tui.transfer.changes.models import Change, Facts
from s3tui.transfer.changes.moving import MoveTotals, count_move
from s3tui.transfer.changes.reading import ReadingClient

_DEEPEST = 4
"""Longer chains go by way of keys that nobody has: else each object would wait for the one before it."""
_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Rename:
    """One move of a settled plan."""

    key: str
    to: str
    step: int
    """All moves of a step may be made at once, once those of earlier steps are."""
    origin: str
    """The key of the object as it is called before the first step."""


def settle(targets: Mapping[str, str], token: str) -> list[Rename]:
    """Return the moves that give each key its target, whatever keys these are now.

    Args:
        token: what the names of keys in between are made of.

    Raises: ValueError, with a sentence, where two would get one key.
    """
    wanted = {key: to for key, to in targets.items() if key != to}
    sources: dict[str, str] = {}
    for key, to in targets.items():
        if to in sources:
            raise ValueError(f"{sources[to]} and {key} would both be {to}.")
        sources[to] = key
    renames: list[Rename] = []
    spare = {key: f"{key[: key.rfind('/') + 1]}.s3tui-{token}-{n}" for n, key in enumerate(wanted)}
    for chain, is_cycle in _chains(wanted, sources):
        renames += _settled(chain, wanted, spare, is_cycle=is_cycle)
    return sorted(renames, key=lambda rename: rename.step)


def _chains(wanted: Mapping[str, str], sources: Mapping[str, str]) -> list[tuple[list[str], bool]]:
    """Return the keys in rows, in which each takes the next one's, and whether the last takes the first's."""
    chains, seen = [], set()
    for start in wanted:
        if start in seen:
            continue
        first = start
        while (before := sources.get(first)) in wanted and before != start:
            assert before is not None
            first = before
        is_cycle = sources.get(first) == start and sources.get(start) in wanted
        chain = [start if is_cycle else first]
        while (after := wanted[chain[-1]]) in wanted and after != chain[0]:
            chain.append(after)
        seen.update(chain)
        chains.append((chain, is_cycle))
    return chains


def _settled(
    chain: list[str], wanted: Mapping[str, str], spare: Mapping[str, str], *, is_cycle: bool
) -> list[Rename]:
    if len(chain) > _DEEPEST:
        return [Rename(key, spare[key], 0, key) for key in chain] + [
            Rename(spare[key], wanted[key], 1, key) for key in chain
        ]
    if not is_cycle:
        return [Rename(key, wanted[key], step, key) for step, key in enumerate(reversed(chain))]
    first, *rest = chain
    scratch = spare[first]
    moves = [Rename(first, scratch, 0, first)]
    moves += [Rename(key, wanted[key], step, key) for step, key in enumerate(reversed(rest), start=1)]
    return [*moves, Rename(scratch, wanted[first], len(chain), first)]


def steps_of(renames: Sequence[Rename]) -> int:
    """Return how many steps a settled plan has."""
    return max((rename.step for rename in renames), default=0) + 1


async def plan_renames(
    client: ReadingClient,
    log: ChangeLog,
    change: Change,
    renames: Sequence[Rename],
    facts: Mapping[str, Facts],
    totals: MoveTotals,
) -> AsyncGenerator[MoveTotals, None]:
    """Write settled renames into the plan of `change`; yield the totals as they grow.

    Args:
        facts: what is known of each object, by its key.

    Raises: S3Error; TransferError, when the plan cannot be written.
    """
    going = {rename.key for rename in renames}
    for start in range(0, len(renames), _PAGE):
        some = renames[start : start + _PAGE]
        items = [
            (each.key, {**_known(facts[each.origin], each), "to": each.to, "late": each.step})
            for each in some
        ]
        await log.add(change, items, first=start)
        for each, (key, known) in zip(some, items, strict=True):
            if each.key == each.origin:
                count_move(totals, key, known)
        free = [each.to for each in some if each.to not in going]
        there = await look(client, change.bucket, sorted(free), versions=False)
        totals.taken += sum(bool(found) for found in there.values())
        yield totals


def _known(facts: Facts, rename: Rename) -> Facts:
    """Return what is known of an object; of one that goes on from a key in between its size only."""
    if rename.key == rename.origin:
        return facts
    return {"between": True, **({"size": facts["size"]} if "size" in facts else {})}
