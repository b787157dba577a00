"""Pictures and scans of persons; what is in the bytes is not looked at."""

from __future__ import annotations

from pgsluice.config.rules import Rule
from pgsluice.recognition.model import Offer, Recogniser
from pgsluice.recognition.names import word_list

_BYTES = frozenset({"bytea"})

PICTURE = Recogniser(
    kind="picture",
    noun="pictures of persons",
    kinds=_BYTES,
    offers=(Offer(Rule("null"), _BYTES), Offer(Rule("hash"), _BYTES)),
    words=word_list(
        """portrait, passport photo, passport scan, id scan, id photo, face, face image, fingerprint, biometric, iris,
        retina, signature image, selfie, headshot, passbild, ausweiskopie, unterschrift, photo identite, foto carnet"""
    ),
    weak_words=word_list(
        """photo, picture, image, avatar, scan, signature, document, attachment, file, blob, bild, foto, anhang, datei,
        fichier, imagen, archivo, immagine"""
    ),
    is_weak_of_people=True,
)
