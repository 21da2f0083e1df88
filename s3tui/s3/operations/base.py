"""The base of all operations: sending requests, bodies with checksums, checks of subresources."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress

import httpx

from s3tui.s3.checksum import ChecksumAlgorithm, ChecksumMode
from s3tui.s3.errors import NotSupported, ProtocolError, ServiceError
from s3tui.s3.http.file_section import FileSection
from s3tui.s3.request.bodies import OnceBody
from s3tui.s3.request.options import CallDefaults, CallOptions, call_headers, call_timeouts
from s3tui.s3.request.payload import IN_MEMORY, Data, Payload, Rewinding, content_md5_of, payload, sign_body
from s3tui.s3.request.s3_request import S3Request
from s3tui.s3.sending.capabilities import Capabilities, Capability
from s3tui.s3.sending.proof import LOCK_HEADERS, Proof, evidence_of, weaker
from s3tui.s3.sending.sender import Sender

Query = tuple[tuple[str, str], ...]


class Operations:
    """Coroutines named after S3's actions; cancelling one closes its connection."""

    _sender: Sender
    _defaults: CallDefaults

    @property
    def capabilities(self) -> Capabilities:
        """The capabilities that the endpoint was seen to have or to lack, with these keys."""
        return self._sender.capabilities

    async def _send(
        self,
        operation: str,
        method: str,
        bucket: str | None = None,
        key: str | None = None,
        *,
        options: CallOptions,
        query: Query = (),
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        region: str | None = None,
        repeatable: bool = True,
    ) -> tuple[httpx.Response, bytes]:
        request = S3Request(
            operation,
            method,
            bucket,
            key,
            query,
            {**(headers or {}), **call_headers(options, self._defaults)},
            body,
            region=region,
            timeouts=call_timeouts(options),
            repeatable=repeatable,
        )
        return await self._sender.send(request)

    async def _upload(
        self,
        operation: str,
        bucket: str,
        key: str,
        sent: Payload,
        *,
        options: CallOptions,
        headers: Mapping[str, str],
        query: Query = (),
        repeatable: bool = True,
    ) -> httpx.Response:
        """PUT a body that may be a stream."""
        request = S3Request(
            operation,
            "PUT",
            bucket,
            key,
            query,
            {**headers, **sent.headers, **call_headers(options, self._defaults)},
            sent.body,
            sent.content_length,
            sent.payload_hash,
            timeouts=call_timeouts(options),
            repeatable=repeatable,
        )
        self._sender.check_allowed(request)
        if isinstance(sent.body, OnceBody):
            await self._learn_region(bucket)
        response, _ = await self._sender.send(request)
        return response

    async def _learn_region(self, bucket: str) -> None:
        """Send a HeadBucket to learn the region before a stream, which cannot be sent twice."""
        if self._sender.regions.get(bucket) is None:
            # It may be refused where writing is allowed; the region is learned all the same.
            with suppress(ServiceError):
                await self._sender.send(S3Request("HeadBucket", "HEAD", bucket))

    def _wants_checksum(self, *, of_streams: bool) -> bool:
        if self._refuses_checksums:
            return False
        match self._defaults.checksums:
            case ChecksumMode.ALWAYS:
                return True
            case ChecksumMode.WHEN_SUPPORTED:
                return self._sender.endpoint.is_aws or not of_streams
        return False

    @property
    def _refuses_checksums(self) -> bool:
        """The endpoint was seen to refuse `x-amz-checksum-*` with a body."""
        return self._sender.capabilities.has(Capability.CHECKSUM_HEADERS) is False

    async def _put_body(
        self,
        operation: str,
        bucket: str,
        key: str,
        data: Data,
        content_length: int | None,
        algorithm: ChecksumAlgorithm | None,
        *,
        options: CallOptions,
        headers: Mapping[str, str],
        query: Query = (),
        repeatable: bool = True,
    ) -> tuple[httpx.Response, Payload]:
        """PUT a body with its checksum or Content-MD5; what the endpoint refuses is noted and left out."""
        again = Rewinding(data)
        proof, refused = self._proof(bucket, data, algorithm, headers), None
        while True:
            sent = await payload(
                data,
                content_length,
                algorithm=proof.algorithm,
                trailer=proof.trailer,
                content_encoding=headers.get("content-encoding"),
            )
            proven = {**headers, **await content_md5_of(sent)} if proof.md5 else headers
            if self._defaults.signs_payload:
                await sign_body(sent)
            try:
                response = await self._upload(
                    operation,
                    bucket,
                    key,
                    sent,
                    options=options,
                    headers=proven,
                    query=query,
                    repeatable=repeatable,
                )
            except ServiceError as error:
                instead = weaker(proof, error)
                if instead is None or not again.rewind():
                    raise refused[1] if refused is not None else error from None
                refused = refused or (proof, error)
                proof = instead
                continue
            if refused is not None:
                self._note_refusal(bucket, *refused)
            return response, sent

    def _proof(
        self, bucket: str, data: Data, algorithm: ChecksumAlgorithm | None, headers: Mapping[str, str]
    ) -> Proof:
        known, endpoint = self._sender.capabilities, self._sender.endpoint
        if algorithm is None or self._refuses_checksums:
            must = bucket in self._sender.wants_md5 or not LOCK_HEADERS.isdisjoint(headers)
            return Proof(md5=must or self._md5_stands_in(data))
        # Elsewhere, servers were seen to store the framing as part of the object.
        trailer = endpoint.is_aws or known.has(Capability.CHECKSUM_TRAILERS) is True
        trailer = trailer and not self._defaults.signs_payload
        return Proof(algorithm, trailer=trailer and not isinstance(data, (*IN_MEMORY, FileSection)))

    def _md5_stands_in(self, data: Data) -> bool:
        """Say whether Content-MD5 is sent instead of the checksum, which the endpoint does not know."""
        match self._defaults.checksums:
            case ChecksumMode.ALWAYS:
                return self._refuses_checksums
            case ChecksumMode.WHEN_SUPPORTED:
                return self._refuses_checksums and isinstance(data, IN_MEMORY)
        return False

    def _note_refusal(self, bucket: str, proof: Proof, error: ServiceError) -> None:
        """Note that the endpoint refused `proof`, and accepted something else."""
        if error.is_page:
            return
        if proof.capability is None:
            self._sender.wants_md5.add(bucket)
        else:
            self._sender.capabilities.learn(proof.capability, False, evidence_of(error))

    async def _check_subresource(self, name: str, read: Callable[[], Awaitable[object]]) -> None:
        """Check that the endpoint knows a subresource before it is written.

        One that does not takes `PUT key?tagging` for a new object, and `DELETE key?tagging` for the
        object's end. So the subresource is read first, and its own root element insisted on; once a
        endpoint and subresource, and never of AWS.

        Raises: NotSupported, ReadOnly, and whatever reading raises.
        """
        self._sender.check_writable(f"writing ?{name}")
        known, capability = self._sender.capabilities, Capability.of_subresource(name)
        if self._sender.endpoint.is_aws or known.has(capability):
            return
        try:
            await read()
        except ProtocolError as error:
            known.learn(capability, False, f"{error.operation or f'reading ?{name}'}: {error.message}")
            raise NotSupported(
                f"{self._sender.endpoint.authority} does not know ?{name} and might take writing it for "
                f"something else: nothing was changed",
                operation=error.operation,
            ) from error
        known.learn(capability, True, f"reading ?{name} was answered")
