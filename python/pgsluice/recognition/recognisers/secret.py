"""What opens accounts: passwords and their hashes, tokens, keys."""

from __future__ import annotations

import re

from pgsluice.config.rules import Rule
from pgsluice.recognition.model import TEXT, Confidence, Offer, Recogniser
from pgsluice.recognition.names import word_list

# Modular crypt formats, LDAP's and Django's.
_PASSWORD_HASH = re.compile(
    r"\$(?:2[abxy]?|1|5|6|y|7|argon2\w*|scrypt|pbkdf2[\w-]*|s0|apr1)\$.{8,}|\{(?:SSHA|SHA|MD5|CRYPT)\d*\}.{8,}"
    r"|(?:pbkdf2|argon2|bcrypt|scrypt)\w*[$:].{8,}|scram-sha-256\$.{8,}|md5[0-9a-f]{32}",
    re.IGNORECASE,
)
_KNOWN_TOKEN = re.compile(
    r"eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*|(?:AKIA|ASIA)[0-9A-Z]{16}|gh[pousr]_\w{30,}|github_pat_\w{20,}|glpat-[\w-]{20,}"
    r"|(?:sk|pk|rk)_(?:live|test)_\w{10,}|xox[abprs]-[\w-]{10,}|AIza[\w-]{30,}|ya29\.[\w-]{20,}|SG\.[\w-]{16,}\.[\w-]{16,}"
    r"|-----BEGIN [A-Z ]*(?:KEY|CERTIFICATE)-----.*|ssh-(?:rsa|ed25519|dss) .*|Bearer \S{16,}|otpauth://.*",
    re.DOTALL,
)
_HEXADECIMAL = re.compile(r"(?:[0-9a-f]{32,128}|[0-9A-F]{32,128})")
_RANDOM = re.compile(r"(?=.*[0-9])(?=.*[a-z])(?=.*[A-Z])[A-Za-z0-9+/_.-]{24,512}={0,2}")


def is_password_hash(value: str) -> bool:
    """Whether a text names an algorithm for passwords and holds what it makes."""
    return _PASSWORD_HASH.fullmatch(value) is not None


def is_token(value: str) -> bool:
    """Whether a text has a known service's form of tokens and keys, or is long and random to the eye."""
    return any(form.fullmatch(value) for form in (_KNOWN_TOKEN, _HEXADECIMAL, _RANDOM))


PASSWORD = Recogniser(
    kind="password",
    noun="passwords or hashes of them",
    kinds=TEXT | {"bytea"},
    offers=(Offer(Rule("null"), TEXT | {"bytea"}), Offer(Rule("hash"), TEXT | {"bytea"})),
    words=word_list(
        """password, passwd, passw, pwd, password hash, password digest, password salt, encrypted password, hashed
        password, crypted password, passphrase, pass phrase, passcode, pin, pin hash, salt, security answer, secret
        answer, security question, passwort, kennwort, passwort hash, mot de passe, motdepasse, mdp, contraseña,
        clave, clave hash, parola, parola chiave, senha, wachtwoord, haslo, heslo, lösenord, adgangskode, salasana,
        sifre"""
    ),
    weak_words=word_list("pass, hash, digest"),
    is_one=is_password_hash,
    may_be_one=lambda _: True,
    alone=Confidence.HIGH,
    alone_share=0.5,
)
TOKEN = Recogniser(
    kind="token",
    noun="tokens or keys",
    kinds=TEXT | {"bytea"},
    offers=(Offer(Rule("token")), Offer(Rule("hash"), TEXT | {"bytea"})),
    words=word_list(
        """token, access token, refresh token, id token, auth token, api token, bearer token, reset token, remember
        token, session token, session key, session id, sessionid, sid, confirmation token, invitation token, invite
        code, verification code, activation code, recovery code, backup code, unsubscribe token, device token, push
        token, registration token, csrf, csrf token, xsrf, cookie, cookies, nonce, api key, apikey, access key,
        secret, secret key, client secret, private key, encryption key, signing key, ssh key, public key, master key,
        license key, licence key, product key, webhook secret, otp, otp secret, totp secret, mfa secret, two factor
        secret, credential, credentials, oauth, jwt, signature, authorisation, authorization, authorization code, auth
        code, approval code, card code, voucher code, gift code, cvv, cvc, cvv2, cvc2, tan, zugangscode,
        zugangsschlüssel, geheimnis, schlüssel, jeton, cle secrete, cle api, ficha, clave secreta"""
    ),
    weak_words=word_list("key, code, auth, session, hash, digest"),
    is_one=is_token,
    may_be_one=lambda value: len(value) >= 3,
    alone=Confidence.MEDIUM,
    alone_share=0.95,
)
