"""Every path of this machine that s3tui reads or writes on its own account.

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
    """What must survive a restart: the journal of transfers, bookmarks, history."""
    return _DIRS.user_state_path


def snapshots_dir() -> Path:
    """Listings that the user kept."""
    return _DIRS.user_data_path / "snapshots"


def inventories_dir() -> Path:
    """S3 Inventory reports made ready to browse; each can be made again."""
    return _DIRS.user_cache_path / "inventories"


def default_download_dir() -> Path:
    """Return the user's download folder, or the working directory where there is none."""
    downloads = _DIRS.user_downloads_path
    return downloads if os.path.isdir(downloads) else Path.cwd()


def home() -> Path | None:
    """Return the user's home; `None` where there is none: no HOME, and an account that nobody knows."""
    try:
        return Path.home()
    except RuntimeError:
        return None


def expanded(text: str | Path) -> Path:
    """Return a path with its `~` expanded; where nobody knows whose home that is, as it is written."""
    try:
        return Path(os.path.expanduser(text))
    except ValueError:  # a name that nobody can have
        return Path(text)


def unknown_home(text: str) -> str | None:
    """Return what is wrong with a path that begins in a home that nobody knows, as a sentence."""
    name = text.partition("/")[0]
    if not name.startswith("~") or not str(expanded(text)).startswith("~"):
        return None
    return f"Nobody knows the home folder {name}: write the path out, or ./{name} for a folder of that name."
