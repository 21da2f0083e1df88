"""Every path of this machine that s3tui reads or writes on its own account.

The user's XDG variables and the habits of each system are respected (platformdirs).
"""

from __future__ import annotations

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
    return downloads if downloads.is_dir() else Path.cwd()
