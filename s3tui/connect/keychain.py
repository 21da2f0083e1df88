"""Secrets in the operating system's keyring: the only place on disk where s3tui ever puts one.

keyring is imported on first use: it costs 60 ms and asks D-Bus what is there.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeAlias

from s3tui.s3.credentials import Credentials
from s3tui.s3.errors import CredentialsError

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

SERVICE = "s3tui"


class KeyringUnavailable(CredentialsError):
    """No keyring takes or gives secrets here; keys can still be kept in memory for this session (`Given`)."""

    def __init__(self, reason: str, so: str) -> None:
        """Args: so: the consequence for the caller, as the end of the sentence."""
        super().__init__(f"{reason}: {so}")
        self.reason = reason


class SecretMissing(CredentialsError):
    """The keyring has no secret that belongs to the connection."""


NoSecret: TypeAlias = KeyringUnavailable | SecretMissing
SecretPrompt: TypeAlias = Callable[[str, str, NoSecret], Awaitable[Credentials | None]]
"""Awaits the keys of a connection, by its name and access key; `None`: they were not given."""


def put(name: str, credentials: Credentials) -> None:
    """Store the keys of the connection `name`, over those that were there. Blocks, perhaps on a prompt.

    Raises: KeyringUnavailable.
    """
    import json

    keys = {
        "access_key": credentials.access_key,
        "secret_key": credentials.secret_key.reveal(),
        "session_token": credentials.session_token and credentials.session_token.reveal(),
    }
    with _keyring(_NOT_STORED, may_quote=False) as keyring:
        keyring.set_password(SERVICE, name, json.dumps(keys))


def get(name: str) -> Credentials | None:
    """Return the keys of the connection `name`, or `None` where there are none. Blocks, perhaps on a prompt.

    Raises: KeyringUnavailable, and SecretMissing where the entry is not one of ours.
    """
    import json

    with _keyring(_NOT_READ) as keyring:
        text = keyring.get_password(SERVICE, name)
    if text is None:
        return None
    try:
        keys = json.loads(text)
        return Credentials(keys["access_key"], keys["secret_key"], keys["session_token"], source="keyring")
    except (ValueError, KeyError, TypeError, AttributeError, CredentialsError):
        raise SecretMissing(
            f"the keyring's entry {name!r} of {SERVICE!r} cannot be read: enter that connection's keys again"
        ) from None  # the cause would quote the secret


def delete(name: str) -> None:
    """Delete the keys of the connection `name`; none being there is fine.

    Raises: KeyringUnavailable.
    """
    with _keyring("its secret stays there") as keyring:
        if keyring.get_password(SERVICE, name) is not None:
            keyring.delete_password(SERVICE, name)


_NOT_STORED = "nothing was stored; the keys can be used for this session only"
_NOT_READ = "the secret of this connection stays unknown: unlock the keyring, and try again"


@contextmanager
def _keyring(so: str, *, may_quote: bool = True) -> Iterator[KeyringBackend]:
    """Yield the keyring's backend, and translate its errors.

    Args:
        so: the consequence when it refuses, as the end of the sentence.
        may_quote: what a backend says may be told on; not of one that was given a secret, and may quote it.
    """
    from keyring.errors import KeyringLocked

    try:
        yield _usable_backend(so)
    except KeyringUnavailable:
        raise
    except KeyringLocked as error:
        raise KeyringUnavailable("the keyring is locked", so) from error
    except Exception as error:
        said = f"{type(error).__name__}: {error}" if may_quote else type(error).__name__
        raise KeyringUnavailable(_unusable(said), so) from (error if may_quote else None)


def _usable_backend(so: str) -> KeyringBackend:
    import keyring
    from keyring.backends.chainer import ChainerBackend

    try:
        backend = keyring.get_keyring()
    except (
        ImportError,
        AttributeError,
        ValueError,
    ) as error:  # PYTHON_KEYRING_BACKEND names what is not there
        raise KeyringUnavailable(_unusable(str(error)), so) from error
    first = backend.backends[0] if isinstance(backend, ChainerBackend) else backend
    if first.priority < 1:  # keyring's own line: below it are null, fail, and those that write plain files
        raise KeyringUnavailable(_unusable(f"keyring offers only {_name(first)}"), so)
    return backend


def _name(backend: KeyringBackend) -> str:
    return f"{type(backend).__module__}.{type(backend).__name__}"


def _unusable(why: str) -> str:
    return f"this machine has no usable keyring ({why})"
