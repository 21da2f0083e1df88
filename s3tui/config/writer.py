"""Changes config.toml: comments and order are kept, and no half file is ever left."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from s3tui.config.reader import ConfigError, is_unread, read_config
from s3tui.disk import sync_folder

if TYPE_CHECKING:
    from tomlkit import TOMLDocument


def read_document(file: Path) -> TOMLDocument:
    """Parse `file` into a document to be changed; an empty one, where there is no file.

    Raises: ConfigError, for one that must not be overwritten because it cannot be understood.
    """
    import tomlkit

    if is_unread(config := read_config(file)):
        raise ConfigError(config.problems[0].of(str(file)))
    return tomlkit.parse(file.read_text(encoding="utf-8-sig")) if file.exists() else tomlkit.document()


def write_text(file: Path, text: str) -> None:
    """Replace the content of `file` by `text`, atomically.

    Raises: ConfigError.
    """
    file = file.resolve()  # a link into somebody's dotfiles stays a link
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        _replace(file, text)
    except OSError as error:
        raise ConfigError(f"{file} cannot be written: {error}") from error


def remember_setting(file: Path, key: str, value: str) -> None:
    """Set what was chosen on screen in config.toml, for the next run.

    Raises: ConfigError.
    """
    document = read_document(file)
    if key in document:
        document[key] = value
        write_text(file, document.as_string())
        return
    text = document.as_string()
    # Before everything: after a comment, that would seem to be about this.
    write_text(file, f'{key} = "{value}"\n' + (f"\n{text}" if text else ""))


def _replace(file: Path, text: str) -> None:
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")  # made with mode 0600
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        os.replace(name, file)
    except BaseException:
        os.unlink(name)
        raise
    sync_folder(file.parent)
