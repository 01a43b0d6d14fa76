"""Signing in: Basic, and NTLM as real servers do it, which authenticates a connection.

The NTLM handshake is pyspnego's messages and cryptography with the passwords in memory: its own acceptor
would want them in a file named by a process-wide environment variable.
"""

import base64
import binascii
import hashlib
import hmac
import os
import socket
import struct
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from spnego._ntlm_raw.crypto import compute_response_v2, hmac_md5, ntowfv1, ntowfv2, rc4k
from spnego._ntlm_raw.messages import (
    Authenticate,
    AvFlags,
    AvId,
    Challenge,
    FileTime,
    Negotiate,
    NegotiateFlags,
    NTClientChallengeV2,
    TargetInfo,
    Version,
)
from spnego._spnego import NegState, NegTokenInit, NegTokenResp, unpack_token

from emulators.exchange import mailbox
from emulators.exchange.records import SignIn
from emulators.exchange.settings import Scheme
from emulators.exchange.store import Store

_NTLM = "1.3.6.1.4.1.311.2.2.10"       # NTLM's object identifier [MS-SPNG] 1.9
_BROKEN = (ValueError, KeyError, IndexError, TypeError, AttributeError, LookupError)
_OFFERS = {"ntlm": "NTLM", "negotiate": "Negotiate"}


@dataclass(frozen=True, slots=True, repr=False)
class _Account:
    address: str
    password: str
    has_mailbox: bool = True


class Accounts:
    """Who may sign in, and who tried."""

    def __init__(self, store: Store) -> None:
        """Start with nobody."""
        self._store = store
        self._lock = threading.Lock()
        self._accounts: dict[str, _Account] = {}     # by every name one can sign in with, in lower case
        self._fitting: dict[str, str] = {}      # Basic tokens whose hash was found to fit
        self.sign_ins: list[SignIn] = []

    def add(self, address: str, names: Iterable[str], password: str) -> None:
        """Let the owner of a mailbox sign in with each of these names."""
        account = _Account(address, password)
        with self._lock:
            self._fitting.clear()
            self._accounts = {name: one for name, one in self._accounts.items() if one.address != address}
            for name in names:
                self._accounts[name.lower()] = account

    def add_without_mailbox(self, user: str, password: str) -> None:
        """Let somebody sign in who has no mailbox."""
        with self._lock:
            self._fitting.clear()
            self._accounts[user.lower()] = _Account(user.lower(), password, has_mailbox=False)

    def change_password(self, address: str, password: str) -> None:
        """From now on only this password fits; connections that NTLM has let in stay."""
        with self._lock:
            self._fitting.clear()
            for name, account in self._accounts.items():
                if account.address == address.lower():
                    self._accounts[name] = replace(account, password=password)

    def note(self, user: str, *, accepted: bool) -> None:
        """Record an attempt."""
        self.sign_ins.append(SignIn(time.time(), user, accepted))

    def basic(self, token: str) -> tuple[str, str | None]:
        """(the name given, the mailbox address if the password fits)."""
        try:
            user, _, password = base64.b64decode(token, validate=True).decode().partition(":")
        except (ValueError, binascii.Error):
            return "", None
        account = self.find(user)
        if account is None:
            return user, None
        with self._lock:
            if self._fitting.get(token) == account.address:
                return user, account.address
        with self._store.lock:
            fits = mailbox.password_fits(self._store.db, account.address, password) if account.has_mailbox \
                else hmac.compare_digest(account.password.encode(), password.encode())
        with self._lock:
            if fits and self._accounts[user.lower()].password == password:
                self._fitting[token] = account.address
        return user, account.address if fits else None

    def find(self, user: str, domain: str | None = None) -> _Account | None:
        """The account of a user name, or of a domain and a user name."""
        names = [f"{domain}\\{user}", f"{user}@{domain}", user] if domain else [user]
        with self._lock:
            return next((self._accounts[n.lower()] for n in names if n.lower() in self._accounts), None)


def offers(schemes: tuple[Scheme, ...], realm: str) -> list[str]:
    """The WWW-Authenticate headers, in the order IIS sends them: Negotiate, NTLM, Basic."""
    found = [_OFFERS[scheme] for scheme in ("negotiate", "ntlm") if scheme in schemes]
    return [*found, f'Basic realm="{realm}"'] if "basic" in schemes else found


def channel_binding(chain: bytes) -> bytes:
    """What a client must bind its sign-in to: MD5 of the tls-server-end-point of this certificate (PEM).

    RFC 5929 4.1: hashed by the signature's own algorithm, SHA-256 instead of MD5 and SHA-1; [MS-NLMP] 2.2.2.1.
    """
    certificate = x509.load_pem_x509_certificates(chain)[0]
    used = certificate.signature_hash_algorithm
    algorithm = hashes.SHA256() if used is None or used.name in ("md5", "sha1") else used
    data = b"tls-server-end-point:" + certificate.fingerprint(algorithm)
    return hashlib.md5(bytes(16) + struct.pack("<I", len(data)) + data, usedforsecurity=False).digest()


@dataclass(frozen=True, slots=True)
class Binding:
    """How a sign-in must be bound to its TLS connection; `expected` is None without TLS."""

    protection: str
    expected: bytes | None

    def fits(self, given: bytes | None) -> bool:
        """Whether the AV pair of a client will do: a missing one and 16 zero bytes both mean none."""
        if self.protection == "off":
            return True
        if not given or given == bytes(16):
            return self.protection == "allow"
        return given == self.expected


class NtlmHandshake:
    """The three legs of NTLM on one connection ([MS-NLMP] 3.2.5), bare or inside of SPNEGO; NTLMv2 only."""

    def __init__(self, accounts: Accounts, binding: Binding) -> None:
        """Wait for the NEGOTIATE message."""
        self._accounts = accounts
        self._binding = binding
        self._inside = False        # of SPNEGO
        self._negotiate: Negotiate | None = None
        self._challenge: Challenge | None = None

    def step(self, token: str) -> tuple[str | None, str | None, str]:
        """Take a token: (challenge to send, address that is signed in, name given)."""
        try:
            raw = self._unwrapped(base64.b64decode(token, validate=True))
            if self._challenge is None:
                return base64.b64encode(self._wrapped(self._first(raw))).decode(), None, ""
            address, user = self._second(raw)
        except _BROKEN:
            address, user = None, ""
        self._negotiate = self._challenge = None
        return None, address, user

    def _unwrapped(self, raw: bytes) -> bytes:
        """The NTLM message of a token; raises ValueError for another mechanism's."""
        if raw.startswith(b"NTLMSSP\0"):
            return raw
        self._inside = True
        token = unpack_token(raw)
        inner: bytes | None = None
        if isinstance(token, NegTokenInit) and self._challenge is None and _NTLM in token.mech_types:
            inner = token.mech_token
        elif isinstance(token, NegTokenResp) and self._challenge is not None:
            inner = token.response_token
        if not inner:
            raise ValueError("SPNEGO without NTLM")
        return inner

    def _wrapped(self, challenge: bytes) -> bytes:
        """The challenge as the client came."""
        if not self._inside:
            return challenge
        return NegTokenResp(neg_state=NegState.accept_incomplete, supported_mech=_NTLM, response_token=challenge).pack()

    def _first(self, raw: bytes) -> bytes:
        self._negotiate = Negotiate.unpack(raw)
        flags = (self._negotiate.flags | NegotiateFlags.request_target | NegotiateFlags.ntlm
                 | NegotiateFlags.always_sign | NegotiateFlags.target_info | NegotiateFlags.target_type_server
                 | NegotiateFlags.unicode) & ~NegotiateFlags.oem & ~NegotiateFlags.lm_key
        info = TargetInfo()
        info[AvId.nb_computer_name] = info[AvId.nb_domain_name] = "EXCHANGE"
        info[AvId.dns_computer_name] = socket.gethostname()
        info[AvId.timestamp] = FileTime.now()
        version = Version.get_current() if flags & NegotiateFlags.version else None
        challenge = Challenge(flags, os.urandom(8), target_name="EXCHANGE", target_info=info, version=version)
        self._challenge = challenge
        return challenge.pack()

    def _second(self, raw: bytes) -> tuple[str | None, str]:
        """Check the AUTHENTICATE message: the mailbox address, or None, and the name given."""
        message = Authenticate.unpack(raw)
        name, domain = message.user_name or "", message.domain_name or ""
        shown = f"{domain}\\{name}" if domain else name
        account = self._accounts.find(name, domain)
        if account is None or self._challenge is None or self._negotiate is None:
            return None, shown
        response = message.nt_challenge_response or b""
        if len(response) <= 24:     # NTLMv1
            return None, shown
        client = NTClientChallengeV2.unpack(response[16:])
        expected, _, key = compute_response_v2(
            ntowfv2(name, ntowfv1(account.password), message.domain_name), self._challenge.server_challenge,
            client.challenge_from_client, client.time_stamp, client.av_pairs)
        fits = response == expected and self._untouched(message, client, key) \
            and self._binding.fits(client.av_pairs.get(AvId.channel_bindings))
        return (account.address if fits else None), shown

    def _untouched(self, message: Authenticate, client: NTClientChallengeV2, key: bytes) -> bool:
        """The message integrity code, when the client says there is one."""
        if not client.av_pairs.get(AvId.flags, 0) & AvFlags.mic or self._negotiate is None \
                or self._challenge is None:
            return True
        signed = message.flags & (NegotiateFlags.sign | NegotiateFlags.seal)
        if message.flags & NegotiateFlags.key_exch and signed:
            key = rc4k(key, message.encrypted_random_session_key or b"")
        claimed, message.mic = message.mic, b"\x00" * 16
        made = hmac_md5(key, self._negotiate.pack() + self._challenge.pack() + message.pack())
        return bool(made == claimed)
