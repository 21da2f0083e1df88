"""Kinds of data that programs keep: arrays, tensors, tables, objects of Python."""
