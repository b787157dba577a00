"""Documents that are held as text: the mask that looks into documents takes json and jsonb only."""

from __future__ import annotations

import re

from pgsluice.config.rules import Rule
from pgsluice.recognition.model import TEXT, Confidence, Offer, Recogniser
from pgsluice.recognition.names import word_list

# The beginning is enough: long ones are cut where they are read.
_BEGINNING = re.compile(
    r"(?:\{\s*(?:\"|\}|$)|\[\s*(?:[\[{\"\d\]-]|true|false|null|$)|<[?!]?[A-Za-z][^<]*>).*", re.DOTALL
)


def is_document(value: str) -> bool:
    """Whether a text begins as JSON, XML or HTML does."""
    return _BEGINNING.fullmatch(value) is not None


DOCUMENT = Recogniser(
    kind="document",
    noun="documents held as text, which no mask looks into",
    kinds=TEXT,
    offers=(Offer(Rule("null")), Offer(Rule("text"))),
    words=word_list("json, xml, html, yaml, payload, raw payload, request body, response body"),
    weak_words=word_list("raw, data, metadata, meta, extra, options, settings, preferences, attributes, properties"),
    is_one=is_document,
    at_most=Confidence.LOW,
    alone_share=0.5,
)
