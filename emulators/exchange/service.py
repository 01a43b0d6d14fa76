"""The way of one request: parse, check, strike, work in one transaction, check the answer."""

import logging
import sqlite3
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from lxml import etree

from emulators.exchange import (
    attachment_operations,
    autodiscover,
    convert_id,
    create_item,
    delete_item,
    delivery,
    find_item,
    folder_operations,
    get_item,
    introduced,
    mailbox,
    move_item,
    out_of_office,
    owner,
    retention,
    rights,
    soap,
    sync,
    update_item,
    user_configuration,
)
from emulators.exchange.budget import Budgets
from emulators.exchange.calendar import arriving, icalendar_in, server_zones
from emulators.exchange.call import Call, utc
from emulators.exchange.errors import SoapFault
from emulators.exchange.faults import Fault, FaultBoard
from emulators.exchange.people import expand_dl, resolve_names
from emulators.exchange.records import RequestRecord
from emulators.exchange.rules import operations as rule_operations
from emulators.exchange.schema import Schema
from emulators.exchange.settings import RANK, Settings
from emulators.exchange.soap import Envelope
from emulators.exchange.store import Store

log = logging.getLogger(__name__)

OPERATIONS: Mapping[str, Callable[[Call], str]] = {
    "ConvertId": convert_id.convert_id,
    "CopyItem": move_item.copy_item,
    "CreateAttachment": attachment_operations.create_attachment,
    "CreateFolder": folder_operations.create_folder,
    "CreateItem": create_item.create_item,
    "CreateUserConfiguration": user_configuration.create_user_configuration,
    "DeleteAttachment": attachment_operations.delete_attachment,
    "DeleteFolder": folder_operations.delete_folder,
    "DeleteItem": delete_item.delete_item,
    "DeleteUserConfiguration": user_configuration.delete_user_configuration,
    "ExpandDL": expand_dl.expand_dl,
    "FindFolder": find_item.find_folder,
    "FindItem": find_item.find_item,
    "GetAttachment": attachment_operations.get_attachment,
    "GetFolder": folder_operations.get_folder,
    "GetInboxRules": rule_operations.get_inbox_rules,
    "GetItem": get_item.get_item,
    "GetServerTimeZones": server_zones.get_server_time_zones,
    "GetUserConfiguration": user_configuration.get_user_configuration,
    "GetUserOofSettingsRequest": out_of_office.get_user_oof_settings,
    "GetUserRetentionPolicyTags": retention.get_user_retention_policy_tags,
    "MoveFolder": folder_operations.move_folder,
    "MoveItem": move_item.move_item,
    "SetUserOofSettingsRequest": out_of_office.set_user_oof_settings,
    "ResolveNames": resolve_names.resolve_names,
    "SyncFolderHierarchy": sync.sync_folder_hierarchy,
    "SyncFolderItems": sync.sync_folder_items,
    "UpdateFolder": folder_operations.update_folder,
    "UpdateInboxRules": rule_operations.update_inbox_rules,
    "UpdateItem": update_item.update_item,
    "UpdateUserConfiguration": user_configuration.update_user_configuration,
}
_BATCHES = ("Items", "ItemIds", "ItemChanges", "Folders", "FolderIds", "FolderChanges", "SourceIds",
            "Attachments", "AttachmentIds",
            "ParentFolderIds")

# What CreateItem, UpdateItem and DeleteItem say of messages about meetings (MS-OXWSMTGS 3.1.4).
_TELLING = ("SendMeetingInvitations", "SendMeetingInvitationsOrCancellations", "SendMeetingCancellations")


@dataclass(slots=True)
class Reply:
    """What to send, and how: `fault` may make the connection misbehave."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    operation: str = ""
    items: int = 0
    committed: bool = False
    started: float = 0
    user: str = ""
    fault: Fault | None = None
    reused: bool = False
    tells: str = ""


class Service:
    """Exchange Web Services on one store."""

    def __init__(self, store: Store, schema: Schema, settings: Settings) -> None:
        """`settings` may be replaced while the service runs."""
        self.store, self.schema, self.settings = store, schema, settings
        self.board = FaultBoard()
        self.budgets = Budgets()
        self.requests: list[RequestRecord] = []
        self.schema_faults: list[str] = []
        self.addresses: set[str] = set()
        self._running: Counter[str] = Counter()
        self._counting = threading.Lock()

    def answer(self, address: str, body: bytes, *, reused: bool = False) -> Reply:
        """Answer one signed-in request, on a connection that was used before or not; never raises."""
        reply = Reply(started=time.time(), user=address, reused=reused)
        try:
            envelope = soap.read_envelope(body)
            reply.operation, reply.items = envelope.operation, _count(envelope.request)
            reply.tells = next((value for name in _TELLING if (value := envelope.request.get(name))), "")
            with self._slot(address, envelope.operation):
                self._serve(reply, address, envelope)
        except SoapFault as error:
            reply.status, reply.body, reply.committed = 500, soap.fault(error), False
        except Exception:  # noqa: BLE001 - the boundary, see below
            # The boundary of the emulator's own bugs: a test must see them, and a client gets what a real
            # server would say.
            self._own_fault(f"{reply.operation}: {traceback.format_exc()}")
            reply.status, reply.body = 500, soap.fault(SoapFault("ErrorInternalServerError"))
            reply.committed = False
        return reply

    def record(self, reply: Reply, *, answered: bool) -> None:
        """Note a request once it is over."""
        self.requests.append(RequestRecord(
            reply.operation, reply.started, time.time(), reply.user, reply.status if answered else 0,
            reply.items, reply.committed, reply.tells))

    def _own_fault(self, words: str) -> None:
        log.error("the emulator broke its own rules: %s", words)
        self.schema_faults.append(words)

    @contextmanager
    def _slot(self, address: str, operation: str) -> Iterator[None]:
        """EWSMaxConcurrency and ConcurrentSyncCalls ("EWS throttling in Exchange")."""
        counted = operation.startswith("Sync") and self.settings.server.rank >= RANK["Exchange2016"]
        syncing = f"{address} sync" if counted else ""
        with self._counting:
            if self._running[address] >= self.settings.concurrency:
                raise SoapFault("ErrorExceededConnectionCount")
            if syncing and self._running[syncing] >= self.settings.max_concurrent_sync:
                raise SoapFault("ErrorServerBusy", values=(("BackOffMilliseconds", "0"),))
            self._running[address] += 1
            self._running[syncing] += 1
        try:
            yield
        finally:
            with self._counting:
                self._running[address] -= 1
                self._running[syncing] -= 1

    def _serve(self, reply: Reply, address: str, envelope: Envelope) -> None:
        struck = self.board.strike(envelope.operation, reused=reply.reused)
        before = [fault for fault in struck if fault.when == "before"]
        if self._strike(reply, before):
            return
        user = self._user(address, envelope)
        rank = self._check(envelope)
        self.budgets.take(user, envelope.operation, reply.items, limit=self.settings.budget_items,
                          back_off_ms=self.settings.budget_back_off_ms)
        self._take_time(reply.items)
        self._file(user, [fault for fault in before if fault.action == "file"])
        self._let_owner_act(user, [fault for fault in before if fault.action == "owner"])
        kept = all(fault is not reply.fault for fault in before)
        body = self._work(user, envelope, rank, struck, commit=kept)
        reply.committed = kept
        whole = soap.answer(body, self.settings.server)
        self._check_answer(envelope.operation, whole)
        reply.body = whole
        self._strike(reply, [fault for fault in struck if fault.when == "after"])

    def _strike(self, reply: Reply, faults: list[Fault]) -> bool:
        """Apply faults; whether the request ends here. Raises SoapFault."""
        for fault in faults:
            if fault.action == "delay":
                time.sleep(fault.seconds)
            elif fault.action == "hold" and not fault.middle:
                self.board.hold(fault.name)
            elif fault.action in ("hold", "cut", "truncate"):
                reply.fault = fault
            elif fault.action in ("drop", "reset"):
                reply.fault = fault
                return True
            elif fault.action == "status":
                reply.status, reply.headers, reply.body = fault.status, fault.headers, fault.body.encode()
                reply.fault = fault
                return True
            elif fault.action == "fault":
                error = _injected(fault)
                reply.status, reply.body = 500, soap.fault(error)
                return True
        return False

    def _user(self, address: str, envelope: Envelope) -> str:
        """Who acts: who signed in, or whom they impersonate (rule R14). Raises SoapFault."""
        if envelope.impersonation is None:
            return address
        with self.store.lock:
            return rights.impersonated(self.store.db, self.settings, address, envelope.impersonation)

    def _check(self, envelope: Envelope) -> int:
        """The rank of the version asked for; raises SoapFault when the request cannot be served."""
        rank = self._rank(envelope.version)
        violation = self.schema.violation(envelope.request)
        if violation is not None:
            raise SoapFault("ErrorSchemaValidation", violation=violation)
        if (word := introduced.too_new(envelope.request, rank)) is not None:
            # A newer server knows the word and says so (recorded: node-ews#18); an older one has never
            # heard of it.
            if introduced.too_new(envelope.request, self.settings.server.rank) is None:
                raise SoapFault("ErrorIncorrectSchemaVersion")
            raise SoapFault("ErrorSchemaValidation", violation=(1, 1, f"'{word}' is not known."))
        if envelope.operation not in OPERATIONS:
            raise SoapFault("ErrorInvalidOperation",
                            f"This server does not offer the operation {envelope.operation}.")
        return rank

    def _rank(self, version: str | None) -> int:
        """Read RequestServerVersion.

        A version the server is too old for is ErrorInvalidServerVersion; a word that names no version
        is ErrorInvalidRequest on 2019 (exchangelib#927), ErrorInvalidServerVersion before (php-ews#346).
        """
        server = self.settings.server
        if version is None:
            return RANK[server.assumed]
        if version not in RANK:
            raise SoapFault("ErrorInvalidRequest" if self.settings.version == "2019"
                            else "ErrorInvalidServerVersion")
        if RANK[version] > server.rank:
            raise SoapFault("ErrorInvalidServerVersion")
        return RANK[version]

    def _take_time(self, items: int) -> None:
        """The service time, slept outside any lock so that parallel requests overlap."""
        settings = self.settings
        milliseconds = settings.request_ms + settings.item_ms * items + settings.latency_ms
        if milliseconds:
            time.sleep(milliseconds / 1000)

    def _work(self, address: str, envelope: Envelope, rank: int, struck: list[Fault], *, commit: bool) -> str:
        with self.store.transaction(commit=commit) as db:
            found = rights.mailbox_of(db, self.settings, address, envelope.request)
            call = Call(
                db=db, mailbox=found, settings=self.settings, request=envelope.request, rank=rank,
                now=utc(self._mailbox_time()), schema=self.schema, precise=envelope.precise, caller=address,
                zone_context=envelope.zone, others=frozenset(self.addresses - {found.address}),
                homeless=found.address != address and mailbox.load(db, address) is None,
                item_faults=[fault for fault in struck if fault.action == "items"])
            body = OPERATIONS[envelope.operation](call)
            found.save(db)
            return body

    def _mailbox_time(self) -> float:
        """What items are dated by, in seconds since 1970."""
        return time.time() + self.settings.mailbox_ahead_s

    def discover(self, target: str, origin: str) -> autodiscover.Told:
        """Answer a request of Autodiscover V2, by whoever asks; `origin` is where it came to."""
        with self.store.lock:
            primary = mailbox.primary_of(self.store.db, autodiscover.address_in(target))
        return autodiscover.answer(target, self.settings, primary=primary, here=origin)

    def deliver(self, address: str, raw: bytes) -> None:
        """Deliver a message to a mailbox; LookupError when nobody has the address, ItemError when it is full."""
        with self.owned(address) as (db, found):
            delivery.deliver(self._own_call(db, found, etree.Element("Delivery")), raw)

    @contextmanager
    def owned(self, address: str) -> Iterator[tuple[sqlite3.Connection, mailbox.Mailbox]]:
        """A transaction on a mailbox; raises LookupError when nobody has the address."""
        with self.store.transaction() as db:
            found = mailbox.load(db, mailbox.primary_of(db, address) or "")
            if found is None:
                raise LookupError(f"There is no mailbox {address}.")
            yield db, found
            found.save(db)

    def _own_call(self, db: sqlite3.Connection, found: mailbox.Mailbox, request: etree._Element) -> Call:
        """The call of something that happens without a client."""
        return Call(db=db, mailbox=found, settings=self.settings, request=request, rank=self.settings.server.rank,
                    now=utc(self._mailbox_time()), schema=self.schema, caller=found.address)

    def _file(self, address: str, faults: list[Fault]) -> None:
        """Let rules of the owner file a message each."""
        for fault in faults:
            with self.owned(address) as (db, found):
                call = self._own_call(db, found, delivery.request(db, found, fault))
                if 'ResponseClass="Success"' not in create_item.create_item(call):
                    raise ValueError(f"The rule could not file into {'/'.join(fault.path)}.")

    def _let_owner_act(self, address: str, faults: list[Fault]) -> None:
        """Let the owner do something to their mail for each fault."""
        for fault in faults:
            with self.owned(address) as (db, found):
                owner.carry_out(self._own_call(db, found, owner.request(db, found, fault)))

    def receive(self, address: str, raw: bytes) -> str:
        """Let a meeting message arrive in a mailbox; returns what the calendar assistant made of it."""
        with self.owned(address) as (db, found):
            call = Call(
                db=db, mailbox=found, settings=self.settings, request=etree.Element("none"),
                rank=self.settings.server.rank, now=utc(self._mailbox_time()), schema=self.schema)
            return arriving.process(call, icalendar_in.parsed(raw)).verdict

    def _check_answer(self, operation: str, whole: bytes) -> None:
        """Our own answers obey the schema too; one that does not is a bug, and a test's business."""
        parser = etree.XMLParser(huge_tree=True, resolve_entities=False, no_network=True)
        element = etree.fromstring(whole, parser)[1][0]
        violation = self.schema.violation(element)
        if violation is not None:
            self._own_fault(f"{operation}: {violation[2]}")
            raise SoapFault("ErrorInternalServerError")


def _count(request: etree._Element) -> int:
    return sum(len(child) for child in request if soap.local(child) in _BATCHES)


def _injected(fault: Fault) -> SoapFault:
    values = () if fault.back_off_ms is None else (("BackOffMilliseconds", str(fault.back_off_ms)),)
    return SoapFault(fault.code, values=values)
