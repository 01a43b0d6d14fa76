"""Puts contacts, labels, tasks, filters and a vacation into an account at Google, by Google's own methods."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from typing import Any

from tests.servers.google.planting_events import Body, Google
from tests.servers.google.truth.filters import Filter, Vacation
from tests.servers.google.truth.people import Date, Label, Person, Place, Typed, Work
from tests.servers.google.truth.tasks import DEFAULT, Task

_STARRED = "contactGroups/starred"


def _typed(values: Iterable[Typed], name: str = "value") -> list[Body]:
    return [{name: one.value, **({"type": one.type} if one.type else {})} for one in values]


def _date(date: Date) -> Body:
    year, month, day = date
    return {"month": month, "day": day, **({"year": year} if year else {})}


def _filled(**each: str) -> Body:
    return {name: value for name, value in each.items() if value}


def _place(one: Place) -> Body:
    return _filled(type=one.type, streetAddress=one.street, city=one.city, region=one.region, postalCode=one.code,
                   country=one.country, poBox=one.box, extendedAddress=one.more)


def _work(one: Work) -> Body:
    return _filled(name=one.name, title=one.title, department=one.department, location=one.location,
                   jobDescription=one.job)


def _names(one: Person) -> list[Body]:
    found = _filled(givenName=one.given, middleName=one.middle, familyName=one.family, honorificPrefix=one.prefix,
                    honorificSuffix=one.suffix, phoneticGivenName=one.phonetic[0], phoneticFamilyName=one.phonetic[1])
    return [found] if found else []


def person(one: Person) -> Body:
    """A contact as people.createContact takes it; labels and photo come later."""
    birthday = [{"date": _date(one.birthday)}] if one.birthday else []
    found: Body = {
        "names": _names(one), "nicknames": [{"value": name} for name in one.nicknames],
        "emailAddresses": _typed(one.mails), "phoneNumbers": _typed(one.phones),
        "addresses": [_place(each) for each in one.places], "organizations": [_work(each) for each in one.works],
        "birthdays": birthday or ([{"text": one.birthday_text}] if one.birthday_text else []),
        "events": [{"type": kind, "date": _date(when)} for kind, when in one.dates],
        "relations": _typed(one.relations, "person"), "urls": _typed(one.pages),
        "imClients": [{"protocol": protocol, "username": name} for protocol, name in one.chats],
        "biographies": [{"value": one.note, "contentType": "TEXT_PLAIN"}] if one.note else [],
        "userDefined": [{"key": name, "value": value} for name, value in one.own],
    }
    for name, value in one.more:
        found.setdefault(name, []).append({"value": value} if name != "calendarUrls" else {"url": value})
    return {name: value for name, value in found.items() if value}


@dataclass
class Items:
    """Being put there. `people`, `labels`, `lists` and `tasks` have what Google calls each, by our own names."""

    google: Google
    owner: str
    people: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    lists: dict[str, str] = field(default_factory=dict)
    tasks: dict[str, str] = field(default_factory=dict)

    def contacts(self, some: Sequence[Person], labels: Sequence[Label]) -> None:
        """Makes contacts, labels them and gives them their photos."""
        for one in some:
            made = self.google.call("people.people.createContact", self.owner, body=person(one))["resourceName"]
            self.people[one.key] = made
            if one.photo:
                self.google.call("people.people.updateContactPhoto", self.owner, resourceName=made,
                                 body={"photoBytes": b64encode(one.photo).decode()})
        self._add(_STARRED, [one.key for one in some if one.starred])
        for label in labels:
            made = self.google.call("people.contactGroups.create", self.owner,
                                    body={"contactGroup": {"name": label.name}})["resourceName"]
            self.labels[label.name] = made
            self._add(made, label.members)

    def _add(self, group: str, keys: Sequence[str]) -> None:
        if keys:
            self.google.call("people.contactGroups.members.modify", self.owner, resourceName=group,
                             body={"resourceNamesToAdd": [self.people[one] for one in keys]})

    def task_lists(self, names: Sequence[str], some: Sequence[Task]) -> None:
        """Makes lists and tasks; what was completed is completed at that moment, and what was cleared is hidden."""
        for name in names:
            if name == DEFAULT:
                held = self.google.call("tasks.tasklists.get", self.owner, tasklist="@default")
                self.google.call("tasks.tasklists.patch", self.owner, tasklist=held["id"], body={"title": DEFAULT})
            else:
                held = self.google.call("tasks.tasklists.insert", self.owner, body={"title": name})
            self.lists[name] = held["id"]
        for one in some:
            self._task(one)
        for name in {one.list for one in some if one.hidden}:
            self.google.call("tasks.tasks.clear", self.owner, tasklist=self.lists[name])
        for one in some:
            if one.completed and not one.hidden:
                self._complete(one)

    def _task(self, one: Task) -> None:
        given: Body = _filled(title=one.title, notes=one.note)
        if one.due:
            given["due"] = datetime.combine(one.due, time(), UTC).isoformat().replace("+00:00", "Z")
        more: dict[str, Any] = {"parent": self.tasks[one.parent]} if one.parent else {}
        self.tasks[one.key] = self.google.call("tasks.tasks.insert", self.owner, tasklist=self.lists[one.list],
                                               body=given, **more)["id"]
        if one.completed and one.hidden:
            self._complete(one)

    def _complete(self, one: Task) -> None:
        assert one.completed is not None
        done = one.completed.isoformat().replace("+00:00", "Z")
        self.google.call("tasks.tasks.patch", self.owner, tasklist=self.lists[one.list], task=self.tasks[one.key],
                         body={"status": "completed", "completed": done})


    def filters(self, some: Sequence[Filter]) -> None:
        """Makes filters; whoever they forward to has agreed to that."""
        told = self.google.call("gmail.users.labels.list", self.owner)["labels"]
        ids = {one["name"]: one["id"] for one in told}
        for address in {one.forward for one in some if one.forward}:
            self.google.call("gmail.users.settings.forwardingAddresses.create", self.owner,
                             body={"forwardingEmail": address})
            self.google.act("gmail.verify_forwarding", self.owner, address=address)
        for one in some:
            self.google.call("gmail.users.settings.filters.create", self.owner, body=filter_body(one, ids))

    def vacation(self, one: Vacation) -> None:
        """Switches the responder on, or leaves it off with its text."""
        self.google.call("gmail.users.settings.updateVacation", self.owner, body=vacation_body(one))


def filter_body(one: Filter, labels: dict[str, str]) -> Body:
    """A filter as the Gmail API takes it; `labels` are ids by names."""
    add = [labels[name] for name in one.labels] + list(one.said)
    add += ["STARRED"] * one.star + ["TRASH"] * one.trash
    remove = ["INBOX"] * one.archive + ["UNREAD"] * one.read + ["SPAM"] * one.never_spam
    action: Body = {name: ids for name, ids in (("addLabelIds", add), ("removeLabelIds", remove)) if ids}
    return {"criteria": dict(one.ask), "action": action | ({"forward": one.forward} if one.forward else {})}


def vacation_body(one: Vacation) -> Body:
    """The responder as the Gmail API takes it; times are milliseconds."""
    found: Body = {"enableAutoReply": one.on, "responseSubject": one.subject, "restrictToContacts": one.contacts_only,
                   "restrictToDomain": one.domain_only}
    found |= {"responseBodyHtml": one.html} if one.html else {"responseBodyPlainText": one.text}
    for name, when in (("startTime", one.start), ("endTime", one.end)):
        if when is not None:
            found[name] = str(int(when.timestamp() * 1000))
    return found
