"""The transfer engine: moves objects and files, headless. Knows S3, not the terminal.

Commands go to `engine.TransferEngine`, events come out of it, `reducer.reduce` applies these to the rows of
the queue, and a `models.QueueSnapshot` is what any thread reads.
"""
