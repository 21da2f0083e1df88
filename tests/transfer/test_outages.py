"""Outages: every kind of transfer waits for the server, at every stage, and does not start over.

One test lets each kind of transfer meet each kind of outage at each stage, and looks at its row. Another
gives processes to networks that fail at random instants, and some of them are killed while they wait. The
last one does so with a server whose process is stopped.
"""

from __future__ import annotations

import itertools
import random
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import pytest

from s3tui.s3.client import S3Client
from s3tui.s3.retries import RetryPolicy
from s3tui.transfer.engine import TransferEngine
from s3tui.transfer.integrity.part_plan import IN_PARTS_FROM, PREFERRED_PART
from s3tui.transfer.models import Limits, TransferState
from s3tui.transfer.requests import to_json
from tests import servers
from tests.fault_proxy import Answer, Fault, FaultProxy, Hangup, Lost, Request, Stall, Throttle
from tests.long import IS_LONG, SEED, rng, share
from tests.processes import FORK
from tests.servers import S3Server
from tests.transfer import one_life, test_crash
from tests.transfer.conftest import MIB, Rig
from tests.transfer.test_crash import Case, Crash, Line
from tests.transfer.test_faults import KINDS, Kind

SLOW_DOWN = b"<Error><Code>SlowDown</Code><Message>Please reduce your rate</Message></Error>"
FAULTS: dict[str, Fault] = {
    "refused": Hangup(),
    "reset": Hangup(),
    "black hole": Stall(),
    "500": Answer(500),
    "SlowDown": Answer(503, body=SLOW_DOWN),
    "429": Answer(429),
    "520": Answer(520, body=b"<html>"),
    "cut 200": Lost(Answer(200, body=b'<?xml version="1.0"?><ListBucketResult><Na')),
}
PORTAL = "a portal's page"
FAULTS[PORTAL] = Answer(200, headers={"content-type": "text/html"}, body=b"<html>Log in</html>")
FAULTS |= {
    f"a page with {status}": Answer(
        status, headers={"content-type": "text/html"}, body=b"<html>Log in</html>"
    )
    for status in (403, 404, 511)
}
FAULTS |= {
    f"{status} with {name}": Answer(status, headers={"content-type": kind}, body=body)
    for status in (403, 404, 410)
    for name, kind, body in (
        ("nothing", "application/xml", b""),
        ("text", "text/plain", b"default backend - 404"),
        ("JSON", "application/json", b'{"message": "no Route matched with those values"}'),
        ("another document", "application/xml", b"<status>no</status>"),
    )
}
"""What load balancers say whose servers are gone."""
FAULTS["a portal's redirect"] = Answer(
    302,
    headers={"content-type": "text/html", "location": "http://login.example/"},
    body=b"<html>Log in</html>",
)
FOREIGN: dict[str, Fault] = {
    "nothing": Answer(200),
    "JSON": Answer(200, headers={"content-type": "application/json"}, body=b'{"ok": true}'),
    "text": Answer(200, headers={"content-type": "text/plain"}, body=b"OK"),
    "empty document": Answer(200, headers={"content-type": "application/xml"}, body=b"<Nothing/>"),
    "204": Answer(204),
    PORTAL: FAULTS[PORTAL],
}
"""Successes that S3 did not tell of."""
ATTEMPTS = 3
STAGES = ("first byte", "middle", "last part", "complete")


class Trigger:
    """Matches nothing until a transfer has come to a stage, and then everything."""

    def __init__(self, kind: Kind, stage: str) -> None:
        self.is_on = False
        self._kind = kind
        self._completes = stage == "complete"
        moves = _moves(kind)
        self._left = {"first byte": 0, "middle": moves // 2, "last part": moves - 1}.get(stage, 0)

    def __call__(self, request: Request) -> bool:
        if self.is_on:
            return True
        if self._completes:
            self.is_on = request.method == "POST" and "uploadId=" in request.target
        elif self._kind.moves(request):
            self.is_on = self._left <= 0
            self._left -= 1
        return self.is_on


def _moves(kind: Kind) -> int:
    """Return how many requests move it, at the least."""
    if len(kind.contents) > 1:
        return len(kind.contents)
    size = len(next(iter(kind.contents.values())))
    return max(1, size // (4 * PREFERRED_PART if kind.name.startswith("copy") else PREFERRED_PART))


def family() -> Iterator[tuple[Kind, str, str]]:
    for kind, stage, fault in itertools.product(KINDS, STAGES, FAULTS):
        has_parts = kind.name.endswith("large") and not kind.writes_to_disk
        if stage == "complete" and not has_parts:
            continue
        if fault == "cut 200" and not (stage == "complete" or kind.name.startswith("copy")):
            continue  # a body that is cut is not a document; `test_faults` has those
        if fault == PORTAL and (stage == "complete" or kind.name.startswith("copy")):
            continue  # where a document is due, its root tells
        yield kind, stage, fault


def drawn() -> list[tuple[Kind, str, str]]:
    cases = list(family())
    return rng("outages").sample(cases, share(7, len(cases)))


@pytest.fixture
async def rig(make_rig: Callable[..., Rig], ministack: S3Server, proxy: FaultProxy) -> AsyncIterator[Rig]:
    """Both connections of it go through `proxy`, and it is patient."""
    rig = make_rig(ministack, proxy.endpoint)
    policy = RetryPolicy(attempts=ATTEMPTS, base_s=0.01, cap_s=0.05)
    async with (
        S3Client(proxy.endpoint, ministack.credentials, retry=policy, read_timeout_s=1.0) as one,
        S3Client(proxy.endpoint, ministack.credentials, retry=policy, read_timeout_s=1.0) as other,
    ):

        async def client_for(connection: str) -> S3Client:
            return other if connection == "other" else one

        rig.engine = TransferEngine(client_for, limits=Limits(objects=4, parts=2), patience_s=600)
        yield rig
        await rig.engine.aclose()


@pytest.mark.long
@pytest.mark.parametrize(
    ("kind", "stage", "fault"), drawn(), ids=lambda value: getattr(value, "name", value).replace(" ", "_")
)
async def test_an_outage_is_waited_for(
    rig: Rig, proxy: FaultProxy, kind: Kind, stage: str, fault: str
) -> None:
    kind.prepare(rig)
    trigger = Trigger(kind, stage)
    proxy.add(FAULTS[fault], when=trigger, times=None)
    id = await kind.start(rig)
    if fault == "refused":
        await rig.until(id, lambda row: trigger.is_on or row.state.is_final)
        proxy.down()
    row = await rig.until(id, lambda row: row.state is TransferState.WAITING or row.state.is_final)
    assert row.state is TransferState.WAITING, f"{row.state}: {row.error}"
    assert row.error is not None
    assert row.next_try_s is not None
    proxy.clear()
    if fault == "refused":
        proxy.up()
    await rig.engine.retry(id)
    done = await rig.done(id)
    kind.check_whole(rig)
    assert done.bytes_done == done.bytes_total == sum(map(len, kind.contents.values()))
    assert done.failed_objects == 0
    if kind.name in ("down large", "up large"):
        moved = sum(max(each.sent, each.received) for each in proxy.passages if kind.moves(each.request))
        tries = ATTEMPTS if fault == "black hole" else 1  # each sends all of a part before it is given up
        again = 3 * PREFERRED_PART * tries
        assert moved < len(kind.contents["f"]) + again, "only what was in flight goes again"


def drawn_foreign() -> list[tuple[Kind, str, str]]:
    cases = [
        (kind, stage, answer)
        for kind, stage, answer in itertools.product(KINDS, STAGES, FOREIGN)
        if stage != "complete" or (kind.name.endswith("large") and not kind.writes_to_disk)
    ]
    return rng("foreign").sample(cases, share(9, len(cases)))


@pytest.mark.long
@pytest.mark.parametrize(
    ("kind", "stage", "answer"),
    drawn_foreign(),
    ids=lambda value: getattr(value, "name", value).replace(" ", "_"),
)
async def test_an_answer_that_s3_did_not_give_is_no_success(
    rig: Rig, proxy: FaultProxy, kind: Kind, stage: str, answer: str
) -> None:
    kind.prepare(rig)
    proxy.add(FOREIGN[answer], when=Trigger(kind, stage), times=None)
    id = await kind.start(rig)
    row = await rig.until(id, lambda row: row.state is TransferState.WAITING or row.state.is_final)
    assert row.state in (TransferState.WAITING, TransferState.FAILED), row.state
    assert row.error is not None
    proxy.clear()
    await rig.engine.retry(id)
    done = await rig.done(id)
    kind.check_whole(rig)
    assert done.bytes_done == done.bytes_total == sum(map(len, kind.contents.values()))
    assert (done.failed_objects, done.skipped) == (0, 0)
    assert not rig.oracle.list_multipart_uploads(Bucket=rig.bucket).get("Uploads")


LIVES = share(4, 12)
"""Of each kind, each with an outage."""
READ_TIMEOUT_S = 2.0
OUTAGE_S = (1.0, 60.0) if IS_LONG else (0.1, 1.5)
RATE_BPS = 10 * MIB
PATIENCE_S = 180
LIMITS = Limits(objects=4, parts=2)


@contextmanager
def refused(proxy: FaultProxy) -> Iterator[None]:
    proxy.down()
    try:
        yield
    finally:
        proxy.up()


@contextmanager
def black_holed(proxy: FaultProxy) -> Iterator[None]:
    proxy.swallow()
    try:
        yield
    finally:
        proxy.flow()


@contextmanager
def _answering(proxy: FaultProxy, fault: Fault) -> Iterator[None]:
    proxy.clear()
    proxy.add(fault, times=None)
    try:
        yield
    finally:
        proxy.clear()
        proxy.add(Throttle(RATE_BPS), times=None)


@contextmanager
def reset(proxy: FaultProxy) -> Iterator[None]:
    with _answering(proxy, Hangup()):
        yield


@contextmanager
def stopped(proxy: FaultProxy) -> Iterator[None]:
    """Answer as a gateway before a stopped server does."""
    with _answering(proxy, Answer(503)):
        yield


Outage = Callable[[FaultProxy], AbstractContextManager[None]]
OUTAGES: dict[str, Outage] = {
    "refused": refused,
    "reset": reset,
    "black-holed": black_holed,
    "stopped": stopped,
}


def frozen(server: S3Server) -> Outage:
    """Stop the server's process: it takes connections, and says no word."""

    @contextmanager
    def outage(proxy: FaultProxy) -> Iterator[None]:
        assert server.process is not None
        server.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            server.process.send_signal(signal.SIGCONT)

    return outage


@dataclass
class Tale:
    """The observed states of one transfer."""

    outages: list[str] = field(default_factory=list)
    kills: int = 0


class Lives:
    """Runs transfers of one kind, each with outages at random instants."""

    def __init__(
        self,
        server: S3Server,
        folder: Path,
        kind: Callable[[Line], Case],
        outages: dict[str, Outage],
        lasts_s: tuple[float, float],
    ) -> None:
        self._server = server
        self._outages = list(outages.items())
        self._lasts_s = lasts_s
        self._folder = folder
        self._kind = kind
        self._crash = Crash(server, folder, kind)

    def run(self, lives: int, *, at_once: int) -> list[Tale]:
        with ThreadPoolExecutor(at_once) as pool:
            return list(pool.map(self._line, range(lives)))

    def _line(self, number: int) -> Tale:
        dice = random.Random(f"{SEED} {self._kind.__name__} {number}")
        line = Line(self._server, self._crash.bucket, self._folder / str(number), dice)
        case, tale = self._kind(line), Tale()
        name, outage = self._outages[number % len(self._outages)]
        with FaultProxy(self._server.endpoint_url) as proxy:
            proxy.add(Throttle(RATE_BPS), times=None)
            process = self._start(case, line, proxy)
            _see_it_begin(process, proxy)
            process.join(dice.uniform(0, 1.5))
            with outage(proxy):
                tale.outages.append(name)
                process.join(dice.uniform(*self._lasts_s))
                if dice.random() < 0.4 and process.exitcode is None:
                    process.kill()
                    process.join()
                    tale.kills += 1
            if tale.kills:
                process = self._start(case, line, proxy)
            process.join(PATIENCE_S)
            hangs = process.exitcode is None
            if hangs:
                process.kill()
                process.join()
            story = f"{tale}: {case.request}"
            assert not hangs, f"it hangs: {story}"
            assert process.exitcode == 0, f"see what it printed: {story}"
            self._crash.check_arrived(case, line)
            self._check_not_started_over(case, proxy, tale)
        return tale

    def _start(self, case: Case, line: Line, proxy: FaultProxy) -> ForkServerProcess:
        request, keys = to_json(case.request), test_crash.keys_of(self._server)
        process = FORK.Process(
            target=one_life.live,
            args=(line.state, proxy.url, keys, request, LIMITS, case.processes, READ_TIMEOUT_S),
        )
        process.start()
        return process

    def _check_not_started_over(self, case: Case, proxy: FaultProxy, tale: Tale) -> None:
        """Assert that of a large object only parts in flight, or not journaled, were sent again."""
        breaks = len(tale.outages) + tale.kills
        for key, data in case.objects.items():
            if len(data) < IN_PARTS_FROM or case.moved is test_crash.copied:
                continue
            moved = sum(max(each.sent, each.received) for each in proxy.passages if case.moved(each) == key)
            assert moved <= len(data) + breaks * LIMITS.parts * PREFERRED_PART, f"{tale}: {key} began anew"


def _see_it_begin(process: ForkServerProcess, proxy: FaultProxy) -> None:
    while not proxy.requests and process.exitcode is None:
        process.join(0.005)


@pytest.mark.long
@pytest.mark.timeout(3600 if IS_LONG else 300)
@pytest.mark.parametrize("kind", test_crash.KINDS, ids=lambda kind: kind.__name__)
def test_no_outage_loses_a_byte(ministack: S3Server, tmp_path: Path, kind: Callable[[Line], Case]) -> None:
    tales = Lives(ministack, tmp_path, kind, OUTAGES, OUTAGE_S).run(LIVES, at_once=4)
    assert sum(len(tale.outages) for tale in tales) == LIVES


@pytest.mark.long
@pytest.mark.timeout(3600 if IS_LONG else 300)
@pytest.mark.parametrize(
    "kind",
    rng("frozen").sample(test_crash.KINDS, share(1, len(test_crash.KINDS))),
    ids=lambda kind: kind.__name__,
)
def test_no_stop_of_the_servers_process_does(tmp_path: Path, kind: Callable[[Line], Case]) -> None:
    lasts_s = (READ_TIMEOUT_S + 0.2, max(READ_TIMEOUT_S + 0.5, OUTAGE_S[1]))
    (tmp_path / "server").mkdir()
    with servers.ministack(tmp_path / "server") as server:
        lives = Lives(server, tmp_path, kind, {"frozen": frozen(server)}, lasts_s)
        tales = lives.run(share(1, 4), at_once=1)
    assert {name for tale in tales for name in tale.outages} == {"frozen"}
