"""Completion of the command line in bash, zsh and fish: the scripts, and the words that they ask for.

    source <(s3tui --completion bash)           # in ~/.bashrc; zsh likewise, in ~/.zshrc
    s3tui --completion fish | source            # in ~/.config/fish/config.fish

A script runs `s3tui --complete SHELL …` at each TAB. That is silent about every error, asks the user
nothing, and asks a server only for a word that begins with `s3://` or `name:`, for a second at most.
"""

from __future__ import annotations

import os
import re
import sys
from argparse import Action
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from s3tui.arguments import new_parser
from s3tui.settings import Flags

if TYPE_CHECKING:
    from s3tui.connect.connection import Connection
    from s3tui.s3.credentials.refreshing import Provider
    from s3tui.s3.signing.credentials import Credentials

SHELLS = ("bash", "zsh", "fish")
_PATIENCE_S = 1.0
_MOST = 200
_SPECIAL = re.compile(r"([^\w@%+=:,./-])", re.ASCII)

_BASH = """\
_s3tui() {
    COMPREPLY=()
    local word
    while IFS= read -r word; do
        COMPREPLY+=("$word")
    done < <(command s3tui --complete bash "${COMP_LINE:0:COMP_POINT}" "$COMP_WORDBREAKS" 2>/dev/null)
}
complete -o nospace -F _s3tui s3tui
"""
_ZSH = """\
#compdef s3tui
_s3tui() {
    local -a words_found open_words
    local word
    while IFS= read -r word; do
        if [[ $word == *[/:] ]]; then
            open_words+=("$word")
        else
            words_found+=("$word")
        fi
    done < <(command s3tui --complete zsh "${(@Q)words[2,CURRENT]}" 2>/dev/null)
    compadd -S '' -- "${open_words[@]}"
    compadd -- "${words_found[@]}"
}
if [[ $funcstack[1] == _s3tui ]]; then
    _s3tui "$@"
else
    compdef _s3tui s3tui
fi
"""
_FISH = """\
function __s3tui
    command s3tui --complete fish (commandline -opc)[2..] (commandline -ct) 2>/dev/null
end
complete -c s3tui -f -a '(__s3tui)'
"""
_SCRIPTS = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH}


def script(shell: str) -> str:
    """Return what a shell reads to complete the command."""
    return _SCRIPTS[shell]


def complete(arguments: Sequence[str]) -> int:
    """Write the words for `--complete SHELL …`, one a line; return the exit code, always 0."""
    with suppress(Exception):  # there is nobody to be told: then there is nothing to complete
        shell, *rest = arguments
        found = _for_bash(*rest) if shell == "bash" else candidates(rest)
        text = "".join(f"{word}\n" for word in found if word.isprintable())
        sys.stdout.buffer.write(text.encode("utf-8", "surrogateescape"))
        sys.stdout.flush()
    return 0


def candidates(words: Sequence[str]) -> list[str]:
    """Return the whole words that the last of `words` may become; before it, they are given already."""
    *before, word = words or [""]
    if before[:1] == ["doctor"]:
        words_there = [*_connection_names(), *_addresses(["doctor"], word), "--write", "--json"]
        return sorted(dict.fromkeys(each for each in words_there if each.startswith(word)))
    found = _values(before, word)
    if found is None and word.startswith("-") and "--" not in before:
        option, equals, value = word.partition("=")
        if equals:
            found = [f"{option}={each}" for each in _of_option(option, value) or ()]
        else:
            found = [name for name in _options() if name.startswith(word)]
    elif found is None:
        found = _addresses(before, word)
    return sorted(dict.fromkeys(each for each in found if each.startswith(word)))[:_MOST]


def _for_bash(line: str, breaks: str = "") -> list[str]:
    """Return the rest of the words that bash asks for, quoted: it splits them at colons, too."""
    words, quote = _split(line)
    found = candidates(words[1:] or [""])
    typed = words[-1] if len(words) > 1 else ""
    at = max((typed.rfind(sign) for sign in breaks if sign in ":="), default=-1) + 1
    return [_quoted(word[at:], quote) for word in found]


def _quoted(word: str, quote: str) -> str:
    is_open = word.endswith(("/", ":", "="))
    if quote == "'":
        text = word.replace("'", "'\\''")
    elif quote == '"':
        text = re.sub(r'(["\\$`])', r"\\\1", word)
    else:
        return _SPECIAL.sub(r"\\\1", word) + " " * (not is_open)
    return text if is_open else f"{text}{quote} "


def _split(line: str) -> tuple[list[str], str]:
    """Split a line as a shell does; return its words and the quote that is still open, if one is."""
    words, word, quote, is_word = [], "", "", False
    signs = iter(line)
    for sign in signs:
        if sign == "\\" and quote != "'":
            word, is_word = word + next(signs, ""), True
        elif quote:
            quote, word = ("", word) if sign == quote else (quote, word + sign)
        elif sign in "'\"":
            quote, is_word = sign, True
        elif sign.isspace():
            if is_word:
                words.append(word)
            word, is_word = "", False
        else:
            word, is_word = word + sign, True
    return [*words, word], quote


def _options() -> list[str]:
    return [name for action in new_parser()._actions for name in action.option_strings]


def _action(option: str) -> Action | None:
    actions = new_parser()._actions
    return next((action for action in actions if option in action.option_strings), None)


def _values(before: Sequence[str], word: str) -> list[str] | None:
    """Return the values of the option before the word; `None`, where that takes none."""
    if not before or not before[-1].startswith("-"):
        return None
    action = _action(before[-1])
    if action is None or action.nargs == 0 or (action.nargs == "?" and word.startswith("-")):
        return None
    return _of_option(before[-1], word)


def _of_option(option: str, word: str) -> list[str]:
    match option:
        case "-c" | "--connection":
            return _connection_names()
        case "--profile":
            from s3tui.s3.credentials import SharedFiles

            return list(SharedFiles.read().profiles)
        case "--path-style":
            return ["auto", "always", "never"]
        case "--completion":
            return list(SHELLS)
        case "--theme":
            from s3tui.tui.runtime.config_names import theme_names

            return theme_names()
        case "--region":
            from s3tui.s3.address.region import REGIONS

            return [region.code for region in REGIONS]
        case "--snapshot" | "--ca-bundle" | "--check-config" | "--log-file" | "--inventory":
            return _files(word)
    return []


def _files(word: str) -> list[str]:
    folder, slash, _ = word.rpartition("/")
    with os.scandir(os.path.expanduser(folder + slash) or ".") as entries:
        return [f"{folder}{slash}{entry.name}{'/' * entry.is_dir()}" for entry in entries]


def _connection_names() -> list[str]:
    from s3tui.connect.by_name import known_names

    return known_names(_quiet_environ())


def _quiet_environ() -> dict[str, str]:
    """Return the environment without the program that asks for the password of rclone's file."""
    return {name: value for name, value in os.environ.items() if name != "RCLONE_PASSWORD_COMMAND"}


def _addresses(before: Sequence[str], word: str) -> list[str]:
    """Return connections, buckets or prefixes that the address `word` may become."""
    from s3tui.connect.named_address import split_address

    names = _connection_names()
    name, address = split_address(word, names)
    if name is not None:
        return [f"{name}:{path}" for path in _paths(before, name, address)]
    if word.startswith("s3://"):
        return [f"s3://{path}" for path in _paths(before, None, word.removeprefix("s3://"))]
    return [*(f"{each}:" for each in names), "s3://", *["doctor", "sync"] * (not before)]


def _paths(before: Sequence[str], name: str | None, path: str) -> Iterable[str]:
    """Ask the connection that the line names for buckets, or for what is next below a prefix."""
    import asyncio

    from s3tui.s3.errors import CredentialsError

    try:
        connection = _connection(before, name)
        if connection is None or path.startswith("s3:"):
            return []
        return asyncio.run(_listed(connection, path))
    except (CredentialsError, ValueError):
        return []


def _connection(before: Sequence[str], name: str | None) -> Connection | None:
    from s3tui import paths
    from s3tui.connect.client import as_set
    from s3tui.connect.discover import choose
    from s3tui.settings import load_settings

    asked, _ = new_parser().parse_known_args(list(before))
    flags = Flags(
        connection=name or asked.connection,
        profile=None if name else asked.profile,
        region=asked.region,
        endpoint_url=None if name else asked.endpoint_url,
        path_style=asked.path_style,
        no_sign_request=asked.no_sign_request and not name,
        ca_bundle=asked.ca_bundle,
        no_verify_ssl=asked.no_verify_ssl,
    )
    settings = load_settings(flags, os.environ, paths.config_file())
    found = choose(settings, _quiet_environ())
    return None if found is None or found.obstacle else as_set(found, settings)


async def _listed(connection: Connection, path: str) -> list[str]:
    import asyncio

    from s3tui.config.options import NO_PROXY
    from s3tui.paths import expanded
    from s3tui.s3.client import S3Client
    from s3tui.s3.errors import S3Error
    from s3tui.s3.retries import RetryPolicy

    bucket, slash, prefix = path.partition("/")
    proxy, certificate = connection.client.proxy, connection.client.client_cert
    client = S3Client(
        connection.endpoint,
        _silent_keys(connection),
        read_only=True,
        retry=RetryPolicy(attempts=1),
        verify_tls=connection.verify_tls,
        ca_file=None if connection.ca_file is None else expanded(connection.ca_file),
        use_proxies=proxy != NO_PROXY,
        proxy=None if proxy in ("", NO_PROXY) else proxy,
        client_cert=expanded(certificate) if certificate else None,
    )
    try:
        async with asyncio.timeout(_PATIENCE_S), client:
            if not slash:
                return [f"{each.name}/" for each in await client.list_buckets()]
            async for page in client.list_objects(bucket, prefix, delimiter="/", max_keys=_MOST):
                keys = [each.key for each in page.objects]
                return [f"{bucket}/{name}" for name in (*page.common_prefixes, *keys)]
    except (S3Error, TimeoutError):
        pass
    return []


def _silent_keys(connection: Connection) -> Credentials | Provider | None:
    """Return keys that can be had without a question, also one that a keyring or another program may ask.

    Raises: CredentialsError.
    """
    from s3tui.connect.aws_settings import profile_of
    from s3tui.connect.connection import FromEnvironment, FromKeyring
    from s3tui.connect.store import resolve
    from s3tui.s3.credentials import SharedFiles
    from s3tui.s3.errors import CredentialsError

    if isinstance(connection.credentials, FromKeyring):
        raise CredentialsError("the keyring may ask to be unlocked")
    is_plain = isinstance(connection.credentials, FromEnvironment)
    profile, seen = None if is_plain else profile_of(connection, os.environ), set[str]()
    while profile is not None and profile.name not in seen:  # a role's keys are those of another profile
        if profile.signs_itself_by == "credential_process":
            raise CredentialsError("its program may ask")
        seen.add(profile.name)
        profile = SharedFiles.read().profiles.get(profile.settings.get("source_profile", ""))
    environ = {**os.environ, "PATH": ""}  # nor is the AWS CLI run
    return resolve(replace(connection, obstacle=None), environ)
