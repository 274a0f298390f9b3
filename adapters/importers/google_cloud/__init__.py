"""The Google Cloud status page: how its exports are read."""

from .format import FORMAT

__all__ = ["FORMAT"]
