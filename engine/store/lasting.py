"""Secrets that must stay the same when the secret keys are replaced.

A digest names what was written before: an entry of a report, a part of a setting. Under another key the same thing
would have another name and be taken for a new one. And what is encrypted in an entry of the audit cannot be encrypted
anew, for entries are never changed. So the secrets for these are kept in the store, encrypted under our keys.
"""

from __future__ import annotations

from cryptography.fernet import InvalidToken

from engine.store.keys import SecretKeys
from engine.store.patience import Patient

LASTING = "omm:keys:lasting"        # by purpose
PURPOSE = "lasting"

# KEYS: lasting secrets. ARGV: purpose, what to keep unless something is.
KEEP = """
redis.call('HSETNX', KEYS[1], ARGV[1], ARGV[2])
return redis.call('HGET', KEYS[1], ARGV[1])
"""


class Lasting:
    """A secret of 32 bytes for each purpose, read once."""

    def __init__(self, redis: Patient, *, keys: SecretKeys) -> None:
        self._redis, self._keys = redis, keys
        self._read: dict[str, bytes] = {}

    def secret(self, purpose: str) -> bytes:
        """The secret for that purpose: when it is first needed, the one that earlier releases derived from the keys.

        While what is kept was encrypted under a key that is lost, the derived one, and that is not kept.
        """
        if purpose not in self._read:
            sealing, derived = self._keys.derived(PURPOSE), self._keys.secret(purpose)
            token = self._redis.script(KEEP, [LASTING], (purpose, sealing.encrypt(derived)))
            try:
                self._read[purpose] = sealing.decrypt(token if isinstance(token, bytes) else token.encode())
            except InvalidToken:
                return derived
        return self._read[purpose]
