"""Every error code of S3 has its sentence; a refusal is explained by its operation and the server's words."""

from __future__ import annotations

import asyncio
import gzip
import json
import re
from datetime import UTC, datetime
from pathlib import Path

import botocore
import pytest

from s3tui.diagnosis.explanations import MEANINGS, explanation, meaning
from s3tui.s3.retries import THROTTLING_CODES
from s3tui.s3.sending import capabilities, error_mapping
from s3tui.s3.sending.request_log import Exchange

LISTED = """
AccessControlListNotSupported AccessDenied AccessPointAlreadyOwnedByYou AccountProblem
AllAccessDisabled AmbiguousGrantByEmailAddress AuthorizationHeaderMalformed
AuthorizationQueryParametersError BadDigest BucketAlreadyExists BucketAlreadyOwnedByYou
BucketHasAccessPointsAttached BucketNotEmpty ClientTokenConflict ConditionalRequestConflict
ConnectionClosedByRequester CredentialsNotSupported CrossLocationLoggingProhibited
DeviceNotActiveError EndpointNotFound EntityTooLarge EntityTooSmall ExpiredToken
IllegalLocationConstraintException IllegalVersioningConfigurationException IncompleteBody
IncorrectEndpoint IncorrectNumberOfFilesInPostRequest InlineDataTooLarge InternalError
InvalidAccessKeyId InvalidAccessPoint InvalidAccessPointAliasError InvalidAddressingHeader
InvalidArgument InvalidBucketAclWithObjectOwnership InvalidBucketName InvalidBucketOwnerAWSAccountID
InvalidBucketState InvalidDigest InvalidEncryptionAlgorithmError InvalidHostHeader InvalidHttpMethod
InvalidLocationConstraint InvalidObjectState InvalidPart InvalidPartOrder InvalidPayer
InvalidPolicyDocument InvalidRange InvalidRegion InvalidRequest InvalidSOAPRequest InvalidSecurity
InvalidSessionException InvalidSignature InvalidStorageClass InvalidTag
InvalidTargetBucketForLogging InvalidToken InvalidURI KMS.DisabledException
KMS.InvalidKeyUsageException KMS.KMSInvalidStateException KMS.NotFoundException KeyTooLongError
MalformedACLError MalformedPOSTRequest MalformedPolicy MalformedXML MaxMessageLengthExceeded
MaxPostPreDataLengthExceededError MetadataTooLarge MethodNotAllowed MissingAttachment
MissingAuthenticationToken MissingContentLength MissingRequestBodyError MissingSecurityElement
MissingSecurityHeader NoLoggingStatusForKey NoSuchAccessPoint NoSuchAsyncRequest NoSuchBucket
NoSuchBucketPolicy NoSuchCORSConfiguration NoSuchKey NoSuchLifecycleConfiguration
NoSuchMultiRegionAccessPoint NoSuchObjectLockConfiguration NoSuchTagSet NoSuchUpload NoSuchVersion
NoSuchWebsiteConfiguration NoTransformationDefined NotDeviceOwnerError NotImplemented NotModified
NotSignedUp ObjectLockConfigurationNotFoundError OperationAborted OwnershipControlsNotFoundError
PermanentRedirect PermanentRedirectControlError PreconditionFailed Redirect
ReplicationConfigurationNotFoundError RequestHeaderSectionTooLarge RequestIsNotMultiPartContent
RequestTimeTooSkewed RequestTimeout RequestTorrentOfBucketError ResponseInterrupted
RestoreAlreadyInProgress ServerSideEncryptionConfigurationNotFoundError ServiceUnavailable
SignatureDoesNotMatch SlowDown TagPolicyException TemporaryRedirect TokenCodeInvalidError
TokenRefreshRequired TooManyAccessPoints TooManyBuckets TooManyMultiRegionAccessPointregionsError
TooManyMultiRegionAccessPoints UnauthorizedAccessError UnexpectedContent UnexpectedIPError
UnresolvableGrantByEmailAddress UnsupportedArgument UnsupportedSignature UserKeyMustBeSpecified
"""
"""*List of error codes* in the Amazon S3 API Reference, of November 2026."""
SEEN = """
AccessForbidden InvalidHeader UnsupportedHeader BadRequest XAmzContentSHA256Mismatch
NoSuchTagSetError QuotaExceeded UserSuspended KeyTooLong MalformedTrailerError InvalidChunkSizeError
NoSuchConfiguration XNotImplemented
"""
"""Codes that other products were seen to send."""


def of_botocore() -> set[str]:
    """Return the codes of botocore's S3 model: its exceptions, and what it lists of DeleteObjects."""
    (file,) = (Path(botocore.__file__).parent / "data" / "s3").glob("*/service-2.json*")
    raw = file.read_bytes()
    model = json.loads(gzip.decompress(raw) if file.suffix == ".gz" else raw)
    shapes = {name for name, shape in model["shapes"].items() if shape.get("exception")}
    listed = set(re.findall(r"<i>Code:</i> ([A-Za-z]{3,})", json.dumps(model)))
    assert len(shapes) > 15
    assert len(listed) > 60
    return shapes | listed


def test_every_code_has_its_sentence() -> None:
    codes = of_botocore() | set(LISTED.split()) | set(SEEN.split()) | THROTTLING_CODES
    codes |= set(error_mapping._CLASS_BY_CODE) | set(error_mapping._CODE_BY_STATUS.values())
    codes |= {code for code in capabilities.REFUSALS if not code.startswith("HTTP")}
    assert codes - MEANINGS.keys() == set()
    assert "given up" in meaning(asyncio.CancelledError.__name__, None)
    for code, text in MEANINGS.items():
        assert re.fullmatch(r"[A-Z0-9].*[.?]", text), (code, text)


def refused(code: str, operation: str, said: str = "", status: int = 403, **sent: str) -> Exchange:
    headers = {name.replace("_", "-"): value for name, value in sent.items()}
    details = {"Code": code, "Message": said}
    return Exchange(
        operation,
        "GET",
        "b",
        "k" if operation.endswith("Object") else None,
        "us-east-1",
        status,
        datetime(2026, 11, 20, tzinfo=UTC),
        0.1,
        0,
        0,
        1,
        code,
        sent=headers,
        details=details,
    )


@pytest.mark.parametrize(
    ("exchange", "words"),
    [
        (refused("AccessDenied", "GetObject"), "s3:GetObject, on arn:aws:s3:::b/k."),
        (refused("AccessDenied", "GetObject"), "403 of what is not there"),
        (refused("AccessDenied", "HeadObject"), "With s3:ListBucket on b it would say 404"),
        (refused("AccessDenied", "ListObjectsV2"), "s3:ListBucket, on arn:aws:s3:::b."),
        (refused("AccessDenied", "ListObjectsV2"), "$ in the bucket agrees to pay"),
        (refused("NoSuchKey", "GetObject", status=404), "it is not there"),
        (refused("AccessDenied", "GetObject", "not authorized to perform: kms:Decrypt"), "kms:Decrypt"),
        (
            refused("AccessDenied", "DeleteObject", "because object protected by object lock"),
            "Object Lock keeps it",
        ),
        (
            refused("AccessDenied", "GetObject", "with an explicit deny in a VPC endpoint policy"),
            "the network",
        ),
        (refused("InvalidObjectState", "GetObject"), "A restores it"),
        (refused("RequestTimeTooSkewed", "ListBuckets"), "clock"),
        (refused("ExpiredToken", "ListBuckets", status=400), "sign in again"),
        (refused("SignatureDoesNotMatch", "ListBuckets"), "the tab Signature compares"),
        (refused("NobodyKnows", "ListBuckets", status=507), "The server failed"),
    ],
)
def test_a_refusal_is_explained(exchange: Exchange, words: str) -> None:
    assert words in "\n".join(text for _, text in explanation(exchange))


def test_who_pays_already_and_who_succeeds_is_told_nothing() -> None:
    paying = refused("AccessDenied", "ListObjectsV2", x_amz_request_payer="requester")
    assert not any("$" in text for _, text in explanation(paying))
    assert explanation(paying._replace(error=None)) == []
    assert "No answer came" in meaning("ConnectError", None)
