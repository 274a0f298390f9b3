"""FireHydrant: how its exports are read."""

from .format import FORMAT

__all__ = ["FORMAT"]
