"""Any table, through a mapping file: how its exports are read."""

from .format import FORMAT, format_of

__all__ = ["FORMAT", "format_of"]
