"""Settings of this run, by precedence: command line, environment, config.toml, defaults.

Reads and checks; opens no connection and writes nothing. Connections and their secrets are `s3tui.connect`'s.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

from s3tui import paths
from s3tui.format import parse_rate, parse_span
from s3tui.s3.address.endpoint import Addressing
from s3tui.s3.address.uri import S3Uri
from s3tui.s3.checksum import ChecksumMode
from s3tui.s3.credentials.shared_files import is_true

DEFAULT_THEME = "s3tui-dark"
DEFAULT_PATIENCE = "15 min"
MOST_AT_ONCE = 1024
"""The most objects, or parts, that may move at once: more would be more sockets than systems allow."""


class PaneWidth(Enum):
    """The width of the pane beside the rows, in the order of the key that changes it."""

    NARROW = "narrow"
    WIDE = "wide"
    NONE = "none"

    @property
    def next(self) -> PaneWidth:
        widths = list(PaneWidth)
        return widths[(widths.index(self) + 1) % len(widths)]


class ConfigError(ValueError):
    """A value in config.toml or the environment is not valid; the message is one sentence for the user."""


@dataclass(frozen=True, slots=True)
class Flags:
    """Command-line options as they were given; `None` and `False` where they were not."""

    uri: str | None = None
    profile: str | None = None
    region: str | None = None
    endpoint_url: str | None = None
    path_style: str | None = None
    no_sign_request: bool = False
    demo: bool = False
    read_only: bool = False
    ca_bundle: str | None = None
    no_verify_ssl: bool = False
    theme: str | None = None
    no_diff: bool = False
    pick: bool = False
    json: bool = False
    print0: bool = False
    snapshot: str | None = None
    inventory: str | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one run; immutable."""

    uri: S3Uri | None = None
    """The location to start at."""
    snapshot: Path | None = None
    """A snapshot to browse, without a connection."""
    inventory: Path | None = None
    """An S3 Inventory report on this machine; of one in a bucket, `uri` is the manifest's."""
    opens_inventory: bool = False
    """Whether `uri` is the manifest of an S3 Inventory report."""
    profile: str | None = None
    """The AWS profile that the command line names: it comes before any keys in the environment."""
    region: str | None = None
    endpoint_url: str | None = None
    """From the command line; what the environment says is read together with the profile's."""
    addressing: Addressing = Addressing.AUTO
    fips: bool = False
    """Ask Amazon only at hosts whose cryptography is validated to FIPS 140."""
    dual_stack: bool = False
    """Ask Amazon at hosts that have IPv6 addresses too."""
    no_sign_request: bool = False
    demo: bool = False
    read_only: bool = False
    ca_bundle: str | None = None
    """PEM file of the certificate authorities to trust, instead of the system's."""
    no_verify_ssl: bool = False
    """Take any certificate."""
    request_checksums: ChecksumMode | None = None
    """Whether checksums are sent, for connections that do not say; `None`: nobody said."""
    response_checksums: ChecksumMode | None = None
    """Whether they are asked for and compared."""
    connection: str | None = None
    """The connection that config.toml names, for when neither command line nor environment do."""
    theme: str = DEFAULT_THEME
    pane: PaneWidth = PaneWidth.NARROW
    diff: bool = True
    """Write only the cells that change to the terminal."""
    pick: bool = False
    """Print what is chosen and end."""
    pick_json: bool = False
    """As JSON, an object a line."""
    pick_print0: bool = False
    """With a NUL behind each instead of a line's end."""
    keys: Mapping[str, str] = field(default_factory=dict)
    """Binding id to key or keys, as Textual's keymap takes them."""
    download_dir: Path = field(default_factory=paths.default_download_dir)
    rate_bps: int | None = None
    """Bytes a second that all transfers together may take; `None`: as fast as it goes."""
    objects: int | None = None
    """Objects that may move at once; `None`: what the engine thinks good."""
    parts: int | None = None
    """Parts of large objects that may move at once."""
    patience_s: float = 15 * 60.0
    """The time that a transfer waits for a server that does not answer; 0: it fails at once."""
    bell: bool = False
    """Ring the terminal's bell when transfers are done or failed."""


def load_settings(flags: Flags, environ: Mapping[str, str], config_file: Path) -> Settings:
    """Load the settings of a run from all sources.

    Raises: ConfigError and ValueError, with the sentence for the user.
    """
    config = read_config(config_file)
    downloads = config.get("download_dir")
    transfer = config.get("transfer", {})
    is_remote = flags.inventory is not None and flags.inventory.startswith(_URI)
    is_local = flags.inventory is not None and not is_remote
    uri = flags.inventory if is_remote else flags.uri
    return Settings(
        uri=None if uri is None else S3Uri.parse(uri),
        inventory=paths.expanded(flags.inventory or "") if is_local else None,
        opens_inventory=is_remote,
        snapshot=None if flags.snapshot is None else paths.expanded(flags.snapshot),
        profile=flags.profile,
        region=flags.region or region_in(environ),
        endpoint_url=flags.endpoint_url,
        addressing=Addressing(flags.path_style or "auto"),
        fips=is_true(environ.get("AWS_USE_FIPS_ENDPOINT")),
        dual_stack=is_true(environ.get("AWS_USE_DUALSTACK_ENDPOINT")),
        no_sign_request=flags.no_sign_request,
        demo=flags.demo,
        read_only=flags.read_only or _is_set(environ, config, "read_only", default=False),
        ca_bundle=flags.ca_bundle or environ.get("AWS_CA_BUNDLE") or None,
        no_verify_ssl=flags.no_verify_ssl,
        request_checksums=_checksums(environ, "AWS_REQUEST_CHECKSUM_CALCULATION", config),
        response_checksums=_checksums(environ, "AWS_RESPONSE_CHECKSUM_VALIDATION", config),
        connection=config.get("connection"),
        theme=flags.theme or environ.get("S3TUI_THEME") or config.get("theme", DEFAULT_THEME),
        pane=PaneWidth(config.get("pane", PaneWidth.NARROW.value)),
        diff=not flags.no_diff and _is_set(environ, config, "diff", default=True),
        pick=flags.pick,
        pick_json=flags.json,
        pick_print0=flags.print0,
        keys=config.get("keys", {}),
        download_dir=_download_dir(config_file, downloads),
        rate_bps=parse_rate(transfer.get("rate", "off")),
        objects=transfer.get("objects"),
        parts=transfer.get("parts"),
        patience_s=_patience_s(environ, transfer),
        bell=config.get("bell", False),
    )


def _download_dir(file: Path, text: str | None) -> Path:
    if not text:
        return paths.default_download_dir()
    if wrong := paths.unknown_home(text):
        raise ConfigError(f"{file}: download_dir: {wrong}")
    return paths.expanded(text)


def region_in(environ: Mapping[str, str]) -> str | None:
    return environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION") or None


def read_config(file: Path) -> dict[str, Any]:
    """Read config.toml and check its settings; a file that is not there is empty.

    Raises: ConfigError, naming the file and the key or line.
    """
    try:
        config = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} cannot be read: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file} is not valid TOML: {error}") from error
    for key, value in config.items():
        if key not in _KEYS:
            raise ConfigError(f"{file}: there is no setting {key!r}{did_you_mean(key, _KEYS)}")
        expected, words = _KEYS[key]
        if not isinstance(value, expected):
            raise ConfigError(f"{file}: {key} must be {words}, not {value!r}")
    if config.get("pane", PaneWidth.NARROW.value) not in [width.value for width in PaneWidth]:
        raise ConfigError(f"{file}: pane must be wide, narrow or none, not {config['pane']!r}")
    check_checksums(f"{file}: checksums", config.get("checksums", "when_supported"))
    for binding, keys in config.get("keys", {}).items():
        if not isinstance(keys, str):
            raise ConfigError(
                f'{file}: keys.{binding} must be text like "ctrl+q" or "d,delete", not {keys!r}'
            )
    _check_transfer(file, config.get("transfer", {}))
    return config


def _check_transfer(file: Path, table: Mapping[str, Any]) -> None:
    for key, value in table.items():
        if key not in _TRANSFER_KEYS:
            raise ConfigError(
                f"{file}: there is no setting transfer.{key}{did_you_mean(key, _TRANSFER_KEYS)}"
            )
        if key in _TRANSFER_TEXTS:
            try:
                _TRANSFER_TEXTS[key](value if isinstance(value, str) else "?")
            except ValueError as error:
                raise ConfigError(f"{file}: transfer.{key} is {value!r}. {error}") from error
        elif type(value) is not int or not 1 <= value <= MOST_AT_ONCE:
            raise ConfigError(
                f"{file}: transfer.{key} must be a number from 1 to {MOST_AT_ONCE}, not {value!r}"
            )


def check_checksums(where: str, value: str) -> None:
    """Check a checksum mode that was set at `where`.

    Raises: ConfigError.
    """
    if value not in CHECKSUM_MODES:
        raise ConfigError(f"{where} must be when_supported or when_required, not {value!r}")


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return `: did you mean …?` for a near miss, or nothing."""
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f": did you mean {close[0]}?" if close else ""


_KEYS: dict[str, tuple[type, str]] = {
    "bell": (bool, "true or false"),
    "checksums": (str, "when_supported or when_required, in quotes"),
    "connection": (str, "the name of a connection"),
    "connections": (dict, "a table for each connection, like [connections.work]"),
    "diff": (bool, "true or false"),
    "download_dir": (str, "the path of a folder, in quotes"),
    "keys": (dict, 'a table of binding = "key"'),
    "pane": (str, "wide, narrow or none, in quotes"),
    "read_only": (bool, "true or false"),
    "theme": (str, "the name of a theme, in quotes"),
    "transfer": (dict, "a table of limits, like [transfer]"),
}
CHECKSUM_MODES = frozenset({ChecksumMode.WHEN_SUPPORTED.value, ChecksumMode.WHEN_REQUIRED.value})
_URI = "s3://"
_TRANSFER_TEXTS: Mapping[str, Callable[[str], object]] = {"rate": parse_rate, "patience": parse_span}
"""Those that are text, and what reads it."""
_TRANSFER_KEYS = (*_TRANSFER_TEXTS, "objects", "parts")
_YES = frozenset({"1", "true", "yes", "on"})
_NO = frozenset({"", "0", "false", "no", "off"})


def _patience_s(environ: Mapping[str, str], transfer: Mapping[str, Any]) -> float:
    text = environ.get("S3TUI_PATIENCE")
    if text is None:
        return parse_span(transfer.get("patience", DEFAULT_PATIENCE))
    try:
        return parse_span(text)
    except ValueError as error:
        raise ConfigError(f"S3TUI_PATIENCE is {text!r}. {error}") from error


def _checksums(environ: Mapping[str, str], variable: str, config: Mapping[str, Any]) -> ChecksumMode | None:
    text = environ.get(variable, "").lower() or config.get("checksums")
    if text is None:
        return None
    check_checksums(variable, text)
    return ChecksumMode(text)


def _is_set(environ: Mapping[str, str], config: Mapping[str, Any], key: str, *, default: bool) -> bool:
    """Return a setting that is true or false, by its variable or its key."""
    variable = f"S3TUI_{key.upper()}"
    text = environ.get(variable)
    if text is None:
        return bool(config.get(key, default))
    if text.lower() not in _YES | _NO:
        raise ConfigError(f"{variable} must be true or false, not {text!r}")
    return text.lower() in _YES
