"""Operations that delete objects: one, many, and many in requests that are never repeated."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Unpack

from s3tui.s3.errors import NoSuchKey, ProtocolError, S3Error, ServiceError, TransportError
from s3tui.s3.models import DeletedObject, DeleteResult
from s3tui.s3.operations.objects import ObjectOperations
from s3tui.s3.request.options import CallOptions, query, read_headers
from s3tui.s3.request.s3_request import content_md5
from s3tui.s3.retries import is_throttling, may_pass
from s3tui.s3.sending.capabilities import Capability
from s3tui.s3.wire import conversions, foreign, xml
from s3tui.s3.wire.deletions import Deletions, Pair, is_of_another_region

_DELETE_BATCH = 1000
_AT_ONCE = 16
"""Requests, where each is about one key."""


class DeletionOperations(ObjectOperations):
    async def delete_object(
        self,
        bucket: str,
        key: str,
        *,
        version_id: str | None = None,
        must_exist: bool = False,
        if_match: str | None = None,
        bypass_governance: bool = False,
        once: bool = False,
        **call: Unpack[CallOptions],
    ) -> DeletedObject:
        """Delete an object, or one version of it; S3 does not mind when there is none.

        In a bucket that keeps versions the object is hidden behind a delete marker, which is returned.

        Args:
            must_exist: send a HEAD before it.
            if_match: delete only the object of this etag.
            bypass_governance: also when Object Lock holds it in governance mode.
            once: a request whose outcome is unknown is not repeated: a second one would leave a second
                delete marker.

        Raises: NoSuchKey (with `must_exist`), AccessDenied, PreconditionFailed, TransportError.
        Source: S3 API Reference, DeleteObject.
        """
        self._sender.check_writable("DeleteObject", bucket, key)
        if must_exist:
            await self.head_object(bucket, key, version_id=version_id, **call)
        headers = read_headers({"if_match": if_match})
        if bypass_governance:
            headers["x-amz-bypass-governance-retention"] = "true"
        try:
            response, body = await self._send(
                "DeleteObject",
                "DELETE",
                bucket,
                key,
                query=query(versionId=version_id),
                headers=headers,
                repeatable=if_match is None and not once,
                options=call,
            )
        except NoSuchKey as error:
            error.check_given()
            if must_exist:
                raise
            return DeletedObject(key, version_id)
        if foreign.is_bare(response, body):
            await self._check_deleted(bucket, key, version_id, call)
        is_marker = conversions.is_true(response.headers.get("x-amz-delete-marker"))
        marker = response.headers.get("x-amz-version-id") if is_marker else None
        return DeletedObject(key, version_id, is_marker, marker)

    async def _check_deleted(self, bucket: str, key: str, version_id: str | None, call: CallOptions) -> None:
        """Check that an object is gone, after a response that nothing shows to be S3's.

        Raises: ProtocolError, of one that is still there.
        """
        try:
            await self.head_object(bucket, key, version_id=version_id, **call)
        except ServiceError as error:
            if may_pass(error) and not isinstance(error, NoSuchKey):
                raise
            return
        raise ProtocolError(
            f"s3://{bucket}/{key} is still there, though it was said to be deleted",
            operation="DeleteObject",
            bucket=bucket,
            key=key,
        )

    async def delete_objects(
        self,
        bucket: str,
        keys: Iterable[str | tuple[str, str]],
        *,
        bypass_governance: bool = False,
        **call: Unpack[CallOptions],
    ) -> DeleteResult:
        """Delete any number of keys, or of (key, version id) pairs, in batches of 1 000.

        A key that cannot be deleted is an entry of the result's `errors`, not an exception. Keys that
        XML cannot carry are deleted one by one, and all of them where the server knows no DeleteObjects. Of
        those that the response does not mention, a HEAD tells whether they are gone.

        Raises: NoSuchBucket, AccessDenied, TransportError; what was deleted until then stays deleted, and
            is in the `partial` of what is raised, with what is left.
        Source: S3 API Reference, DeleteObjects.
        """
        pairs = [(entry, None) if isinstance(entry, str) else entry for entry in keys]
        batchable = [pair for pair in pairs if xml.is_xml_safe(pair[0])]
        single = [pair for pair in pairs if not xml.is_xml_safe(pair[0])]
        found = Deletions(dict.fromkeys(pairs))
        try:
            for start in range(0, len(batchable), _DELETE_BATCH):
                batch = batchable[start : start + _DELETE_BATCH]
                if not await self._delete_batch(bucket, batch, found, bypass_governance, call):
                    single = [*batchable[start:], *single]
                    break
            await _of_each(
                single, lambda pair: self._delete_one(bucket, pair, found, bypass_governance, call)
            )
        except S3Error as error:
            error.partial = found.result()
            raise
        return found.result()

    async def delete_objects_once(
        self,
        bucket: str,
        pairs: Sequence[Pair],
        *,
        bypass_governance: bool = False,
        **call: Unpack[CallOptions],
    ) -> DeleteResult:
        """Delete up to 1 000 keys, or versions of them, sending nothing again whose outcome is unknown.

        Unlike `delete_objects` it does not look what became of a key: those that no response tells of are
        the result's `left`. Keys that XML cannot carry are deleted one by one, and all of them where the
        server knows no DeleteObjects.

        Raises: ServiceError, ReadOnly: nothing of it was done, unless its status is 500 or more.
        Source: S3 API Reference, DeleteObjects.
        """
        self._sender.check_writable("DeleteObjects", bucket)
        if len(pairs) > _DELETE_BATCH:
            raise ValueError(f"{_DELETE_BATCH} keys are the most that one request takes")
        batch = [pair for pair in pairs if xml.is_xml_safe(pair[0])]
        single = [pair for pair in pairs if not xml.is_xml_safe(pair[0])]
        found = Deletions(dict.fromkeys(pairs))
        if batch and self._sender.capabilities.has(Capability.DELETE_OBJECTS) is not False:
            try:
                answer, unnamed = await self._request_deletion(
                    bucket, batch, bypass_governance, call, repeatable=False
                )
            except (TransportError, ProtocolError):
                pass  # it was sent, and its outcome is unknown
            else:
                if answer is None:
                    single = [*batch, *single]
                else:
                    found.take(batch, answer, unnamed)
        else:
            single = [*batch, *single]
        await _of_each(
            single, lambda pair: self._delete_one_once(bucket, pair, found, bypass_governance, call)
        )
        return found.result()

    async def _delete_one_once(
        self, bucket: str, pair: Pair, found: Deletions, bypass_governance: bool, call: CallOptions
    ) -> None:
        key, version_id = pair
        try:
            gone = await self.delete_object(
                bucket, key, version_id=version_id, bypass_governance=bypass_governance, once=True, **call
            )
        except ServiceError as error:
            is_no = error.status < 500 and not error.is_bare
            if is_no or is_throttling(error.status, error.code):
                found.failed(pair, error.code, error.message)
        except (TransportError, ProtocolError):
            pass  # it was sent, and its outcome is unknown
        else:
            found.is_gone(pair, gone)

    async def _delete_batch(
        self,
        bucket: str,
        batch: Sequence[Pair],
        found: Deletions,
        bypass_governance: bool,
        call: CallOptions,
    ) -> bool:
        """Delete keys by one DeleteObjects; return `False` when the server does not know it."""
        if self._sender.capabilities.has(Capability.DELETE_OBJECTS) is False:
            return False
        try:
            answer, unnamed = await self._request_deletion(bucket, batch, bypass_governance, call)
        except ProtocolError:
            answer, unnamed = DeleteResult(), 0  # it was sent, and its outcome is unknown
        if answer is None:
            return False
        await _of_each(
            found.take(batch, answer, unnamed),
            lambda pair: self._look_for_deleted(bucket, pair, found, call),
        )
        return True

    async def _request_deletion(
        self,
        bucket: str,
        batch: Sequence[Pair],
        bypass_governance: bool,
        call: CallOptions,
        *,
        repeatable: bool = True,
    ) -> tuple[DeleteResult | None, int]:
        """Send one DeleteObjects; return no result when the server does not know it.

        Returns: also the number of deleted keys that the response does not name.
        """
        body = xml.delete_objects_body(batch)
        headers = {"content-md5": content_md5(body), "content-type": "application/xml"}
        if bypass_governance:
            headers["x-amz-bypass-governance-retention"] = "true"
        ask = partial(self._ask_to_delete, bucket, body, headers, call, repeatable=repeatable)
        try:
            answer, unnamed = await ask()
            if is_of_another_region(answer):
                self._sender.regions.forget(bucket)
                await self._learn_region(bucket)
                answer, unnamed = await ask()
        except ServiceError as error:
            is_unknown = error.code == "NotImplemented" or error.status in (405, 501)
            if not is_unknown or self._sender.endpoint.is_aws:
                raise
            evidence = f"DeleteObjects: {error.status} {error.code}"
            if not error.is_page:
                self._sender.capabilities.learn(Capability.DELETE_OBJECTS, False, evidence)
            return None, 0
        return answer, unnamed

    async def _ask_to_delete(
        self, bucket: str, body: bytes, headers: Mapping[str, str], call: CallOptions, *, repeatable: bool
    ) -> tuple[DeleteResult, int]:
        _, answer = await self._send(
            "DeleteObjects",
            "POST",
            bucket,
            query=(("delete", ""),),
            headers=headers,
            body=body,
            repeatable=repeatable,
            options=call,
        )
        return xml.delete_result(answer)

    async def _delete_one(
        self, bucket: str, pair: Pair, found: Deletions, bypass_governance: bool, call: CallOptions
    ) -> None:
        key, version_id = pair
        try:
            gone = await self.delete_object(
                bucket, key, version_id=version_id, bypass_governance=bypass_governance, **call
            )
        except ServiceError as error:
            found.failed(pair, error.code, error.message)
        except ProtocolError as error:
            found.failed(pair, "NotDeleted", error.message)
        else:
            found.is_gone(pair, gone)

    async def _look_for_deleted(self, bucket: str, pair: Pair, found: Deletions, call: CallOptions) -> None:
        """Find out, by HEAD, whether a key is gone that a DeleteObjects response does not mention."""
        key, version_id = pair
        try:
            await self.head_object(bucket, key, version_id=version_id, **call)
        except S3Error as error:
            if isinstance(error, NoSuchKey) and not error.is_bare:
                found.is_gone(pair)
            else:
                found.failed(pair, "Unknown", "the server did not say whether it was deleted")
        else:
            words = "the server did not say whether it was deleted, and it is still there"
            found.failed(pair, "NotDeleted", words)


async def _of_each(pairs: Sequence[Pair], act: Callable[[Pair], Awaitable[None]]) -> None:
    """Run `act` on several keys at a time; an error is raised when those in flight are over."""
    for start in range(0, len(pairs), _AT_ONCE):
        acts = map(act, pairs[start : start + _AT_ONCE])
        for outcome in await asyncio.gather(*acts, return_exceptions=True):
            if outcome is not None:
                raise outcome
