"""curl: a command that sends a logged request again, with keys of the environment. Pure."""

from __future__ import annotations

import shlex

from s3tui.s3.sending.request_log import Exchange
from s3tui.s3.wire.redaction import REDACTED, redacted_headers, redacted_url

_MADE_BY_CURL = frozenset(
    {"host", "authorization", "x-amz-date", "content-length", "accept-encoding", "user-agent"}
)
_TOKEN = "x-amz-security-token"


def curl(exchange: Exchange) -> str:
    """Return the command, which reads AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN.

    A body stands for itself no more: `@BODY` names the file to send.
    """
    words = ["curl --path-as-is"]
    words.append("--head" if exchange.method == "HEAD" else f"-X {exchange.method}")
    words.append(shlex.quote(redacted_url(exchange.origin + exchange.target.decode("latin-1"))))
    sent = redacted_headers((name.encode(), value.encode()) for name, value in exchange.sent.items())
    if "authorization" in exchange.sent:
        words.append(f"--aws-sigv4 {shlex.quote(f'aws:amz:{exchange.region}:s3')}")
        words.append('--user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY"')
    for name, value in sent:
        if name in _MADE_BY_CURL or (name == "x-amz-content-sha256" and exchange.bytes_sent):
            continue
        if name == _TOKEN:
            words.append(f'-H "{_TOKEN}: $AWS_SESSION_TOKEN"')
        elif value != REDACTED:
            words.append(f"-H {shlex.quote(f'{name}: {value}')}")
    if exchange.bytes_sent:
        words.append("--data-binary @BODY")
    return " ".join(words)
