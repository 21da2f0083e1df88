"""Transfers as text: fields, progress, speed, conflicts, what an upload takes. Pure."""
