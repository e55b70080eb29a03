"""Who can read what a villager sent: nobody without the vault key, which lives outside the database.

The master key (`WHISTLE_VAULT_KEY`, 32 bytes, base64url) gives, by HKDF, one key for accounts, one that wraps the key of each person,
one for the inbox and one for claim codes. Erasing a person is destroying the wrapped key of that person. When the master key is changed
(`bot/keys.py`), the keys by which things are found again are kept, wrapped under the new one (`ring`); all wraps are made anew.
"""

import base64
import binascii
import hmac
import os
import secrets
from functools import lru_cache
from hashlib import sha256
from typing import Any

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

_NONCE = 12
KEPT = ("account", "inbox", "code", "audit", "sign")
"""Keys that outlive the master key they were derived from: what was found by them must be found again."""


class WrongKey(ValueError):
    """The vault key is not the one this database was sealed with, or is not a key at all."""


def new_master_key() -> str:
    """A fresh vault key as text for `WHISTLE_VAULT_KEY`."""
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


class MasterVault:
    """Seals and unseals with AES-256-GCM; see `workflows.work.Vault`."""

    def __init__(self, master_key: str) -> None:
        try:
            master = base64.urlsafe_b64decode(master_key.strip())
        except (binascii.Error, ValueError) as error:
            raise WrongKey("not base64") from error
        if len(master) != 32:
            raise WrongKey(f"{len(master)} bytes instead of 32")
        self._wrap = AESGCM(_derive(master, b"wrap"))
        self._made_of = sha256(b"fingerprint" + hmac.digest(_derive(master, b"code"), b"fingerprint", "sha256"))
        self._hold({name: _derive(master, name.encode()) for name in KEPT})
        self._opened = lru_cache(maxsize=20_000)(self._open)
        self._made: dict[bytes, bytes] = {}  # keys that were made a moment ago and not opened yet

    def _hold(self, kept: dict[str, bytes]) -> None:
        self._kept = kept
        self._accounts, self._codes, self._audit = (HMAC(kept[name], SHA256()) for name in ("account", "code", "audit"))
        self._inbox = AESGCM(kept["inbox"])
        self._signer = Ed25519PrivateKey.from_private_bytes(kept["sign"])
        self.account_of = lru_cache(maxsize=4096)(self._account_of)  # asked four times for each update

    def adopt(self, ring: bytes | None) -> None:
        """Take up the kept keys of a database whose master key was changed once. Raises WrongKey."""
        if ring is not None:
            kept = orjson.loads(_decrypt(self._wrap, ring))
            self._hold({name: bytes.fromhex(kept[name]) if name in kept else self._kept[name] for name in KEPT})

    def ring_for(self, new: "MasterVault") -> bytes:
        """The kept keys, wrapped under another master key."""
        return _encrypt(new._wrap, orjson.dumps({name: key.hex() for name, key in self._kept.items()}))

    def rewrap(self, wrapped: bytes, new: "MasterVault") -> bytes:
        """A person's key, wrapped under another master key. Raises WrongKey."""
        return _encrypt(new._wrap, _decrypt(self._wrap, wrapped))

    def _account_of(self, chat_id: int) -> str:
        """The account under which a chat appears in every table: 128 bits of an HMAC."""
        return _mac(self._accounts, str(chat_id).encode())[:16].hex()

    def new_key(self) -> bytes:
        """A new person's key, wrapped. It is in use at once: nobody unwraps what was wrapped a moment ago."""
        key = AESGCM.generate_key(256)
        wrapped = _encrypt(self._wrap, key)
        self._made[wrapped] = key
        self._opened(wrapped)
        return wrapped

    def _open(self, wrapped: bytes) -> AESGCM:
        return AESGCM(self._made.pop(wrapped, b"") or _decrypt(self._wrap, wrapped))

    def seal(self, key: bytes, value: Any) -> bytes:
        """A JSON-able value under a person's wrapped key."""
        return _encrypt(self._opened(key), orjson.dumps(value))

    def unseal(self, key: bytes, blob: bytes) -> Any:
        """Raises WrongKey when the key does not fit."""
        return orjson.loads(_decrypt(self._opened(key), blob))

    def seal_bytes(self, about: str, data: bytes) -> bytes:
        """Bytes that wait outside the database, bound to what they are about; large ones take milliseconds: call it in a thread."""
        return _encrypt(self._inbox, data, about.encode())

    def unseal_bytes(self, about: str, blob: bytes) -> bytes:
        """Raises WrongKey when the key does not fit, or they are about something else."""
        return _decrypt(self._inbox, blob, about.encode())

    def seal_update(self, payload: bytes) -> bytes:
        """An update's raw JSON, until it is done."""
        return _encrypt(self._inbox, payload)

    def unseal_update(self, blob: bytes) -> bytes:
        return _decrypt(self._inbox, blob)

    def code_mac(self, code: str) -> str:
        """Finds a claim code without storing it."""
        return _mac(self._codes, b"claim:" + code.encode()).hex()

    def code_hash(self, code: str) -> str:
        """Confirms a claim code: scrypt, 16 MB, about 50 ms."""
        salt = os.urandom(16)
        return (salt + _scrypt(salt).derive(code.encode())).hex()

    def code_matches(self, code: str, hashed: str) -> bool:
        raw = bytes.fromhex(hashed)
        return hmac.compare_digest(_scrypt(raw[:16]).derive(code.encode()), raw[16:])

    def mark(self, purpose: str, text: str) -> str:
        """A keyed hash by which a value is found again without being stored."""
        return _mac(self._codes, f"{purpose}:{text}".encode()).hex()

    def link(self, before: str, text: bytes) -> str:
        """The next seal of a chain of events, after the seal `before` (empty at the beginning)."""
        return _mac(self._audit, before.encode() + b"\n" + text).hex()

    def sign(self, data: bytes) -> bytes:
        """An Ed25519 signature that anybody checks with `public_key`."""
        return self._signer.sign(data)

    def public_key(self) -> bytes:
        """PEM; it may be published, and outlives a change of the master key."""
        form = (serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        return self._signer.public_key().public_bytes(*form)

    def fingerprint(self) -> str:
        """Tells whether a database was sealed with this key, and nothing else."""
        return self._made_of.hexdigest()[:16]


def _derive(master: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"whistle/1/" + purpose).derive(master)


def _mac(keyed: HMAC, text: bytes) -> bytes:
    """The keyed hash of this text. To prepare the key takes longer than the hash: that is done once, and copied."""
    mac = keyed.copy()
    mac.update(text)
    return mac.finalize()


def _scrypt(salt: bytes) -> Scrypt:
    return Scrypt(salt=salt, length=32, n=2**14, r=8, p=1)


def _encrypt(cipher: AESGCM, data: bytes, about: bytes | None = None) -> bytes:
    nonce = os.urandom(_NONCE)
    return nonce + cipher.encrypt(nonce, data, about)


def _decrypt(cipher: AESGCM, blob: bytes, about: bytes | None = None) -> bytes:
    try:
        return cipher.decrypt(blob[:_NONCE], blob[_NONCE:], about)
    except InvalidTag as error:
        raise WrongKey("the vault key does not fit this database") from error
