"""The transfer engine: moves objects and files, headless. Knows S3, not the terminal.

Commands go in (`engine.TransferEngine`), facts come out (`events`), `state.reduce` makes them
transfers, and a `models.QueueSnapshot` is what anybody reads.
"""
