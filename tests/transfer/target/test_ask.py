"""The conflict policy that asks: one question at a time, while other objects go on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from s3tui.transfer.models import Conflict, ConflictAnswer, ConflictFound, Limits, Scope, TransferState
from s3tui.transfer.requests import DownloadObject, DownloadPrefix, UploadFile
from tests.patience import PATIENCE_S
from tests.servers import S3Server
from tests.transfer.conftest import Rig
from tests.transfer.jobs.test_recursive import put_many, written


class Asker:
    """Holds each question until the test answers it."""

    def __init__(self) -> None:
        self.found: list[ConflictFound] = []
        self.withdrawn = 0
        self._answers: asyncio.Queue[ConflictAnswer] = asyncio.Queue()
        self._put: asyncio.Queue[ConflictFound] = asyncio.Queue()

    async def __call__(self, found: ConflictFound) -> ConflictAnswer:
        self.found.append(found)
        self._put.put_nowait(found)
        try:
            return await self._answers.get()
        except asyncio.CancelledError:
            self.withdrawn += 1
            raise

    async def next(self) -> ConflictFound:
        return await asyncio.wait_for(self._put.get(), PATIENCE_S)

    def answer(self, conflict: Conflict, scope: Scope = Scope.ONE) -> None:
        self._answers.put_nowait(ConflictAnswer(conflict, scope))


@pytest.fixture
def asker() -> Asker:
    return Asker()


@pytest.fixture
def asking(make_rig: Callable[..., Rig], ministack: S3Server, asker: Asker) -> Rig:
    return make_rig(ministack, ask=asker, limits=Limits(objects=2))


async def test_a_question_shows_both_sides_of_a_download(asking: Rig, asker: Asker) -> None:
    asking.put("k", b"from S3")
    target = asking.folder / "k"
    target.write_bytes(b"mine")
    head = asking.oracle.head_object(Bucket=asking.bucket, Key="k")
    id = await asking.engine.add(DownloadObject("c", asking.bucket, "k", target, conflict=Conflict.ASK))
    found = await asker.next()
    assert (found.transfer_id, found.name) == (id, "k")
    assert (found.there.where, found.there.size) == (str(target), 4)
    assert found.there.modified is not None
    assert found.there.modified.timestamp() == pytest.approx(target.stat().st_mtime)
    assert (found.incoming.where, found.incoming.size) == (f"s3://{asking.bucket}/k", 7)
    assert (found.incoming.checksum, found.incoming.modified) == (
        head["ETag"].strip('"'),
        head["LastModified"],
    )
    asker.answer(Conflict.OVERWRITE)
    await asking.done(id)
    assert target.read_bytes() == b"from S3"


async def test_a_question_shows_both_sides_of_an_upload(asking: Rig, asker: Asker) -> None:
    asking.put("k", b"from S3")
    (asking.folder / "k").write_bytes(b"mine")
    id = await asking.engine.add(
        UploadFile("c", asking.folder / "k", asking.bucket, "k", conflict=Conflict.ASK)
    )
    found = await asker.next()
    assert (found.there.where, found.there.size) == (f"s3://{asking.bucket}/k", 7)
    assert (found.incoming.where, found.incoming.size) == (str(asking.folder / "k"), 4)
    asker.answer(Conflict.KEEP_BOTH)
    assert (await asking.done(id)).target == f"s3://{asking.bucket}/k (1)"
    assert (asking.get("k"), asking.get("k (1)")) == (b"from S3", b"mine")


@pytest.mark.parametrize("answer", [Conflict.FAIL, Conflict.ASK])
async def test_a_refusal_fails(asking: Rig, asker: Asker, answer: Conflict) -> None:
    asking.put("k")
    (asking.folder / "k").write_bytes(b"mine")
    id = await asking.engine.add(
        DownloadObject("c", asking.bucket, "k", asking.folder / "k", conflict=Conflict.ASK)
    )
    await asker.next()
    asker.answer(answer)
    transfer = await asking.end(id)
    assert (transfer.state, transfer.error_code) == (TransferState.FAILED, "TargetExists")
    assert (asking.folder / "k").read_bytes() == b"mine"


async def test_where_nobody_can_be_asked_it_fails(rig: Rig) -> None:
    put_many(rig, {"p/a": b"a", "p/b": b"b"})
    (rig.folder / "a").write_bytes(b"mine")
    transfer = await rig.end(
        await rig.engine.add(DownloadPrefix("c", rig.bucket, "p/", rig.folder, conflict=Conflict.ASK))
    )
    assert (transfer.error_code, transfer.failed_objects) == ("TargetExists", 1)
    assert written(rig) == {"a": b"mine", "b": b"b"}


async def test_the_other_objects_go_on_meanwhile(asking: Rig, asker: Asker) -> None:
    put_many(asking, {f"p/{number:02}": b"new" for number in range(30)})
    for number in range(10):
        (asking.folder / f"{number:02}").write_bytes(b"mine")
    id = await asking.engine.add(
        DownloadPrefix("c", asking.bucket, "p/", asking.folder, conflict=Conflict.ASK)
    )
    await asker.next()
    await asking.until(id, lambda transfer: transfer.objects_done == 20)
    asker.answer(Conflict.SKIP)
    await asker.next()
    assert len(asker.found) == 2, "one at a time"
    asker.answer(Conflict.OVERWRITE, Scope.ALL)
    transfer = await asking.done(id)
    assert len(asker.found) == 2, "the answer holds for the rest"
    assert (transfer.objects_done, transfer.skipped) == (30, 1)
    mine = asker.found[0].name
    assert written(asking) == {f"{n:02}": b"mine" if f"{n:02}" == mine else b"new" for n in range(30)}


async def test_an_open_question_keeps_no_other_row_waiting(
    make_rig: Callable[..., Rig], ministack: S3Server, asker: Asker
) -> None:
    rig = make_rig(ministack, ask=asker, limits=Limits(objects=1))
    rig.put("k")
    (rig.folder / "k").write_bytes(b"mine")
    asks = await rig.engine.add(DownloadObject("c", rig.bucket, "k", rig.folder / "k", conflict=Conflict.ASK))
    await asker.next()
    await rig.done(await rig.engine.add(DownloadObject("c", rig.bucket, "k", rig.folder / "other")))
    assert rig.transfer(asks).state is TransferState.RUNNING
    asker.answer(Conflict.SKIP)
    assert (await rig.done(asks)).skipped == 1


@pytest.mark.parametrize("many", [False, True])
async def test_a_pause_withdraws_the_question_and_a_resume_puts_it_again(
    asking: Rig, asker: Asker, many: bool
) -> None:
    asking.put("p/k", b"new")
    (asking.folder / "k").write_bytes(b"mine")
    if many:
        id = await asking.engine.add(
            DownloadPrefix("c", asking.bucket, "p/", asking.folder, conflict=Conflict.ASK)
        )
    else:
        id = await asking.engine.add(
            DownloadObject("c", asking.bucket, "p/k", asking.folder / "k", conflict=Conflict.ASK)
        )
    await asker.next()
    assert await asking.engine.pause(id)
    assert asker.withdrawn == 1
    assert await asking.engine.resume(id)
    await asker.next()
    asker.answer(Conflict.OVERWRITE)
    await asking.done(id)
    assert written(asking) == {"k": b"new"}


async def test_an_answer_for_a_kind_holds_for_those_alone(asking: Rig, asker: Asker) -> None:
    put_many(asking, {f"p/{number:02}": b"new" for number in range(12)})
    for number in range(12):
        (asking.folder / f"{number:02}").write_bytes(b"old" if number % 3 else b"longer")
    id = await asking.engine.add(
        DownloadPrefix("c", asking.bucket, "p/", asking.folder, conflict=Conflict.ASK)
    )
    first = await asker.next()
    row = await asking.until(id, lambda transfer: transfer.questions == 12)
    assert row.answered == 0
    asker.answer(Conflict.OVERWRITE, Scope.KIND)
    second = await asker.next()
    assert (second.there.size == 3) != (first.there.size == 3)
    row = await asking.until(id, lambda transfer: transfer.answered > 0)
    assert {row.answered, row.questions} == {4, 8}
    asker.answer(Conflict.SKIP, Scope.KIND)
    transfer = await asking.done(id)
    assert len(asker.found) == 2
    assert (transfer.answered, transfer.questions) == (12, 0)
    overwritten = {name for name, content in written(asking).items() if content == b"new"}
    is_of_first = (first.there.size == 3).__eq__
    assert overwritten == {f"{number:02}" for number in range(12) if is_of_first(bool(number % 3))}


async def test_what_conflicts_later_gets_the_answer_of_its_kind(asking: Rig, asker: Asker) -> None:
    put_many(asking, {"p/a": b"new", "p/b": b"new"})
    for name in ("a", "b"):
        (asking.folder / name).write_bytes(b"longer")
    id = await asking.engine.add(
        DownloadPrefix("c", asking.bucket, "p/", asking.folder, conflict=Conflict.ASK)
    )
    await asker.next()
    asker.answer(Conflict.KEEP_BOTH, Scope.KIND)
    await asking.done(id)
    assert len(asker.found) == 1
    assert written(asking) == {"a": b"longer", "a (1)": b"new", "b": b"longer", "b (1)": b"new"}
