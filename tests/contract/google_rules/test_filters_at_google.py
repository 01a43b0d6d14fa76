"""Filters read of Google itself, as far as there is one here: both sides put the same mail into the same place."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from emulators.exchange.records import StoredMessage
from emulators.google import GoogleEmulator
from emulators.google.filters.filters import Delivered
from engine.connectors.google.access.scopes import asked
from engine.connectors.google.filters.places import Places
from engine.connectors.google.rest.asking import Asking
from engine.connectors.google.rest.web import session
from engine.connectors.google.source import opened
from engine.connectors.google.vacation import Vacation
from engine.connectors.network.pinning import Network
from engine.migration.account import Account
from engine.migration.content import Content
from engine.pace.rationing import Rationed
from engine.ports.out_of_office import Audience, OofState, out_of_office
from engine.ports.rules import Rule
from engine.ports.settings import Live
from engine.ports.source import FilingRules
from engine.store.vault import Secret
from engine.systems import System, Transport
from tests.contract.google_rules.account import ME, filter_, label_id, moving_from
from tests.servers.google.truth import filters as truth
from tests.unit.google.test_not_rationed import Spent

SHOWN = {"labelListVisibility": "labelShow", "messageListVisibility": "show"}


class Granted:
    """A token for filters and labels, and for no mail."""

    def __init__(self, google: GoogleEmulator) -> None:
        token = google.consent(ME, asked([Content.INBOX_RULES, Content.OUT_OF_OFFICE]))["access_token"]
        self._secret = Secret(f"Bearer {token}")

    @property
    def opens(self) -> frozenset[Content]:
        return frozenset({Content.INBOX_RULES, Content.OUT_OF_OFFICE})

    def secret(self, *, refused: Secret | None = None) -> Secret:
        return self._secret


def asking(google: GoogleEmulator) -> Asking:
    return Asking(google.url.rstrip("/"), lambda: session(Network(trusts_person=True), takes_later=True),
                  Granted(google), stop=threading.Event())


@contextmanager
def google_of_mine() -> Iterator[GoogleEmulator]:
    """Google, where the owner has an account."""
    with GoogleEmulator() as google:
        google.add_person(ME, domain="example.org")
        google.add_client("web", redirect_uris=["https://omm.example.org/oauth"])
        yield google
        assert google.broken == []


def made(google: GoogleEmulator, labels: list[str]) -> dict[str, str]:
    """Makes the labels, and the filters of the seed; the name of each filter by its id."""
    ids = {label_id(name): google.call("gmail.users.labels.create", ME, body={"name": name, **SHOWN})["id"]
           for name in labels}
    google.call("gmail.users.settings.forwardingAddresses.create", ME, body={"forwardingEmail": truth.FORWARDED})
    google.act("gmail.verify_forwarding", ME, address=truth.FORWARDED)
    found = {}
    for one in truth.filters():
        more = [*(["STARRED"] if one.star else []), *(["TRASH"] if one.trash else []), *one.said]
        told = filter_(one.name, one.ask, labels=one.labels, archive=one.archive, read=one.read, more=more,
                       less=["SPAM"] if one.never_spam else [], forward=one.forward)
        action = told["action"]
        action["addLabelIds"] = [ids.get(each, each) for each in action.get("addLabelIds", ())]
        answer = google.call("gmail.users.settings.filters.create", ME,
                             body={"criteria": told["criteria"], "action": action})
        found[str(answer["id"])] = one.name
    return found


def is_same(there: Delivered, here: StoredMessage, places: Places) -> bool:
    """Whether a message lies where the labels say that it has at Gmail."""
    labels, categories = set(there.names), set(here.categories)
    if here.is_read != there.read:
        return False
    if not there.archived:
        return here.folder == (("Deleted Items",) if there.trashed else ("Inbox",)) and categories == labels
    home = places.of(sorted(labels))
    return here.folder == tuple(places.named(home.folder).split("/")) and (
        set(home.categories) <= categories <= labels)


def test_both_put_the_same_mail_into_the_same_place(tmp_path: Path) -> None:
    labels = sorted({label for one in truth.filters() for label in one.labels})
    letters = [truth.mime(one, number) for number, one in
               enumerate(truth.letters(random.Random(8), 200, truth.filters()))]
    with google_of_mine() as google, moving_from(tmp_path, labels) as moving:
        names = made(google, labels)
        moving.gmail.told = asking(google)  # type: ignore[assignment]  # instead of what is told in memory
        done = moving.migrate()
        rules = moving.gmail.settings(Content.INBOX_RULES).read()
        carried = {one.id.partition("/")[0] for one in rules if not one.stays}
        for one in names.keys() - carried:
            google.call("gmail.users.settings.filters.delete", ME, id=one)
        there = [google.deliver(ME, letter) for letter in letters]
        for letter in letters:
            moving.at.emulator.deliver(moving.at.address, letter)
        here = {message.mime: message for message in moving.at.messages()}

    assert len(carried) == 31
    assert moving.counts(done).left_out == 40 - 31 + 1
    assert sum(len(one.filters) > 1 for one in there) > 30
    assert [letter for letter, one in zip(letters, there, strict=True)
            if not is_same(one, here[letter], Places(labels))] == []


def test_settings_alone_are_read_without_mail() -> None:
    """By a consent that opens no IMAP, on a day on which no mail comes any more: rules, folders, what is asked."""
    with google_of_mine() as google:
        label = google.call("gmail.users.labels.create", ME, body={"name": "Wörk/Deep", **SHOWN})["id"]
        google.call("gmail.users.settings.filters.create", ME, body={
            "criteria": {"from": "a@x.example"}, "action": {"addLabelIds": [label], "removeLabelIds": ["INBOX"]}})
        nowhere, network = Account(System.GOOGLE, ME, "localhost", 1, Transport.TLS), Network(trusts_person=True)
        mine = opened(nowhere, Granted(google), network, stop=threading.Event(), api_url=google.url.rstrip("/"))
        source = Rationed(mine, Spent())        # type: ignore[arg-type]  # an allowance of which nothing is left
        seen = source.check()
        [rule] = source.settings(Content.INBOX_RULES).read()
        assert isinstance(source, FilingRules)
        folders = {folder.ref: folder.path for folder in source.rule_folders()}

    assert seen.live == Live(rules=1)
    assert isinstance(rule, Rule)
    assert [(folders[ref], name) for ref, name in rule.folders.items()] == [(("Wörk", "Deep"), "Wörk/Deep")]
    assert any(path[-1] == "Archive" for path in folders.values())


def test_a_responder_as_google_keeps_it() -> None:
    """Twenty by chance: on, with or without days, for everybody or few, plain or HTML."""
    now = datetime.now(UTC)
    with google_of_mine() as google:
        reader = Vacation(asking(google), lambda: now)
        assert reader.read() == []
        for seed in range(20):
            away = truth.vacations(random.Random(seed), now)
            times = {"startTime": away.start, "endTime": away.end}
            told = {name: str(int(when.timestamp() * 1000)) for name, when in times.items() if when is not None}
            google.call("gmail.users.settings.updateVacation", ME, body={
                "enableAutoReply": away.on, "responseSubject": away.subject, "responseBodyPlainText": away.text,
                "responseBodyHtml": away.html, "restrictToContacts": away.contacts_only,
                "restrictToDomain": away.domain_only, **told,
            })
            [entry] = reader.read()
            found = out_of_office(entry.value)
            expected = OofState.SCHEDULED if away.end else OofState.ON
            audience = (Audience.NOBODY if away.domain_only else Audience.KNOWN if away.contacts_only else Audience.ALL)
            days = (away.start, away.end) if away.end else (None, None)     # one that has begun, and never ends, is on
            assert (found.state, found.audience, found.start, found.end) == (expected, audience, *days)
            words = "Back soon , schöne Grüße 🌴 Ann" if away.html else "Back soon, schöne Grüße 🌴 Ann & Co <ann>"
            assert found.inside.shown == found.outside.shown == f"{away.subject} {words}"
