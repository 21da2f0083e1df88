from __future__ import annotations

import itertools

import pytest

from s3tui.browse.inspect.answers import Answer, Refused
from s3tui.browse.inspect.public_access import ACLS_OFF, public_access
from s3tui.s3.configuration import PublicAccessBlock
from s3tui.s3.errors import ProtocolError, S3Error
from s3tui.s3.models import AccessControlList, Grant

EVERYBODY = "http://acs.amazonaws.com/groups/global/AllUsers"
NO = Refused(S3Error("no"))
OPEN_ACL = AccessControlList("me", (Grant("me", "FULL_CONTROL"), Grant(EVERYBODY, "READ")))
OWN_ACL = AccessControlList("me", (Grant("me", "FULL_CONTROL"), Grant(EVERYBODY, "WRITE")))
ACLS: list[Answer[AccessControlList]] = [OPEN_ACL, OWN_ACL, NO]
OWNERSHIPS: list[Answer[str | None]] = [ACLS_OFF, "ObjectWriter", None, NO]
BLOCKS: list[Answer[PublicAccessBlock | None]] = [
    *(
        PublicAccessBlock(False, ignores, False, restricts)
        for ignores in (True, False)
        for restricts in (True, False)
    ),
    None,
    NO,
]
POLICIES: list[Answer[bool]] = [True, False, NO]


@pytest.mark.parametrize(
    ("acl", "ownership", "block", "policy"), list(itertools.product(ACLS, OWNERSHIPS, BLOCKS, POLICIES))
)
def test_every_way_to_be_public(
    acl: Answer[AccessControlList],
    ownership: Answer[str | None],
    block: Answer[PublicAccessBlock | None],
    policy: Answer[bool],
) -> None:
    """Whatever is not known is tried both ways: only where all of them agree, there is a verdict."""
    acls = [acl] if isinstance(acl, AccessControlList) else [OPEN_ACL, OWN_ACL]
    owners = [ownership] if not isinstance(ownership, Refused) else ["ObjectWriter", ACLS_OFF]
    blocks = [block] if not isinstance(block, Refused) else [None, PublicAccessBlock(True, True, True, True)]
    policies = [policy] if not isinstance(policy, Refused) else [True, False]
    outcomes = {
        (
            EVERYBODY in {g.grantee for g in a.grants if g.permission == "READ"}
            and o != ACLS_OFF
            and not (b and b.ignore_public_acls)
        )
        or (p and not (b and b.restrict_public_buckets))
        for a, o, b, p in itertools.product(acls, owners, blocks, policies)
    }
    verdict = public_access(acl, ownership, block, policy)
    assert verdict.is_public == (outcomes.pop() if len(outcomes) == 1 else None)
    assert verdict.reason.endswith(".")


def test_a_setting_that_the_endpoint_lacks_opens_and_closes_nothing() -> None:
    lacking = Refused(ProtocolError("the server answered with another document"))
    assert public_access(OPEN_ACL, lacking, lacking, lacking).is_public is True
    assert public_access(OWN_ACL, lacking, lacking, lacking).is_public is False
    assert public_access(lacking, lacking, lacking, lacking).is_public is False
    assert public_access(lacking, lacking, lacking, True).is_public is True
