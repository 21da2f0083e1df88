"""HAR: the request log as an HTTP Archive 1.2, which browsers and other tools open. Pure.

Fields of ours begin with an underscore, as the format wants. Bodies are not in it: none is kept.
"""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from urllib.parse import parse_qsl, urlsplit

from s3tui import __version__
from s3tui.s3.sending.request_log import Exchange
from s3tui.s3.wire.redaction import redacted_headers, redacted_url

Json = dict[str, object]


def har(entries: Iterable[tuple[str, Exchange]]) -> Json:
    """Return the document; the name of its connection stands before each exchange."""
    return {
        "log": {
            "version": "1.2",
            "creator": {"name": "s3tui", "version": __version__},
            "entries": [_entry(connection, exchange) for connection, exchange in entries],
        }
    }


def _entry(connection: str, exchange: Exchange) -> Json:
    head_s = exchange.elapsed_s if exchange.head_s is None else min(exchange.head_s, exchange.elapsed_s)
    wait, receive = _ms(head_s), _ms(exchange.elapsed_s - head_s)
    return {
        "startedDateTime": exchange.started_at.isoformat(),
        "time": wait + receive,
        "request": _request(exchange),
        "response": _response(exchange),
        "cache": {},
        "timings": {"send": 0, "wait": wait, "receive": receive},
        "_operation": exchange.operation,
        "_try": exchange.attempt,
        "_region": exchange.region,
        "_isRegionHop": exchange.is_region_hop,
        "_requestId": exchange.request_id,
        "_connection": connection,
        "_error": exchange.error,
    }


def _request(exchange: Exchange) -> Json:
    url = redacted_url(exchange.origin + exchange.target.decode("latin-1"))
    query = parse_qsl(urlsplit(url).query, keep_blank_values=True)
    sent = redacted_headers((name.encode(), value.encode()) for name, value in exchange.sent.items())
    return {
        "method": exchange.method,
        "url": url,
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": [_pair(*pair) for pair in sent],
        "queryString": [_pair(*pair) for pair in query],
        "headersSize": -1,
        "bodySize": exchange.bytes_sent,
    }


def _response(exchange: Exchange) -> Json:
    headers = redacted_headers(exchange.response_headers)
    kind = next((value for name, value in headers if name == "content-type"), "")
    return {
        "status": exchange.status or 0,
        "statusText": _phrase(exchange.status),
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": [_pair(*pair) for pair in headers],
        "content": {"size": exchange.bytes_received, "mimeType": kind},
        "redirectURL": "",
        "headersSize": -1,
        "bodySize": exchange.bytes_received,
    }


def _phrase(status: int | None) -> str:
    try:
        return "" if status is None else HTTPStatus(status).phrase
    except ValueError:
        return ""


def _pair(name: str, value: str) -> Json:
    return {"name": name, "value": value}


def _ms(seconds: float) -> float:
    return round(max(0.0, seconds) * 1000, 3)
