"""Rules of a bucket as JSON, in the form that the AWS command line takes, and as the XML of S3. Pure.

Elements that nothing here knows are kept: a rule that is edited loses none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from s3tui.s3.wire.xml import NAMESPACE, Element, escape_text, parse

_LISTS: Mapping[str, str] = {
    "Rule": "Rules",
    "CORSRule": "CORSRules",
    "AllowedOrigin": "AllowedOrigins",
    "AllowedMethod": "AllowedMethods",
    "AllowedHeader": "AllowedHeaders",
    "ExposeHeader": "ExposeHeaders",
    "Transition": "Transitions",
    "NoncurrentVersionTransition": "NoncurrentVersionTransitions",
}
"""Elements that stand side by side, and the name of their list."""
_SINGLE = {name: element for element, name in _LISTS.items()}
_NUMBERS = frozenset(
    {
        *("Days", "NoncurrentDays", "NewerNoncurrentVersions", "DaysAfterInitiation", "MaxAgeSeconds"),
        *("ObjectSizeGreaterThan", "ObjectSizeLessThan"),
    }
)
_BOOLEANS = frozenset({"ExpiredObjectDeleteMarker"})

Document = dict[str, Any]


def read_rules(body: bytes, root: str) -> Document:
    """Return a document of rules as JSON has it.

    Raises: ProtocolError.
    """
    return _object(parse(body, root))


def _object(element: Element) -> Document:
    found: Document = {}
    tags = [child for child in element if child.tag == "Tag"]
    for child in element:
        name = str(child.tag)
        if name in _LISTS:
            found.setdefault(_LISTS[name], []).append(_value(child))
        elif name == "Tag" and (len(tags) > 1 or element.tag == "And"):
            found.setdefault("Tags", []).append(_value(child))
        else:
            found[name] = _value(child)
    return found


def _value(element: Element) -> Any:
    if len(element):
        return _object(element)
    text, name = element.text or "", str(element.tag)
    if name in _NUMBERS and text.strip().isdigit():
        return int(text)
    if name in _BOOLEANS:
        return text.strip().lower() == "true"
    return {} if not text and name in ("Filter", "And") else text


def rules_body(document: Mapping[str, Any], root: str) -> bytes:
    """Return the XML of a document of rules.

    Raises: ValueError, with a sentence, for what is no such document.
    """
    return f'<{root} xmlns="{NAMESPACE}">{_elements(document)}</{root}>'.encode()


def _elements(document: Mapping[str, Any]) -> str:
    parts = []
    for name, value in document.items():
        if not (name.isascii() and name.isalnum()):
            raise ValueError(f"{name} cannot be the name of an element.")
        if isinstance(value, list):
            single = "Tag" if name == "Tags" else _SINGLE.get(name)
            if single is None:
                raise ValueError(f"{name} is a list here, and is none in S3.")
            parts += [_element(single, each) for each in value]
        elif name in _SINGLE or name == "Tags":
            raise ValueError(f"{name} must be a list.")
        else:
            parts.append(_element(name, value))
    return "".join(parts)


def _element(name: str, value: Any) -> str:
    match value:
        case bool():
            inner = "true" if value else "false"
        case int() | str():
            inner = escape_text(str(value))
        case dict():
            inner = _elements(value)
        case _:
            raise ValueError(f"{name} cannot be {value}.")
    return f"<{name}>{inner}</{name}>"
