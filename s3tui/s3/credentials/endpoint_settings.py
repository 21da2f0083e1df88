"""The endpoint that the AWS tools' variables and files name: URL, region, addressing, kind of host. Pure.

Truth: *Settings reference* in the AWS SDKs and Tools Reference Guide, and *S3 configuration* of the AWS CLI.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from s3tui.s3.address.endpoint import DEFAULT_REGION, Addressing, Endpoint
from s3tui.s3.credentials.shared_files import (
    Profile,
    SharedFiles,
    ignores_endpoint_urls,
    is_true,
    profile_in,
    region_in,
    setting,
)

_STYLES = {"path": Addressing.PATH, "virtual": Addressing.VIRTUAL}


def url_in(environ: Mapping[str, str], profile: Profile | None) -> str | None:
    """Return the URL that the environment gives, as far as neither it nor the profile has it ignored."""
    if ignores_endpoint_urls(environ, profile):
        return None
    return environ.get("AWS_ENDPOINT_URL_S3") or environ.get("AWS_ENDPOINT_URL") or None


def endpoint_from(environ: Mapping[str, str]) -> Endpoint:
    """Return the endpoint that the environment and the profile that it names stand for.

    Raises: ValueError, where they contradict each other; CredentialsError, where there is no such profile.
    """
    name = profile_in(environ)
    files = SharedFiles.read(environ)
    profile = files.profile(name) if name is not None else files.profiles.get("default")
    return endpoint_as_set(environ, profile, region=region_in(environ))


def endpoint_as_set(
    environ: Mapping[str, str],
    profile: Profile | None,
    *,
    url: str | None = None,
    region: str | None = None,
    addressing: Addressing = Addressing.AUTO,
) -> Endpoint:
    """Return the endpoint of a profile, completed by the environment.

    Args:
        url, addressing: above all settings, where they are given.
        region: above the profile's.

    Raises: ValueError, where the settings contradict each other or name no endpoint.
    """
    s3 = {} if profile is None else profile.nested("s3")
    url = url or url_in(environ, profile)
    if url is None and profile is not None and not ignores_endpoint_urls(environ, profile):
        url = profile.url_of("s3")
    region = region or (profile and profile.region) or DEFAULT_REGION
    accelerate = is_true(s3.get("use_accelerate_endpoint"))
    if url and accelerate:
        raise ValueError("use_accelerate_endpoint is for Amazon's own endpoint, and another one is given")
    # Transfer Acceleration's host says it all: the AWS tools leave the style aside, too.
    if addressing is Addressing.AUTO and not accelerate:
        addressing = _STYLES.get(s3.get("addressing_style", ""), Addressing.AUTO)
    if url:
        endpoint = Endpoint.custom(url, region=region, addressing=addressing)
    else:
        endpoint = Endpoint.aws(
            region,
            addressing=addressing,
            dual_stack=is_true(s3.get("use_dualstack_endpoint"))
            or _is_set(environ, profile, "use_dualstack_endpoint"),
            fips=_is_set(environ, profile, "use_fips_endpoint"),
            accelerate=accelerate,
        )
    arn_region = setting(environ, "AWS_S3_USE_ARN_REGION", profile, "s3_use_arn_region")
    arn_region = arn_region or s3.get("use_arn_region")
    disable = "s3_disable_multiregion_access_points"
    return replace(
        endpoint,
        arn_regions=arn_region is None or is_true(arn_region),
        multi_region=not is_true(environ.get(f"AWS_{disable.upper()}") or s3.get(disable)),
        sessions=not _is_set(environ, profile, "s3_disable_express_session_auth"),
    )


def _is_set(environ: Mapping[str, str], profile: Profile | None, name: str) -> bool:
    return is_true(setting(environ, f"AWS_{name.upper()}", profile, name))
