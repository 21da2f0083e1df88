"""Small objects by the fast path: written and read whole, from memory into memory.

Each method does the first and usual half of an operation of `ObjectOperations`: what it returns `None` for is
to be asked of that operation, which does all of it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import httpx

from s3tui.s3.checksum import Checksum, checksum_of
from s3tui.s3.errors import ProtocolError
from s3tui.s3.models import ObjectHead
from s3tui.s3.operations.objects import ObjectOperations
from s3tui.s3.request.options import CallDefaults, call_headers
from s3tui.s3.request.payload import ANNOUNCES
from s3tui.s3.request.request_template import OPEN
from s3tui.s3.sending.fast_path import FastPath, HeaderPairs
from s3tui.s3.sending.proof import MODE_HEADER
from s3tui.s3.sending.sender import Sender
from s3tui.s3.wire import headers as response_headers
from s3tui.s3.wire import xml


class WrittenObject(NamedTuple):
    """A small object that was written."""

    etag: str
    proof: Checksum | None
    """The checksum that was sent, where the server says that the object has it, and verifies that."""


class ReadObject(NamedTuple):
    """A small object that was read."""

    head: ObjectHead
    data: bytes


class SmallObjects(ObjectOperations):
    """The small objects of one client."""

    def __init__(self, sender: Sender, fast_path: FastPath | None, defaults: CallDefaults) -> None:
        self._sender = sender
        self._fast_path = fast_path
        self._defaults = defaults

    async def put(self, bucket: str, key: str, content: bytes, headers: HeaderPairs) -> WrittenObject | None:
        """Write an object that may be written over; `None`, when `put_object` is to do it.

        Args:
            headers: of `object_headers`: none of them is a condition.
        """
        fast_path, checksum = self._fast_path, None
        if fast_path is None:
            return None
        algorithm = self._defaults.checksum_algorithm if self._wants_checksum(of_streams=False) else None
        proof = self._proof(bucket, content, algorithm, dict(headers))
        if proof.md5:
            return None
        values = {"content-length": str(len(content))}
        fixed = headers + self._call_headers()
        if proof.algorithm is not None:
            checksum, name = checksum_of(content, proof.algorithm), proof.algorithm.header
            fixed = (*headers, (ANNOUNCES, proof.algorithm.value), (name, OPEN), *self._call_headers())
            values[name] = checksum.value
        answer = await fast_path.send("PutObject", "PUT", bucket, key, fixed, values, content)
        if answer is None:
            return None
        fields = {name.lower(): value for name, value in answer.headers}
        # Others may send back what they were sent, unseen; an etag that is an MD5 nobody can make up.
        is_echoed = checksum is not None and self._sender.endpoint.is_aws
        if checksum is not None and is_echoed:
            is_echoed = fields.get(checksum.algorithm.header.encode()) == checksum.value.encode()
        return WrittenObject(
            xml.unquote_etag(fields[b"etag"].decode("latin-1")) or "", checksum if is_echoed else None
        )

    async def get(
        self, bucket: str, key: str, size: int, *, version_id: str | None = None
    ) -> ReadObject | None:
        """Read an object of `size` bytes; `None`, when `stream_object` is to do it.

        The caller compares the bytes with the checksum in the head.
        """
        fast_path = self._fast_path
        if fast_path is None:
            return None
        fixed = self._call_headers()
        if self._asks_for_checksums:
            fixed += ((MODE_HEADER, "ENABLED"),)
        query = () if version_id is None else (("versionId", version_id),)
        answer = await fast_path.send("GetObject", "GET", bucket, key, fixed, {}, query=query)
        if answer is None or answer.status != 200:
            return None
        try:
            head = response_headers.object_head(httpx.Headers(answer.headers, encoding="latin-1"))
        except ProtocolError:
            return None
        data = b"".join(answer.chunks)
        if len(data) != size or head.size not in (None, size):
            return None
        return ReadObject(head if head.size is not None else replace(head, size=size), data)

    def _call_headers(self) -> HeaderPairs:
        return tuple(call_headers({}, self._defaults).items())
