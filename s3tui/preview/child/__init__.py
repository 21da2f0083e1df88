"""Kinds that are not trusted run in another process: under limits, without network or credentials."""
