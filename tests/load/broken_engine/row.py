"""How the engine would do something otherwise than it has to, and the test of seeds that notices."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Broken:
    """A rule of the engine, and how it is broken: each text, there once in the file, becomes another one.

    `test` is the node id of the test that then fails.
    """

    rule: str
    file: str
    changes: tuple[tuple[str, str], ...]
    test: str
