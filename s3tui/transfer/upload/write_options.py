"""Write options: the user's options for an object as those of the S3 core. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from s3tui.s3.request.options import Encryption, ObjectOptions, object_headers
from s3tui.transfer.errors import TransferError
from s3tui.transfer.requests import TargetOptions

_KINDS = ("AES256", "aws:kms", "aws:kms:dsse")
_DESCRIBING = ("content_type", "cache_control", "content_disposition", "content_encoding", "metadata")


def written_as(options: TargetOptions) -> ObjectOptions:
    """Return the options as the S3 core takes them; what they leave to the server is left out.

    Raises: TransferError, when a value cannot be sent.
    """
    said: Mapping[str, object] = {
        "content_type": options.content_type,
        "cache_control": options.cache_control,
        "content_disposition": options.content_disposition,
        "content_encoding": options.content_encoding,
        "storage_class": options.storage_class,
        "metadata": dict(options.metadata),
        "tagging": dict(options.tags),
        "encryption": _encryption(options),
    }
    found = cast(ObjectOptions, {name: value for name, value in said.items() if value})
    try:
        object_headers(found)
    except ValueError as error:
        raise TransferError(f"the object cannot be written like this: {error}", "InvalidOption") from error
    return found


def describes(options: TargetOptions) -> bool:
    """Say whether any header is to differ from the source's: S3 replaces these as a whole."""
    return any(getattr(options, name) for name in _DESCRIBING)


def _encryption(options: TargetOptions) -> Encryption | None:
    kind = options.server_side_encryption or ("aws:kms" if options.kms_key_id else None)
    if kind is None:
        return None
    if kind not in _KINDS:
        raise TransferError(
            f"{kind!r} is no encryption that S3 knows: pick one of {', '.join(_KINDS)}", "InvalidOption"
        )
    return Encryption(kind, options.kms_key_id)
