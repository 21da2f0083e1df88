"""An object's state as the log of changes keeps it: goes to JSON and back, and is compared whole."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from typing import Any

from s3tui.s3.models import Grant
from s3tui.transfer.changes.models import Facts
from s3tui.transfer.editing.attributes import AttributeChange, Attributes, attributes_of, folded
from s3tui.transfer.editing.object_state import ObjectState


def facts_of_state(state: ObjectState) -> Facts:
    """Return all that tells one state of an object from another one."""
    head = state.head
    facts = {
        "size": head.size,
        "etag": head.etag,
        "version_id": head.version_id,
        "modified": None if head.last_modified is None else head.last_modified.isoformat(),
        "attributes": asdict(attributes_of(state)),
        "grants": [[grant.grantee, grant.permission] for grant in state.grants],
    }
    plain: Facts = json.loads(json.dumps(facts))
    return plain


def attributes_in(facts: Facts) -> Attributes:
    return Attributes(**facts["attributes"])


def grants_in(facts: Facts) -> tuple[Grant, ...]:
    return tuple(Grant(grantee, permission) for grantee, permission in facts["grants"])


def change_in(facts: Facts) -> AttributeChange:
    """Return the change that `asdict` made facts of."""
    return AttributeChange(**facts)


def is_between(there: Facts, was: Facts, wanted: Attributes, *, back: Facts | None = None) -> bool:
    """Say whether a state may be what an interrupted change made of `was`: nothing in it is a third thing.

    Args:
        back: another state whose content is written again, if it is.
    """
    after = json.loads(json.dumps(asdict(replace(wanted, metadata=folded(wanted.metadata)))))
    now, before = there["attributes"], was["attributes"]
    if not all(now[name] == before[name] or _is_as(name, now[name], after[name]) for name in now):
        return False
    is_whole = now != before and all(_is_as(name, now[name], after[name]) for name in now)
    return any(_may_hold(there, each, is_whole=is_whole) for each in (was, back) if each is not None)


def _may_hold(there: Facts, was: Facts, *, is_whole: bool) -> bool:
    """Say whether a state may hold the bytes of another one.

    Args:
        is_whole: all that was asked for is there, as after a copy, some of which have an etag of their own.
    """
    if there["size"] != was["size"]:
        return False
    if there["etag"] == was["etag"]:
        return True
    is_copy = bool(there["version_id"] != was["version_id"] or there["modified"] != was["modified"])
    return is_copy and is_whole and not (_tells_bytes(there) and _tells_bytes(was))


def _tells_bytes(state: Facts) -> bool:
    """Say whether the etag is that of the bytes: a copy has it too, and other bytes have not."""
    return "-" not in str(state["etag"]) and not state["attributes"]["encryption"].startswith("aws:kms")


def _is_as(name: str, now: Any, wanted: Any) -> bool:
    # Of the key that S3 chose nothing was said.
    return bool(now == wanted) or (name == "encryption" and bool(wanted) and str(now).startswith(wanted))
