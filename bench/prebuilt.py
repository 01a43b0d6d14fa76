"""What a migration from Exchange cannot outrun: its messages sent by requests that are ready, or read and no more.

`write`: what is measured is the sending, by the writers of a migration: the same connections, as many at once as the
same gate lets through, the same batches. `read`: it is the reading, by as many readers as a migration has, and nothing
is done with what they read. Neither lists, knows a message again, or proves anything.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from engine.connectors.exchange.destination import ExchangeDestination
from engine.connectors.exchange.message import fragment
from engine.connectors.exchange.session import Sessions
from engine.connectors.exchange.soap import HEAD, TAIL, attribute
from engine.connectors.exchange.source import ExchangeSource
from engine.connectors.exchange.write import CREATE_END, created
from engine.connectors.network.pinning import Network
from engine.items.batches import BATCH_BYTES, BATCH_ITEMS
from engine.items.source.readers import MOST_READERS
from engine.migration.account import Account, parse_account
from engine.migration.content import Content
from engine.pace.gate import MOST_WRITERS, Gate
from engine.pace.halt import Halt
from engine.ports.items import SourceMessage, Tagged, Verdict
from engine.ports.source import SourceFolder

TASK = "0123ABCD"       # of the tags, which are as long as real ones


@dataclass(frozen=True, slots=True)
class Request:
    """A CreateItem, ready to be sent. `size` is that of its messages, in bytes."""

    body: bytes
    messages: int
    size: int

    @property
    def work(self) -> float:
        """What it asks of a server, as a migration reckons it."""
        return 1 + self.messages / 10 + self.size / 100_000


def main(what: str, source_url: str, destination_url: str) -> int:
    """Prints one JSON object: how many messages were sent or read, in how many seconds, and the processor's seconds."""
    network = Network(trusts_person=True, ca_file=Path(os.environ["OMM_CA_FILE"]))
    password = os.environ["OMM_DESTINATION_PASSWORD"]
    source, new = ExchangeSource(parse_account(source_url), password, network), parse_account(destination_url)
    if what == "read":
        done = read(source)
    else:
        prepared = list(requests(source, new, password, network))
        with closing(Sessions(new, password, network)) as sessions:
            done = measured(lambda: send(sessions, prepared))
    print(json.dumps(asdict(done)))
    return 0


@dataclass(frozen=True, slots=True)
class Done:
    """How many messages were sent or read, in how many seconds, `cpu` of them at work here."""

    messages: int
    seconds: float
    cpu: float


def measured(work: Callable[[], int]) -> Done:
    """Does the work, which returns its messages, and measures it."""
    began, before = time.monotonic(), time.process_time()
    messages = work()
    return Done(messages, time.monotonic() - began, time.process_time() - before)


def read(source: ExchangeSource) -> Done:
    """Reads everything in batches; the listing before it is not measured."""
    waiting: queue.SimpleQueue[tuple[SourceFolder, list[int]]] = queue.SimpleQueue()
    with closing(source.reader(Content.MAIL)) as reader:
        for folder in reader.folders().folders:
            uids = [one.uid for one in reader.listing(folder, keys=False)]
            for start in range(0, len(uids), BATCH_ITEMS):
                waiting.put((folder, uids[start : start + BATCH_ITEMS]))
        return measured(lambda: at_once(MOST_READERS, lambda: _read(source, waiting)))


def _read(source: ExchangeSource, waiting: queue.SimpleQueue[tuple[SourceFolder, list[int]]]) -> int:
    count = 0
    with closing(source.reader(Content.MAIL)) as reader, suppress(queue.Empty):
        while True:
            folder, uids = waiting.get_nowait()
            count += sum(1 for _ in reader.read(folder, uids))
    return count


def at_once(threads: int, work: Callable[[], int]) -> int:
    """Runs `work` in so many threads; the sum of what they return."""
    with ThreadPoolExecutor(threads) as pool:
        return sum(pool.map(lambda _: work(), range(threads)))


def requests(source: ExchangeSource, new: Account, password: str, network: Network) -> Iterator[Request]:
    """Everything in the source, as requests that fill folders of the destination, which are made meanwhile."""
    with (
        closing(source.reader(Content.MAIL)) as reader, closing(ExchangeDestination(new, password, network)) as mailbox,
    ):
        known = {folder.role: folder.id for folder in mailbox.folders() if folder.role}
        for number, folder in enumerate(reader.folders().folders):
            uids = [one.uid for one in reader.listing(folder, keys=False)]
            messages = list(reader.read(folder, uids))
            if messages:
                place = known.get(folder.role) or _made(mailbox, folder, number)
                yield from (_request(place, batch, number) for batch in batches(messages))


def _made(mailbox: ExchangeDestination, folder: SourceFolder, number: int) -> str:
    return mailbox.create_folder(mailbox.top, " ".join(folder.path), f"{TASK}:{number:08x}").id


def batches(messages: list[SourceMessage]) -> Iterator[list[SourceMessage]]:
    """Messages of a folder as they travel together."""
    batch: list[SourceMessage] = []
    for one in messages:
        if batch and (len(batch) == BATCH_ITEMS or sum(each.size for each in batch) + one.size > BATCH_BYTES):
            yield batch
            batch = []
        batch.append(one)
    if batch:
        yield batch


def _request(folder_id: str, batch: list[SourceMessage], number: int) -> Request:
    head = (
        '<m:CreateItem MessageDisposition="SaveOnly"><m:SavedItemFolderId>'
        f"<t:FolderId Id={attribute(folder_id)}/></m:SavedItemFolderId><m:Items>"
    ).encode()
    items = [fragment(Tagged(f"{TASK}:{number:08x}:{one.uid:032x}", one)) for one in batch]
    return Request(b"".join((HEAD, head, *items, CREATE_END, TAIL)), len(batch), sum(one.size for one in batch))


def send(sessions: Sessions, prepared: list[Request]) -> int:
    """Sends every request once. How many messages were created; RuntimeError when one was not."""
    waiting: queue.SimpleQueue[Request] = queue.SimpleQueue()
    for one in prepared:
        waiting.put(one)
    gate = Gate(MOST_WRITERS, Halt())
    copied = at_once(MOST_WRITERS, lambda: _write(sessions, gate, waiting))
    if copied != sum(one.messages for one in prepared):
        raise RuntimeError(f"{copied} messages were created of {sum(one.messages for one in prepared)}")
    return copied


def _write(sessions: Sessions, gate: Gate, waiting: queue.SimpleQueue[Request]) -> int:
    count, warm = 0, False      # the first request of each may have to sign in
    with suppress(queue.Empty):
        while True:
            with gate.turn():
                one = waiting.get_nowait()
                sent = time.monotonic()
                outcomes = created(sessions, one.body, one.messages)
                seconds = time.monotonic() - sent
            count += sum(outcome.verdict is Verdict.DONE for outcome in outcomes)
            gate.went_well(waiting=not waiting.empty(), pace=seconds / one.work if warm else None)
            warm = True
    return count


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
