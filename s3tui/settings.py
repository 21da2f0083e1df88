"""Settings of this run, by precedence: command line, environment, config.toml, defaults.

Reads and checks; opens no connection and writes nothing. Connections and their secrets are `s3tui.connect`'s.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from s3tui import paths
from s3tui.config.options import CHECKSUM_MODES
from s3tui.config.reader import ConfigError, read_config
from s3tui.format import Sizes, Times, parse_span
from s3tui.s3.address.endpoint import Addressing
from s3tui.s3.address.uri import S3Uri
from s3tui.s3.checksum import ChecksumMode
from s3tui.s3.credentials.shared_files import is_true, region_in

DEFAULT_THEME = "s3tui-dark"


class PaneWidth(Enum):
    """The width of the pane beside the rows, in the order of the key that changes it."""

    NARROW = "narrow"
    WIDE = "wide"
    NONE = "none"

    @property
    def next(self) -> PaneWidth:
        widths = list(PaneWidth)
        return widths[(widths.index(self) + 1) % len(widths)]


class Column(Enum):
    """A column of the object tree behind the name, in their order."""

    SIZE = "size"
    MODIFIED = "modified"
    """How long ago."""
    TIME = "time"
    """The same to the minute."""
    CLASS = "class"
    """Where some row is of another class than STANDARD."""


DEFAULT_COLUMNS = frozenset({Column.SIZE, Column.MODIFIED, Column.CLASS})


class PreviewMode(Enum):
    """When the inside of an object is looked at beside the rows."""

    AUTO = "auto"
    """Once the cursor rests on it."""
    ON_DEMAND = "on demand"


class NoticeProtocol(Enum):
    """The control sequence by which the terminal is asked for a notice outside of its window."""

    OFF = "off"
    AUTO = "auto"
    """By what the environment tells of the terminal."""
    OSC_9 = "osc9"
    OSC_777 = "osc777"


@dataclass(frozen=True, slots=True)
class Flags:
    """Command-line options as they were given; `None` and `False` where they were not."""

    uri: str | None = None
    connection: str | None = None
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
    log_file: str | None = None
    debug: bool = False


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
    named_connection: str | None = None
    """The connection that the command line names, before the colon of an address too."""
    connection: str | None = None
    """The connection that config.toml names, for when neither command line nor environment do."""
    theme: str = DEFAULT_THEME
    pane: PaneWidth = PaneWidth.NARROW
    columns: frozenset[Column] = DEFAULT_COLUMNS
    """The columns of the object tree behind the name."""
    times: Times = Times.LOCAL
    sizes: Sizes = Sizes.DECIMAL
    preview: PreviewMode = PreviewMode.AUTO
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
    preset: str = "default"
    """The keys that those take the place of: default, vim or mc."""
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
    notices: NoticeProtocol = NoticeProtocol.OFF
    """Have the terminal show a notice then."""
    title: bool = False
    """Show the progress of transfers in the terminal's title."""
    log_file: Path | None = None
    """The file that each request is written to."""
    debug: bool = False
    """Write headers and what was signed there, too."""
    write_price: float | None = None
    """US dollars of 1,000 requests that write or list; `None`: as Amazon's price list says."""
    read_price: float | None = None
    prices_dated: str = ""


def load_settings(flags: Flags, environ: Mapping[str, str], config_file: Path) -> Settings:
    """Load the settings of a run from all sources. What is wrong in the file does not count.

    Raises: ConfigError and ValueError, with the sentence for the user, for command line and environment.
    """
    config = read_config(config_file)
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
        read_only=flags.read_only or _is_set(environ, "S3TUI_READ_ONLY", default=config["read_only"]),
        ca_bundle=flags.ca_bundle or environ.get("AWS_CA_BUNDLE") or None,
        no_verify_ssl=flags.no_verify_ssl,
        request_checksums=_checksums(environ, "AWS_REQUEST_CHECKSUM_CALCULATION") or config["checksums"],
        response_checksums=_checksums(environ, "AWS_RESPONSE_CHECKSUM_VALIDATION") or config["checksums"],
        named_connection=flags.connection,
        connection=config["connection"],
        theme=flags.theme or environ.get("S3TUI_THEME") or config["theme"],
        pane=PaneWidth(config["pane"]),
        columns=frozenset(map(Column, config["columns"])),
        times=Times(config["times"]),
        sizes=Sizes(config["sizes"]),
        preview=PreviewMode(config["preview"]),
        diff=not flags.no_diff and _is_set(environ, "S3TUI_DIFF", default=config["diff"]),
        pick=flags.pick,
        pick_json=flags.json,
        pick_print0=flags.print0,
        keys=config.keys,
        preset=config.preset,
        download_dir=config["download_dir"],
        rate_bps=config["transfer.rate"],
        objects=config["transfer.objects"],
        parts=config["transfer.parts"],
        patience_s=_patience_s(environ, config["transfer.patience"]),
        bell=config["bell"],
        notices=NoticeProtocol(config["notices"]),
        title=config["title"],
        log_file=_log_file(flags),
        debug=flags.debug,
        write_price=config["prices.writes"],
        read_price=config["prices.reads"],
        prices_dated=config["prices.dated"],
    )


_URI = "s3://"
_YES = frozenset({"1", "true", "yes", "on"})
_NO = frozenset({"", "0", "false", "no", "off"})


def _log_file(flags: Flags) -> Path | None:
    """Return the log file; with `--debug` alone it is among the state that outlives a run."""
    if flags.log_file is not None:
        return paths.expanded(flags.log_file)
    return paths.state_dir() / "requests.log" if flags.debug else None


def _patience_s(environ: Mapping[str, str], configured_s: float) -> float:
    text = environ.get("S3TUI_PATIENCE")
    if text is None:
        return configured_s
    try:
        return parse_span(text)
    except ValueError as error:
        raise ConfigError(f"S3TUI_PATIENCE is {text!r}. {error}") from error


def _checksums(environ: Mapping[str, str], variable: str) -> ChecksumMode | None:
    text = environ.get(variable, "").lower()
    if not text:
        return None
    if text not in CHECKSUM_MODES:
        raise ConfigError(f"{variable} must be when_supported or when_required, not {text!r}")
    return ChecksumMode(text)


def _is_set(environ: Mapping[str, str], variable: str, *, default: bool) -> bool:
    """Return a setting that is true or false, by its variable where that is there."""
    text = environ.get(variable)
    if text is None:
        return default
    if text.lower() not in _YES | _NO:
        raise ConfigError(f"{variable} must be true or false, not {text!r}")
    return text.lower() in _YES
