"""What a page may do, as a Content-Security-Policy: use the style and script that are ours."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Iterable

NOTHING_ELSE = ("default-src 'none'", "base-uri 'none'", "form-action 'none'")


def policy(styles: Iterable[str], scripts: Iterable[str] = ()) -> str:
    """Return a policy that lets these texts alone work, each known by its hash.

    They are the constants that a page is made of, never what stands in a finished page: so what
    somebody brings into a page has no hash. As of https://www.w3.org/TR/CSP3/.
    """
    allowed = (_allowed("style-src", styles), _allowed("script-src", scripts))
    return "; ".join([*NOTHING_ELSE, *filter(None, allowed)])


def _allowed(directive: str, texts: Iterable[str]) -> str:
    return " ".join([directive, *map(_hash, texts)]) if (texts := tuple(texts)) else ""


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
