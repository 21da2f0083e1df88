"""Request templates: requests of one kind, whose keys, bodies and dates alone differ, with all else prepared.

What of a small request takes longest is building strings: those that are the same for all are built once.
The result is that of `RequestBuilder.build`, header for header.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import httpx

from s3tui.s3.address.target import Target, encode_key
from s3tui.s3.credentials import Credentials
from s3tui.s3.signing import sigv4
from s3tui.s3.wire import redaction

OPEN = "\0"
"""The value of a header that each request has its own of."""


@dataclass(frozen=True, slots=True)
class RequestHead:
    """The head of one request, ready to be sent."""

    target: bytes
    fields: bytes
    """The header lines, each with its end."""
    headers: Mapping[str, str]
    """The same without secrets, as `redaction.kept_headers` leaves them."""


class RequestTemplate:
    """Makes the heads of requests for the objects of one bucket.

    Args:
        target: of the key that is empty.
        headers: names in lower case; `OPEN` where `head` is given the value.
    """

    def __init__(
        self,
        method: str,
        target: Target,
        query: str,
        headers: Mapping[str, str],
        credentials: Credentials | None,
    ) -> None:
        self._method = method
        self._target = target
        self.origin = f"{target.scheme}://{target.authority}"
        self.url = httpx.URL(f"{self.origin}/")
        self._query = query
        self.credentials = credentials
        self._at: datetime | None = None
        self._timestamp = self._scope = self._claim = ""
        added: dict[str, str] = {}
        if credentials is not None:
            added = {"x-amz-date": OPEN, "x-amz-content-sha256": OPEN}
            if credentials.session_token is not None:
                added["x-amz-security-token"] = credentials.session_token.reveal()
            canonical, self._signed_names = sigv4.canonical_headers({**headers, **added})
            self._canonical = _form(canonical)
            added["authorization"] = OPEN
        every = {**headers, **added}
        lines = [f"{_literal(name)}: {_slot(name, value)}\r\n" for name, value in every.items()]
        self._fields = "".join(lines)
        if {self._fields.count("\r"), self._fields.count("\n")} != {len(lines)} or OPEN in self._fields:
            raise ValueError("a header holds a line break or a NUL")
        self._kept = redaction.kept_headers(dict(every))

    def head(self, key: str, values: Mapping[str, str], payload_hash: str, at: datetime) -> RequestHead:
        """Return the head of the request for `key`, signed at an aware UTC datetime.

        Args:
            values: of the headers that are open.
        """
        path = self._target.path + encode_key(key)
        target = f"{path}?{self._query}" if self._query else path
        if self.credentials is None:
            kept = {**self._kept, **values}
            return RequestHead(target.encode(), (self._fields % values).encode("latin-1"), kept)
        self._set_time(self.credentials, at)
        filled = {**values, "x-amz-date": self._timestamp, "x-amz-content-sha256": payload_hash}
        canonical = (
            f"{self._method}\n{path}\n{self._query}\n{self._canonical % filled}\n"
            f"{self._signed_names}\n{payload_hash}"
        )
        signed = sigv4.signature(self.credentials.secret_key, self._timestamp, self._scope, canonical)
        filled["authorization"] = f"{self._claim}, Signature={signed}"
        fields = (self._fields % filled).encode("latin-1")
        filled["authorization"] = self._claim
        return RequestHead(target.encode(), fields, {**self._kept, **filled})

    def _set_time(self, credentials: Credentials, at: datetime) -> None:
        second = at.replace(microsecond=0)
        if second == self._at:
            return
        self._at, self._timestamp = second, f"{at:%Y%m%dT%H%M%SZ}"
        self._scope = sigv4.credential_scope(self._timestamp, self._target.region, self._target.service)
        self._claim = sigv4.claim(credentials, self._scope, self._signed_names)


def _slot(name: str, value: str) -> str:
    return f"%({name})s" if value == OPEN else _literal(value)


def _literal(text: str) -> str:
    return text.replace("%", "%%")


def _form(canonical: str) -> str:
    """Return the form of canonical headers, whose lines are `name:value`."""
    pairs = (line.partition(":") for line in canonical.split("\n")[:-1])
    return "".join(f"{_literal(name)}:{_slot(name, value)}\n" for name, _, value in pairs)
