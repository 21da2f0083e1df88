"""Sources of keys that this machine may have, detected without a request.

Only tells which to ask: `machine` sends the requests. Needs no HTTP library, for the command
line looks here first.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from s3tui.s3.credentials.shared_files import Profile, is_true

_AGENT = ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI")
_VENDOR = Path("/sys/devices/virtual/dmi/id/sys_vendor")
_XEN = Path("/sys/hypervisor/uuid")


def has_container(environ: Mapping[str, str]) -> bool:
    """Say whether ECS, EKS or CloudShell put the address of an agent into the environment."""
    return any(environ.get(name) for name in _AGENT)


def may_be_instance(environ: Mapping[str, str]) -> bool:
    """Say whether EC2's metadata service may be asked at all."""
    return not is_true(environ.get("AWS_EC2_METADATA_DISABLED"))


def looks_like_instance(environ: Mapping[str, str], profile: Profile | None = None) -> bool:
    """Say whether EC2's metadata service can be expected here.

    Where there is none, asking it takes until the timeout, and the user waits.
    """
    if not may_be_instance(environ):
        return False
    if environ.get("AWS_EC2_METADATA_SERVICE_ENDPOINT"):
        return True
    if profile is not None and "ec2_metadata_service_endpoint" in profile.settings:
        return True
    return _starts(_VENDOR, "amazon ec2") or _starts(_XEN, "ec2")


def has_web_identity(environ: Mapping[str, str], profile: Profile | None) -> bool:
    """Say whether the environment sets a web identity: a token's file, or a role for the profile's."""
    if environ.get("AWS_WEB_IDENTITY_TOKEN_FILE"):
        return True
    in_profile = profile is not None and "web_identity_token_file" in profile.settings
    return in_profile and bool(environ.get("AWS_ROLE_ARN") or environ.get("AWS_ROLE_SESSION_NAME"))


def _starts(file: Path, text: str) -> bool:
    try:
        return file.read_text("ascii", "replace").lower().startswith(text)
    except OSError:
        return False
