"""Kinds that need a package of the extra `preview`; each runs in a process of its own."""
