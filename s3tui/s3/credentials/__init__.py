"""Credentials: the keys that requests are signed with, and the places they are found in.

`profiles` finds keys as the AWS tools do, and `refreshing` keeps them fresh. Nothing here talks to a
keyring; `s3tui.connect` does.
"""

from s3tui.s3.credentials.shared_files import Profile, SharedFiles
from s3tui.s3.secret import Secret
from s3tui.s3.signing.credentials import Credentials

__all__ = ["Credentials", "Profile", "Secret", "SharedFiles"]
