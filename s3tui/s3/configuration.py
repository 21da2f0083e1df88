"""A bucket's configuration: the values of its subresources. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

from s3tui.s3.models import RetentionMode


class VersioningStatus(Enum):
    OFF = "Off"
    """It never had versions."""
    ENABLED = "Enabled"
    SUSPENDED = "Suspended"
    """It keeps the versions that it has, and makes no more."""


@dataclass(frozen=True, slots=True)
class Versioning:
    """A bucket's versioning: on, suspended or never on, and MFA delete."""

    status: VersioningStatus
    mfa_delete: bool = False


@dataclass(frozen=True, slots=True)
class PublicAccessBlock:
    """The kinds of public access that a bucket refuses, whatever its policy and ACLs say."""

    block_public_acls: bool
    ignore_public_acls: bool
    block_public_policy: bool
    restrict_public_buckets: bool


@dataclass(frozen=True, slots=True)
class CorsRule:
    """A CORS rule: the origins that may send a bucket which requests."""

    allowed_origins: tuple[str, ...]
    allowed_methods: tuple[str, ...]
    allowed_headers: tuple[str, ...] = ()
    expose_headers: tuple[str, ...] = ()
    max_age_s: int | None = None
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Transition:
    """A transition to another storage class, some days after creation or at a date."""

    storage_class: str
    days: int | None = None
    date: datetime | None = None


@dataclass(frozen=True, slots=True)
class LifecycleRule:
    """A lifecycle rule: transitions and expirations of objects; a field that is `None` never happens."""

    id: str | None
    is_enabled: bool
    prefix: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    larger_than: int | None = None
    smaller_than: int | None = None
    expiration_days: int | None = None
    expiration_date: datetime | None = None
    removes_expired_delete_markers: bool = False
    noncurrent_expiration_days: int | None = None
    noncurrent_versions_kept: int | None = None
    abort_uploads_after_days: int | None = None
    transitions: tuple[Transition, ...] = ()
    noncurrent_transitions: tuple[Transition, ...] = ()


@dataclass(frozen=True, slots=True)
class DefaultEncryption:
    """The encryption of objects that are written without naming one."""

    algorithm: str
    """`AES256`, `aws:kms` or `aws:kms:dsse`."""
    kms_key_id: str | None = None
    bucket_key: bool = False


@dataclass(frozen=True, slots=True)
class ObjectLockConfiguration:
    """A bucket's Object Lock, and the default retention of new versions."""

    is_enabled: bool
    mode: RetentionMode | None = None
    days: int | None = None
    years: int | None = None


class BucketRules(Enum):
    """Rules that are read and written as a document: CORS and lifecycle."""

    CORS = "cors", "CORSConfiguration", "GetBucketCors", "PutBucketCors", "DeleteBucketCors"
    LIFECYCLE = (
        "lifecycle",
        "LifecycleConfiguration",
        "GetBucketLifecycleConfiguration",
        "PutBucketLifecycleConfiguration",
        "DeleteBucketLifecycle",
    )

    @property
    def subresource(self) -> str:
        return self.value[0]

    @property
    def root(self) -> str:
        return self.value[1]

    @property
    def reads(self) -> str:
        """The operation that reads them."""
        return self.value[2]

    @property
    def writes(self) -> str:
        return self.value[3]

    @property
    def removes(self) -> str:
        return self.value[4]


@dataclass(frozen=True, slots=True)
class RuleDocument:
    """Rules of a bucket as JSON has them, in the form that the AWS command line takes."""

    rules: Mapping[str, Any]
    minimum_size: str | None = None
    """Of lifecycle rules: from which size on S3 moves objects by default; to be sent again as it came."""


class BucketDocument(Enum):
    """Configurations that are read as they are: a subresource, and the root of its document."""

    REPLICATION = "replication", "ReplicationConfiguration"
    LOGGING = "logging", "BucketLoggingStatus"
    NOTIFICATION = "notification", "NotificationConfiguration"
    WEBSITE = "website", "WebsiteConfiguration"
    INVENTORY = "inventory", "ListInventoryConfigurationsResult"
    ACCELERATE = "accelerate", "AccelerateConfiguration"
    REQUEST_PAYMENT = "requestPayment", "RequestPaymentConfiguration"

    @property
    def subresource(self) -> str:
        return self.value[0]

    @property
    def root(self) -> str:
        return self.value[1]


Leaves = tuple[tuple[str, str], ...]
"""The texts of a document in its order, each behind the names of its elements: `Rule/Status`, `Enabled`."""
