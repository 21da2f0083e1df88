"""Connections: a named endpoint with credentials and options; where they are found and saved."""

from s3tui.connect.connection import (
    Anonymous,
    Connection,
    CredentialsSource,
    FromChain,
    FromEnvironment,
    FromKeyring,
    FromProfile,
    FromSso,
    Given,
)

__all__ = [
    "Anonymous",
    "Connection",
    "CredentialsSource",
    "FromChain",
    "FromEnvironment",
    "FromKeyring",
    "FromProfile",
    "FromSso",
    "Given",
]
