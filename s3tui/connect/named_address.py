"""Addresses with the name of a connection in front: `work:bucket/key`. Pure."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from s3tui.config.options import SCHEMES, did_you_mean


class NamedAddress(NamedTuple):
    """An address, and the connection that it is for."""

    connection: str | None
    """`None`: the address names none."""
    address: str
    """Without the name; empty for the connection itself."""


def may_name_connection(text: str) -> bool:
    """Return whether a word stands before a colon that begins no other kind of address."""
    head, colon, _ = text.strip().partition(":")
    return bool(colon) and head.lower() not in SCHEMES


def split_address(text: str, names: Collection[str]) -> NamedAddress:
    """Take the longest of `names` that stands before a colon off an address."""
    text = text.strip()
    if may_name_connection(text):
        named = [name for name in names if text.startswith(f"{name}:")]
        if named:
            name = max(named, key=len)
            return NamedAddress(name, text[len(name) + 1 :])
    return NamedAddress(None, text)


def as_uri(address: str) -> str:
    """Return an address behind a name as an S3 URI: there, `bucket/key` is enough."""
    head, colon, _ = address.partition(":")
    return address if colon and head.lower() in SCHEMES else f"s3://{address}"


def unknown_connection(name: str, names: Collection[str]) -> str:
    """Return the sentence for a name that no connection has, without its end."""
    there = ", ".join(names) or "none"
    return f"there is no connection {name!r}{did_you_mean(name, names) or f'; there are: {there}'}"
