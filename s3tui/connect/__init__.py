"""Connections: a named endpoint, whose credentials, and options."""

from s3tui.connect.connection import (
    Anonymous,
    Connection,
    CredentialsSource,
    FromChain,
    FromEnvironment,
    FromKeyring,
    FromProfile,
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
    "Given",
]
