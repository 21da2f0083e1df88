"""Many renames at once: whatever keys are swapped or passed on, each object gets the one it was given."""

from __future__ import annotations

import pytest

from s3tui.browse.rows.rename_pattern import Named, new_names
from s3tui.transfer.changes.change_log import ChangeLog
from s3tui.transfer.changes.models import ItemState
from s3tui.transfer.changes.renaming import settle, steps_of
from s3tui.transfer.models import TransferState
from tests.fault_proxy import Answer, FaultProxy, Lost, Request
from tests.long import rng
from tests.transfer.changes.rigged import outcomes, planned_renames, planned_undo, state_of
from tests.transfer.conftest import Rig


@pytest.mark.parametrize("seed", range(60))
def test_any_mapping_comes_out_as_asked_and_no_move_finds_its_key_taken(seed: int) -> None:
    chance = rng(f"renames {seed}")
    keys = [f"d/{number}" for number in range(chance.randrange(1, 12))]
    pool = [*keys, *(f"d/new{number}" for number in range(len(keys)))]
    targets = dict(zip(keys, chance.sample(pool, len(keys)), strict=True))
    bucket = {key: key for key in keys}
    renames = settle(targets, "t")
    for step in range(steps_of(renames)):
        moves = [rename for rename in renames if rename.step == step]
        assert not {rename.to for rename in moves} & set(bucket), "a key is taken"
        carried = {rename.to: bucket[rename.key] for rename in moves}
        bucket = {key: value for key, value in bucket.items() if key not in {each.key for each in moves}}
        bucket |= carried
    assert bucket == {to: key for key, to in targets.items()}


def test_a_collision_is_a_sentence() -> None:
    with pytest.raises(ValueError, match="a and b would both be c"):
        settle({"a": "c", "b": "c"}, "t")
    with pytest.raises(ValueError, match="would both be"):
        settle({"a": "b", "b": "b"}, "t")
    assert settle({"a": "a"}, "t") == []


NAMES = [Named("IMG_1.jpg"), Named("IMG_2.jpg"), Named("notes")]


@pytest.mark.parametrize(
    ("pattern", "made"),
    [
        ("s/IMG_/img-/", ["img-1.jpg", "img-2.jpg", "notes"]),
        ("s/img_(\\d)/\\1/i", ["1.jpg", "2.jpg", "notes"]),
        ("s,t,/,g", ["IMG_1.jpg", "IMG_2.jpg", "no/es"]),
        ("p{n:001}{ext}", ["p001.jpg", "p002.jpg", "p003"]),
        ("{name}-{n:10+5}", ["IMG_1-10", "IMG_2-15", "notes-20"]),
    ],
)
def test_patterns_make_names(pattern: str, made: list[str]) -> None:
    assert new_names(NAMES, pattern) == made


@pytest.mark.parametrize(
    "pattern",
    ["", "s/a/b", "s/(/x/", "s//x/", "s/a/b/x", "same", "{date}", "s/notes//", "s/(a+)+b/x/", "s/a/\\9/"],
)
def test_wrong_patterns_are_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        new_names(NAMES, pattern)


def is_change(request: Request) -> bool:
    return request.method in ("PUT", "DELETE")


async def test_swaps_chains_and_cycles_are_made_and_undone(
    versioned: Rig, log: ChangeLog, proxy: FaultProxy
) -> None:
    targets = {"a": "b", "b": "a", "1": "2", "2": "3", "x": "y", "y": "z", "z": "x", "alone": "other"}
    targets |= {f"n{number}": f"n{number + 1}" for number in range(6)}
    for key in targets:
        versioned.put(key, key.encode())
    before = state_of(versioned.oracle, versioned.bucket)
    asked, totals = await planned_renames(versioned.client, log, versioned.bucket, targets)
    assert (totals.objects, totals.taken) == (len(targets), 0)
    proxy.add(Lost(Answer(500)), when=is_change, times=2)
    id = await versioned.engine.add(asked)
    while (await versioned.end(id)).state is TransferState.FAILED:
        await versioned.engine.retry(id)
    assert {key: versioned.get(key) for key in sorted(versioned.keys())} == {
        to: key.encode() for key, to in targets.items()
    }
    change = await log.change(asked.change)
    assert change is not None
    undo, _ = await planned_undo(versioned.client, log, change)
    await versioned.done(await versioned.engine.add(undo))
    assert state_of(versioned.oracle, versioned.bucket) == before


async def test_a_new_key_that_was_taken_meanwhile_keeps_no_object_between_two_keys_unsaid(
    versioned: Rig, log: ChangeLog
) -> None:
    for key in ("a", "b"):
        versioned.put(key, key.encode())
    asked, _ = await planned_renames(versioned.client, log, versioned.bucket, {"a": "b", "b": "a"})
    versioned.put("b", b"theirs, and larger")  # so it stays where it is
    change = await log.change(asked.change)
    assert change is not None
    id = await versioned.engine.add(asked)
    await versioned.end(id)
    found = await outcomes(log, asked.change)
    stuck = [item for state, item in found.values() if state is ItemState.FAILED]
    assert all("is taken" in item.outcome["why"] for item in stuck)


async def test_a_step_that_failed_leaves_no_object_between_two_keys_once_it_is_retried(
    versioned: Rig, log: ChangeLog, proxy: FaultProxy
) -> None:
    for key in ("a", "b"):
        versioned.put(key, key.encode())
    asked, _ = await planned_renames(versioned.client, log, versioned.bucket, {"a": "b", "b": "a"})
    source = f"{versioned.bucket}/a"
    denied = Answer(403, body=b"<Error><Code>AccessDenied</Code></Error>")
    proxy.add(
        denied, when=lambda request: request.headers.get("x-amz-copy-source", "").endswith(source), times=None
    )
    id = await versioned.engine.add(asked)
    await versioned.end(id)
    proxy.clear()
    await versioned.engine.retry(id)
    await versioned.done(id)
    assert {key: versioned.get(key) for key in sorted(versioned.keys())} == {"a": b"b", "b": b"a"}
