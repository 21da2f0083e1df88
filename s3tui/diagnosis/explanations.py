"""Explanations of refusals: what an error code of S3 means for an operation, and what to do about it. Pure.

Truth: *Error responses* in the Amazon S3 API Reference, and codes that other products were seen to send.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from s3tui.s3.address.uri import S3Uri
from s3tui.s3.sending.error_mapping import iam_action
from s3tui.s3.sending.request_log import Exchange

_BROKEN_REQUEST = (
    "The request is not as the server wants it: that is a fault of s3tui, or the server lacks something."
)
_ACCOUNT = "Something is wrong with the account, often an unpaid bill: its owner has to settle it."
_TOKEN = "The session token is not valid, or of another service: sign in again."
_CHANGED = "Something changes it at the same time: try again in a moment."
_ABSENT_SETTING = "The bucket has no such setting: nothing was ever set, which is no fault."
_KMS = "The key of KMS that encrypts it cannot be used: it is disabled, being deleted, or of another region."
_REGION = "It is in another region: s3tui signs again for that one, by itself."
_POST_FORM = "The upload form is not as its policy wants it: make a new one."
_TABLES = "It is about S3 Tables or metadata tables, which s3tui does not use."
_ANNOTATIONS = "It is about annotations of objects, which s3tui does not use."
_BUSY = "The server is busy: s3tui sends fewer requests, and tries again."
_ITS_FAULT = "The server failed, not the request: s3tui tries again."
_BAD_BODY = "What came is not what was sent: something on the way changed it. Try again."
_LACKS = "The server does not have this operation, or does not know a header of it: s3tui doctor tells which."
_SELECT = "It is about S3 Select, which s3tui does not use."
_ACCESS_POINT = "The access point is not there, or not of that account: look at its ARN."
_MRAP = "It is about a multi-region access point: look at its ARN and at the regions that it has."
_OUTPOST = "It is about S3 on Outposts: look at the ARN, and at whether the Outpost is connected."
_LAMBDA = (
    "The function behind the Object Lambda access point failed or answered wrongly: its owner has to look."
)
_CHINA = "Regions in China ask for an ICP licence of who offers content there."
_LENS = "It is about Storage Lens or batch jobs, which s3tui does not use."

MEANINGS: Mapping[str, str] = {
    "AccessControlListNotSupported": "ACLs are off in this bucket (bucket owner enforced): policies decide "
    "there.",
    "AccessDenied": "These keys may not do this, or something else forbids it: a policy, the network, a "
    "key of KMS.",
    "AccessForbidden": "These keys may not do this; with CORS, the origin is not allowed.",
    "AccessPointAlreadyOwnedByYou": "You have an access point of this name already.",
    **dict.fromkeys(("AccountProblem", "AccountSuspended", "UserDisable", "UserSuspended"), _ACCOUNT),
    "AllAccessDisabled": "Access to it was switched off for everybody: only its provider can help.",
    "AmbiguousGrantByEmailAddress": "The email address belongs to several accounts: grant to an account's "
    "id.",
    "AuthorizationHeaderMalformed": f"The signature is for another region, or its form is wrong. {_REGION}",
    "AuthorizationQueryParametersError": "The presigned link is damaged, or lives for more than seven days.",
    **dict.fromkeys(("BadDigest", "XAmzContentSHA256Mismatch", "XAmzContentChecksumMismatch"), _BAD_BODY),
    **dict.fromkeys(("BadRequest", "InvalidHeader", "UnsupportedHeader", "UnsupportedArgument"), _LACKS),
    "BucketAlreadyExists": "Somebody has a bucket of this name, names are shared by all: pick another.",
    "BucketAlreadyOwnedByYou": "You have this bucket already: open it.",
    "BucketHasAccessPointsAttached": "The bucket has access points: delete those first.",
    "BucketNotEmpty": "The bucket is not empty: old versions and unfinished uploads count, too. v and u "
    "show them.",
    "ClientTokenConflict": _MRAP,
    "ConditionalRequestConflict": "Somebody else was writing it at the same time: look again, then try "
    "again.",
    "ConnectionClosedByRequester": _LAMBDA,
    "CredentialsNotSupported": _BROKEN_REQUEST,
    "CrossLocationLoggingProhibited": "Logs can only go to a bucket of the same region.",
    **dict.fromkeys(
        ("DeviceNotActiveError", "NotDeviceOwnerError"), "The MFA device is not active, or not yours."
    ),
    "EndpointNotFound": "Nothing of that name is at this endpoint: look at the region and at the address.",
    "EncryptionTypeMismatch": "The parts of an upload must be encrypted as the upload was begun.",
    "EntityTooLarge": "It is larger than the server takes: S3 takes 5 GiB in one request, 5 TiB in parts.",
    "EntityTooSmall": "A part is too small: all but the last have 5 MiB at least.",
    "ExpiredToken": "The session has ended: sign in again. ^o shows the connections.",
    "HeadersNotSigned": _BROKEN_REQUEST,
    "IdempotencyParameterMismatch": "The same rename was asked for in another way: try again.",
    **dict.fromkeys(("IllegalLocationConstraintException", "IncorrectEndpoint"), _REGION),
    "IllegalVersioningConfigurationException": "Versioning cannot be set so: under Object Lock it stays on.",
    **dict.fromkeys(("IncompleteBody", "InvalidChunkSizeError", "MalformedTrailerError"), _BAD_BODY),
    "IncorrectNumberOfFilesInPostRequest": _POST_FORM,
    "InlineDataTooLarge": _BROKEN_REQUEST,
    **dict.fromkeys(("InternalError", "InternalFailure", "ServerInternalError"), _ITS_FAULT),
    "InvalidAccessKeyId": "The server does not know the access key: it may be mistyped, or deleted.",
    **dict.fromkeys(
        ("InvalidAccessPoint", "InvalidAccessPointAliasError", "NoSuchAccessPoint"), _ACCESS_POINT
    ),
    "InvalidAddressingHeader": _BROKEN_REQUEST,
    "InvalidArgument": f"A value of the request is refused; the server's words say which. {_LACKS}",
    "InvalidBucketAclWithObjectOwnership": "ACLs are off in this bucket: its policy decides.",
    "InvalidBucketName": "A bucket's name has 3 to 63 small letters, digits, dots and hyphens.",
    "InvalidBucketOwnerAWSAccountID": "The expected owner must be an account's number of twelve digits.",
    "InvalidBucketState": "The state of the bucket forbids it: replication or a lock may need versioning to "
    "stay on.",
    "InvalidDigest": _BAD_BODY,
    "InvalidEncryptionAlgorithmError": "The server does not know this encryption: AES256 is what all of them "
    "have.",
    "InvalidHostHeader": "The bucket must stand in the path of the URL here, or in the host: --path-style "
    "sets it.",
    "InvalidHttpMethod": _LACKS,
    "InvalidLocationConstraint": "There is no such region here, or it is not the one of this endpoint.",
    "InvalidObjectState": "It is archived: A restores it, and then it can be read.",
    "InvalidPart": "A part of the upload is missing, or changed: the upload is begun anew.",
    "InvalidPartOrder": "The parts were not given in order.",
    "InvalidPayer": "Who should pay for the request cannot.",
    "InvalidPolicyDocument": _POST_FORM,
    "InvalidPrefix": "The prefix is not one that the server takes.",
    "InvalidRange": "It is shorter than that: it may have been replaced meanwhile.",
    "InvalidRegion": "That region has to be opted in to, by the account's owner.",
    "InvalidRequest": f"The request is refused for its form or its state; the server's words say why. "
    f"{_LACKS}",
    "InvalidSecurity": "The keys are not valid here.",
    "InvalidSessionException": "The session of the directory bucket has ended: a new one is made by itself.",
    "InvalidSignature": "The signature is wrong: is the secret key right?",
    **dict.fromkeys(("InvalidSOAPRequest", "MissingAttachment", "MissingSecurityElement"), _BROKEN_REQUEST),
    "InvalidStorageClass": "The server does not have this storage class.",
    "InvalidTag": "A tag is refused: doubled, too long, or with characters that S3 does not take.",
    "InvalidTargetBucketForLogging": "The bucket for logs is not there, not yours, or does not let the logs "
    "in.",
    **dict.fromkeys(("InvalidToken", "TokenRefreshRequired", "InvalidTokenId"), _TOKEN),
    "InvalidURI": "The server cannot read the key: some take no //, no control characters, or no dots "
    "as names.",
    "InvalidWriteOffset": "The object is not as long as was thought: something else wrote to it.",
    **dict.fromkeys(
        ("KeyTooLong", "KeyTooLongError"), "A key has 1,024 bytes at most; a letter may take four."
    ),
    **dict.fromkeys(
        (
            "KMS.DisabledException",
            "KMS.InvalidKeyUsageException",
            "KMS.KMSInvalidStateException",
            "KMS.NotFoundException",
        ),
        _KMS,
    ),
    "MalformedACLError": _BROKEN_REQUEST,
    "MalformedPOSTRequest": _POST_FORM,
    "MalformedPolicy": "The policy is not valid: a principal in it may no longer exist.",
    "MalformedXML": _BROKEN_REQUEST,
    **dict.fromkeys(
        ("MaxMessageLengthExceeded", "RequestHeaderSectionTooLarge"), "The request is too large."
    ),
    "MaxPostPreDataLengthExceededError": _POST_FORM,
    "MetadataTooLarge": "Names and values of metadata have 2 KB at most.",
    "MethodNotAllowed": "It cannot be done to this: of a delete marker there is nothing to read; else the "
    "server lacks it.",
    "MissingAuthenticationToken": "The request was not signed, and this is not public.",
    "MissingContentLength": "The server wants to know the length beforehand.",
    "MissingRequestBodyError": _BROKEN_REQUEST,
    "MissingSecurityHeader": _BROKEN_REQUEST,
    "NoLoggingStatusForKey": _BROKEN_REQUEST,
    **dict.fromkeys(("NoSuchAsyncRequest", "NoSuchMultiRegionAccessPoint"), _MRAP),
    "NoSuchBucket": "There is no bucket of this name at this endpoint; names are of one endpoint.",
    **dict.fromkeys(
        (
            "NoSuchBucketPolicy",
            "NoSuchCORSConfiguration",
            "NoSuchConfiguration",
            "NoSuchLifecycleConfiguration",
            "NoSuchObjectLockConfiguration",
            "NoSuchPublicAccessBlockConfiguration",
            "NoSuchTagSet",
            "NoSuchTagSetError",
            "NoSuchWebsiteConfiguration",
            "ObjectLockConfigurationNotFoundError",
            "OwnershipControlsNotFoundError",
            "ReplicationConfigurationNotFoundError",
            "ServerSideEncryptionConfigurationNotFoundError",
        ),
        _ABSENT_SETTING,
    ),
    "NoSuchKey": "There is no such object; behind a delete marker it may be hidden: v shows versions.",
    "NoSuchUpload": "That upload was completed or aborted, by a rule of the bucket perhaps.",
    "NoSuchVersion": "There is no such version: it was deleted for good, perhaps by a rule.",
    "NoTransformationDefined": _LAMBDA,
    **dict.fromkeys(("NotImplemented", "XNotImplemented"), _LACKS),
    "NotModified": "It has not changed since.",
    "NotSignedUp": "The account is not signed up for the service: its owner has to do that.",
    "ObjectAlreadyInActiveTierError": "It is not archived: it can be read as it is.",
    "ObjectNotInActiveTierError": "The source is archived: restore it, then copy it.",
    "OperationAborted": _CHANGED,
    **dict.fromkeys(
        ("PermanentRedirect", "PermanentRedirectControlError", "Redirect", "TemporaryRedirect"), _REGION
    ),
    "PreconditionFailed": "A condition did not hold: it was changed meanwhile, or is there already.",
    "QuotaExceeded": "The quota is used up: make room, or have it raised.",
    "RequestExpired": "The link or the request has expired: is this machine's clock right?",
    "RequestIsNotMultiPartContent": _POST_FORM,
    "RequestTimeTooSkewed": "This machine's clock is more than 15 minutes off: set it.",
    "RequestTimeout": "The server waited too long for the bytes: the link may be slow or broken.",
    "RequestTorrentOfBucketError": _LACKS,
    "ResponseInterrupted": _LAMBDA,
    "RestoreAlreadyInProgress": "It is being restored already: ↻ marks it until it is there.",
    "ServiceUnavailable": _BUSY,
    "SignatureDoesNotMatch": "The secret key is wrong, or something on the way changes requests: "
    "the tab Signature compares.",
    **dict.fromkeys(
        (
            "SlowDown",
            "BandwidthLimitExceeded",
            "EC2ThrottledException",
            "LimitExceededException",
            "PriorRequestNotComplete",
            "ProvisionedThroughputExceededException",
            "RequestLimitExceeded",
            "RequestThrottled",
            "RequestThrottledException",
            "SlowDownRead",
            "SlowDownWrite",
            "Throttling",
            "ThrottlingException",
            "ThrottledException",
            "TooManyRequests",
            "TooManyRequestsException",
            "TransactionInProgressException",
        ),
        _BUSY,
    ),
    "TagPolicyException": "A tag policy of the organisation does not allow this value.",
    "TokenCodeInvalidError": "The code of the MFA device, or its serial number, is wrong.",
    "TooManyAccessPoints": "The account has as many access points as it may.",
    "TooManyBuckets": "The account has as many buckets as it may: delete one, or have the limit raised.",
    **dict.fromkeys(("TooManyMultiRegionAccessPoints", "TooManyMultiRegionAccessPointregionsError"), _MRAP),
    "TooManyConfigurations": "The bucket has as many of these settings as it may.",
    "TooManyParts": "An upload has 10,000 parts at most: they must be larger.",
    **dict.fromkeys(("UnauthorizedAccessError", "UnexpectedIPError"), _CHINA),
    "Unauthorized": "Keys are missing, or not known here.",
    "UnexpectedContent": _BROKEN_REQUEST,
    "UnresolvableGrantByEmailAddress": "No account has this email address: grant to an account's id.",
    "UnsupportedMediaType": _LACKS,
    "UnsupportedSignature": "The server does not take this version of signatures.",
    "UserKeyMustBeSpecified": _POST_FORM,
    **dict.fromkeys(("AnnotationLimitExceeded", "AnnotationNameTooLong"), _ANNOTATIONS),
    **dict.fromkeys(("InvalidAnnotationName", "NoSuchAnnotation"), _ANNOTATIONS),
    "NotFound": "It is not there, or these keys may not know of it.",
    "CancelledError": "It was given up before an answer came: stopped, or not needed any more.",
}
"""The meaning of each error code, in a sentence or two."""

_BY_STATUS = (
    (range(300, 400), "The server sends this request elsewhere: see the header Location."),
    (range(400, 500), "The request is refused; the server's words say why."),
    (range(500, 600), _ITS_FAULT),
)
_HIDES_ABSENCE = frozenset(
    {"HeadObject", "GetObject", "GetObjectAttributes", "GetObjectTagging", "GetObjectAcl"}
)
"""Operations whose 403 may mean that there is nothing, and whose 404 says so only to who may list."""
_HINTS = (
    (
        re.compile(r"\bkms:|KMS", re.I),
        "It is encrypted with a key of KMS: reading takes kms:Decrypt, writing "
        "kms:GenerateDataKey, from the key's owner.",
    ),
    (
        re.compile(r"object.?lock|retention|legal.?hold|WORM", re.I),
        "Object Lock keeps it: until the day in its details, and under a legal hold as long as that stands.",
    ),
    (re.compile(r"requester.?pays|request-payer", re.I), "Who asks has to pay here."),
    (
        re.compile(r"\bVPC\b|vpce-|endpoint policy|source ?ip", re.I),
        "It depends on the network: a policy names VPC endpoints or addresses that may ask.",
    ),
    (
        re.compile(r"explicit deny", re.I),
        "A deny wins over every permission: whoever keeps that policy must change it.",
    ),
    (
        re.compile(r"multi-?factor|\bMFA\b", re.I),
        "It takes a session that was opened with a second factor (MFA).",
    ),
    (
        re.compile(r"block ?public|public ?access ?block", re.I),
        "Block Public Access of bucket or account refuses it.",
    ),
    (
        re.compile(r"service control policy|\bSCP\b", re.I),
        "A policy of the organisation forbids it to the whole account.",
    ),
    (
        re.compile(r"session policy|permissions boundary", re.I),
        "The session or the role has a limit of its own.",
    ),
)


def meaning(code: str, status: int | None) -> str:
    """Return what an error code means; for one that is not known, what its status does."""
    known = MEANINGS.get(code)
    if known is not None:
        return known
    if status is None:
        return "No answer came: the connection was refused, broke, or took too long."
    return next(
        (text for statuses, text in _BY_STATUS if status in statuses), "It is not known what that means."
    )


def explanation(exchange: Exchange) -> Sequence[tuple[str, str]]:
    """Return what is known of a failed exchange, as pairs of label and sentence; of another one, nothing."""
    code, status = exchange.error, exchange.status
    if code is None:
        return []
    said = exchange.details.get("Message", "")
    lines = [("Means", meaning(code, status))]
    if status in (401, 403) and code not in ("InvalidObjectState", "RequestTimeTooSkewed"):
        lines.append(("Takes", f"{iam_action(exchange.operation)}, on {_resource(exchange)}."))
    lines += [("Hint", sentence) for pattern, sentence in _HINTS if pattern.search(f"{code} {said}")]
    if exchange.operation in _HIDES_ABSENCE and status in (403, 404):
        lines.append(("Absent?", _absence(exchange)))
    if (
        status == 403
        and code == "AccessDenied"
        and "x-amz-request-payer" not in exchange.sent
        and not said.count(":")
    ):
        lines.append(
            ("Pays", "Where the requester pays, S3 refuses so, too: $ in the bucket agrees to pay for it.")
        )
    return lines


def _absence(exchange: Exchange) -> str:
    if exchange.status == 404:
        return "Keys that may list the bucket were told the truth: it is not there."
    return (
        "S3 answers 403 of what is not there to keys that may not list the bucket. "
        f"With s3:ListBucket on {exchange.bucket} it would say 404."
    )


def _resource(exchange: Exchange) -> str:
    if exchange.bucket is None:
        return "the account"
    uri = S3Uri(exchange.bucket, exchange.key or "")
    return uri.arn or str(uri)
