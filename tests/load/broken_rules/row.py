"""What Exchange computes, how the emulator would compute it wrongly, and the test that notices."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Broken:
    """A computed field, and its rule broken: in a file of emulators/exchange, `find`, there once, becomes `instead`.

    `test` is the node id of the test that then fails, below tests/contract/exchange_emulator.
    """

    computed: str
    file: str
    find: str
    instead: str
    test: str
