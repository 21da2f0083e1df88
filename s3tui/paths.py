"""The paths that s3tui reads or writes on its own account.

The user's XDG variables and the habits of each system are respected (platformdirs).
"""

from __future__ import annotations

import os
from pathlib import Path

from platformdirs import PlatformDirs

_DIRS = PlatformDirs("s3tui", appauthor=False)


def config_file() -> Path:
    return _DIRS.user_config_path / "config.toml"


def state_dir() -> Path:
    """Return the folder of the state that outlives a run: the journal of transfers, the state database."""
    return _DIRS.user_state_path


def snapshots_dir() -> Path:
    """Return the folder of snapshots."""
    return _DIRS.user_data_path / "snapshots"


def inventories_dir() -> Path:
    """Return the folder of the databases of S3 Inventory reports; each can be made again."""
    return _DIRS.user_cache_path / "inventories"


def default_download_dir() -> Path:
    """Return the user's download folder, or the working directory where there is none."""
    downloads = _DIRS.user_downloads_path
    return downloads if os.path.isdir(downloads) else Path.cwd()


def home() -> Path | None:
    """Return the user's home; `None` where there is none: no HOME, and an unknown account."""
    try:
        return Path.home()
    except RuntimeError:
        return None


def expanded(text: str | Path) -> Path:
    """Return a path with its `~` expanded; where that home is unknown, as it is written."""
    try:
        return Path(os.path.expanduser(text))
    except ValueError:  # a name that nobody can have
        return Path(text)


def unknown_home(text: str) -> str | None:
    """Return the sentence for the user on a path that begins in an unknown home; `None` for any other."""
    name = text.partition("/")[0]
    if not name.startswith("~") or not str(expanded(text)).startswith("~"):
        return None
    return f"Nobody knows the home folder {name}: write the path out, or ./{name} for a folder of that name."
