"""Kinds of previews: a module each, with one function, and a row in `table`.

    def look(source: Source, room: Room) -> Preview

It reads from the source what it needs, by ranges, and returns what it learned; texts may be raw, the caller
makes them printable. It raises `Mismatch` for bytes that are of another kind, and may let `BeyondBound` pass,
or catch it to return what it has with `Preview.more`. It runs again from its beginning when bytes have
to be requested, or in another process where `source` waits for them: it keeps nothing, and opens nothing.
"""
