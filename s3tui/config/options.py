"""The options of config.toml: one table, by which the file is read, checked and printed. Pure."""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from s3tui import paths
from s3tui.format import parse_rate, parse_span
from s3tui.s3.address.endpoint import DEFAULT_REGION, Addressing
from s3tui.s3.checksum import ChecksumMode

MOST_AT_ONCE = 1024
"""The most objects, or parts, that may move at once: more would be more sockets than systems allow."""
_LONGEST_TIMEOUT_S = 3600.0
CHECKSUM_MODES = ("when_supported", "when_required")
SOURCES = ("access_key", "profile", "environment", "anonymous", "sso_start_url")
"""The options that say whose keys a connection has: just one of them."""

SCHEMES = ("s3", "s3a", "s3n", "arn", "http", "https")
"""Words that begin an address before its colon, so no connection is called so."""

NO_PROXY = "none"
"""The proxy of a connection that asks its server directly, whatever the environment says."""
COLORS = ("red", "yellow", "green", "cyan", "blue", "magenta")
"""Colours that the name of a connection can have."""

SSO_OPTIONS = ("sso_start_url", "sso_region", "sso_account_id", "sso_role_name")
"""The options that name a role of IAM Identity Center: all of them, or none."""

Reader = Callable[[Any], Any]
"""Turns the value in the file into the value that is used.

Raises: ValueError, with the rest of a sentence that begins with the option's name.
"""


@dataclass(frozen=True, slots=True)
class Option:
    """One option: how its value is read, and its default as it would be written in the file."""

    name: str
    """With its table: `transfer.rate`."""
    read: Reader
    default: bool | float | str
    about: str
    """A sentence or two for the comment above it."""
    if_wrong: bool | None = None
    """The value in place of one that cannot be read, where the default would allow too much."""

    @property
    def key(self) -> str:
        return self.name.rpartition(".")[2]


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return `: did you mean …?` for a near miss, or nothing."""
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f": did you mean {close[0]}?" if close else ""


def wrong_name(name: str) -> str | None:
    """Return why a connection cannot be called `name`, as a sentence without its end; `None`: it can."""
    head = name.partition(":")[0]
    if head.lower() in SCHEMES:
        return f"a connection cannot be called {name!r}: {head}: begins an address"
    return None if name.strip() else "a connection needs a name"


def checksum_mode(value: object) -> ChecksumMode | None:
    """Read a checksum mode; `auto` leaves it to the profile.

    Raises: ValueError.
    """
    return None if value == "auto" else ChecksumMode(_one_of("auto", *CHECKSUM_MODES)(value))


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"must be true or false, not {value!r}")
    return value


def _text(what: str) -> Reader:
    def read(value: object) -> str:
        if not isinstance(value, str):
            raise ValueError(f"must be {what} in quotes, not {value!r}")
        return value

    return read


def _one_of(*words: str) -> Reader:
    def read(value: object) -> str:
        if value not in words or not isinstance(value, str):
            raise ValueError(f"must be {', '.join(words[:-1])} or {words[-1]}, not {value!r}")
        return value

    return read


def _some_of(*words: str) -> Reader:
    def read(value: object) -> tuple[str, ...]:
        named = value.replace(",", " ").split() if isinstance(value, str) else ["?"]
        if not set(named) <= set(words):
            raise ValueError(f"must be some of {', '.join(words)}, in quotes, not {value!r}")
        return tuple(word for word in words if word in named)

    return read


def _at_once(value: object) -> int | None:
    if value == "auto":
        return None
    if type(value) is not int or not 1 <= value <= MOST_AT_ONCE:
        raise ValueError(f'must be a number from 1 to {MOST_AT_ONCE} or "auto", not {value!r}')
    return value


def _connections(value: object) -> int:
    if type(value) is not int or not 1 <= value <= MOST_AT_ONCE:
        raise ValueError(f"must be a number from 1 to {MOST_AT_ONCE}, not {value!r}")
    return value


def _price(value: object) -> float | None:
    if value == "auto":
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
        raise ValueError(f'must be a number of US dollars or "auto", not {value!r}')
    return float(value)


def _measure(parse: Callable[[str], Any]) -> Reader:
    """Return the reader of a text that `parse` understands."""

    def read(value: object) -> Any:
        try:
            return parse(value if isinstance(value, str) else "?")
        except ValueError as error:
            raise ValueError(f"is {value!r}. {error}") from error

    return read


def _timeout(value: object) -> float:
    seconds: float = _measure(parse_span)(value)
    if not 0 < seconds <= _LONGEST_TIMEOUT_S:
        raise ValueError(f"must be more than nothing and at most an hour, not {value!r}")
    return seconds


def _proxy(value: object) -> str:
    text: str = _text("a URL,")(value)
    if text in ("", NO_PROXY):
        return text
    from s3tui.s3.http.proxy_url import ProxyUnreadable, read_proxy

    try:
        if read_proxy(text).user_and_password is not None:
            raise ValueError("holds a user or a password, which belongs into HTTPS_PROXY and not into a file")
    except ProxyUnreadable as unreadable:
        raise ValueError(str(unreadable).removeprefix("the connection's proxy ")) from None
    return text


def _agent(value: object) -> str:
    text: str = _text("words")(value)
    if not (text.isascii() and text.isprintable()):
        raise ValueError(f"must be words in ASCII, not {value!r}")
    return text.strip()


def _folder(value: object) -> Path:
    text: str = _text("the path of a folder,")(value)
    if not text:
        return paths.default_download_dir()
    if wrong := paths.unknown_home(text):
        raise ValueError(f"is {text!r}. {wrong}")
    return paths.expanded(text)


def _name(value: object) -> str | None:
    text: str = _text("the name of a connection,")(value)
    return text or None


OPTIONS = (
    Option("theme", _text("the name of a theme,"), "s3tui-dark",
           "Colours: s3tui-dark, s3tui-light, or one of Textual's, like nord. ^p, Theme changes it here."),
    Option("pane", _one_of("narrow", "wide", "none"), "narrow",
           "The pane beside the rows: narrow, wide or none. w changes it here."),
    Option("columns", _some_of("size", "modified", "time", "class"), "size, modified, class",
           "Columns of objects behind the name: size; modified, how long ago; time, to the minute; class, "
           "where it is not STANDARD throughout. ^p, Columns changes them here."),
    Option("times", _one_of("local", "utc"), "local",
           "The zone of times that are shown, and of typed ones that name none: local or utc."),
    Option("sizes", _one_of("decimal", "binary"), "decimal",
           "Units of sizes and rates: decimal, kB of 1,000 bytes; binary, KiB of 1,024."),
    Option("preview", _one_of("auto", "on demand"), "auto",
           "When the pane looks into an object: auto, as the cursor rests on it; on demand, never unasked."),
    Option("connection", _name, "",
           "The connection to open, where neither the command line nor the environment names one."),
    Option("download_dir", _folder, "",
           "The folder that downloads go to. Empty: your download folder, else where s3tui was started."),
    Option("read_only", _flag, False,
           "Refuse whatever would change something.", if_wrong=True),
    Option("checksums", checksum_mode, "auto",
           "Whether checksums are sent and compared: when_supported; when_required, for servers that refuse "
           "them; auto, as the profile says."),
    Option("bell", _flag, False,
           "Ring the terminal's bell when transfers are done or failed."),
    Option("notices", _one_of("off", "auto", "osc9", "osc777"), "off",
           "Have the terminal show a notice outside of its window when transfers are done or failed: auto, "
           "osc9 or osc777, as it knows one or the other; in tmux with allow-passthrough on."),
    Option("title", _flag, False,
           "Show the progress of transfers in the terminal's title."),
    Option("diff", _flag, True,
           "Write only the cells that change to the terminal; false paints whole areas."),
    Option("transfer.rate", _measure(parse_rate), "off",
           'Bytes a second that all transfers together may take, like "20 MB/s", or "off".'),
    Option("transfer.objects", _at_once, "auto",
           f"Objects that may move at once, 1 to {MOST_AT_ONCE}. auto: as many as help."),
    Option("transfer.parts", _at_once, "auto",
           f"Parts of large objects that may move at once, 1 to {MOST_AT_ONCE}. auto: as many as help."),
    Option("transfer.patience", _measure(parse_span), "15 min",
           'The time to wait for a server that is gone before giving up, like "2 h"; or "off", "unlimited".'),
    Option("prices.writes", _price, "auto",
           "US dollars of 1,000 requests that write or list, to estimate by. auto: Amazon's list prices of "
           "us-east-1, for Amazon only."),
    Option("prices.reads", _price, "auto",
           "The same of those that read."),
    Option("prices.dated", _text("a date"), "",
           "The day that your prices are of, as it is to be shown."),
)  # fmt: skip
"""The options of the file itself and of its tables `transfer` and `prices`."""

PRESETS = ("default", "vim", "mc")
"""Sets of keys that one may know from elsewhere."""

TABLES = {
    "transfer": "a table of limits, like [transfer]",
    "prices": "a table of prices, like [prices]",
    "keys": 'a table of binding = "key", or "default", "vim" or "mc"',
    "connections": "a table for each connection, like [connections.work]",
    "syncs": "a table for each saved sync, like [syncs.site]",
}
"""The tables that the file may have, each with what it must be."""

CONNECTION_OPTIONS = (
    Option("endpoint_url", _text("text"), "", "Where the server is. Empty: Amazon's own."),
    Option("region", _text("text"), DEFAULT_REGION, "The region to ask first."),
    Option("path_style", _one_of(*(style.value for style in Addressing)), "auto",
           "The bucket in the path of the URL: auto, always or never."),
    Option("access_key", _text("text"), "",
           "Whose keys are used: just one of these five. The secret of access_key lies in the keyring."),
    Option("profile", _text("text"), "", "A profile of ~/.aws/config or ~/.aws/credentials."),
    Option("environment", _flag, False, "The keys in AWS_ACCESS_KEY_ID and its companions."),
    Option("anonymous", _flag, False, "No keys: for public buckets."),
    Option("sso_start_url", _text("text"), "",
           "The start page of IAM Identity Center (SSO), with the three that follow."),
    Option("sso_region", _text("text"), "", "The region of the Identity Center."),
    Option("sso_account_id", _text("text"), "", "The number of the account."),
    Option("sso_role_name", _text("text"), "", "The role in it."),
    Option("read_only", _flag, False, "Refuse whatever would change something there."),
    Option("production", _flag, False, "Its top bar is red, and says PRODUCTION."),
    Option("ca_file", _text("text"), "",
           "Certificate authorities to trust (PEM), instead of the system's."),
    Option("client_cert", _text("text"), "",
           "A certificate and its key (PEM, without a password), for servers that ask for one."),
    Option("checksums", checksum_mode, "auto",
           "As above, for this connection."),
    Option("verify_tls", _flag, True,
           "false takes any certificate, and the top bar says so all the time."),
    Option("requester_pays", _flag, False, "Agree to pay for requests to buckets whose owners do not."),
    Option("proxy", _proxy, "",
           'A proxy for this connection, like "http://proxy:3128". Empty: HTTPS_PROXY and its companions; '
           '"none": no proxy.'),
    Option("dual_stack", _flag, False, "Amazon's hosts that have IPv6 addresses too."),
    Option("fips", _flag, False, "Amazon's hosts whose cryptography is validated to FIPS 140."),
    Option("accelerate", _flag, False, "Amazon's Transfer Acceleration, for buckets that have it on."),
    Option("ip", _one_of("any", "4", "6"), "any", "Connect by IPv4 or IPv6 only: any, 4 or 6."),
    Option("connect_timeout", _timeout, "10 s", "How long a connection may take to be made."),
    Option("read_timeout", _timeout, "60 s", "How long the server may be silent."),
    Option("max_connections", _connections, 64, f"Sockets at once, 1 to {MOST_AT_ONCE}."),
    Option("user_agent", _agent, "", "Words behind s3tui's own in the header User-Agent."),
    Option("color", _one_of("", *COLORS), "", f"The colour of its name: {', '.join(COLORS)}."),
    Option("notes", _text("text"), "", "A line of your own, shown with it."),
)  # fmt: skip
"""The options of a connection, in its table below `connections`."""
