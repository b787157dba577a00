"""Names that people log in with or are known by on a site."""

from __future__ import annotations

import re

from pgsluice.config.rules import Rule
from pgsluice.recognition.model import TEXT, Offer, Recogniser
from pgsluice.recognition.names import word_list

_HANDLE = re.compile(r"@?[^\s@/\\:,;\"'<>]{2,64}")

USERNAME = Recogniser(
    kind="username",
    noun="user names",
    kinds=TEXT,
    offers=(Offer(Rule("username")), Offer(Rule("hash"))),
    words=word_list(
        """username, user name, login, login name, loginid, login id, user login, nickname, nick name, nick, handle,
        screen name, account name, sam account name, user principal name, upn, benutzername, benutzerkennung,
        anmeldename, kennung, identifiant, nom utilisateur, nom d utilisateur, pseudo, pseudonyme, usuario, nombre de
        usuario, nombre usuario, apodo, nome utente, nome de usuario, gebruikersnaam, twitter handle, github username,
        slack handle, telegram, skype, skype id"""
    ),
    weak_words=word_list(
        """user, created by, updated by, modified by, deleted by, changed by, approved by, author, owner, assignee,
        editor, operator, agent, actor, benutzer, bearbeiter, utilisateur, uid, userid, user id, slug"""
    ),
    may_be_one=lambda value: _HANDLE.fullmatch(value) is not None,
)
