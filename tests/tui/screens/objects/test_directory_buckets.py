"""A directory bucket in the app: asked with a session, listed as it comes, and what it lacks is said."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from s3tui.connect.connection import Connection, Given
from tests.s3.both_clients import KEYS, session
from tests.s3.scripted import Reply, Seen, scripted
from tests.tui.conftest import Running
from tests.tui.harness import press, screen_text

BUCKET = "logs--use1-az4--x-s3"
LISTED = "".join(
    f"<Contents><Key>{key}</Key><Size>3</Size><StorageClass>EXPRESS_ONEZONE</StorageClass></Contents>"
    for key in ("zebra.txt", "apple.txt", "mango.txt")
)


def zone(seen: Seen) -> Reply:
    if b"session" in seen.target:
        return Reply(body=session(datetime.now(UTC) + timedelta(minutes=5)))
    if "x-amz-s3session-token" not in seen.headers:
        return Reply(403, body=b"<Error><Code>AccessDenied</Code><Message>no session</Message></Error>")
    if b"list-type" in seen.target:
        return Reply(body=f"<ListBucketResult>{LISTED}</ListBucketResult>".encode())
    return Reply(headers={"etag": '"e"', "content-range": "bytes 0-2/3"}, body=b"abc")


async def test_a_directory_bucket_is_browsed_and_says_what_it_lacks(running: Running) -> None:
    async with scripted(zone) as server:
        connection = Connection("zone", server.endpoint, Given(KEYS))
        async with running(connection, f"s3://{BUCKET}/") as pilot:
            shown = screen_text(pilot)
            assert "DIRECTORY BUCKET" in shown
            assert shown.index("apple.txt") < shown.index("mango.txt") < shown.index("zebra.txt")
            for key, said in (
                ("v", "A directory bucket keeps no versions."),
                ("T", "A directory bucket keeps no versions."),
                ("s", "A directory bucket is listed in no order"),
                ("A", "A directory bucket archives nothing"),
            ):
                await press(pilot, key)
                assert said in screen_text(pilot), key
                await press(pilot, "escape")
            await press(pilot, "backspace")
            assert "arn:aws:s3:::logs" not in screen_text(pilot)
        tokens = {seen.headers.get("x-amz-s3session-token") for seen in server.requests}
        assert tokens <= {None, "token/1+="}
        assert sum(b"session" in seen.target for seen in server.requests) == 1
