"""A bucket policy, readable, and what in it deserves a second look. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in a policy that opens more than one may mean to."""

    statement: str
    """Its `Sid`, or its number from 1."""
    sentence: str
    is_public: bool = False


def pretty(policy: str) -> str:
    """Return a policy's JSON indented; text that is no JSON stays as it is."""
    try:
        return json.dumps(json.loads(policy), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return policy


def findings(policy: str) -> list[Finding]:
    """Return what allows everybody, or everything (*IAM JSON policy elements*, Principal, Action).

    A statement with a `Condition` is named too: whether it narrows enough is for people to judge.
    """
    try:
        document = json.loads(policy)
    except (ValueError, RecursionError):
        return [Finding("", "This is no JSON: it cannot be judged.")]
    statements = document.get("Statement") if isinstance(document, dict) else None
    listed = statements if isinstance(statements, list) else [statements]
    return [
        found
        for number, statement in enumerate(listed, start=1)
        if isinstance(statement, dict)
        for found in _of_statement(str(statement.get("Sid") or number), statement)
    ]


def _of_statement(name: str, statement: Mapping[str, object]) -> Iterator[Finding]:
    if statement.get("Effect") != "Allow":
        return
    suffix = ", if its condition holds" if statement.get("Condition") else ""
    if _is_anybody(statement.get("Principal")):
        yield Finding(name, f"Everybody is allowed {_actions(statement)}{suffix}.", is_public=not suffix)
    elif "NotPrincipal" in statement:
        yield Finding(name, f"All but some are allowed {_actions(statement)}{suffix}.", is_public=not suffix)
    if any(action in ("*", "s3:*") for action in _texts(statement.get("Action"))):
        yield Finding(name, f"Every action is allowed{suffix}.")
    elif "NotAction" in statement:
        excepted = ", ".join(_texts(statement["NotAction"]))
        yield Finding(name, f"Every action but {excepted} is allowed{suffix}.")


def _is_anybody(principal: object) -> bool:
    if isinstance(principal, Mapping):
        return any("*" in _texts(value) for value in principal.values())
    return "*" in _texts(principal)


def _actions(statement: Mapping[str, object]) -> str:
    actions = _texts(statement.get("Action"))
    shown = ", ".join(actions[:3]) + (" and more" if len(actions) > 3 else "")
    return shown or "something"


def _texts(value: object) -> list[str]:
    listed = value if isinstance(value, list) else [value]
    return [each for each in listed if isinstance(each, str)]


_CHANGE = "s3:putbucketpolicy"
_PARTITION = re.compile(r"^arn:aws(-[a-z0-9-]+)?:")
"""The same bucket has another ARN in China and in the clouds of governments."""


def lockouts(document: Mapping[str, object], bucket: str) -> list[str]:
    """Return a sentence for each statement that may keep its own author from changing the policy again.

    Only a root user can then take it back. Who one is, is not asked: what denies everybody denies oneself.
    """
    statements = document.get("Statement")
    listed = statements if isinstance(statements, list) else [statements]
    return [
        found
        for number, each in enumerate(listed, start=1)
        if isinstance(each, dict) and (found := _lockout(str(each.get("Sid") or number), each, bucket))
    ]


def _lockout(name: str, statement: Mapping[str, object], bucket: str) -> str:
    is_everybody = _is_anybody(statement.get("Principal"))
    if statement.get("Effect") != "Deny" or not (is_everybody or "NotPrincipal" in statement):
        return ""
    actions = [action.lower() for action in _texts(statement.get("Action"))]
    is_covered = "NotAction" in statement or any(fnmatchcase(_CHANGE, action) for action in actions)
    resources = _texts(statement.get("Resource"))
    arn = f"arn:aws:s3:::{bucket}"
    if not is_covered or not (
        "NotResource" in statement
        or any(fnmatchcase(arn, _PARTITION.sub("arn:aws:", each)) for each in resources)
    ):
        return ""
    is_sure = is_everybody and not statement.get("Condition") and "NotAction" not in statement
    verb = "denies" if is_sure else "may deny"
    return f"The statement {name} {verb} you, too, to change this policy: only a root user could then."
