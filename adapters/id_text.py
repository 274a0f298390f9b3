"""Ids as text, each made once: rows of one append name the same few again and again."""

from functools import lru_cache

text_of = lru_cache(maxsize=1_024)(str)
"""Return an id as its text."""
