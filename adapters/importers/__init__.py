"""Readers of other tools' exports: one file a source."""
