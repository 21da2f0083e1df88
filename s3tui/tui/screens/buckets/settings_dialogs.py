"""Dialogs for a bucket's settings: which one, versioning, tags, public access."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from textual import on
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Label, OptionList
from textual.widgets.option_list import Option

from s3tui.format import printable
from s3tui.s3.configuration import PublicAccessBlock, VersioningStatus
from s3tui.tui.screens.common.dialog import Dialog
from s3tui.tui.screens.common.form_dialog import FormDialog
from s3tui.tui.text.pairs import lines_of, read_pairs
from s3tui.tui.widgets.forms.form import ChoiceField, LinesField

_SETTINGS = (
    ("v", "versioning"),
    ("t", "tags"),
    ("b", "which public access is refused"),
    ("p", "policy, in $EDITOR"),
    ("c", "CORS rules, in $EDITOR"),
    ("l", "lifecycle rules, in $EDITOR"),
)
_MOST_TAGS = 50


class SettingsMenu(Dialog[str]):
    """Answers with the letter of a setting."""

    def __init__(self, bucket: str) -> None:
        super().__init__(f"Change of {printable(bucket)}")

    def compose_question(self) -> Iterable[Widget]:
        rows = [Content.assemble((f"{letter}  ", "$accent bold"), words) for letter, words in _SETTINGS]
        yield OptionList(*map(Option, rows), compact=True)
        yield Label(Content("↵ or its letter opens it   esc closes"), classes="hint")

    @property
    def letters(self) -> Mapping[str, str]:
        return dict(_SETTINGS)

    def take_letter(self, letter: str) -> None:
        self.dismiss(letter)

    @on(OptionList.OptionSelected)
    def _choose(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(_SETTINGS[event.option_index][0])


class VersioningDialog(FormDialog[VersioningStatus]):
    def __init__(self, bucket: str, now: VersioningStatus) -> None:
        self._now = now
        options = [("on", VersioningStatus.ENABLED), ("suspended", VersioningStatus.SUSPENDED)]
        chosen = 1 if now is VersioningStatus.SUSPENDED else 0
        field = ChoiceField("status", "Versioning", options, chosen)
        super().__init__(f"Versioning of {printable(bucket)}", [field], yes="Changes it")

    def read(self) -> VersioningStatus:
        wanted: VersioningStatus = self.form.chosen("status")
        if wanted is self._now:
            raise ValueError("It is like that already.")
        return wanted

    def note(self) -> str:
        if self.form.chosen("status") is self._now:
            return "It is like that already."
        if self.form.chosen("status") is VersioningStatus.ENABLED:
            return (
                "What is overwritten or deleted stays as an older version, and is charged. It can be "
                "suspended later, and is never off again. S3 advises to write nothing for 15 minutes."
            )
        return (
            "Versions that are there stay. What is written from then on overwrites for good what was written "
            "meanwhile."
        )


class TagsDialog(FormDialog[dict[str, str]]):
    def __init__(self, bucket: str, tags: Mapping[str, str]) -> None:
        self._was = tags
        field = LinesField("tags", "Tags\nname=value,\none a line", lines_of(tags), height=8)
        super().__init__(f"Tags of {printable(bucket)}", [field], yes="Changes them")

    def read(self) -> dict[str, str]:
        tags = read_pairs(self.form.lines("tags"), "tags", self._was)
        if tags == dict(self._was):
            raise ValueError("Nothing is changed yet.")
        if len(tags) > _MOST_TAGS:
            raise ValueError(f"A bucket can have {_MOST_TAGS} tags, not {len(tags)}.")
        return tags

    def note(self) -> str:
        return "All tags are replaced by these." if self.form.lines("tags").strip() else "All tags go."


class PublicAccessDialog(FormDialog[PublicAccessBlock]):
    def __init__(self, bucket: str, now: PublicAccessBlock) -> None:
        self._now = now
        yes_no = (("yes", True), ("no", False))
        fields = [
            ChoiceField(id, label, yes_no, 0 if getattr(now, id) else 1)
            for id, label in (
                ("block_public_acls", "No new public ACL"),
                ("ignore_public_acls", "Ignore public ACLs"),
                ("block_public_policy", "No public policy"),
                ("restrict_public_buckets", "Own account only"),
            )
        ]
        super().__init__(f"Public access to {printable(bucket)}", fields, yes="Changes it")

    def _wanted(self) -> PublicAccessBlock:
        chosen = self.form.chosen
        return PublicAccessBlock(
            chosen("block_public_acls"),
            chosen("ignore_public_acls"),
            chosen("block_public_policy"),
            chosen("restrict_public_buckets"),
        )

    def read(self) -> PublicAccessBlock:
        if (wanted := self._wanted()) == self._now:
            raise ValueError("Nothing is changed yet.")
        return wanted

    def note(self) -> str:
        wanted = self._wanted()
        if wanted == self._now:
            return "Nothing is changed yet."
        if wanted == PublicAccessBlock(True, True, True, True):
            return "Nothing in it is public then, whatever its policy and its ACLs say."
        return "Where it is not refused, a policy or an ACL can make objects public."
