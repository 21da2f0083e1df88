"""The form of a link: its fields, which of them show, and the wish that they make."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from s3tui.format import parse_span
from s3tui.s3.signing.presign_post import FILE_NAME
from s3tui.tui.text.link_text import LinkFormat, LinkWish
from s3tui.tui.widgets.forms.form import ChoiceField, Field, Form, TextField

READS = ("GET", "HEAD")
UPLOADS = ("PUT", "POST")
_ALL = (*READS, *UPLOADS, "DELETE")
_OVERWRITES = (("only where nothing is", True), ("overwrites", False))


@dataclass(frozen=True, slots=True)
class Linked:
    """The keys that links may be made for, and what they may do."""

    keys: Sequence[str]
    """Empty: only uploads below `prefix`."""
    prefix: str = ""
    may_write: bool = True
    version_id: str | None = None

    @property
    def first(self) -> str:
        """The key that an upload is for, until another one is typed."""
        return self.keys[0] if self.keys else self.prefix

    @property
    def methods(self) -> Sequence[str]:
        if not self.keys:
            return UPLOADS
        if len(self.keys) > 1 or not self.may_write:
            return READS
        return ("GET", "HEAD", "DELETE") if self.version_id is not None else _ALL


def link_fields(linked: Linked) -> list[Field]:
    """Return the fields for what may be linked."""
    formats = [(each.value, each) for each in (LinkFormat.URL, LinkFormat.CURL, LinkFormat.WGET)]
    forms = [(each.value, each) for each in (LinkFormat.CURL, LinkFormat.HTML)]
    methods = [("POST form" if each == "POST" else each, each) for each in linked.methods]
    return [
        ChoiceField("method", "Allows", methods),
        TextField("key", "Key", linked.first),
        TextField("span", "For", "1 h", "15 min, 12 h, 3 d: seven days at most"),
        TextField("type", "Content-Type", "", "the object's own; of an upload: any"),
        TextField("save-as", "Saved as", "", "as the object says; or a file name"),
        ChoiceField("overwrites", "Upload", _OVERWRITES),
        ChoiceField("format", "As", formats),
        ChoiceField("form-format", "As", forms),
    ]


def show_fields(form: Form) -> None:
    """Show the fields that mean something for the chosen method."""
    method = form.chosen("method")
    for id, is_shown in (
        ("key", method in UPLOADS),
        ("type", method not in ("HEAD", "DELETE")),
        ("save-as", method == "GET"),
        ("overwrites", method == "PUT"),
        ("format", method != "POST"),
        ("form-format", method == "POST"),
    ):
        form.show(id, is_shown=is_shown)


def read_wish(form: Form, linked: Linked) -> LinkWish:
    """Return what the fields say.

    Raises: ValueError, with the sentence for the user.
    """
    method = form.chosen("method")
    try:
        span_s = parse_span(form.text("span"))
    except ValueError:
        span_s = 0.0
    if not 1 <= span_s < float("inf"):
        raise ValueError("A time has a number and a unit, like 15 min, 12 h or 3 d.")
    key = kept_key(form.text("key"), linked.first) if method in UPLOADS else ""
    if method == "POST" and (not key or key.endswith("/")):
        key += FILE_NAME
    elif method == "PUT" and (not key or key.endswith("/")):
        raise ValueError("Name the key of what is uploaded: only a form takes any file of a folder.")
    formats = "form-format" if method == "POST" else "format"
    return LinkWish(
        method,
        key,
        int(span_s),
        content_type=form.text("type") or None if method not in ("HEAD", "DELETE") else None,
        save_as=form.text("save-as") or None if method == "GET" else None,
        only_if_new=method == "PUT" and form.chosen("overwrites"),
        format=form.chosen(formats),
    )


def kept_key(text: str, first: str) -> str:
    """Return the key that a field says: the first one with the spaces around it, which a field drops."""
    return first if text == first.strip() else text
