"""Checksum modes of a connection's client, by precedence: the connection, this run's settings, its profile.

    checksums = "when_required"        # config.toml, of all connections or of one
    AWS_REQUEST_CHECKSUM_CALCULATION, AWS_RESPONSE_CHECKSUM_VALIDATION
    request_checksum_calculation, response_checksum_validation     # of a profile in ~/.aws/config
    s3 = payload_signing_enabled                                   # there: bodies are read twice, and signed

Truth: *Data Integrity Protections for Amazon S3* in the AWS SDKs and Tools Reference Guide.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from s3tui.config.options import CHECKSUM_MODES
from s3tui.connect.aws_settings import profile_of
from s3tui.connect.connection import Connection
from s3tui.s3.checksum import ChecksumMode
from s3tui.s3.credentials.shared_files import is_true
from s3tui.s3.errors import CredentialsError
from s3tui.s3.request.options import CallDefaults
from s3tui.settings import Settings


def call_defaults(
    connection: Connection, settings: Settings, environ: Mapping[str, str] | None = None
) -> CallDefaults:
    """Return the call defaults of a connection's client. Reads the AWS tools' files.

    The connection's own setting comes first, then this run's settings, then its profile.

    Raises: CredentialsError, when its profile says something that cannot be.
    """
    whole = profile_of(connection, os.environ if environ is None else environ)
    profile = {} if whole is None else whole.settings
    sends = connection.checksums or settings.request_checksums
    compares = connection.checksums or settings.response_checksums
    if sends is None:
        sends = _mode(profile, "request_checksum_calculation") or ChecksumMode.WHEN_SUPPORTED
    if compares is None:
        compares = _mode(profile, "response_checksum_validation") or ChecksumMode.WHEN_SUPPORTED
    return CallDefaults(
        requester_pays=connection.client.requester_pays,
        checksums=sends,
        verifies=compares is ChecksumMode.WHEN_SUPPORTED,
        signs_payload=whole is not None and is_true(whole.nested("s3").get("payload_signing_enabled")),
    )


def _mode(profile: Mapping[str, str], name: str) -> ChecksumMode | None:
    said = profile.get(name)
    if said is None:
        return None
    if said.lower() not in CHECKSUM_MODES:
        raise CredentialsError(f"{name} in the profile must be when_supported or when_required, not {said!r}")
    return ChecksumMode(said.lower())
