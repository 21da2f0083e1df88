"""EventReporter: notifies of events in the background: facts of the S3 core and finished transfers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from textual.app import App
from textual.notifications import SeverityLevel

from s3tui.tui.messages import RegionsRouted, TransfersEnded
from s3tui.tui.notifier import Notifier
from s3tui.tui.runtime.session import Session
from s3tui.tui.runtime.toasts import Toasts
from s3tui.tui.text.sentences import capability_sentence, clock_sentence

if TYPE_CHECKING:
    from s3tui.s3.sending.region_redirects import RegionRouted
    from s3tui.s3.sending.sender import Fact
    from s3tui.transfer.models import Transfer

_REDIRECTS_S = 0.25
_ENDED_S = 0.5
"""Events within this time are told of in one notification."""


class EventReporter:
    """Posts messages to all screens, and notifications on the open one.

    Args:
        rings: ring the terminal's bell for finished transfers, too.
        notify: has the terminal show a text outside of its window.
        shows_queue: tells whether the open screen shows the queue; then finished transfers need none.
    """

    def __init__(
        self,
        app: App[None],
        toasts: Toasts,
        *,
        rings: bool,
        notify: Callable[[str], object],
        shows_queue: Callable[[], bool],
    ) -> None:
        self._app = app
        self._toasts = toasts
        self._rings = rings
        self._notify = notify
        self._shows_queue = shows_queue
        self._redirects = Notifier(app, _REDIRECTS_S, self._tell_redirects)
        self._ended = Notifier(app, _ENDED_S, self._tell_ended, waits_for_last=True)

    @property
    def is_pending(self) -> bool:
        """True while events wait to be told of."""
        return self._redirects.is_pending or self._ended.is_pending

    def tell(self, sentence: str, severity: SeverityLevel = "information", *, seconds: float = 6) -> None:
        """Show a sentence for some seconds, on whatever screen is open; over a dialog, once it has closed."""
        self._toasts.tell(sentence, severity, seconds)

    def observe(self, session: Session, fact: Fact) -> None:
        """Handle a fact of the S3 core; called in the S3 thread, which has loaded the core by now."""
        from s3tui.s3.sending.capabilities import CapabilityObserved
        from s3tui.s3.sending.clock import ClockSkewed
        from s3tui.s3.sending.region_redirects import RegionRouted

        if isinstance(fact, RegionRouted):
            if fact.bucket is not None:
                session.routed[fact.bucket] = fact
                session.regions[fact.bucket] = fact.to_region
            self._app.call_later(self._redirects.add, fact)
        elif isinstance(fact, ClockSkewed):
            self._app.call_later(self.tell, clock_sentence(fact), "warning")
        elif isinstance(fact, CapabilityObserved):
            sentence = capability_sentence(fact)
            if sentence is not None and sentence not in session.told:
                session.told.add(sentence)
                self._app.call_later(self.tell, sentence)

    def take_ended(self, ended: Sequence[Transfer]) -> None:
        """Report transfers that are done, failed or cancelled; cancelled ones need no notification."""
        from s3tui.transfer.models import TransferState

        self._ended.add(*(transfer for transfer in ended if transfer.state is not TransferState.CANCELLED))
        for screen in self._app.screen_stack:
            screen.post_message(TransfersEnded(ended))

    def _tell_redirects(self, redirects: Sequence[RegionRouted]) -> None:
        from s3tui.tui.text.event_sentences import routed_sentences

        sentence = routed_sentences(redirects)
        for screen in self._app.screen_stack:
            screen.post_message(RegionsRouted(sentence))

    def _tell_ended(self, ended: Sequence[Transfer]) -> None:
        from s3tui.transfer.models import TransferState
        from s3tui.tui.text.event_sentences import ended_notice, ended_sentence

        if not self._app.screen_stack:
            return  # the app is ending
        if self._rings:
            self._app.bell()
        self._notify(ended_notice(ended))
        if not self._shows_queue():
            failed = any(transfer.state is TransferState.FAILED for transfer in ended)
            self.tell(ended_sentence(ended), "error" if failed else "information")
