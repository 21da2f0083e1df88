"""Crash tests: killed at any instant, again and again, the engine ends with every byte there, once.

The engine lives in a process of its own, before a real server behind a proxy that slows it down and counts.
Each life is ended with SIGKILL at a random instant, until one comes to its end by itself. The seed is
fixed and printed; S3TUI_SEED sets another one.
"""

from __future__ import annotations

import hashlib
import json
import random
import sqlite3
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote

import pytest

from s3tui.transfer.integrity.part_plan import COPY_IN_PARTS_FROM, COPY_PART, IN_PARTS_FROM, PREFERRED_PART
from s3tui.transfer.journal.journal import FILE
from s3tui.transfer.models import Conflict, Limits
from s3tui.transfer.requests import (
    CopyObject,
    CopyPrefix,
    DownloadObject,
    DownloadPrefix,
    Request,
    UploadFile,
    UploadFolder,
    to_json,
)
from tests import fault_proxy
from tests.fault_proxy import FaultProxy, Passage, Throttle
from tests.long import SEED, share
from tests.patience import PATIENCE_S
from tests.processes import FORK
from tests.servers import S3Server
from tests.transfer import one_life
from tests.transfer.conftest import MIB

KILLS = share(6, 200)
"""At least so many for each kind."""
LINES = 3
"""So many transfers of a kind at the same time, each with a journal of its own."""
MOST_LIVES = 9
"""The last one of a transfer is not killed."""
RATE_BPS = 40 * MIB
"""Of each connection."""
LARGE = 18 * MIB + 321
LIMITS = Limits(objects=4, parts=2)
POLICIES = [Conflict.FAIL, Conflict.OVERWRITE, Conflict.KEEP_BOTH]


@dataclass
class Case:
    """One transfer that is killed on its way, and what has to be there in the end."""

    request: Request
    objects: dict[str, bytes]
    """Expected content of the bucket under the case's own prefix."""
    files: dict[str, bytes]
    """And the case's folder."""
    moved: Callable[[Passage], str | None]
    """Tells the object whose bytes went through in an exchange."""
    processes: int = 0
    """So many others move the small objects."""


@dataclass
class Life:
    """One process of a transfer, behind a proxy of its own: what the dead still ask for is not its doing."""

    proxy: FaultProxy
    missing: dict[str, list[range]]
    """Of each large object, the bytes that were neither here nor there when it began."""


@dataclass
class RequestLog:
    """Totals of the transfers of one kind."""

    kills: Counter[str] = field(default_factory=Counter)
    transfers: int = 0
    size: int = 0
    moved: int = 0
    large: int = 0
    """Of that `size`, what is in large objects."""
    received: int = 0
    """Bytes of those that the client received: a killed process loses what it did not journal."""

    def __str__(self) -> str:
        kills = ", ".join(f"{count} × {state}" for state, count in self.kills.most_common())
        return (
            f"{self.kills.total()} kills in {self.transfers} transfers ({kills}); "
            f"{self.moved / MIB:.0f} MiB moved for {self.size / MIB:.0f} MiB"
        )


@dataclass
class Line:
    """Makes the cases of one kind."""

    server: S3Server
    bucket: str
    folder: Path
    dice: random.Random
    number: int = 0

    @property
    def prefix(self) -> str:
        return f"{self.folder.name}-{self.number}/"

    @property
    def files(self) -> Path:
        return self.folder / str(self.number) / "files"

    @property
    def state(self) -> Path:
        return self.folder / str(self.number) / "state"

    def next(self) -> tuple[str, Path]:
        """Return a prefix and a folder that no other case has."""
        self.number += 1
        self.files.mkdir(parents=True)
        return self.prefix, self.files

    def put(self, objects: dict[str, bytes]) -> None:
        for key, data in objects.items():
            self.server.boto3().put_object(Bucket=self.bucket, Key=key, Body=data)

    def many(self) -> dict[str, bytes]:
        """Return what a recursive job moves: many small ones, some not so small, one in parts."""
        sizes = [self.dice.randrange(0, 3000) for _ in range(60)] + [400_000, 1_500_000, LARGE]
        names = [f"{self.dice.choice(['', 'd/', 'd/e/', 'z/'])}{number:02}" for number in range(len(sizes))]
        return {name: self.dice.randbytes(size) for name, size in zip(names, sizes, strict=True)}


def download(line: Line) -> Case:
    prefix, folder = line.next()
    objects = {prefix + "k": line.dice.randbytes(LARGE)}
    line.put(objects)
    conflict = line.dice.choice(POLICIES)
    request = DownloadObject("c", line.bucket, prefix + "k", folder / "k", conflict)
    return Case(request, objects, {"k": objects[prefix + "k"]}, received)


def upload(line: Line) -> Case:
    return _upload(line, line.dice.randrange(3 * MIB, IN_PARTS_FROM // 2))


def multipart_upload(line: Line) -> Case:
    return _upload(line, LARGE)


def _upload(line: Line, size: int) -> Case:
    prefix, folder = line.next()
    data = line.dice.randbytes(size)
    (folder / "k").write_bytes(data)
    conflict = line.dice.choice(POLICIES)
    request = UploadFile("c", folder / "k", line.bucket, prefix + "k", conflict)
    return Case(request, {prefix + "k": data}, {"k": data}, sent)


def copy(line: Line) -> Case:
    prefix, _ = line.next()
    data = line.dice.randbytes(COPY_IN_PARTS_FROM + 321)
    line.put({prefix + "from": data})
    conflict = line.dice.choice(POLICIES)
    request = CopyObject("c", line.bucket, prefix + "from", line.bucket, prefix + "to", conflict=conflict)
    return Case(request, {prefix + "from": data, prefix + "to": data}, {}, copied)


def recursive_copy(line: Line) -> Case:
    prefix, _ = line.next()
    objects = line.many()
    line.put({f"{prefix}from/{name}": data for name, data in objects.items()})
    request = CopyPrefix("c", line.bucket, f"{prefix}from/", line.bucket, f"{prefix}to/")
    expected = {f"{prefix}{place}/{name}": data for place in ("from", "to") for name, data in objects.items()}
    return Case(request, expected, {}, copied)


def recursive_download(line: Line) -> Case:
    prefix, folder = line.next()
    files = line.many()
    objects = {prefix + name: data for name, data in files.items()}
    line.put(objects)
    conflict = line.dice.choice([Conflict.SKIP, *POLICIES])
    return Case(DownloadPrefix("c", line.bucket, prefix, folder, conflict), objects, files, received)


def recursive_download_as_of(line: Line) -> Case:
    """Download a prefix as of an instant: since then objects were changed, deleted and added."""
    prefix, folder = line.next()
    files = line.many()
    files.popitem()  # the large one: MiniStack sends a version whole, whatever range of it is asked for
    oracle = line.server.boto3()
    oracle.put_bucket_versioning(Bucket=line.bucket, VersioningConfiguration={"Status": "Enabled"})
    line.put({prefix + name: data for name, data in files.items()})
    listed = oracle.list_object_versions(Bucket=line.bucket, Prefix=prefix)["Versions"]
    at = max(version["LastModified"] for version in listed)
    time.sleep(0.002)  # a tick of the server's clock
    changed = line.dice.sample(sorted(files), 20)
    now = {prefix + name: data for name, data in files.items() if name not in changed[:10]}
    now |= {prefix + name: line.dice.randbytes(len(files[name])) for name in changed[10:]}
    now |= {prefix + name: b"later" for name in ("new", "d/new")}
    for name in changed[:10]:
        oracle.delete_object(Bucket=line.bucket, Key=prefix + name)
    line.put({key: data for key, data in now.items() if files.get(key.removeprefix(prefix)) != data})
    conflict = line.dice.choice([Conflict.SKIP, *POLICIES])
    return Case(DownloadPrefix("c", line.bucket, prefix, folder, conflict, at), now, files, received)


def recursive_upload(line: Line) -> Case:
    prefix, folder = line.next()
    files = line.many()
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    conflict = line.dice.choice([Conflict.SKIP, *POLICIES])
    objects = {prefix + name: data for name, data in files.items()}
    return Case(UploadFolder("c", folder, line.bucket, prefix, conflict), objects, files, sent)


def download_by_processes(line: Line) -> Case:
    return replace(recursive_download(line), processes=1)


def upload_by_processes(line: Line) -> Case:
    return replace(recursive_upload(line), processes=1)


def _key(request: fault_proxy.Request) -> str:
    return unquote(request.target.partition("?")[0]).partition("/")[2].partition("/")[2]


def received(passage: Passage) -> str | None:
    request = passage.request
    is_object = request.method == "GET" and _key(request) and "uploadId" not in request.target
    return _key(request) if is_object else None


def sent(passage: Passage) -> str | None:
    return _key(passage.request) if passage.request.method == "PUT" else None


def copied(passage: Passage) -> str | None:
    """Nothing goes through the proxy: what was answered well counts."""
    is_copy = "x-amz-copy-source" in passage.request.headers and passage.status == 200
    return _key(passage.request) if is_copy else None


def _bytes(passage: Passage, size: int) -> int:
    span = passage.request.headers.get("x-amz-copy-source-range")
    if span is not None:
        first, last = span.removeprefix("bytes=").split("-")
        return int(last) - int(first) + 1
    if "x-amz-copy-source" in passage.request.headers:
        return size
    return max(passage.sent, passage.received)


class Crash:
    """Runs one kind until it was killed often enough."""

    def __init__(self, server: S3Server, folder: Path, kind: Callable[[Line], Case]) -> None:
        self.request_log = RequestLog()
        self._server = server
        self._folder = folder
        self._kind = kind
        self.bucket = server.make_bucket()
        self._moving_s = 0.0
        """Duration of an undisturbed run, from its first request."""

    def run(self) -> None:
        warm = FORK.Process(target=time.sleep, args=(0,))  # the first one waits for the imports
        warm.start()
        warm.join()
        self._line(0, kills=False)  # to know how long it takes
        with ThreadPoolExecutor(LINES) as pool:
            for ended in [pool.submit(self._line, number, kills=True) for number in range(1, LINES + 1)]:
                ended.result()

    def _line(self, number: int, *, kills: bool) -> None:
        dice = random.Random(f"{SEED} {self._kind.__name__} {number}")
        line = Line(self._server, self.bucket, self._folder / f"{self._kind.__name__}-{number}", dice)
        while True:
            case = self._kind(line)
            with ExitStack() as stack:
                lives = self._live(stack, case, line, kills=kills)
                self._check(lives, case, line)
            if not kills or self.request_log.kills.total() >= KILLS:
                return

    def _live(self, stack: ExitStack, case: Case, line: Line, *, kills: bool) -> list[Life]:
        """Run lives until one ends by itself."""
        state, dice = line.state, line.dice
        lives: list[Life] = []
        unanswered: list[Passage] = []
        for number in range(MOST_LIVES):
            proxy = stack.enter_context(FaultProxy(self._server.endpoint_url))
            proxy.add(Throttle(RATE_BPS), times=None)
            lives.append(Life(proxy, self._missing(case, line)))
            process = FORK.Process(
                target=one_life.live,
                args=(
                    state,
                    proxy.url,
                    keys_of(self._server),
                    to_json(case.request),
                    LIMITS,
                    case.processes,
                ),
            )
            process.start()
            is_last = not kills or number == MOST_LIVES - 1
            if not kills or dice.random() < 0.75:  # to start takes its time, the more with others beside it
                _see_it_begin(process, proxy)
            began = time.monotonic()
            process.join(PATIENCE_S if is_last else dice.uniform(0, 0.8 * self._moving_s))
            if process.exitcode is None:
                unanswered += [passage for passage in list(proxy.passages) if passage.status is None]
                process.kill()
                process.join()
                assert not is_last, f"it hangs: {case.request}; {_state_of(state)}"
                self.request_log.kills[_state_of(state)] += 1
                continue
            assert process.exitcode == 0, f"see what it printed: {case.request}"
            if not kills:
                self._moving_s = time.monotonic() - began
            break
        self.request_log.transfers += 1
        for passage in unanswered:  # in flight, even if the server finished what the dead had asked for
            passage.status = None
        return lives

    def _missing(self, case: Case, line: Line) -> dict[str, list[range]]:
        """Return what is missing of each large object: for one that is on its way here the journal knows.

        For one that goes to S3, S3 does: part by part, in whichever upload.
        """
        large = {key: len(data) for key, data in case.objects.items() if len(data) >= IN_PARTS_FROM}
        if case.moved is received:
            return {key: self._missing_here(line, key, size) for key, size in large.items()}
        part_size = COPY_PART if case.moved is copied else PREFERRED_PART
        return {key: self._missing_there(key, size, part_size) for key, size in large.items()}

    def _missing_here(self, line: Line, key: str, size: int) -> list[range]:
        if (line.files / key.removeprefix(line.prefix)).exists():
            return []
        facts = _facts(line.state, key)
        if "etag" not in facts:
            return [range(size)]
        done = bytes.fromhex(facts.get("done", ""))
        missing = []
        for index, first in enumerate(range(0, size, facts["part_size"])):
            is_done = index // 8 < len(done) and done[index // 8] >> index % 8 & 1
            if not is_done:
                written = facts.get("partly", {}).get(str(index), 0)
                missing.append(range(first + written, min(first + facts["part_size"], size)))
        return missing

    def _missing_there(self, key: str, size: int, part_size: int) -> list[range]:
        oracle, of = self._server.boto3(), {"Bucket": self.bucket, "Prefix": key}
        if key in [each["Key"] for each in oracle.list_objects_v2(**of).get("Contents", [])]:
            return []
        known: set[int] = set()
        for upload in oracle.list_multipart_uploads(**of).get("Uploads", []):
            where = {"Bucket": self.bucket, "Key": upload["Key"], "UploadId": upload["UploadId"]}
            if upload["Key"] == key:
                known |= {part["PartNumber"] for part in oracle.list_parts(**where).get("Parts", [])}
        if not known:
            return [range(size)]
        return [span for number, span in _parts(part_size, size).items() if number not in known]

    def _check(self, lives: list[Life], case: Case, line: Line) -> None:
        self.check_arrived(case, line)
        self._count(lives, case)
        for number in range(len(lives)):
            self._count_large(lives[: number + 1], case)

    def check_arrived(self, case: Case, line: Line) -> None:
        """Every byte is there, and nothing else: no part file, no open upload, no row in the journal."""
        oracle, prefix = self._server.boto3(), line.prefix
        found = oracle.list_objects_v2(Bucket=self.bucket, Prefix=prefix).get("Contents", [])
        objects = {each["Key"]: self._digest_of(oracle, each["Key"]) for each in found}
        assert objects == {key: _digest(data) for key, data in case.objects.items()}
        open_uploads = oracle.list_multipart_uploads(Bucket=self.bucket, Prefix=prefix).get("Uploads", [])
        assert open_uploads == []
        files = {
            path.relative_to(line.files).as_posix(): _digest(path.read_bytes())
            for path in line.files.rglob("*")
            if not path.is_dir()
        }
        assert files == {name: _digest(data) for name, data in case.files.items()}
        with closing(sqlite3.connect(line.state / FILE)) as database:
            left = [database.execute(f"SELECT * FROM {table}").fetchall() for table in ("piece", "item")]
            assert left == [[], []]
            (row,) = database.execute("SELECT state, row FROM transfer").fetchall()
        transfer = json.loads(row[1])
        assert (row[0], transfer["skipped"], transfer["bytes_done"]) == ("done", 0, transfer["bytes_total"])

    def _digest_of(self, oracle: Any, key: str) -> str:
        return _digest(oracle.get_object(Bucket=self.bucket, Key=key)["Body"].read())

    def _count(self, lives: list[Life], case: Case) -> None:
        """Compare what went through the proxies with what had to; the server answered for `whole`."""
        moved: Counter[str] = Counter()
        whole: Counter[str] = Counter()
        for passage in _passages(lives):
            key = case.moved(passage)
            if key in case.objects:
                count = _bytes(passage, len(case.objects[key]))
                moved[key] += count
                whole[key] += count if passage.status == 200 else 0
        sizes = {key: len(case.objects[key]) for key in moved}
        large = {key: size for key, size in sizes.items() if size >= IN_PARTS_FROM}
        self.request_log.size += sum(sizes.values())
        self.request_log.moved += moved.total()
        self.request_log.large += sum(large.values())
        self.request_log.received += sum(moved[key] for key in large) if case.moved is received else 0
        again = sum(whole[key] >= 2 * size for key, size in sizes.items() if key not in large)
        # Without a kill a server that is slow to answer may be asked again, once.
        assert again <= len(lives) * LIMITS.objects, (
            "of the small ones, only those in flight may be moved again"
        )
        for key, size in large.items():
            assert whole[key] < 2 * size, f"{key} was moved more than once: {_story(lives, key)}"

    def _count_large(self, lives: list[Life], case: Case) -> None:
        """In the last of these lives nothing may be asked for but what was missing, and that once."""
        for key, missing in lives[-1].missing.items():
            moved = 0
            for passage in list(lives[-1].proxy.passages):
                if case.moved(passage) == key:
                    span = _span(passage, len(case.objects[key]))
                    is_missing = any(span[0] in each and span[-1] in each for each in missing)
                    assert is_missing, f"{span} of {key} was there already: {_story(lives, key)}"
                    moved += min(_bytes(passage, len(span)), len(span))
            assert moved <= sum(map(len, missing)), f"{key} was moved twice: {_story(lives, key)}"


def keys_of(server: S3Server) -> tuple[str, str]:
    return server.credentials.access_key, server.credentials.secret_key.reveal()


def _see_it_begin(process: ForkServerProcess, proxy: FaultProxy) -> None:
    """Return when it has asked for something, or is over."""
    while not proxy.requests and process.exitcode is None:
        process.join(0.005)


def _passages(lives: list[Life]) -> list[Passage]:
    return [passage for life in lives for passage in list(life.proxy.passages)]


def _span(passage: Passage, size: int) -> range:
    """Return which bytes of a large object an exchange is about."""
    headers = passage.request.headers
    said = headers.get("x-amz-copy-source-range") or headers.get("range")
    if said is not None:
        first, last = said.removeprefix("bytes=").split("-")
        return range(int(first), int(last) + 1)
    number = parse_qs(passage.request.target.partition("?")[2]).get("partNumber")
    return range(size) if number is None else _parts(PREFERRED_PART, size)[int(number[0])]


def _parts(part_size: int, size: int) -> dict[int, range]:
    """Return the parts of an object by number."""
    firsts = range(0, size, part_size)
    return {number: range(first, min(first + part_size, size)) for number, first in enumerate(firsts, 1)}


def _story(lives: list[Life], key: str) -> str:
    """Return what was asked about `key`, for whoever has to find out why."""
    told = []
    for life in lives:
        told.append(f"[{life.missing.get(key)} missing]")
        for each in list(life.proxy.passages):
            if _key(each.request) == key:
                query = each.request.target.partition("?")[2]
                told.append(f"{each.request.method} ?{query} {each.status} {each.sent + each.received}")
    return "; ".join(told)


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _facts(state: Path, key: str) -> dict[str, Any]:
    """Return what the journal keeps of one object."""
    if not (state / FILE).exists():
        return {}
    with closing(sqlite3.connect(f"file:{state / FILE}?mode=ro", uri=True)) as database:
        if not database.execute("SELECT 1 FROM sqlite_schema WHERE name = 'piece'").fetchone():
            return {}
        row = database.execute("SELECT facts FROM piece WHERE name = ?", (json.dumps(key),)).fetchone()
    return {} if row is None else dict(json.loads(row[0]))


def _state_of(state: Path) -> str:
    """Return where a transfer was killed, as far as the journal tells."""
    try:
        with closing(sqlite3.connect(f"file:{state / FILE}?mode=ro", uri=True)) as database:
            row = database.execute("SELECT state FROM transfer").fetchone()
            facts = [json.loads(each) for (each,) in database.execute("SELECT facts FROM piece")]
            items = database.execute("SELECT count(*) FROM item").fetchone()[0]
    except sqlite3.OperationalError:
        return "no journal yet"
    if row is None:
        return "not written down"
    if row[0] != "running":
        return str(row[0])
    doing = f"{items and 'many objects, '}" if items else ""
    for name, what in [
        ("completes_as", "completing"),
        ("upload_id", "upload open"),
        ("intents", "upload asked for"),
        ("etag", "ranges in flight"),
    ]:
        if any(name in each for each in facts):
            return doing + what
    return doing + "in flight"


KINDS = [
    download,
    upload,
    multipart_upload,
    copy,
    recursive_download,
    recursive_download_as_of,
    recursive_upload,
    recursive_copy,
    download_by_processes,
    upload_by_processes,
]


@pytest.mark.long
@pytest.mark.timeout(share(300, 14_000))
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_no_instant_to_die_loses_a_byte(
    ministack: S3Server, tmp_path: Path, kind: Callable[[Line], Case]
) -> None:
    crash = Crash(ministack, tmp_path, kind)
    try:
        crash.run()
    except BaseException as error:
        error.add_note(f"S3TUI_SEED={SEED}; {kind.__name__}: {crash.request_log}")
        raise
    print(f"S3TUI_SEED={SEED}; {kind.__name__}: {crash.request_log}")  # noqa: T201 - shown with -s
    assert crash.request_log.kills.total() >= KILLS
    if (
        crash.request_log.received
    ):  # each life begins where the journal says; so the journal has to say enough
        assert crash.request_log.received < 2 * crash.request_log.large, (
            "what came was not written down soon enough"
        )
