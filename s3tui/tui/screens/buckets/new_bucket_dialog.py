"""NewBucketDialog: a bucket's name, its region, and the settings that it begins with."""

from __future__ import annotations

from collections.abc import Callable

from s3tui.browse.place.new_bucket import NewBucket
from s3tui.format import printable
from s3tui.tui.screens.common.form_dialog import FormDialog
from s3tui.tui.text.pairs import read_pairs
from s3tui.tui.widgets.forms.form import ChoiceField, Field, LinesField, TextField

_SWITCH = (("off", False), ("on", True))
_LOCK = (("off", False), ("on, for good", True))
_ENCRYPTIONS = (("the server's default", None), ("SSE-S3", "AES256"), ("SSE-KMS", "aws:kms"))
_PUBLIC = (("as the server has it", False), ("refused", True))


class NewBucketDialog(FormDialog[NewBucket]):
    def __init__(self, region: str, check: Callable[[str], str | None]) -> None:
        """
        Args:
            region: where it is created by default.
            check: returns the error in a name, or `None`.
        """
        self._check = check
        fields: list[Field] = [
            TextField("name", "Name", "", "my-bucket"),
            TextField("region", "Region", "", printable(region)),
            ChoiceField("versioning", "Versioning", _SWITCH),
            ChoiceField("lock", "Object Lock", _LOCK),
            ChoiceField("encryption", "Encryption", _ENCRYPTIONS),
            ChoiceField("public", "Public access", _PUBLIC),
            LinesField("tags", "Tags\nname=value,\none a line"),
        ]
        super().__init__("Create a bucket", fields, yes="Creates")

    def read(self) -> NewBucket:
        form = self.form
        text = form.text("name")
        if (wrong := self._check(text)) is not None:
            raise ValueError(wrong)
        name, at, region = text.partition("@")
        return NewBucket(
            name,
            region if at else form.text("region") or None,
            form.chosen("versioning"),
            form.chosen("lock"),
            form.chosen("encryption"),
            form.chosen("public"),
            read_pairs(form.lines("tags"), "tags"),
        )

    def note(self) -> str:
        if self.form.chosen("lock"):
            return "Object Lock turns versioning on; neither is ever off again."
        return ""
