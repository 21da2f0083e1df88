"""The palette's commands: the actions of the screen below, as its bindings name them. No second list."""

from __future__ import annotations

from functools import partial

from textual.binding import ActiveBinding
from textual.command import DiscoveryHit, Hit, Hits, Provider


class ScreenCommands(Provider):
    """Every action that the screen below offers now, with its key."""

    async def discover(self) -> Hits:
        for words, active in self._commands().items():
            yield DiscoveryHit(words, partial(self._run, active), help=active.binding.tooltip or None)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for words, active in self._commands().items():
            if (score := matcher.match(words)) > 0:
                yield Hit(
                    score,
                    matcher.highlight(words),
                    partial(self._run, active),
                    help=active.binding.tooltip or None,
                )

    def _commands(self) -> dict[str, ActiveBinding]:
        commands: dict[str, ActiveBinding] = {}
        seen: set[str] = set()
        for active in self.screen.active_bindings.values():
            binding = active.binding
            if active.enabled and binding.id and binding.description and binding.action not in seen:
                seen.add(binding.action)
                commands[f"{binding.description.capitalize()}  {self.app.get_key_display(binding)}"] = active
        return commands

    async def _run(self, active: ActiveBinding) -> None:
        await self.app.run_action(active.binding.action, active.node)
