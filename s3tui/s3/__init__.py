"""The S3 core: a client for Amazon S3 and everything that speaks its protocol.

A library of its own: it needs httpx and aiohttp, and knows nothing of terminals, keyrings or
databases. Names are imported on first use, so that values and errors cost nothing to import.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from s3tui.s3.client import ObjectBody, S3Client
    from s3tui.s3.credentials import Credentials, Profile, Provider, SharedFiles
    from s3tui.s3.credentials.profiles import default_provider, profile_provider
    from s3tui.s3.endpoint import Addressing, Endpoint, IpFamily
    from s3tui.s3.ledger import Exchange
    from s3tui.s3.models import (
        Bucket,
        ByteRange,
        ContentRange,
        DeletedObject,
        DeleteError,
        DeleteResult,
        ListObjectsPage,
        ObjectHead,
        ObjectSummary,
        Part,
    )
    from s3tui.s3.presign import PresignedUrl, ResponseOverrides
    from s3tui.s3.region import Region
    from s3tui.s3.retry import RetryPolicy
    from s3tui.s3.routing import RegionRouted
    from s3tui.s3.uri import S3Uri

_HOME = {
    "client": ("ObjectBody", "S3Client"),
    "credentials": ("Credentials", "Profile", "Provider", "SharedFiles"),
    "credentials.profiles": ("default_provider", "profile_provider"),
    "endpoint": ("Addressing", "Endpoint", "IpFamily"),
    "ledger": ("Exchange",),
    "models": (
        "Bucket",
        "ByteRange",
        "ContentRange",
        "DeleteError",
        "DeleteResult",
        "DeletedObject",
        "ListObjectsPage",
        "ObjectHead",
        "ObjectSummary",
        "Part",
    ),
    "presign": ("PresignedUrl", "ResponseOverrides"),
    "region": ("Region",),
    "retry": ("RetryPolicy",),
    "routing": ("RegionRouted",),
    "uri": ("S3Uri",),
}
_MODULE_OF = {name: module for module, names in _HOME.items() for name in names}

__all__ = [
    "Addressing",
    "Bucket",
    "ByteRange",
    "ContentRange",
    "Credentials",
    "DeleteError",
    "DeleteResult",
    "DeletedObject",
    "Endpoint",
    "Exchange",
    "IpFamily",
    "ListObjectsPage",
    "ObjectBody",
    "ObjectHead",
    "ObjectSummary",
    "Part",
    "PresignedUrl",
    "Profile",
    "Provider",
    "Region",
    "RegionRouted",
    "ResponseOverrides",
    "RetryPolicy",
    "S3Client",
    "S3Uri",
    "SharedFiles",
    "default_provider",
    "profile_provider",
]


def __getattr__(name: str) -> object:
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
