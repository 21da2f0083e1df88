"""Settings of the AWS tools for any request: `max_attempts`, `retry_mode`, `sdk_ua_app_id`, or variables.

Truth: *Retry behavior* in the AWS SDKs and Tools Reference Guide. The modes differ here in their number of
attempts only: delays, jitter and the quota are those of the standard mode, whichever is named.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import replace

from s3tui.connect.aws_settings import profile_of
from s3tui.connect.connection import Connection
from s3tui.s3.credentials.shared_files import setting
from s3tui.s3.errors import CredentialsError
from s3tui.s3.retries import DEFAULT_POLICY, RetryPolicy

_ATTEMPTS = {"legacy": 5, "standard": 3, "adaptive": 3}


def app_id(connection: Connection, environ: Mapping[str, str] | None = None) -> str:
    """Return what `sdk_ua_app_id` or AWS_SDK_UA_APP_ID add to the user agent; empty without one."""
    env = os.environ if environ is None else environ
    said = setting(env, "AWS_SDK_UA_APP_ID", profile_of(connection, env), "sdk_ua_app_id")
    return "" if said is None else f"app/{re.sub(r'[^!#$%&*+.^_`|~0-9A-Za-z-]', '-', said)}"


def retry_policy(connection: Connection, environ: Mapping[str, str] | None = None) -> RetryPolicy:
    """Return the retry policy of a connection's client. Reads the AWS tools' files.

    Raises: CredentialsError, when environment or profile say something that cannot be.
    """
    env = os.environ if environ is None else environ
    profile = profile_of(connection, env)
    mode = setting(env, "AWS_RETRY_MODE", profile, "retry_mode")
    if mode is not None and mode not in _ATTEMPTS:
        raise CredentialsError(f"retry_mode must be legacy, standard or adaptive, not {mode!r}")
    attempts = setting(env, "AWS_MAX_ATTEMPTS", profile, "max_attempts")
    if attempts is None:
        return DEFAULT_POLICY if mode is None else replace(DEFAULT_POLICY, attempts=_ATTEMPTS[mode])
    if not (attempts.isascii() and attempts.isdigit() and int(attempts)):
        raise CredentialsError(f"max_attempts must be a number from 1 on, not {attempts!r}")
    return replace(DEFAULT_POLICY, attempts=int(attempts))
