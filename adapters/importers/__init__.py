"""Readers of other tools' exports: one folder a source, and what they share."""
