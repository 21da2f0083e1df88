"""The verdict whether an object can be read by everybody, and the setting that decides. Pure.

Source: *Blocking public access to your Amazon S3 storage*, Amazon S3 User Guide.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from s3tui.browse.inspect.answers import Answer, Refused
from s3tui.s3.configuration import PublicAccessBlock
from s3tui.s3.models import AccessControlList

T = TypeVar("T")
_GROUPS = {
    "http://acs.amazonaws.com/groups/global/AllUsers": "everybody",
    "http://acs.amazonaws.com/groups/global/AuthenticatedUsers": "everybody with an AWS account",
}
_READS = frozenset({"READ", "FULL_CONTROL"})
ACLS_OFF = "BucketOwnerEnforced"


@dataclass(frozen=True, slots=True)
class PublicAccess:
    """A verdict, and the setting that decides."""

    is_public: bool | None
    """`None`: something that decides is not known."""
    reason: str
    """As a sentence."""


def group_of(grantee: str | None) -> str | None:
    """Return the words for a predefined group that means everybody, `None` for other grantees."""
    return _GROUPS.get(grantee or "")


def public_access(
    acl: Answer[AccessControlList],
    ownership: Answer[str | None],
    block: Answer[PublicAccessBlock | None],
    has_public_policy: Answer[bool],
) -> PublicAccess:
    """Decide from what the bucket says; settings of the whole account may close more."""
    ownership, block = _unless_lacking(ownership, None), _unless_lacking(block, None)
    acl = _unless_lacking(acl, AccessControlList(None, ()))
    has_public_policy = _unless_lacking(has_public_policy, False)
    by_acl = _by_acl(acl, ownership, block)
    by_policy = _by_policy(block, has_public_policy)
    for verdict in (by_acl, by_policy):
        if verdict.is_public:
            return verdict
    for verdict in (by_acl, by_policy):
        if verdict.is_public is None:
            return verdict
    return PublicAccess(False, f"{by_acl.reason} {by_policy.reason}")


def _unless_lacking(answer: Answer[T], otherwise: T) -> Answer[T]:
    """A setting that the endpoint does not have is set to nothing."""
    return otherwise if isinstance(answer, Refused) and answer.is_lacking else answer


def _by_acl(
    acl: Answer[AccessControlList],
    ownership: Answer[str | None],
    block: Answer[PublicAccessBlock | None],
) -> PublicAccess:
    if ownership == ACLS_OFF:
        return PublicAccess(False, "Access control lists are off in this bucket.")
    if isinstance(block, PublicAccessBlock) and block.ignore_public_acls:
        return PublicAccess(False, "The bucket ignores public access control lists.")
    if isinstance(acl, Refused):
        return PublicAccess(None, "Its access control list is not known.")
    groups = {
        words for grant in acl.grants if grant.permission in _READS and (words := group_of(grant.grantee))
    }
    if not groups:
        return PublicAccess(False, "Its access control list names nobody but accounts.")
    if isinstance(block, Refused) or isinstance(ownership, Refused):
        words = "Its access control list is public; whether the bucket heeds that is not known."
        return PublicAccess(None, words)
    return PublicAccess(True, f"Its access control list lets {' and '.join(sorted(groups))} read it.")


def _by_policy(block: Answer[PublicAccessBlock | None], has_public_policy: Answer[bool]) -> PublicAccess:
    if isinstance(block, PublicAccessBlock) and block.restrict_public_buckets:
        return PublicAccess(False, "The bucket keeps a public policy from opening it.")
    if isinstance(has_public_policy, Refused):
        return PublicAccess(None, "Whether the bucket's policy is public is not known.")
    if not has_public_policy:
        return PublicAccess(False, "The bucket's policy is not public.")
    if isinstance(block, Refused):
        return PublicAccess(None, "The bucket's policy is public; whether it is restricted is not known.")
    return PublicAccess(True, "The bucket's policy is public.")
