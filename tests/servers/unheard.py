"""What every test promises that has an Exchange emulator: nobody hears of what was done there."""

from __future__ import annotations

from emulators.exchange import ExchangeEmulator

WRITES = frozenset({"CreateItem", "UpdateItem", "DeleteItem"})


def unheard(emulator: ExchangeEmulator) -> None:
    """No request has broken the schema, nothing would have been sent, and no write has let the server tell anybody.

    A write to a calendar that does not say whom it tells is refused by the emulator ([MS-OXWSMTGS] 3.1.4).
    """
    assert emulator.schema_faults == []
    assert emulator.outgoing() == []
    told = {(one.operation, one.tells) for one in emulator.requests if one.operation in WRITES and one.tells}
    assert {tells for _, tells in told} <= {"SendToNone"}, told
