"""The form in which an ELOG server wants a password.

Source: ``do_crypt`` of ELOG's ``elog.c`` (SHA-256 crypt without salt, 5000 rounds,
https://www.akkadia.org/drepper/SHA-crypt.txt). It hides the password, but whoever
has it can sign in with it: let the server speak https.
"""

from __future__ import annotations

import hashlib

_DIGITS = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_ROUNDS = 5000
# which three bytes make the next four digits
_TRIPLES = (
    (0, 10, 20), (21, 1, 11), (12, 22, 2), (3, 13, 23), (24, 4, 14),
    (15, 25, 5), (6, 16, 26), (27, 7, 17), (18, 28, 8), (9, 19, 29),
)  # fmt: skip


def elog_password(password: str) -> str:
    """The 43 digits that go into the field ``upwd``."""
    return sha256_crypt(password.encode(), b"")


def sha256_crypt(key: bytes, salt: bytes) -> str:
    """SHA-256 crypt with 5000 rounds: the digits alone, without ``$5$salt$``.

    Args:
        key: the password.
        salt: at most 16 bytes.
    """
    inner = _sha256(key + salt + key)
    start = key + salt + _stretched(inner, len(key))
    bits = len(key)
    while bits:
        start += inner if bits & 1 else key
        bits >>= 1
    digest = _sha256(start)
    keys = _stretched(_sha256(key * len(key)), len(key))
    salts = _stretched(_sha256(salt * (16 + digest[0])), len(salt))
    for turn in range(_ROUNDS):
        odd = bool(turn & 1)
        digest = _sha256(
            (keys if odd else digest)
            + (salts if turn % 3 else b"")
            + (keys if turn % 7 else b"")
            + (digest if odd else keys)
        )
    found = "".join(
        _encoded(digest[a] << 16 | digest[b] << 8 | digest[c], 4)
        for a, b, c in _TRIPLES
    )
    return found + _encoded(digest[31] << 8 | digest[30], 3)


def _sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def _stretched(block: bytes, size: int) -> bytes:
    return (block * (size // len(block) + 1))[:size]


def _encoded(value: int, digits: int) -> str:
    return "".join(_DIGITS[value >> 6 * each & 63] for each in range(digits))
