"""Masking: logins, shortened for readers other than their owner."""

from __future__ import annotations


def masked(login: str) -> str:
    """`carol@example.org` as `c***@example.org`: enough for its owner to know it."""
    raise NotImplementedError
