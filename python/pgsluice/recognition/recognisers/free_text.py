"""What people write: notes, messages, comments. A name, a story or an address may stand anywhere in it."""

from __future__ import annotations

import re

from pgsluice.config.rules import Rule
from pgsluice.recognition.checksums import is_iban
from pgsluice.recognition.lexicon import first_names, last_names
from pgsluice.recognition.model import TEXT, Confidence, Offer, Recogniser
from pgsluice.recognition.names import plain, word_list
from pgsluice.recognition.recognisers.card import is_card
from pgsluice.recognition.recognisers.ip import is_ip

_WORDS_OF_PROSE = 3
# The shortest card number.
_NUMBER_CHARS = 13
_MAIL_OR_SITE = re.compile(r"[^\s@]@[^\s@]+\.[^\s@.]{2}|\b(?:https?://|www\.)\S")
_CALLING = re.compile(
    r"(?<![\w.])(?:\+|00)\d{1,3}[ ()./-]*\d(?:[ ()./-]{0,2}\d){5,}|(?<![\w.,])\(?0\d{2,4}\)?[ /-]\d{3}[\d /-]{1,8}"
)
_RUN = re.compile(r"(?<![\w])(?:[A-Z]{2})?\d[\dA-Z]*(?:[ -][\dA-Z]{2,6})*")
_DOTTED = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.])")
_TWO_NAMES = re.compile(r"([^\W\d_a-z][^\W\d_]+(?:-[^\W\d_]+)?) ([^\W\d_a-z][^\W\d_]+)")


def is_telling_prose(value: str) -> bool:
    """Whether a text of several words holds a mail address, a site, a phone, card or bank number, an IP or a name."""
    if len(value.split()) < _WORDS_OF_PROSE:
        return False
    return (
        _MAIL_OR_SITE.search(value) is not None
        or _CALLING.search(value) is not None
        or any(len(run) >= _NUMBER_CHARS and (is_iban(run) or is_card(run)) for run in _RUN.findall(value))
        or any(is_ip(run) for run in _DOTTED.findall(value))
        or any(_is_name(*pair) for pair in _TWO_NAMES.findall(value))
    )


def _is_name(first: str, last: str) -> bool:
    return plain(first) in first_names() and plain(last) in last_names()


FREE_TEXT = Recogniser(
    kind="free-text",
    noun="free text",
    proof="with names, addresses or numbers in them",
    kinds=TEXT,
    offers=(Offer(Rule("text")), Offer(Rule("hash"))),
    words=word_list(
        """note, notes, comment, comments, remark, remarks, memo, message, message text, message body, messages,
        feedback, complaint, bio, biography, about me, about, free text, freetext, additional info, additional
        information, special instructions, instructions, delivery instructions, testimonial, review text, chat,
        transcript, conversation, sms text, mail text, mail body, email body, letter, statement, dedication, greeting,
        gift message, emergency contact, reason for visit, anamnesis, medical history, engraving, bemerkung,
        bemerkungen, anmerkung, anmerkungen, notiz, notizen, kommentar, kommentare, nachricht, nachrichten, hinweis,
        freitext, mitteilung, verwendungszweck, commentaire, commentaires, remarque, remarques, observation,
        observations, texte libre, comentario, comentarios, observaciones, nota, notas, mensaje, commento, commenti,
        osservazioni, messaggio, comentários, observações, mensagem, opmerking, opmerkingen, notitie, uwagi,
        komentarz, poznamka"""
    ),
    weak_words=word_list(
        """text, body, content, description, details, title, subject, summary, reason, answer, question, reply,
        response, post, review, story, history, log, query, search, beschreibung, titel, betreff, inhalt, grund,
        antwort, frage, texte, contenu, descripción, asunto, motivo, titre, sujet, descrizione, oggetto, testo"""
    ),
    is_one=is_telling_prose,
    may_be_one=lambda _: True,
    alone=Confidence.MEDIUM,
    alone_share=0.02,
)
