"""ConnectionFields: the fields of a connection: provider, name, endpoint, region, keys, how it is used."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from itertools import count

from textual import on
from textual.app import ComposeResult
from textual.containers import Grid, Horizontal, Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Checkbox, Input, Label, Select

from s3tui.connect.connection import (
    Anonymous,
    Connection,
    CredentialsSource,
    FromEnvironment,
    FromKeyring,
    FromProfile,
    FromSso,
    Given,
)
from s3tui.connect.presets import PRESETS, Preset
from s3tui.format import printable
from s3tui.s3.address.endpoint import Endpoint
from s3tui.s3.credentials import Credentials, Secret
from s3tui.tui.widgets.forms.check_box import CheckBox

_AMAZON, _OTHER = PRESETS[0], PRESETS[-1]


class ConnectionFields(Vertical):
    """
    Args:
        like: the connection to begin with: its fields, and what it has that the form does not show.
        name: the initial name.
        is_signed: there are fields for keys; without `like` only.
    """

    DEFAULT_CSS = """
    ConnectionFields { height: auto; }
    """

    def __init__(self, like: Connection | None, name: str, *, is_signed: bool = True) -> None:
        super().__init__()
        self._like, self._first_name = like, name
        self._has_keys = is_signed if like is None else access_key_of(like) is not None

    def compose(self) -> ComposeResult:
        like, endpoint = self._like, self._like.endpoint if self._like is not None else None
        preset = _AMAZON if endpoint is None or endpoint.is_aws else _OTHER
        url = "" if endpoint is None or endpoint.is_aws else endpoint.url
        choices = [(each.name, each.name) for each in PRESETS]
        with Grid(id="connection-fields"):
            yield Label("Provider")
            yield Select(choices, value=preset.name, allow_blank=False, compact=True)
            yield from _field("Name", "name", "as you want to see it", self._first_name)
            yield from _field("Endpoint", "url", "https://…", url)
            yield from _field("Account id", "account", "a part of the endpoint's name")
            yield from _field("Region", "region", "us-east-1", "" if endpoint is None else endpoint.region)
            if self._has_keys:
                kept = "" if like is None else "kept, if you leave it empty"
                access = (None if like is None else access_key_of(like)) or ""
                yield from _field("Access key", "access", "AKIA…", access)
                yield from _field("Secret key", "secret", kept or "goes to your keyring", password=True)
                yield from _field("Session token", "token", kept or "only for temporary keys", password=True)
            elif like is not None:
                yield Label("Keys")
                yield Label(Content(_source_words(like.credentials)))
            yield from _field("Test with", "bucket", "a bucket; without one, the buckets are listed")
        yield Label(Content(""), id="preset-hint", classes="hint")
        with Horizontal(id="form-options"):
            yield CheckBox("read-only", like is not None and like.read_only, id="read-only", compact=True)
            production = like is not None and like.production
            yield CheckBox("production (warns in red)", production, id="production", compact=True)

    def on_mount(self) -> None:
        self.query_one("#name", Input).focus()

    @property
    def preset(self) -> Preset:
        chosen = self.query_one(Select).value
        return next((preset for preset in PRESETS if preset.name == chosen), _AMAZON)

    @property
    def bucket(self) -> str:
        """The bucket to test with; empty: none."""
        return self._text("bucket")

    @on(Select.Changed)
    def _show_preset(self) -> None:
        preset = self.preset
        url = self.query_one("#url", Input)
        url.placeholder = (
            (preset.url_pattern or "Amazon's own") if preset.url_pattern or preset.is_aws else "https://…"
        )
        self.query_one("#region", Input).placeholder = preset.region
        for widget in self.query(".account"):
            widget.display = preset.needs_account
        for widget in self.query(".url"):
            widget.display = not preset.is_aws
        hint = preset.hint if self._has_keys else "No keys are entered here."
        self.query_one("#preset-hint", Label).update(Content(hint))

    def read(self, taken: Collection[str] = ()) -> tuple[Connection, Credentials | None]:
        """Return the connection that is filled in, and its keys; `None`: those that it had, or none.

        Args:
            taken: names that a connection without a name must not get.

        Raises: ValueError, CredentialsError.
        """
        endpoint = self._endpoint()
        default = self.preset.name if self._has_keys else "public"
        begun = self._like or Connection("", endpoint, Anonymous())
        connection = replace(
            begun,
            name=self._text("name") or free_name(default, taken),
            endpoint=endpoint,
            read_only=self.query_one("#read-only", Checkbox).value,
            production=self.query_one("#production", Checkbox).value,
            origin="config.toml",
        )
        if not self._has_keys:
            return connection, None
        access, secret, token = self._text("access"), self._text("secret"), self._text("token")
        if self._like is not None and not (secret or token):
            if access != access_key_of(self._like):
                raise ValueError(
                    "The secret key is needed: the one that is kept belongs to another access key."
                )
            return replace(connection, credentials=FromKeyring(access)), None
        keys = Credentials(access, Secret(secret), Secret(token) or None, source="entered")
        return replace(connection, credentials=FromKeyring(keys.access_key)), keys

    def _endpoint(self) -> Endpoint:
        preset, like = self.preset, self._like
        endpoint = preset.endpoint(
            url=self._text("url"), region=self._text("region"), account=self._text("account")
        )
        if like is not None and preset in (_AMAZON, _OTHER) and like.endpoint.is_aws == endpoint.is_aws:
            kept = like.endpoint
            if not endpoint.is_aws:
                return replace(endpoint, addressing=kept.addressing, family=kept.family)
            return Endpoint.aws(
                endpoint.region,
                addressing=kept.addressing,
                dual_stack=kept.dual_stack,
                fips=kept.fips,
                accelerate=kept.accelerate,
                family=kept.family,
            )
        return endpoint

    def _text(self, id: str) -> str:
        fields = self.query(f"#{id}").results(Input)
        return next((field.value.strip() for field in fields if field.display), "")


def access_key_of(connection: Connection) -> str | None:
    """Return the access key of a connection whose keys are entered; `None` where they come from elsewhere."""
    match connection.credentials:
        case FromKeyring(access_key):
            return access_key
        case Given(keys):
            return keys.access_key
        case _:
            return None


def free_name(name: str, taken: Collection[str]) -> str:
    """Return `name`, with the first free number behind it if it is taken."""
    if name not in taken:
        return name
    return next(numbered for n in count(2) if (numbered := f"{name} {n}") not in taken)


def _source_words(source: CredentialsSource) -> str:
    match source:
        case FromProfile(profile):
            return printable(f"those of the AWS profile {profile}")
        case FromSso(account=account, role=role):
            return printable(f"those of role {role} in account {account}, by SSO")
        case FromEnvironment():
            return "those of the environment"
        case _:
            return "none: only what anybody may read"


def _field(
    label: str, id: str, placeholder: str, value: str = "", *, password: bool = False
) -> Iterable[Widget]:
    yield Label(label, classes=id)
    yield Input(value, placeholder, id=id, classes=id, compact=True, password=password)
