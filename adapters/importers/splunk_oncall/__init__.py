"""Splunk On-Call, formerly VictorOps: how its exports are read."""

from .format import FORMAT

__all__ = ["FORMAT"]
