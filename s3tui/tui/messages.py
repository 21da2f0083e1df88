"""Messages between screens and the app. Past tense: each says what happened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from s3tui.browse.place.location import Location
    from s3tui.browse.place.pick_output import Picked
    from s3tui.connect.connection import Connection
    from s3tui.s3.address.uri import S3Uri
    from s3tui.settings import Column
    from s3tui.transfer.models import Transfer
    from s3tui.tui.runtime.session import Session


@dataclass
class ConnectionChosen(Message):
    connection: Connection


class DemoChosen(Message):
    """The user chose the demo."""


class SnapshotsWanted(Message):
    """The user chose to look at snapshots without a connection."""


@dataclass
class UriEntered(Message):
    """The user entered a place to go to."""

    uri: S3Uri


@dataclass
class ObjectsPicked(Message):
    """The user picked the objects that s3tui was started to print (`--pick`)."""

    picked: Sequence[Picked]


@dataclass
class ListingOpened(Message):
    """The user opened a snapshot, an inventory report or a comparison."""

    session: Session
    location: Location
    leaves_screen: bool = False
    """True if the screen that opened it closes; the object tree below then shows the listing."""


@dataclass
class ColumnsChosen(Message):
    """The user chose the columns of objects."""

    columns: frozenset[Column]


class SamplesPut(Message):
    """The demo's sample data is complete: earlier listings may lack some of it."""


@dataclass
class RegionsRouted(Message):
    """Region redirects were followed; `sentence` tells of one or of several."""

    sentence: str


@dataclass
class TransfersEnded(Message):
    """Transfers are done, failed or cancelled: what was listed before may have changed."""

    transfers: Sequence[Transfer]
