"""Policy, CORS and lifecycle of a bucket as JSON text: read, checked, and written over what was read only.

S3 replaces each as a whole and knows no condition for it, so it is read again right before it is written.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from s3tui.s3.configuration import BucketRules, RuleDocument
from s3tui.s3.wire.rule_documents import rules_body

if TYPE_CHECKING:
    from s3tui.s3.client import S3Client

_LOOKS, _BETWEEN_S = 6, 0.5
"""What was written may be told late."""


class BucketText(Enum):
    """A part of a bucket's configuration that is edited as JSON; its value is its name."""

    POLICY = "policy"
    CORS = "CORS rules"
    LIFECYCLE = "lifecycle rules"

    @property
    def rules(self) -> BucketRules | None:
        return {BucketText.CORS: BucketRules.CORS, BucketText.LIFECYCLE: BucketRules.LIFECYCLE}.get(self)

    @property
    def list_name(self) -> str:
        """The name of its list, which is empty where nothing is configured."""
        return {BucketText.CORS: "CORSRules", BucketText.LIFECYCLE: "Rules"}.get(self, "Statement")


@dataclass(frozen=True, slots=True)
class ReadText:
    """A part of the configuration as it was read."""

    document: Mapping[str, Any] | None
    """`None`: nothing is configured."""
    minimum_size: str | None = None
    """Of lifecycle rules: from which size on objects are moved by default; sent back as it came."""

    @property
    def text(self) -> str:
        return json.dumps(self.document, indent=2, ensure_ascii=False) + "\n"

    def is_same_as(self, other: ReadText) -> bool:
        """Say whether both mean the same: S3 gives a policy back in another order."""
        return _normal(self.document) == _normal(other.document) and self.minimum_size == other.minimum_size


class ConfigurationChanged(Exception):
    """Somebody else changed it since it was read: nothing was written."""

    def __init__(self, now: ReadText) -> None:
        super().__init__("it was changed meanwhile")
        self.now = now


def begun(kind: BucketText, read: ReadText) -> str:
    """Return the text for the editor: an empty list where nothing is configured."""
    if read.document is not None:
        return read.text
    version = {"Version": "2012-10-17"} if kind is BucketText.POLICY else {}
    return ReadText({**version, kind.list_name: []}).text


def parse_text(kind: BucketText, text: str) -> Mapping[str, Any] | None:
    """Return what was edited; `None` for an empty text or list, which stands for no configuration.

    Raises: ValueError, with the sentence for the user.
    """
    if not text.strip():
        return None
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"This is no JSON: {error}.") from error
    if not isinstance(document, dict) or kind.list_name not in document:
        raise ValueError(f"The {kind.value} must be an object with {kind.list_name}.")
    entries = document[kind.list_name]
    if entries == []:
        return None
    if not isinstance(entries, list | dict) or not all(isinstance(each, dict) for each in entries):
        raise ValueError(f"{kind.list_name} must be a list of objects.")
    if kind.rules is not None:
        rules_body(document, kind.rules.root)
    return document


async def read_text(s3: S3Client, bucket: str, kind: BucketText) -> ReadText:
    """Read a part of a bucket's configuration.

    Raises: S3Error.
    """
    if kind.rules is not None:
        found = await s3.get_bucket_rules(bucket, kind.rules)
        return ReadText(None) if found is None else ReadText(found.rules, found.minimum_size)
    policy = await s3.get_bucket_policy(bucket)
    return ReadText(None if policy is None else json.loads(policy))


async def write_text(
    s3: S3Client, bucket: str, kind: BucketText, before: ReadText, document: Mapping[str, Any] | None
) -> bool:
    """Write a part of a bucket's configuration over `before`; say whether it reads like that afterwards.

    Raises: ConfigurationChanged; S3Error; ValueError, with a sentence, for what are no rules.
    """
    now = await read_text(s3, bucket, kind)
    if not now.is_same_as(before):
        raise ConfigurationChanged(now)
    await _write(s3, bucket, kind, before, document)
    wanted = ReadText(document)
    for look in range(_LOOKS):
        if look:
            await asyncio.sleep(_BETWEEN_S)
        there = await read_text(s3, bucket, kind)
        if _normal(there.document) == _normal(wanted.document):
            return True
    return False


async def _write(
    s3: S3Client, bucket: str, kind: BucketText, before: ReadText, document: Mapping[str, Any] | None
) -> None:
    rules = kind.rules
    if document is None:
        await (s3.delete_bucket_policy(bucket) if rules is None else s3.delete_bucket_rules(bucket, rules))
    elif rules is None:
        await s3.put_bucket_policy(bucket, json.dumps(document))
    else:
        await s3.put_bucket_rules(bucket, rules, RuleDocument(document, before.minimum_size))


def _normal(value: Any) -> Any:
    """Return a document without what has no meaning: the order of names and texts, a list of one text."""
    match value:
        case dict():
            return {name: _normal(each) for name, each in value.items()}
        case list() if all(isinstance(each, str) for each in value):
            return sorted(value)[0] if len(value) == 1 else sorted(value)
        case list():
            return [_normal(each) for each in value]
        case _:
            return value
