"""Where somebody is or lives, as coordinates."""

from __future__ import annotations

import re

from pgsluice.config.rules import Rule
from pgsluice.recognition.model import TEXT, Confidence, Offer, Recogniser
from pgsluice.recognition.names import word_list

_FLOATS = frozenset({"numeric", "float4", "float8"})
_PAIR = re.compile(r"[(\[]?-?\d{1,3}\.\d{3,}[,;] ?-?\d{1,3}\.\d{3,}[)\]]?|POINT ?\(.*\)|SRID=\d+;.*", re.IGNORECASE)


def is_location(value: str) -> bool:
    """Whether a text is a pair of coordinates or a well-known text of a point."""
    return _PAIR.fullmatch(value) is not None


def _is_degree(value: str) -> bool:
    try:
        return abs(float(value)) <= 180 or is_location(value)
    except ValueError:
        return is_location(value)


LOCATION = Recogniser(
    kind="location",
    noun="coordinates",
    kinds=TEXT | _FLOATS | {"geometric"},
    offers=(
        # A tenth of a degree is 11 km at most: the street is gone, the region stays.
        Offer(Rule("noise", parameters={"absolute": 0.1}), _FLOATS),
        Offer(Rule("null"), TEXT | {"geometric"}),
        Offer(Rule("hash")),
    ),
    words=word_list(
        """latitude, longitude, lat, lon, lng, lat lng, lat lon, latlng, coordinates, coords, coordinate, geo, geom,
        geometry, geography, geolocation, geo location, geo point, gps, gps position, gps coordinates, home location,
        breitengrad, längengrad, breite, länge, koordinaten, standort, latitud, longitud, coordenadas, coordonnees,
        latitudine, longitudine, coordinate gps"""
    ),
    weak_words=word_list("location, position, point"),
    is_one=is_location,
    may_be_one=_is_degree,
    alone=Confidence.MEDIUM,
)
