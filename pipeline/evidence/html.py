"""`evidence.html`: the whole record as one page that needs no network and trusts no text.

The page carries its style, its script and its sound. A content security policy in the page allows
exactly the style and the script whose hashes it names, media from `data:` and nothing else; every
text passes through the template engine's escaping.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from .chronology import shorten
from .document import Document
from .lines import LOW_CONFIDENCE
from .pace import HEAD, NOTE
from .text import clock
from .wording import ROLES

if TYPE_CHECKING:
    import jinja2

TEMPLATES = Path(__file__).parent / "templates"

SUMMARY_FINDINGS = 8
"""Findings listed on the first screen; the rest follow under Findings."""


@dataclass(frozen=True)
class PageAudio:
    """Sound that is embedded in the page."""

    mime: str
    data: bytes

    @property
    def url(self) -> str:
        """The sound as a `data:` URL."""
        return f"data:{self.mime};base64,{base64.b64encode(self.data).decode('ascii')}"


def _hash(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")
    return f"'sha256-{digest}'"


def policy(style: str, script: str) -> str:
    """The content security policy for a page with this style and this script."""
    return "; ".join(
        (
            "default-src 'none'",
            f"style-src {_hash(style)}",
            f"script-src {_hash(script)}",
            "media-src data: blob:",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )


@cache
def environment() -> jinja2.Environment:
    """The template engine, escaping on; a name that is not given is an error."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["clock"] = clock
    environment.filters["shorten"] = shorten
    return environment


def render(
    document: Document,
    *,
    timeline: str,
    sounds: Mapping[str, PageAudio],
    whole: PageAudio | None = None,
    call_sha256: str = "",
) -> str:
    """The page.

    Args:
        document: what it shows.
        timeline: SVG made by `timeline.draw`; it is markup of our own and goes in as it is.
        sounds: audio by clip path; a finding whose clip is missing here has no player.
        whole: the whole recording, compressed, where it is to be included.
        call_sha256: hash of `call.json`, written into a saved review so that it fits this call.
    """
    from markupsafe import Markup

    style = (TEMPLATES / "page.css").read_text(encoding="utf-8")
    script = (TEMPLATES / "page.js").read_text(encoding="utf-8")
    return (
        environment()
        .get_template("page.html.j2")
        .render(
            d=document,
            # Style, script and picture are files of ours or drawn from escaped text.
            style=Markup(style),
            script=Markup(script),
            timeline=Markup(timeline),
            policy=policy(style, script),
            sounds=sounds,
            whole=whole,
            call_sha256=call_sha256,
            roles=ROLES,
            pace_head=HEAD,
            pace_note=NOTE,
            top=SUMMARY_FINDINGS,
            low=LOW_CONFIDENCE,
        )
    )
