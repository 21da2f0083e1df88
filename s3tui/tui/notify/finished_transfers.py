"""EndedNews: transfers that end together are told together, on whatever screen one is."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual.app import App
from textual.timer import Timer

from s3tui.format import count, printable
from s3tui.transfer.models import State, Transfer

_TOGETHER_S = 0.5
_NAMES = 60
"""Columns of a name, in a sentence."""


class FinishedTransfersNotifier:
    """Collects what ends within a moment, then tells once; while more ends, it goes on collecting."""

    def __init__(self, app: App[None], tell: Callable[[str, bool], None]) -> None:
        """Args: tell: takes the sentence, and whether it is about a failure."""
        self._app = app
        self._tell = tell
        self._ended: list[Transfer] = []
        self._timer: Timer | None = None

    @property
    def is_pending(self) -> bool:
        return bool(self._ended)

    def add(self, ended: Sequence[Transfer]) -> None:
        self._ended += [transfer for transfer in ended if transfer.state is not State.CANCELLED]
        if not self._ended:
            return
        if self._timer is not None:
            self._timer.stop()
        self._timer = self._app.set_timer(_TOGETHER_S, self._tell_all)

    def _tell_all(self) -> None:
        ended, self._ended = self._ended, []
        if ended:
            failed = any(transfer.state is State.FAILED for transfer in ended)
            self._tell(sentence(ended), failed)


def sentence(ended: Sequence[Transfer]) -> str:
    """Say what became of transfers."""
    failed = [transfer for transfer in ended if transfer.state is State.FAILED]
    if len(ended) == 1:
        transfer = ended[0]
        name = printable(transfer.name)
        name = name if len(name) <= _NAMES else f"{name[: _NAMES - 1]}…"
        if failed:
            return f"✗ {name}: {printable(transfer.error or 'failed')}"
        return f"✓ {transfer.direction.value} {name} is done.{_skipped(transfer)}"
    done = len(ended) - len(failed)
    words = [f"✓ {count(done)} transfer{'s' * (done != 1)} done"] if done else []
    if failed:
        words.append(f"✗ {count(len(failed))} failed, the last: {printable(failed[-1].error or '')}")
    return "\n".join([*words, "t shows them."])


def _skipped(transfer: Transfer) -> str:
    return f" {count(transfer.skipped)} skipped." if transfer.skipped else ""
