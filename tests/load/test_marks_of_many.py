"""2,000 messages with every mark move from one Exchange to another, each the same by raw XML."""

from __future__ import annotations

from itertools import cycle, islice
from pathlib import Path

from engine.migration.record import State
from tests.servers.exchange.pair import CASES, pair_of

MANY = 2000

def test_two_thousand_messages_keep_every_mark(tmp_path: Path) -> None:
    """Copied once, the same in all that Exchange says of them; a second run copies none."""
    with pair_of(tmp_path, "2019") as pair:
        for number, (name, *rest) in enumerate(islice(cycle(CASES), MANY)):
            pair.old.create(f"{name} {number}", *rest)
        before = pair.left.dump()
        done, again = pair.at.migrate("old"), pair.at.migrate("old")
        old, new = pair.old.items(), pair.new.items()

        assert done.state is State.COMPLETED
        assert (pair.at.counts(done).copied, pair.at.counts(again).copied) == (MANY, 0)
        assert pair.left.dump() == before
    assert len(old) == MANY
    for name, told in old.items():
        for one in (told, new[name]):
            one.pop("ConversationIndex")        # the mailbox's own, where no Thread-Index was rendered
            if name.startswith("ours"):         # has what another program left, which stays
                one.pop("ExtendedProperty")
        assert new[name] == told, name
