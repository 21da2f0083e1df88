"""TreeActions: the actions of the object tree's keys, each carried out by a controller."""

from __future__ import annotations

from s3tui.tui.screens.objects.controllers.owned import asks, does
from s3tui.tui.screens.objects.controllers.step_back import step_back


class TreeActions:
    """To be mixed into the screen that owns the controllers; without state."""

    action_escape = does(step_back)
    action_pick = does(lambda own: own.picks.start())
    action_download = asks(lambda own: own.transfers.download)
    action_upload = asks(lambda own: own.uploads.upload)
    action_copy_to = asks(lambda own: own.transfers.copy_to)
    action_copy = asks(lambda own: own.transfers.copy)
    action_edit = asks(lambda own: own.content.edit)
    action_attributes = asks(lambda own: own.attributes.edit)
    action_restore = asks(lambda own: own.restores.ask)
    action_new = asks(lambda own: own.create)
    action_presign = asks(lambda own: own.presign)
    action_copy_uri = asks(lambda own: own.transfers.copy_uri)
    action_filter = does(lambda own: own.arranging.open_filter())
    action_search = does(lambda own: own.search.open())
    action_delete = asks(lambda own: own.delete)
    action_move = asks(lambda own: own.moves.move)
    action_rename = asks(lambda own: own.moves.rename)
    action_undo = asks(lambda own: own.deletion.undo)
    action_seek = asks(lambda own: own.seek.ask)
    action_bookmark = does(lambda own: own.bookmarks.toggle())
    action_sizes = does(lambda own: own.sizes.count_current())
    action_sizes_here = does(lambda own: own.sizes.count_here())
    action_up = does(lambda own: own.navigation.go_up())
    action_info = does(lambda own: own.open_info())
    action_preview = does(lambda own: own.navigation.open_preview())
    action_flat = does(lambda own: own.navigation.toggle_flat())
    action_compare = asks(lambda own: own.compare)
    action_snapshots = does(lambda own: own.navigation.open_snapshots())
    action_inventory = does(lambda own: own.inventories.open_current())
    action_versions = asks(lambda own: own.versions.toggle)
    action_as_of = asks(lambda own: own.versions.ask_instant)
    action_promote = asks(lambda own: own.versions.promote)
    action_watch = asks(lambda own: own.watch.ask)
    action_buckets = does(lambda own: own.navigation.leave_bucket())
    action_columns = asks(lambda own: own.view.choose_columns)
    action_sort = does(lambda own: own.arranging.sort_next())
    action_pay = does(lambda own: own.payer.toggle())
    action_refresh = does(lambda own: own.listing.refresh())
    action_mark_like = does(lambda own, marks: own.marks.open(marks=marks))
    action_history = does(lambda own, step: own.navigation.step(step))
