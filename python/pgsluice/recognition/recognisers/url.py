"""Addresses of pages and files: they name people's sites, and carry names and tokens in their queries."""

from __future__ import annotations

import re

from pgsluice.config.rules import Rule
from pgsluice.recognition.model import TEXT, Confidence, Offer, Recogniser
from pgsluice.recognition.names import word_list

_URL = re.compile(r"[a-z][a-z0-9+.-]{1,15}://\S+|www\.\S+\.\S{2,}", re.IGNORECASE)
_HOST_OR_PATH = re.compile(r"(?:[\w-]+\.)+[a-z]{2,}(?:[/?#:]\S*)?|/\S*", re.IGNORECASE)


def is_url(value: str) -> bool:
    """Whether a text is an address with its scheme, or with www."""
    return _URL.fullmatch(value) is not None


URL = Recogniser(
    kind="url",
    noun="URLs",
    kinds=TEXT,
    offers=(Offer(Rule("url")), Offer(Rule("hash"))),
    words=word_list(
        """url, uri, link, website, web site, homepage, home page, web page, webseite, internetseite, site web, sitio
        web, pagina web, sito web, referer, referrer, redirect, avatar, profile picture, picture url, photo url,
        facebook, instagram, linkedin, twitter, github, blog, landing page, callback url, webhook, href"""
    ),
    weak_words=word_list("site, page, domain, host, path, image, photo, picture, seite"),
    is_one=is_url,
    may_be_one=lambda value: is_url(value) or _HOST_OR_PATH.fullmatch(value) is not None,
    alone=Confidence.HIGH,
)
