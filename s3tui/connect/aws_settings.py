"""Endpoint settings of the AWS tools' variables and files: URL, region, addressing, kind of host.

The command line's own options come first, then the environment, then the profile. Truth: *Settings
reference* in the AWS SDKs and Tools Reference Guide, and *S3 configuration* of the AWS CLI.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from s3tui.connect.connection import Connection, FromChain, FromEnvironment, FromProfile
from s3tui.s3.address.endpoint import Addressing, Endpoint
from s3tui.s3.credentials import Profile, SharedFiles
from s3tui.s3.credentials.endpoint_settings import endpoint_as_set, url_in
from s3tui.s3.credentials.shared_files import profile_in, region_in
from s3tui.s3.errors import CredentialsError
from s3tui.settings import Settings


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
        return self.url or url_in(self.environ, profile)

    def endpoint(self, profile: Profile | None) -> Endpoint:
        """Return the endpoint of a profile under these settings.

        Raises: ValueError, where they contradict each other or name no endpoint.
        """
        region = self.region or (profile and profile.region) or self.machines_region(profile)
        return endpoint_as_set(self.environ, profile, url=self.url, region=region, addressing=self.addressing)

    def upon(self, connection: Connection) -> Connection:
        """Apply region and addressing to a connection that has an endpoint of its own."""
        endpoint = connection.endpoint
        if self.region:
            endpoint = endpoint.in_region(self.region)
        if self.addressing is not Addressing.AUTO:
            endpoint = replace(endpoint, addressing=self.addressing)
        return replace(connection, endpoint=endpoint)
