"""Keys of the machine itself: from its container's agent, or from EC2's metadata service.

Source: AWS SDKs and Tools Reference Guide, *Container credential provider* and *IMDS credential provider*.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote, urlsplit

from s3tui.s3.address.hosts import check_region
from s3tui.s3.credentials.shared_files import Profile
from s3tui.s3.credentials.web import CredentialsRequest, ask, json_object, keys_from_json
from s3tui.s3.errors import CredentialsError
from s3tui.s3.secret import Secret
from s3tui.s3.signing.credentials import Credentials

_ECS = "http://169.254.170.2"
_AGENTS = frozenset(("169.254.170.2", "169.254.170.23", "fd00:ec2::23", "localhost"))
_NAMES = ("AccessKeyId", "SecretAccessKey", "Token")
_IMDS = {"ipv4": "http://169.254.169.254", "ipv6": "http://[fd00:ec2::254]"}


async def from_container(environ: Mapping[str, str]) -> Credentials:
    """Ask the agent whose address ECS, EKS or CloudShell put into the environment.

    Raises: CredentialsError.
    """
    relative = environ.get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")
    url = f"{_ECS}{relative}" if relative else environ.get("AWS_CONTAINER_CREDENTIALS_FULL_URI", "")
    if not url:
        raise CredentialsError("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI and …_FULL_URI are not set")
    _check_agent(url)
    headers = {"accept": "application/json"}
    token = await asyncio.to_thread(_agent_token, environ)
    if token:
        headers["authorization"] = token.reveal()
    answer = await ask(CredentialsRequest("GET", url, headers, timeout_s=2.0, is_local=True))
    who = f"the container's agent at {urlsplit(url).netloc}"
    if answer.status != 200:
        raise CredentialsError(f"{who} gives no keys: HTTP {answer.status}")
    return keys_from_json(json_object(answer.body, who), who, names=_NAMES)


def _check_agent(url: str) -> None:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        raise CredentialsError("AWS_CONTAINER_CREDENTIALS_FULL_URI is not a URL") from None
    if parts.scheme == "https" and host:
        return
    if parts.scheme != "http" or not (host in _AGENTS or _is_loopback(host)):
        raise CredentialsError(
            f"AWS_CONTAINER_CREDENTIALS_FULL_URI names {host or 'no host'}: only https, this machine and the "
            "agents of ECS and EKS are asked for keys"
        )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _agent_token(environ: Mapping[str, str]) -> Secret | None:
    file = environ.get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")
    try:
        token = Path(file).read_text("utf-8") if file else environ.get("AWS_CONTAINER_AUTHORIZATION_TOKEN")
    except (OSError, UnicodeDecodeError) as error:
        raise CredentialsError(f"the container's token in {file} cannot be read: {error}") from error
    if token is not None and not (token.isascii() and token.isprintable()):
        raise CredentialsError("the container's token holds characters that a header cannot carry")
    return None if token is None else Secret(token)


async def from_instance(environ: Mapping[str, str]) -> Credentials:
    """Ask EC2's metadata service, version 2, for the keys of the instance's role.

    Raises: CredentialsError, also where this is no EC2 instance.
    """
    base, who = _metadata(environ)
    question = await _with_token(base, who)
    roles = f"{base}/meta-data/iam/security-credentials/"
    role = await _line(replace(question, url=roles), who)
    answer = await ask(replace(question, url=roles + quote(role, safe="")))
    if answer.status != 200:
        raise CredentialsError(f"{who} gives no keys of role {role}: HTTP {answer.status}")
    said = json_object(answer.body, who)
    if said.get("Code", "Success") != "Success":
        raise CredentialsError(f"{who} gives no keys of role {role}: {said['Code']}")
    return keys_from_json(said, f"instance role {role}", names=_NAMES)


async def region_of_instance(environ: Mapping[str, str]) -> str:
    """Ask EC2's metadata service for the region that the instance is in.

    Raises: CredentialsError, also where this is no EC2 instance.
    """
    base, who = _metadata(environ)
    question = await _with_token(base, who)
    region = await _line(replace(question, url=f"{base}/meta-data/placement/region"), who)
    try:
        check_region(region)
    except ValueError as error:
        raise CredentialsError(f"{who} names a region that is none: {error}") from None
    return region


def waiting_for_region(environ: Mapping[str, str]) -> str:
    """As `region_of_instance`, blocking; may be called with or without an event loop in the thread."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(region_of_instance(environ))).result()


def instance_settings(environ: Mapping[str, str], profile: Profile) -> Mapping[str, str]:
    """Return the environment, with the profile's settings of the metadata service as defaults."""
    names = ("ec2_metadata_service_endpoint", "ec2_metadata_service_endpoint_mode")
    return {f"AWS_{n.upper()}": profile.settings[n] for n in names if n in profile.settings} | dict(environ)


def _metadata(environ: Mapping[str, str]) -> tuple[str, str]:
    """Return the URL of the metadata service, and its name in messages."""
    if environ.get("AWS_EC2_METADATA_DISABLED", "").lower() == "true":
        raise CredentialsError("AWS_EC2_METADATA_DISABLED is true")
    mode = environ.get("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "ipv4").lower()
    base = environ.get("AWS_EC2_METADATA_SERVICE_ENDPOINT") or _IMDS.get(mode, _IMDS["ipv4"])
    base = base.rstrip("/") + "/latest"
    return base, f"the instance metadata service at {urlsplit(base).netloc}"


async def _with_token(base: str, who: str) -> CredentialsRequest:
    """Return a request with a session token (IMDSv2); its URL is still to be set."""
    # One second and one try: where there is no such service, the user waits for this.
    question = CredentialsRequest(
        "PUT",
        f"{base}/api/token",
        {"x-aws-ec2-metadata-token-ttl-seconds": "21600"},
        timeout_s=1.0,
        attempts=1,
        is_local=True,
    )
    token = await _line(question, who)
    return replace(question, method="GET", headers={"x-aws-ec2-metadata-token": token}, attempts=3)


async def _line(question: CredentialsRequest, who: str) -> str:
    answer = await ask(question)
    if answer.status == 404:
        what = "region" if question.url.endswith("/region") else "role"
        raise CredentialsError(f"{who} knows no {what} of this instance")
    text = answer.body.decode("utf-8", "replace").partition("\n")[0].strip()
    if answer.status != 200 or not text or not (text.isascii() and text.isprintable()):
        raise CredentialsError(f"{who} gives no keys: HTTP {answer.status}")
    return text
