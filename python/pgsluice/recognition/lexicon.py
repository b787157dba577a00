"""Words that names of people, towns and countries are told by: Faker's of all its locales, and some that it lacks."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any

from pgsluice.recognition.names import plain

# Frequent ones that no list of Faker's has.
_MORE_LAST_NAMES = """Ito Kowalski Papadopoulos Quist Tanaka Uysal Xu Zieliński Ivanova Krüger Wang Li Zhang Liu Chen
Yang Huang Zhao Wu Zhou Sun Ma Zhu Hu Guo He Lin Luo Nguyen Tran Le Pham Hoang Phan Vu Vo Dang Bui Do Ngo Kim Lee Park
Choi Jung Sato Suzuki Takahashi Watanabe Yamamoto Nakamura Kobayashi Singh Kumar Patel Sharma Khan Ali Ahmed Hussain
Mohamed Ibrahim Hassan Silva Santos Oliveira Souza Pereira Costa Rodrigues Smirnov Ivanov Kuznetsov Petrov Popov
Kowalska Nowak Novak Svoboda Horvat Kovač Nagy Popescu Ionescu Georgiou Jansen Visser Smit Hansen Johansen Olsen
Larsen Virtanen Korhonen Murphy Kelly O'Brien O'Sullivan Walsh Okafor Adeyemi Mensah Botha Naidoo Cohen Levi Yilmaz
Kaya Demir"""
_MORE_FIRST_NAMES = "Wei Oisín Jing Min Hui Yan Mei Aarav Vihaan Ngozi Chidi Aiko Haruto Yuki Sven Uwe Svetlana"
_MORE_CITIES = """Amsterdam, Antwerp, Athens, Atlanta, Auckland, Austin, Bangkok, Barcelona, Basel, Beijing, Belfast,
Berlin, Bern, Birmingham, Bordeaux, Boston, Bratislava, Bremen, Bristol, Brno, Brussels, Bruxelles, Bucharest,
Budapest, Buenos Aires, Cairo, Cape Town, Cardiff, Chicago, Cologne, Copenhagen, Dallas, Delhi, Denver, Detroit,
Dortmund, Dresden, Dubai, Dublin, Düsseldorf, Edinburgh, Essen, Firenze, Florence, Frankfurt, Frankfurt am Main,
Gdańsk, Geneva, Genève, Genf, Genova, Glasgow, Graz, Göteborg, Hamburg, Hannover, Helsinki, Hong Kong, Houston,
Innsbruck, Istanbul, Jakarta, Johannesburg, Karachi, Kiev, Köln, Kraków, Kyiv, Lagos, Leeds, Leipzig, Lille, Lima,
Linz, Lisboa, Lisbon, Liverpool, Ljubljana, London, Los Angeles, Lyon, Lódź, Madrid, Malmö, Manchester, Marseille,
Melbourne, Miami, Milan, Milano, Montpellier, Montreal, Moscow, Mumbai, Munich, München, Málaga, Nairobi, Nantes,
Napoli, New Delhi, New York, Nice, Nürnberg, Odesa, Oslo, Ottawa, Palermo, Paris, Philadelphia, Phoenix, Porto,
Poznań, Prague, Praha, Riga, Rio de Janeiro, Roma, Rome, Rotterdam, Salzburg, San Antonio, San Diego, San Francisco,
San Jose, Santiago, Seattle, Seoul, Sevilla, Seville, Shanghai, Sheffield, Singapore, Sofia, Stockholm, Strasbourg,
Stuttgart, Sydney, São Paulo, Tallinn, Tel Aviv, The Hague, Tokyo, Torino, Toronto, Toulouse, Turin, Utrecht,
Valencia, Vancouver, Venezia, Vienna, Vilnius, Warsaw, Warszawa, Washington, Wien, Winterthur, Wrocław, Zaragoza,
Zürich"""
_MORE_COUNTRIES = "Polska,USA,UK,Great Britain,England,Scotland,Holland,Česko,Magyarország,Sverige,Norge,Danmark,Suomi"

_CITIES = ("cities", "city_names", "towns", "municipalities")


@cache
def first_names() -> frozenset[str]:
    """Given names, without case and marks."""
    return _collected("person", lambda name: name.startswith("first_name"), _MORE_FIRST_NAMES.split())


@cache
def last_names() -> frozenset[str]:
    """Family names, without case and marks."""
    return _collected("person", lambda name: name.startswith("last_name"), _MORE_LAST_NAMES.split())


@cache
def cities() -> frozenset[str]:
    """Towns, without case and marks."""
    return _collected("address", _CITIES.__contains__, _MORE_CITIES.split(","))


@cache
def countries() -> frozenset[str]:
    """Countries in many languages, without case and marks."""
    return _collected("address", "countries".__eq__, _MORE_COUNTRIES.split(","))


def _collected(provider: str, is_wanted: Any, more: Iterable[str]) -> frozenset[str]:
    found = {plain(word.strip()) for word in more}
    for module in _modules(provider):
        content = vars(module.Provider)
        for name, value in content.items():
            if isinstance(value, list | tuple | dict) and is_wanted(name):
                found.update(plain(word.strip()) for word in _texts(value))
    return frozenset(word for word in found if word)


def _modules(provider: str) -> Iterator[ModuleType]:
    """The locales' data; nothing of Faker's machinery is started."""
    package = import_module(f"faker.providers.{provider}")
    for found in pkgutil.iter_modules(package.__path__):
        yield import_module(f"{package.__name__}.{found.name}")


def _texts(value: Any) -> Iterator[str]:
    """The words of a list, whatever they are bundled with (weights, other scripts)."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | tuple | dict):
        for item in value:
            yield from _texts(item)
