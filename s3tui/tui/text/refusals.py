"""REFUSALS: errors that another connection or other credentials may cure. Pure."""

from __future__ import annotations

from s3tui.s3.errors import AccessDenied, CredentialsError, SignatureRejected

REFUSALS = (AccessDenied, SignatureRejected, CredentialsError)
