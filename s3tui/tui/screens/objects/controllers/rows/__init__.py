"""The rows of the object tree: listed, sought, sorted, filtered, marked, shown."""
