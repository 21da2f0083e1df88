"""The S3 core: a client for Amazon S3 and everything that speaks its protocol.

A library of its own: it needs httpx, httptools and aiohappyeyeballs, and knows nothing of terminals,
keyrings or databases. Names are imported on first use, so that values and errors cost nothing to import.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from s3tui.s3.address.endpoint import Addressing, Endpoint, IpFamily
    from s3tui.s3.address.providers import StorageProvider
    from s3tui.s3.address.region import Region
    from s3tui.s3.address.uri import S3Uri
    from s3tui.s3.blocking import BlockingBucket, BlockingMultipartUpload, BlockingS3Client
    from s3tui.s3.bucket import BucketHandle
    from s3tui.s3.checksum import Checksum, ChecksumAlgorithm, ChecksumMode, ChecksumType, EtagHasher
    from s3tui.s3.client import S3Client
    from s3tui.s3.configuration import (
        BucketDocument,
        CorsRule,
        DefaultEncryption,
        LifecycleRule,
        ObjectLockConfiguration,
        PublicAccessBlock,
        Transition,
        Versioning,
        VersioningStatus,
    )
    from s3tui.s3.credentials import Credentials, Profile, SharedFiles
    from s3tui.s3.credentials.profiles import default_provider, profile_provider
    from s3tui.s3.credentials.refreshing import Provider, Refreshing
    from s3tui.s3.http.file_section import FileSection
    from s3tui.s3.listing.backwards import list_objects_before
    from s3tui.s3.listing.parallel import list_objects_parallel
    from s3tui.s3.listing.versions import list_objects_as_of
    from s3tui.s3.models import (
        AccessControlList,
        Bucket,
        ByteRange,
        ContentRange,
        DeletedObject,
        DeleteError,
        DeleteResult,
        Grant,
        ListObjectsPage,
        ListUploadsPage,
        ListVersionsPage,
        ObjectAttributes,
        ObjectHead,
        ObjectSummary,
        ObjectVersion,
        OpenUpload,
        Part,
        RestoreStatus,
        Retention,
        RetentionMode,
        UploadMarker,
        VersionMarker,
        VersionSummary,
    )
    from s3tui.s3.operations.multipart_upload import MultipartUpload
    from s3tui.s3.request.options import (
        CallDefaults,
        CallOptions,
        CopyOptions,
        CopyPartOptions,
        CustomerKey,
        Encryption,
        ObjectOptions,
        PartOptions,
        ReadOptions,
        SourceOptions,
        WriteOptions,
    )
    from s3tui.s3.retries import RetryPolicy, RetryQuota, Throttled, retry
    from s3tui.s3.sending.capabilities import Capabilities, Capability, CapabilityObserved
    from s3tui.s3.sending.clock import ClockSkewed
    from s3tui.s3.sending.object_stream import ObjectBody
    from s3tui.s3.sending.region_redirects import RegionRouted
    from s3tui.s3.sending.request_log import Exchange, RequestLog, Totals
    from s3tui.s3.signing.presign import PresignedUrl, ResponseOverrides
    from s3tui.s3.signing.presign_post import PresignedForm

_HOME = {
    "blocking": (
        "BlockingBucket",
        "BlockingMultipartUpload",
        "BlockingS3Client",
    ),
    "sending.object_stream": ("ObjectBody",),
    "bucket": ("BucketHandle",),
    "sending.capabilities": (
        "Capabilities",
        "Capability",
        "CapabilityObserved",
    ),
    "checksum": (
        "Checksum",
        "ChecksumAlgorithm",
        "ChecksumMode",
        "ChecksumType",
        "EtagHasher",
    ),
    "client": ("S3Client",),
    "configuration": (
        "BucketDocument",
        "CorsRule",
        "DefaultEncryption",
        "LifecycleRule",
        "ObjectLockConfiguration",
        "PublicAccessBlock",
        "Transition",
        "Versioning",
        "VersioningStatus",
    ),
    "credentials": (
        "Credentials",
        "Profile",
        "SharedFiles",
    ),
    "address.endpoint": (
        "Addressing",
        "Endpoint",
        "IpFamily",
    ),
    "http.file_section": ("FileSection",),
    "sending.request_log": (
        "Exchange",
        "RequestLog",
        "Totals",
    ),
    "listing.parallel": ("list_objects_parallel",),
    "models": (
        "AccessControlList",
        "Bucket",
        "ByteRange",
        "ContentRange",
        "DeleteError",
        "DeleteResult",
        "DeletedObject",
        "Grant",
        "ListObjectsPage",
        "ListUploadsPage",
        "ListVersionsPage",
        "ObjectAttributes",
        "ObjectHead",
        "ObjectSummary",
        "ObjectVersion",
        "OpenUpload",
        "Part",
        "RestoreStatus",
        "Retention",
        "RetentionMode",
        "UploadMarker",
        "VersionMarker",
        "VersionSummary",
    ),
    "operations.multipart_upload": ("MultipartUpload",),
    "request.options": (
        "CallDefaults",
        "CallOptions",
        "CopyOptions",
        "CopyPartOptions",
        "CustomerKey",
        "Encryption",
        "ObjectOptions",
        "PartOptions",
        "ReadOptions",
        "SourceOptions",
        "WriteOptions",
    ),
    "signing.presign": (
        "PresignedForm",
        "PresignedUrl",
        "ResponseOverrides",
    ),
    "signing.presign_post": ("PresignedForm",),
    "address.region": ("Region",),
    "credentials.profiles": (
        "default_provider",
        "profile_provider",
    ),
    "credentials.refreshing": (
        "Provider",
        "Refreshing",
    ),
    "retries": (
        "RetryPolicy",
        "RetryQuota",
        "Throttled",
        "retry",
    ),
    "sending.region_redirects": ("RegionRouted",),
    "listing.backwards": ("list_objects_before",),
    "sending.clock": ("ClockSkewed",),
    "address.uri": ("S3Uri",),
    "address.providers": ("StorageProvider",),
    "listing.versions": ("list_objects_as_of",),
}
_MODULE_OF = {name: module for module, names in _HOME.items() for name in names}

__all__ = [
    "AccessControlList",
    "Addressing",
    "BlockingBucket",
    "BlockingMultipartUpload",
    "BlockingS3Client",
    "Bucket",
    "BucketDocument",
    "BucketHandle",
    "ByteRange",
    "CallDefaults",
    "CallOptions",
    "Capabilities",
    "Capability",
    "CapabilityObserved",
    "Checksum",
    "ChecksumAlgorithm",
    "ChecksumMode",
    "ChecksumType",
    "ClockSkewed",
    "ContentRange",
    "CopyOptions",
    "CopyPartOptions",
    "CorsRule",
    "Credentials",
    "CustomerKey",
    "DefaultEncryption",
    "DeleteError",
    "DeleteResult",
    "DeletedObject",
    "Encryption",
    "Endpoint",
    "EtagHasher",
    "Exchange",
    "FileSection",
    "Grant",
    "IpFamily",
    "LifecycleRule",
    "ListObjectsPage",
    "ListUploadsPage",
    "ListVersionsPage",
    "MultipartUpload",
    "ObjectAttributes",
    "ObjectBody",
    "ObjectHead",
    "ObjectLockConfiguration",
    "ObjectOptions",
    "ObjectSummary",
    "ObjectVersion",
    "OpenUpload",
    "Part",
    "PartOptions",
    "PresignedForm",
    "PresignedUrl",
    "Profile",
    "Provider",
    "PublicAccessBlock",
    "ReadOptions",
    "Refreshing",
    "Region",
    "RegionRouted",
    "RequestLog",
    "ResponseOverrides",
    "RestoreStatus",
    "Retention",
    "RetentionMode",
    "RetryPolicy",
    "RetryQuota",
    "S3Client",
    "S3Uri",
    "SharedFiles",
    "SourceOptions",
    "StorageProvider",
    "Throttled",
    "Totals",
    "Transition",
    "UploadMarker",
    "VersionMarker",
    "VersionSummary",
    "Versioning",
    "VersioningStatus",
    "WriteOptions",
    "default_provider",
    "list_objects_as_of",
    "list_objects_before",
    "list_objects_parallel",
    "profile_provider",
    "retry",
]


def __getattr__(name: str) -> object:
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
