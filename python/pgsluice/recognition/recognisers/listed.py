"""Every recogniser. Of two that are as sure, the one that stands first holds."""

from __future__ import annotations

from pgsluice.recognition.model import Recogniser
from pgsluice.recognition.recognisers.amount import AMOUNT
from pgsluice.recognition.recognisers.birth_date import BIRTH_DATE
from pgsluice.recognition.recognisers.card import CARD
from pgsluice.recognition.recognisers.company import COMPANY
from pgsluice.recognition.recognisers.device import DEVICE
from pgsluice.recognition.recognisers.document import DOCUMENT
from pgsluice.recognition.recognisers.email import EMAIL
from pgsluice.recognition.recognisers.free_text import FREE_TEXT
from pgsluice.recognition.recognisers.iban import IBAN
from pgsluice.recognition.recognisers.identifier import IDENTIFIER
from pgsluice.recognition.recognisers.ip import IP
from pgsluice.recognition.recognisers.location import LOCATION
from pgsluice.recognition.recognisers.mac import MAC
from pgsluice.recognition.recognisers.national_id import NATIONAL_ID
from pgsluice.recognition.recognisers.person_name import FIRST_NAME, FULL_NAME, LAST_NAME
from pgsluice.recognition.recognisers.phone import PHONE
from pgsluice.recognition.recognisers.picture import PICTURE
from pgsluice.recognition.recognisers.place import CITY, COUNTRY, POSTCODE
from pgsluice.recognition.recognisers.secret import PASSWORD, TOKEN
from pgsluice.recognition.recognisers.special import SPECIAL
from pgsluice.recognition.recognisers.street import HOUSE_NUMBER, STREET
from pgsluice.recognition.recognisers.url import URL
from pgsluice.recognition.recognisers.username import USERNAME
from pgsluice.recognition.recognisers.uuid import UUID_TEXT

RECOGNISERS: tuple[Recogniser, ...] = (
    EMAIL,
    URL,
    IBAN,
    CARD,
    IP,
    MAC,
    UUID_TEXT,
    PASSWORD,
    SPECIAL,
    NATIONAL_ID,
    PHONE,
    FULL_NAME,
    FIRST_NAME,
    LAST_NAME,
    STREET,
    HOUSE_NUMBER,
    CITY,
    POSTCODE,
    COUNTRY,
    COMPANY,
    LOCATION,
    BIRTH_DATE,
    DEVICE,
    IDENTIFIER,
    USERNAME,
    TOKEN,
    AMOUNT,
    FREE_TEXT,
    DOCUMENT,
    PICTURE,
)
