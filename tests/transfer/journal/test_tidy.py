"""The uploads that a transfer began at S3 and did not complete: its own are aborted, and nobody else's."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from s3tui.s3.client import S3Client
from s3tui.transfer.journal import recovery
from s3tui.transfer.journal.journal import Journal
from s3tui.transfer.journal.record import TransferRecord
from s3tui.transfer.models import Direction, Transfer
from s3tui.transfer.requests import CopyObject, CopyPrefix, Request, UploadFile
from tests.s3.scripted import KEYS, Reply, Seen, error_reply, scripted

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
UPLOAD = UploadFile("c", Path("/k"), "b", "k")
COPY = CopyObject("c", "from", "k", "b", "k", "other")


@dataclass(slots=True)
class Upload:
    key: str
    initiated: datetime | None = AT
    parts: int = 0


class Server:
    """A server that keeps multipart uploads of the bucket `b`: see the S3 API Reference."""

    def __init__(self, **uploads: Upload) -> None:
        self.uploads = uploads

    def __call__(self, seen: Seen) -> Reply:
        target = urlsplit(seen.target.decode())
        query = parse_qs(target.query, keep_blank_values=True)
        if not target.path.startswith("/b"):
            return error_reply(404, "NoSuchBucket")
        if "uploads" in query:
            return Reply(body=self._listed(query["prefix"][0]))
        (id,) = query["uploadId"]
        if id not in self.uploads or unquote(target.path) != f"/b/{self.uploads[id].key}":
            return error_reply(404, "NoSuchUpload")
        if seen.method == "DELETE":
            del self.uploads[id]
            return Reply(204)
        part = "<Part><PartNumber>1</PartNumber><ETag>e</ETag></Part>" * self.uploads[id].parts
        return Reply(body=f"<ListPartsResult>{part}</ListPartsResult>".encode())

    def _listed(self, prefix: str) -> bytes:
        rows = "".join(
            f"<Upload><Key>{upload.key}</Key><UploadId>{id}</UploadId>"
            + (f"<Initiated>{upload.initiated.isoformat()}</Initiated>" if upload.initiated else "")
            + "</Upload>"
            for id, upload in self.uploads.items()
            if upload.key.startswith(prefix)
        )
        return f"<ListMultipartUploadsResult>{rows}</ListMultipartUploadsResult>".encode()


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with closing(Journal.open(tmp_path)) as opened:
        yield opened


async def record_of(journal: Journal, /, **facts: object) -> TransferRecord:
    return await record_for(UPLOAD, journal, **facts)


async def record_for(request: Request, journal: Journal, /, **facts: object) -> TransferRecord:
    record = await recovery.recorded(journal, request, Transfer(0, "c", Direction.UPLOAD, "k", "", ""))
    await record.object_record("k").note(**facts)
    return record


@asynccontextmanager
async def reached(server: Server) -> AsyncIterator[tuple[Callable[[str], Awaitable[S3Client]], list[str]]]:
    """Yield what gives a client of the server, and the connections that it was asked for."""
    asked: list[str] = []
    async with scripted(server) as there, S3Client(there.endpoint, KEYS) as client:

        async def client_for(connection: str) -> S3Client:
            asked.append(connection)
            return client

        yield client_for, asked


@pytest.mark.parametrize(
    ("request_", "connection"),
    [
        (UPLOAD, "c"),
        (COPY, "other"),
        (CopyObject("c", "from", "k", "b", "k"), "c"),
        (CopyPrefix("c", "from", "", "b", "", "other"), "other"),
    ],
)
async def test_an_upload_of_its_own_is_aborted_where_it_was_begun(
    journal: Journal, request_: Request, connection: str
) -> None:
    server = Server(mine=Upload("k"), other=Upload("k"))
    record = await record_for(request_, journal, upload_id="mine", key="k")
    async with reached(server) as (client_for, asked):
        await recovery.tidy(record, request_, client_for)
    assert set(server.uploads) == {"other"}
    assert asked == [connection]
    assert record.leftovers() == []
    assert await journal.known_uploads() == set()


async def test_an_upload_that_is_gone_is_forgotten_like_one_that_was_aborted(journal: Journal) -> None:
    record = await record_of(journal, upload_id="gone", key="k")
    await record.object_record("l").note(upload_id="mine", key="l")
    server = Server(mine=Upload("l"))
    async with reached(server) as (client_for, _):
        await recovery.tidy(record, UPLOAD, client_for)
    assert (server.uploads, record.leftovers()) == ({}, [])


async def test_what_was_asked_for_and_never_answered_is_looked_for(journal: Journal) -> None:
    limit = timedelta(seconds=360)
    server = Server(
        mine=Upload("k"),
        late=Upload("k", AT + limit),
        early=Upload("k", AT - limit),
        later=Upload("k", AT + limit + timedelta(seconds=1)),
        earlier=Upload("k", AT - limit - timedelta(seconds=1)),
        whenever=Upload("k", None),
        longer=Upload("k2"),
        begun=Upload("k", parts=1),
        known=Upload("k"),
    )
    await record_of(journal, upload_id="known", key="k")
    record = await record_of(journal, intents=[["k", AT.timestamp()]])
    async with reached(server) as (client_for, _):
        await recovery.tidy(record, UPLOAD, client_for)
    assert set(server.uploads) == {"later", "earlier", "whenever", "longer", "begun", "known"}
    assert record.leftovers() == []


async def test_each_of_several_that_were_never_answered_is_looked_for(journal: Journal) -> None:
    server = Server(one=Upload("k"), two=Upload("k (1)", AT + timedelta(hours=1)), mine=Upload("k"))
    intents = [["k", AT.timestamp()], ["k (1)", (AT + timedelta(hours=1)).timestamp()]]
    record = await record_of(journal, upload_id="mine", key="k", intents=intents)
    async with reached(server) as (client_for, _):
        await recovery.tidy(record, UPLOAD, client_for)
    assert (server.uploads, record.leftovers()) == ({}, [])


async def test_what_tells_the_finished_object_is_kept(journal: Journal) -> None:
    server = Server(lost=Upload("k"))
    record = await record_of(journal, completes_as="etag", intents=[["k", AT.timestamp()]])
    async with reached(server) as (client_for, _):
        await recovery.tidy(record, UPLOAD, client_for)
        assert server.uploads == {}
        assert [left.facts for left in record.leftovers()] == [{"completes_as": "etag"}]
        server.uploads["another"] = Upload("k")
        await recovery.tidy(record, UPLOAD, client_for)
    assert set(server.uploads) == {"another"}


@pytest.mark.parametrize("facts", [{}, {"completes_as": "etag"}])
async def test_where_nothing_is_to_be_cleaned_up_nobody_is_asked(
    journal: Journal, facts: dict[str, object]
) -> None:
    record = await record_of(journal, **facts)
    async with reached(Server()) as (client_for, asked):
        await recovery.tidy(record, UPLOAD, client_for)
    assert asked == []


async def test_what_cannot_be_reached_is_kept_for_another_time(journal: Journal) -> None:
    async def client_for(connection: str) -> S3Client:
        raise LookupError(connection)

    record = await record_of(journal, upload_id="mine", key="k")
    await recovery.tidy(record, UPLOAD, client_for)
    assert [left.facts for left in record.leftovers()] == [{"upload_id": "mine", "key": "k"}]
    assert await journal.known_uploads() == {"mine"}
