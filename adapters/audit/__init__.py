"""Tamper evidence: signed checkpoints, proofs, and their checks."""
