"""Resending: what is left of a request's body, and what its last attempt may have done."""

from __future__ import annotations

import httpx

from s3tui.s3.errors import S3Error, TransportError
from s3tui.s3.request.bodies import OnceBody
from s3tui.s3.request.s3_request import S3Request


def check_resendable(request: S3Request, error: S3Error) -> None:
    """Raises: `error`, when a part of the body is gone already, on the way out or in."""
    if isinstance(request.body, OnceBody) and request.body.started:
        raise error
    if request.sink is not None and not request.sink.can_continue:
        raise error


def may_repeat(request: S3Request, error: TransportError) -> bool:
    """Say whether a request without a response may be sent again: it may have taken effect, if it left."""
    never_left = isinstance(error.__cause__, httpx.ConnectError | httpx.ConnectTimeout)
    return not error.is_final and (request.repeatable or never_left)
