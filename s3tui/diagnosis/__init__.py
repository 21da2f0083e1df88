"""Diagnosis: what was sent, exported and explained; probes of an endpoint. No Textual."""
