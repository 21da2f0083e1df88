"""Endpoint settings of the AWS tools' variables and files: URL, region, addressing, kind of host.

The command line's own options come first, then the environment, then the profile. Truth: *Settings
reference* in the AWS SDKs and Tools Reference Guide, and *S3 configuration* of the AWS CLI.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from s3tui.connect.connection import Connection, FromChain, FromEnvironment, FromProfile
from s3tui.s3.address.endpoint import DEFAULT_REGION, Addressing, Endpoint
from s3tui.s3.credentials import Profile, SharedFiles
from s3tui.s3.credentials.shared_files import ignores_endpoint_urls, is_true, profile_in, setting
from s3tui.s3.errors import CredentialsError
from s3tui.settings import Settings, region_in

_STYLES = {"path": Addressing.PATH, "virtual": Addressing.VIRTUAL}


def profile_of(connection: Connection, environ: Mapping[str, str]) -> Profile | None:
    """Return the profile whose settings count for a connection. Reads the AWS tools' files.

    `None`: it has none, or one that cannot be read, which is said by whoever needs its keys.
    """
    match connection.credentials:
        case FromProfile(name):
            pass
        case FromEnvironment() | FromChain():
            name = profile_in(environ) or "default"
        case _:
            return None
    try:
        return SharedFiles.read(environ).profile(name)
    except CredentialsError:
        return None


@dataclass(frozen=True, slots=True)
class EndpointSettings:
    """The endpoint settings of command line and environment, to be completed by a profile's."""

    environ: Mapping[str, str]
    url: str | None = None
    """From the command line: no setting makes us leave it aside."""
    region: str | None = None
    addressing: Addressing = Addressing.AUTO
    machines_region: Callable[[Profile | None], str | None] = lambda profile: None
    """Returns this machine's region, if it knows that; called where nothing else names one."""

    @classmethod
    def of(cls, settings: Settings, environ: Mapping[str, str]) -> EndpointSettings:
        region = settings.region or region_in(environ)
        return cls(environ, settings.endpoint_url, region, settings.addressing)

    def url_beyond(self, profile: Profile | None) -> str | None:
        """Return the URL that command line or environment give, whatever a profile says."""
        if self.url or ignores_endpoint_urls(self.environ, profile):
            return self.url
        return self.environ.get("AWS_ENDPOINT_URL_S3") or self.environ.get("AWS_ENDPOINT_URL") or None

    def endpoint(self, profile: Profile | None) -> Endpoint:
        """Return the endpoint of a profile under these settings.

        Raises: ValueError, where they contradict each other or name no endpoint.
        """
        s3 = {} if profile is None else profile.nested("s3")
        url = self.url_beyond(profile)
        if url is None and profile is not None and not ignores_endpoint_urls(self.environ, profile):
            url = profile.url_of("s3")
        region = self.region or (profile and profile.region) or self.machines_region(profile)
        region = region or DEFAULT_REGION
        addressing = self.addressing
        if addressing is Addressing.AUTO:
            addressing = _STYLES.get(s3.get("addressing_style", ""), Addressing.AUTO)
        accelerate = is_true(s3.get("use_accelerate_endpoint"))
        if url and accelerate:
            raise ValueError("use_accelerate_endpoint is for Amazon's own endpoint, and another one is given")
        if url:
            return self._with_kinds(Endpoint.custom(url, region=region, addressing=addressing), profile, s3)
        if accelerate and self.addressing is Addressing.AUTO:
            addressing = Addressing.AUTO  # the host says it all: the AWS tools leave the style aside, too
        endpoint = Endpoint.aws(
            region,
            addressing=addressing,
            dual_stack=is_true(s3.get("use_dualstack_endpoint"))
            or self._is_set("use_dualstack_endpoint", profile),
            fips=self._is_set("use_fips_endpoint", profile),
            accelerate=accelerate,
        )
        return self._with_kinds(endpoint, profile, s3)

    def _with_kinds(self, endpoint: Endpoint, profile: Profile | None, s3: Mapping[str, str]) -> Endpoint:
        """Apply what is set of access points and directory buckets."""
        arn_region = setting(self.environ, "AWS_S3_USE_ARN_REGION", profile, "s3_use_arn_region")
        arn_region = arn_region or s3.get("use_arn_region")
        disable = "s3_disable_multiregion_access_points"
        no_multi_region = self.environ.get(f"AWS_{disable.upper()}") or s3.get(disable)
        return replace(
            endpoint,
            arn_regions=arn_region is None or is_true(arn_region),
            multi_region=not is_true(no_multi_region),
            sessions=not self._is_set("s3_disable_express_session_auth", profile),
        )

    def upon(self, connection: Connection) -> Connection:
        """Apply region and addressing to a connection that has an endpoint of its own."""
        endpoint = connection.endpoint
        if self.region:
            endpoint = endpoint.in_region(self.region)
        if self.addressing is not Addressing.AUTO:
            endpoint = replace(endpoint, addressing=self.addressing)
        return replace(connection, endpoint=endpoint)

    def _is_set(self, name: str, profile: Profile | None) -> bool:
        return is_true(setting(self.environ, f"AWS_{name.upper()}", profile, name))
