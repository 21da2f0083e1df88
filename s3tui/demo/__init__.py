"""The demo: a real S3 endpoint on this machine, filled with a data platform's buckets.

Needs the extra `demo`. The server is MiniStack, in a process of its own that ends with ours.
"""

from s3tui.demo.launch import Demo, open_demo
from s3tui.demo.server import DemoError, DemoServer

__all__ = ["Demo", "DemoError", "DemoServer", "open_demo"]
