"""An object's state as the log of changes keeps it: goes to JSON and back, and is compared whole."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from s3tui.s3.models import Grant
from s3tui.transfer.changes.models import Facts
from s3tui.transfer.editing.attributes import AttributeChange, Attributes, attributes_of
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


def is_between(there: Facts, was: Facts, wanted: Attributes) -> bool:
    """Say whether a state may be what an interrupted change made of `was`: nothing in it is a third thing."""
    if there["size"] != was["size"]:
        return False
    is_same_version = there["version_id"] == was["version_id"] and there["modified"] == was["modified"]
    if is_same_version and there["etag"] != was["etag"]:
        return False
    now, before, after = there["attributes"], was["attributes"], json.loads(json.dumps(asdict(wanted)))
    return all(_is_either(now[name], before[name], after[name]) for name in now)


def _is_either(now: Any, before: Any, after: Any) -> bool:
    return now in (before, after) or (isinstance(after, str) and bool(after) and str(now).startswith(after))
