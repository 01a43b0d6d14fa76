"""Many messages that a destination refuses for what they hold, in front of many good ones."""

from __future__ import annotations

from pathlib import Path

from emulators.exchange import Fault
from engine.migration.record import State
from engine.ports.source import SourceFolder
from tests.servers.memory.source import MemorySource, mail
from tests.servers.world import world


def test_sixty_refused_messages_in_front_of_two_thousand_good_ones(tmp_path: Path) -> None:
    """Sixty are named, two thousand arrive, in one run that nobody has to resume."""
    folder = SourceFolder(("Clients",), "Clients")
    poisoned = [mail(f"poison {n}") for n in range(60)]
    source = MemorySource({folder: poisoned + [mail(f"good {n}") for n in range(2000)]})
    with world(tmp_path, {"old": source}) as built:
        built.emulator.add_fault(Fault(
            operation="CreateItem", action="items", containing="Subject: poison", code="ErrorMimeContentInvalid"
        ))

        done = built.migrate()

        counts = built.counts(done)
        named = built.engine.store.reported(done.task_id).failures
        assert done.state is State.COMPLETED
        assert (counts.found, counts.copied, counts.failed) == (2060, 2000, 60)
        assert {f.item.partition(" (")[0] for f in named} == {f"poison {n}" for n in range(60)}
        assert {subject for _, subject in built.subjects()} == {f"good {n}" for n in range(2000)}
