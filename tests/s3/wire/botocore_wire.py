"""botocore as the oracle of the wire: what it reads in an answer, and writes into a request."""

from __future__ import annotations

from functools import cache
from typing import Any
from xml.etree import ElementTree

import botocore.parsers
import botocore.serialize
import botocore.session
import httpx

NS = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'


@cache
def model() -> Any:
    return botocore.session.get_session().get_service_model("s3")


def theirs(operation: str, body: str = "", headers: dict[str, str] | None = None) -> dict[str, Any]:
    answer = {
        "status_code": 200,
        "headers": httpx.Headers(headers or {}),
        "body": body.encode(),
    }
    parser = botocore.parsers.create_parser("rest-xml")
    found: dict[str, Any] = parser.parse(answer, model().operation_model(operation).output_shape)
    return found


def written(operation: str, **parameters: Any) -> str:
    """Return the body of botocore's request in canonical XML."""
    serializer = botocore.serialize.create_serializer("rest-xml")
    request = serializer.serialize_to_request(parameters, model().operation_model(operation))
    return canonical(request["body"])


def canonical(body: bytes) -> str:
    return ElementTree.canonicalize(body.decode(), rewrite_prefixes=True)
