"""Checksum modes of a connection's client, by precedence: the connection, this run's settings, its profile.

    checksums = "when_required"        # config.toml, of all connections or of one
    AWS_REQUEST_CHECKSUM_CALCULATION, AWS_RESPONSE_CHECKSUM_VALIDATION
    request_checksum_calculation, response_checksum_validation     # of a profile in ~/.aws/config

Truth: *Data Integrity Protections for Amazon S3* in the AWS SDKs and Tools Reference Guide.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from s3tui.config.options import CHECKSUM_MODES
from s3tui.connect.connection import Connection, FromChain, FromEnvironment, FromProfile
from s3tui.s3.checksum import ChecksumMode
from s3tui.s3.credentials import SharedFiles
from s3tui.s3.credentials.shared_files import profile_in
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
    profile = _profile_settings(connection, os.environ if environ is None else environ)
    sends = connection.checksums or settings.request_checksums
    compares = connection.checksums or settings.response_checksums
    if sends is None:
        sends = _mode(profile, "request_checksum_calculation") or ChecksumMode.WHEN_SUPPORTED
    if compares is None:
        compares = _mode(profile, "response_checksum_validation") or ChecksumMode.WHEN_SUPPORTED
    return CallDefaults(checksums=sends, verifies=compares is ChecksumMode.WHEN_SUPPORTED)


def _profile_settings(connection: Connection, environ: Mapping[str, str]) -> Mapping[str, str]:
    match connection.credentials:
        case FromProfile(name):
            pass
        case FromEnvironment() | FromChain():
            name = profile_in(environ) or "default"
        case _:
            return {}
    try:
        return SharedFiles.read(environ).profile(name).settings
    except CredentialsError:
        return {}  # whoever needs the profile says so


def _mode(profile: Mapping[str, str], name: str) -> ChecksumMode | None:
    said = profile.get(name)
    if said is None:
        return None
    if said.lower() not in CHECKSUM_MODES:
        raise CredentialsError(f"{name} in the profile must be when_supported or when_required, not {said!r}")
    return ChecksumMode(said.lower())
