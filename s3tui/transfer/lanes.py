"""How much happens at once, over all transfers; shared by everything that moves bytes."""

from __future__ import annotations

import asyncio


class Lanes:
    """Room for so many objects, and for so many parts of large ones."""

    def __init__(self, objects: int, parts: int) -> None:
        self.object_count = objects
        self.part_count = parts
        self.objects = asyncio.Semaphore(objects)
        self.parts = asyncio.Semaphore(parts)
