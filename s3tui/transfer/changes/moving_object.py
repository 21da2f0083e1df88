"""The move of one object: copied, proven, then deleted where it was, each step written down before the next.

The source goes only once a HEAD of the copy has the right size and nothing speaks against its bytes, and by a
plain DELETE that names the etag which was copied: a newer object stays, and a delete marker can be undone.
"""

from __future__ import annotations

from s3tui.s3.client import S3Client
from s3tui.s3.errors import (
    AccessDenied,
    NoSuchKey,
    NotSupported,
    PreconditionFailed,
    ProtocolError,
    S3Error,
    ServiceError,
    TransportError,
)
from s3tui.s3.models import AccessControlList, ObjectHead, ObjectVersion
from s3tui.transfer.changes.current import look
from s3tui.transfer.changes.deleting import is_as_planned
from s3tui.transfer.changes.item_record import ItemRecord
from s3tui.transfer.changes.models import ChangeItem, ItemState
from s3tui.transfer.changes.reading import ReadingClient
from s3tui.transfer.copy.object_copy import ObjectCopy
from s3tui.transfer.errors import TransferError
from s3tui.transfer.integrity.verify import StoredObject, compare, compare_bytes
from s3tui.transfer.journal.record import ObjectRecord
from s3tui.transfer.models import Conflict
from s3tui.transfer.requests import TargetOptions
from s3tui.transfer.resources import Resources
from s3tui.transfer.scheduling.progress import ProgressMeter
from s3tui.transfer.target.target_key import TargetKey

_REDIRECT = "x-amz-website-redirect-location"
_PUBLIC = "http://acs.amazonaws.com/groups/global/AllUsers"
_ACL = "its access control list may not be read, and was not kept"
_NO_CONDITION = frozenset((400, 501))
_NOT_OFFERED = frozenset((400, 405, 501))


class CannotMove(TransferError):
    """An object stays where it is, for a reason of its own."""


class ObjectMove:
    """Moves one object of a plan inside of one endpoint.

    Args:
        object_record: of the copy, in the journal: an upload in parts goes on after a crash.
        has_acls: objects may have ACLs of their own, which a copy does not take along.
    """

    def __init__(
        self, record: ItemRecord, meter: ProgressMeter, object_record: ObjectRecord, *, has_acls: bool
    ) -> None:
        change, item = record.change, record.item
        self._change, self._record = change, record
        self._bucket, self._key = change.bucket, item.key
        self._to_bucket: str = change.options["to_bucket"]
        self._to: str = item.facts["to"]
        self._meter, self._object_record = meter, object_record
        self._has_acls = has_acls
        self._copy: ObjectCopy | None = None
        self._was_copied = False
        """By an earlier run, which may be long ago."""
        self._is_acl_unread = False

    @property
    def _item(self) -> ChangeItem:
        return self._record.item

    async def run(self, client: S3Client, resources: Resources, record: ItemRecord) -> None:
        """Move the object, from where an earlier run left it, and note how it ended.

        Raises: S3Error, TransferError: then a later run goes on.
        """
        self._record = record
        self._was_copied = self._item.state is ItemState.COPIED
        if not self._was_copied and not await self._copied(client, resources):
            return
        await self._delete_source(client)

    async def discard(self) -> None:
        if self._copy is not None:
            await self._copy.discard()

    async def _copied(self, client: S3Client, resources: Resources) -> bool:
        """Copy the object and prove the copy; return whether the source may go."""
        try:
            source = await client.head_object(self._bucket, self._key, checksums=True)
        except NoSuchKey as error:
            error.check_given()
            await self._note(ItemState.SKIPPED, why="it was gone already")
            return False
        if not is_as_planned(self._item.facts, _as_listed(self._key, source)):
            await self._note(ItemState.SKIPPED, why="it changed since the plan was made")
            return False
        if (why := _loses(source)) is not None:
            await self._note(ItemState.SKIPPED, why=why)
            return False
        acl = await self._acl(client)
        was_sent = self._item.state is ItemState.SENT
        there = await self._head(client)
        if there is not None and not (was_sent and _may_be_copy(source, there)):
            if self._item.facts.get("between"):  # it is under no key that it can stay under
                await self._record.fail("its new key is taken: rename what is there, then retry", "Taken")
            else:
                await self._note(ItemState.SKIPPED, why="its new key is taken")
            return False
        if there is None:
            await self._note(ItemState.SENT, etag=source.etag, before=source.version_id)
            # One that was interrupted goes on with the parts that it has sent.
            copy = self._copy = self._copy or ObjectCopy(
                self._bucket,
                self._key,
                TargetKey(self._to_bucket, self._to, Conflict.SKIP),
                self._meter,
                options=_options(source),
                object_record=self._object_record,
                needs_tags=True,
            )
            if await copy.run(client, resources) is None:
                await self._note(ItemState.SKIPPED, why="its new key was taken meanwhile")
                return False
            there = await self._head(client)
        await self._prove(client, source, there)
        assert there is not None
        if "-" in (there.etag or ""):
            await self._keep_tags(client)
        await self._check_identity(client, source, there)
        if acl is not None:
            await client.put_object_acl(self._to_bucket, self._to, acl)
        await self._note(
            ItemState.COPIED,
            etag=source.etag,
            before=source.version_id,
            modified=None if source.last_modified is None else source.last_modified.isoformat(),
            version_id=there.version_id,
            to_etag=there.etag,
            lost=_ACL if self._is_acl_unread else None,
        )
        return True

    async def _head(self, client: S3Client) -> ObjectHead | None:
        try:
            return await client.head_object(self._to_bucket, self._to, checksums=True)
        except NoSuchKey as error:
            error.check_given()
            return None

    async def _prove(self, client: S3Client, source: ObjectHead, there: ObjectHead | None) -> None:
        """Refuse to go on unless the copy holds what the source does; where nothing tells, read both."""
        if there is None or there.size != source.size or source.size is None:
            raise TransferError(
                f"the copy of {self._key} is not there as it should be: it was not moved", "NotProven"
            )
        verdict = compare(source, there)
        is_ours = self._copy is not None and there.etag is not None and self._copy.written_etag == there.etag
        tells = verdict.is_same is not None and verdict.misfit is None
        if not is_ours and not tells:
            verdict = await compare_bytes(
                StoredObject(client, self._bucket, self._key, None, source),
                StoredObject(client, self._to_bucket, self._to, None, there),
            )
            tells = True
        if tells and not verdict.is_same:
            raise TransferError(
                f"the copy of {self._key} is not what the source holds: it was not moved", "NotProven"
            )

    async def _keep_tags(self, client: S3Client) -> None:
        """Give a copy in parts its tags: not every server takes them where an upload begins."""
        try:
            tags = await client.get_object_tagging(self._bucket, self._key)
        except (NotSupported, ProtocolError):
            return  # a server that has no tags
        except ServiceError as error:
            if error.is_bare or error.status >= 500:
                raise
            return
        if tags and tags != await client.get_object_tagging(self._to_bucket, self._to):
            await client.put_object_tagging(self._to_bucket, self._to, tags)

    async def _check_identity(self, client: S3Client, source: ObjectHead, there: ObjectHead) -> None:
        """Refuse to delete what may be the copy itself, by another name of the same bucket."""
        if self._key != self._to:
            return
        now = await client.head_object(self._bucket, self._key)
        has_moved = now.version_id != source.version_id or now.last_modified != source.last_modified
        is_alike = now.version_id == there.version_id and now.last_modified == there.last_modified
        if has_moved or is_alike:
            raise CannotMove(
                f"{self._bucket} and {self._to_bucket} may be one bucket by two names: nothing is deleted",
                "SameObject",
            )

    async def _acl(self, client: S3Client) -> str | None:
        """Return the canned ACL to put on the copy; `None`: the copy's own is right."""
        if not self._has_acls:
            return None
        try:
            found = await client.get_object_acl(self._bucket, self._key)
        except AccessDenied:
            self._is_acl_unread = True
            return None
        except (NotSupported, ProtocolError):
            return None
        except ServiceError as error:
            if error.status >= 500:
                raise
            return None
        canned = _canned(found)
        if canned is None:
            raise CannotMove(
                f"{self._key} has grants of its own, which a copy does not take along", "GrantsWouldBeLost"
            )
        return None if canned == "private" else canned

    async def _delete_source(self, client: S3Client) -> None:
        """Delete what was copied, and nothing else; where an earlier run may have done so, look first."""
        was_asked = bool(self._item.outcome.get("asked"))
        if was_asked and await self._was_deleted(client):
            return
        await self._note(ItemState.COPIED, asked=True)
        try:
            marker = await self._ask_to_delete(client, self._item.outcome.get("etag"))
        except PreconditionFailed:
            await self._note(ItemState.FAILED, why="it changed after it was copied: both are there")
            return
        except NoSuchKey as error:
            error.check_given()
            if was_asked and await self._was_deleted(client):
                return
            await self._note(ItemState.SKIPPED, why="somebody else deleted it after it was copied")
        except (TransportError, ProtocolError):
            if not await self._was_deleted(client):
                raise
        else:
            await self._conclude(client, marker)

    async def _conclude(self, client: S3Client, marker: str | None) -> None:
        """Write that the source was deleted, looking where the answer does not say how."""
        if marker is not None or not self._keeps_versions:
            await self._done(marker)
            return
        try:
            was_deleted = await self._was_deleted(client)
        except AccessDenied as error:
            error.check_given()
            await self._done(None)  # nobody may look: the answer has to do
            return
        if not was_deleted:
            raise TransferError(f"{self._key} is still there after it was deleted: retry", "NotDeleted")

    async def _ask_to_delete(self, client: S3Client, etag: str | None) -> str | None:
        """Delete the source if it is still what was copied; return the delete marker's version id."""
        if self._was_copied or not client.endpoint.is_aws:  # not every server looks at the condition
            now = await client.head_object(self._bucket, self._key)
            if now.etag != etag or not self._is_what_was_copied(now):
                raise PreconditionFailed(
                    "it changed", code="PreconditionFailed", status=412, operation="DeleteObject"
                )
        try:
            gone = await client.delete_object(self._bucket, self._key, if_match=etag, once=True)
        except ServiceError as error:
            if client.endpoint.is_aws or error.status not in _NO_CONDITION:
                raise
            gone = await client.delete_object(self._bucket, self._key, once=True)
        return gone.delete_marker_version_id

    def _is_what_was_copied(self, now: ObjectHead) -> bool:
        """Say whether nobody wrote the source since: the etag does not tell of other metadata."""
        outcome = self._item.outcome
        if None not in (outcome.get("before"), now.version_id) and outcome["before"] != now.version_id:
            return False
        modified = None if now.last_modified is None else now.last_modified.isoformat()
        return None in (outcome.get("modified"), modified) or outcome["modified"] == modified

    @property
    def _keeps_versions(self) -> bool:
        return bool(self._change.options.get("versions", True))

    async def _was_deleted(self, client: S3Client) -> bool:
        """Note it, if the source is hidden or gone; the marker right above what was copied is ours."""
        there = await self._look_at_source(ReadingClient(client))
        if there and not there[0].is_delete_marker:
            return False
        before = self._item.outcome.get("before")
        place = next((n for n, each in enumerate(there) if each.version_id == before), None)
        ours = there[:place][-1:] if place else there[:1]
        await self._done(ours[0].version_id if ours else None)
        return True

    async def _look_at_source(self, client: ReadingClient) -> list[ObjectVersion]:
        """Return what there is under the old key, without versions where these may not be listed."""
        if self._keeps_versions:
            try:
                return (await look(client, self._bucket, [self._key], versions=True))[self._key]
            except NotSupported:
                pass
            except ServiceError as error:
                if error.is_bare or not (isinstance(error, AccessDenied) or error.status in _NOT_OFFERED):
                    raise
        return (await look(client, self._bucket, [self._key], versions=False))[self._key]

    async def _done(self, marker: str | None) -> None:
        await self._note(ItemState.DONE, marker=marker, why=self._item.outcome.get("lost"))

    async def _note(self, state: ItemState, **outcome: object) -> None:
        await self._record.note(state, **outcome)


async def has_acls(client: S3Client, bucket: str) -> bool:
    """Say whether objects of a bucket may have ACLs of their own, as far as that can be learned."""
    try:
        return await client.get_bucket_ownership(bucket) != "BucketOwnerEnforced"
    except S3Error:
        return True


def _options(head: ObjectHead) -> TargetOptions:
    """Return what a copy would reset, to be sent with it."""
    is_default = head.storage_class in (None, "STANDARD")
    kms = head.server_side_encryption not in (None, "AES256")
    return TargetOptions(
        storage_class=None if is_default else head.storage_class,
        server_side_encryption=head.server_side_encryption if kms else None,
        kms_key_id=head.kms_key_id if kms else None,
    )


def _loses(head: ObjectHead) -> str | None:
    """Return why a move would lose something that this object has."""
    if head.legal_hold or head.retention is not None:
        return "it is locked: the copy would not be"
    if head.customer_key_md5 is not None:
        return "it is encrypted with a key of its owner's (SSE-C): it can only be read with that"
    if any(name == _REDIRECT for name, _ in head.headers):
        return "it redirects to another place, which a copy does not take along"
    return None


def _canned(acl: AccessControlList) -> str | None:
    """Return the canned ACL that grants the same; `None`, where none does."""
    others = {(grant.grantee, grant.permission) for grant in acl.grants if grant.grantee != acl.owner_id}
    if not others:
        return "private"
    if others == {(_PUBLIC, "READ")}:
        return "public-read"
    return None


def _may_be_copy(source: ObjectHead, there: ObjectHead) -> bool:
    """Say whether what is under the new key may be the copy that an earlier process made."""
    return there.size == source.size and compare(source, there).is_same is not False


def _as_listed(key: str, head: ObjectHead) -> ObjectVersion:
    return ObjectVersion(
        key, head.version_id or "null", True, False, head.size, head.last_modified, head.etag
    )
