"""OptionFields: form fields for the options of an object write; an empty one leaves it to the server."""

from __future__ import annotations

import re
from collections.abc import Iterable

from textual.app import ComposeResult
from textual.containers import Grid
from textual.content import Content
from textual.suggester import SuggestFromList
from textual.widgets import Input, Label, TextArea

from s3tui.transfer.requests import TargetOptions

CLASSES = (
    "STANDARD",
    "STANDARD_IA",
    "ONEZONE_IA",
    "INTELLIGENT_TIERING",
    "GLACIER",
    "GLACIER_IR",
    "DEEP_ARCHIVE",
    "REDUCED_REDUNDANCY",
    "EXPRESS_ONEZONE",
)
_ENCRYPTIONS = ("AES256", "aws:kms", "aws:kms:dsse")
_CACHES = ("no-cache", "no-store", "public, max-age=31536000, immutable")
_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
"""A token, which the name of a header must be (RFC 9110, 5.6.2)."""
_MOST_TAGS, _TAG_NAME, _TAG_VALUE = 10, 128, 256
"""S3's limits (Categorizing your storage using tags)."""


class OptionFields(Grid):
    DEFAULT_CSS = """
    OptionFields {
        grid-size: 2;
        grid-columns: 15 1fr;
        grid-rows: 1 1 1 3 3;
        height: auto;
        display: none;
        TextArea { height: 3; background: $panel; border: none; padding: 0; scrollbar-size-vertical: 1; }
    }
    """

    def compose(self) -> ComposeResult:
        fields: Iterable[tuple[str, str, str, tuple[str, ...]]] = (
            ("class", "Storage class", "the bucket's own", CLASSES),
            ("cache", "Cache-Control", "none", _CACHES),
            ("encryption", "Encryption", "the bucket's own; or AES256, or aws:kms and a key", _ENCRYPTIONS),
        )
        for id, label, placeholder, known in fields:
            yield Label(Content(label))
            yield Input(
                placeholder=placeholder,
                id=id,
                compact=True,
                select_on_focus=False,
                suggester=SuggestFromList(known, case_sensitive=False),
            )
        for id, label in (("metadata", "Metadata"), ("tags", "Tags")):
            yield Label(Content(f"{label}\nname=value,\none a line"))
            yield TextArea(id=id, tab_behavior="focus", compact=True)

    def read(self, content_type: str | None) -> TargetOptions:
        """Return the options that are filled in.

        Raises: ValueError, with the sentence for the user.
        """
        encryption, _, kms_key = self._text("encryption").partition(" ")
        if encryption and encryption not in _ENCRYPTIONS:
            raise ValueError(f"Encryption is one of {', '.join(_ENCRYPTIONS)}, with a key behind aws:kms.")
        if kms_key and encryption == "AES256":
            raise ValueError("AES256 takes no key: S3 has its own.")
        return TargetOptions(
            content_type=content_type,
            cache_control=self._text("cache") or None,
            storage_class=self._text("class").upper() or None,
            server_side_encryption=encryption or None,
            kms_key_id=kms_key.strip() or None,
            metadata=read_metadata(self.query_one("#metadata", TextArea).text),
            tags=read_tags(self.query_one("#tags", TextArea).text),
        )

    def _text(self, id: str) -> str:
        return self.query_one(f"#{id}", Input).value.strip()


def read_metadata(text: str) -> dict[str, str]:
    """Parse user metadata, one `name=value` a line.

    Raises: ValueError, with the sentence for the user.
    """
    pairs = _pairs(text, "metadata")
    for name, value in pairs.items():
        if not _TOKEN.fullmatch(name):
            raise ValueError(f"{name!r} cannot be a metadata name: letters, digits, - and _ can.")
        if not value.isascii():
            raise ValueError(f"The metadata {name} must be plain ASCII: it travels in a header.")
    return pairs


def read_tags(text: str) -> dict[str, str]:
    """Parse object tags, one `name=value` a line.

    Raises: ValueError, with the sentence for the user.
    """
    pairs = _pairs(text, "tags")
    if len(pairs) > _MOST_TAGS:
        raise ValueError(f"An object can have {_MOST_TAGS} tags, not {len(pairs)}.")
    for name, value in pairs.items():
        if len(name) > _TAG_NAME or len(value) > _TAG_VALUE:
            raise ValueError(f"A tag's name has at most {_TAG_NAME} characters, its value {_TAG_VALUE}.")
    return pairs


def _pairs(text: str, what: str) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        name, equals, value = (part.strip() for part in line.partition("="))
        if not name or not equals:
            raise ValueError(f"In {what}, {line!r} is not name=value.")
        if name in pairs:
            raise ValueError(f"In {what}, {name!r} is there twice.")
        pairs[name] = value
    return pairs
