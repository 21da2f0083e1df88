"""Sessions with directory buckets: CreateSession, its cache, and renewal before a session ends.

Source: S3 API Reference, *CreateSession*; *Authenticating and authorizing requests with CreateSession* in
the S3 User Guide: a session lasts five minutes.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import httpx

from s3tui.s3.credentials import Credentials
from s3tui.s3.credentials.refreshing import Refreshing
from s3tui.s3.errors import CredentialsError, ProtocolError, S3Error, ServiceError, TransportError
from s3tui.s3.request.s3_request import S3Request
from s3tui.s3.wire import conversions, xml

Send = Callable[[S3Request], Awaitable[tuple[httpx.Response, bytes]]]
_AHEAD = timedelta(seconds=45)
"""botocore renews so long before the end, too."""
_PAUSE = timedelta(seconds=10)
_MOST = 100
_NO_SESSIONS = frozenset((400, 403, 404, 405, 501))
"""Statuses of servers that know no sessions: they do not know the service that is signed for."""


class Sessions:
    """The sessions of a client, one a bucket; of the buckets asked last.

    Args:
        send: sends a CreateSession, signed with the user's own keys.
        now: the server's time.
        read_only: ask for sessions that can only read.
    """

    def __init__(self, send: Send, now: Callable[[], datetime], *, read_only: bool) -> None:
        self._send = send
        self._now = now
        self._headers = {"x-amz-create-session-mode": "ReadOnly"} if read_only else {}
        self._sessions: dict[str, Refreshing] = {}

    async def __call__(self, bucket: str) -> Credentials:
        """Return the keys of the session with a bucket; one CreateSession is in flight at a time.

        Raises: S3Error.
        """
        session = self._sessions.pop(bucket, None)
        if session is None:
            session = self._new(bucket)
            while len(self._sessions) >= _MOST:
                del self._sessions[next(iter(self._sessions))]
        self._sessions[bucket] = session  # at the end: the first one was asked longest ago
        return await session()

    def forget(self, bucket: str | None) -> bool:
        """End the use of a bucket's session, which the server says has expired; say whether there was one."""
        return bucket is not None and self._sessions.pop(bucket, None) is not None

    def _new(self, bucket: str) -> Refreshing:
        last: Credentials | None = None

        async def create() -> Credentials:
            nonlocal last
            try:
                _, body = await self._send(
                    S3Request("CreateSession", "GET", bucket, None, (("session", ""),), self._headers)
                )
            except S3Error as error:
                end = None if last is None else last.expires_at
                passes = isinstance(error, TransportError) or getattr(error, "status", 0) >= 500
                if passes and end is not None and end > self._now():
                    raise CredentialsError(error.message) from error  # the old ones go on
                raise
            last = parse_session(body, bucket)
            return last

        return Refreshing(create, now=self._now, ahead=_AHEAD, pause=_PAUSE)


def parse_session(body: bytes, bucket: str) -> Credentials:
    """Read CreateSession: the keys of a session.

    Raises: ProtocolError.
    """
    found = xml.parse(body, "CreateSessionResult").find("Credentials")
    said = {} if found is None else {child.tag: child.text or "" for child in found}
    end = conversions.time(said.get("Expiration"))
    try:
        keys = said["AccessKeyId"], said["SecretAccessKey"], said["SessionToken"]
        return Credentials(*keys, expires_at=end, source=f"session with {bucket}")
    except (KeyError, CredentialsError) as error:
        raise ProtocolError(f"the session that the server gave with {bucket} has no usable keys") from error


def knows_none(error: S3Error) -> bool:
    """Say whether an error of CreateSession may be that of a server that has no directory buckets."""
    return isinstance(error, ProtocolError) or (
        isinstance(error, ServiceError) and error.status in _NO_SESSIONS
    )
