"""Gmail's filters and other settings of the Google emulator: what is taken, what is refused, what becomes of mail."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from google.oauth2.credentials import Credentials
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError

from emulators.google import GoogleEmulator, NotPossibleError
from emulators.google.control import Control
from emulators.google.errors import ApiError
from emulators.google.filters.filters import Delivered
from emulators.google.filters.mail import Mail, composed
from emulators.google.filters.matching import Judged, criteria
from emulators.google.filters.query import UnclearError
from tests.contract.google_emulator.app import BACK, CLAIRE, Clock

SETTINGS = "gmail.users.settings"
BASIC = "https://www.googleapis.com/auth/gmail.settings.basic"
READ = {"removeLabelIds": ["UNREAD"]}
SHOP = {"from": ["Big Shop <Orders@mail.shop.example>"], "to": [("Claire M.", CLAIRE)], "cc": "list@example.org",
        "subject": "Your weekly report 01.2047-100: AT&T", "text": "The invoice number_7 is attached, Zoë.",
        "attachments": ["Invoice 12.PDF"], "list-id": "News <news.shop.example>", "message-id": "<M1@shop.example>"}


@dataclass
class World:
    """Claire's settings."""

    google: GoogleEmulator

    def call(self, method: str, **given: Any) -> dict[str, Any]:
        return self.google.call(f"{SETTINGS}.{method}", CLAIRE, **given)

    def filter(self, action: dict[str, Any], **stated: Any) -> str:
        made = self.call("filters.create", body={"criteria": stated, "action": action})
        return str(made["id"])

    def label(self, name: str) -> str:
        shown = {"labelListVisibility": "labelShow", "messageListVisibility": "show"}
        return str(self.google.call("gmail.users.labels.create", CLAIRE, body={"name": name, **shown})["id"])

    def deliver(self, **changes: Any) -> Delivered:
        return self.google.deliver(CLAIRE, SHOP | changes)


@pytest.fixture
def world() -> Iterator[World]:
    with GoogleEmulator(clock=Clock()) as google:
        google.add_person(CLAIRE, "Claire Martin", aliases=["c.martin@example.org"])
        google.add_client("web", redirect_uris=[BACK])
        yield World(google)


def refused(world: World, method: str, **given: Any) -> tuple[int, str]:
    with pytest.raises(ApiError) as error:
        world.call(method, **given)
    return error.value.code, error.value.reason


def test_googles_own_client_makes_lists_and_deletes_filters(world: World) -> None:
    """The id is Google's; none at all is no field; what says nothing is not kept; the same filter again is refused."""
    label = world.label("Shops")
    token = world.google.consent(CLAIRE, [BASIC])["access_token"]
    with build("gmail", "v1", credentials=Credentials(token), static_discovery=True,
               client_options={"api_endpoint": world.google.url}) as gmail:
        filters = gmail.users().settings().filters()
        assert filters.list(userId="me").execute() == {}
        asked = {"from": "shop.example", "subject": "  Your   report ", "hasAttachment": False}
        body = {"id": "mine", "criteria": asked,
                "action": {"addLabelIds": [label], "removeLabelIds": ["INBOX"], "forward": ""}}
        made = filters.create(userId="me", body=body).execute()
        assert filters.list(userId="me").execute() == {"filter": [made]}
        assert filters.get(userId="me", id=made["id"]).execute() == made
        with pytest.raises(HttpError) as again:
            filters.create(userId="me", body=body).execute()
        filters.delete(userId="me", id=made["id"]).execute()
        with pytest.raises(HttpError) as gone:
            filters.delete(userId="me", id=made["id"]).execute()

    assert made["id"] != "mine"
    assert made["criteria"] == {"from": "shop.example", "subject": "Your report"}
    assert made["action"] == {"addLabelIds": [label], "removeLabelIds": ["INBOX"]}
    assert (again.value.status_code, gone.value.status_code) == (400, 404)


@pytest.mark.parametrize(("stated", "action", "expected"), [
    ({}, READ, (400, "invalidArgument")), ({"excludeChats": True}, READ, (400, "invalidArgument")),
    ({"from": "a"}, {}, (400, "invalidArgument")), ({"from": "a"}, {"forward": ""}, (400, "invalidArgument")),
    ({"size": 3}, READ, (400, "invalidArgument")), ({"sizeComparison": "larger"}, READ, (400, "invalidArgument")),
    ({"size": 3, "sizeComparison": "equal"}, READ, (400, "invalid")), ({"size": "3"}, READ, (400, "invalid")),
    ({"from": "a"}, {"addLabelIds": ["Label_9"]}, (400, "invalidArgument")),
    ({"from": "a"}, {"addLabelIds": ["SPAM"]}, (400, "invalidArgument")),
    ({"from": "a"}, {"removeLabelIds": ["STARRED"]}, (400, "invalidArgument")),
    ({"from": "a"}, {"addLabelIds": ["IMPORTANT"], "removeLabelIds": ["IMPORTANT"]}, (400, "invalidArgument")),
    ({"from": "a"}, {"addLabelIds": ["CATEGORY_SOCIAL", "CATEGORY_FORUMS"]}, (400, "invalidArgument")),
    ({"from": "a"}, {"addLabelIds": ["Label_1", "Label_2"]}, (400, "invalidArgument")),
    ({"from": "a"}, {"forward": "bo@example.org"}, (400, "failedPrecondition")),
    ({"form": "a"}, READ, (400, "badRequest")), ({"query": "a|b"}, READ, (501, "notImplemented")),
])
def test_filters_that_google_refuses(world: World, stated: Any, action: Any, expected: tuple[int, str]) -> None:
    """Nothing to look for, nothing to do, labels that no filter takes, two labels, an address nobody has confirmed."""
    world.label("One")
    world.label("Two")
    world.call("forwardingAddresses.create", body={"forwardingEmail": "bo@example.org"})
    assert refused(world, "filters.create", body={"criteria": stated, "action": action}) == expected


def test_a_thousand_filters_and_no_more(world: World) -> None:
    """The limit of the API's document; a label's name is taken once, in whatever case."""
    for number in range(1000):
        world.filter(READ, subject=f"word{number}")
    more = {"criteria": {"subject": "more"}, "action": READ}
    assert refused(world, "filters.create", body=more) == (400, "failedPrecondition")
    world.call("filters.delete", id=world.call("filters.list")["filter"][0]["id"])
    world.call("filters.create", body=more)
    world.label("Shops")
    with pytest.raises(ApiError, match="409"):
        world.label("SHOPS")


@pytest.mark.parametrize(("stated", "expected"), [
    ({"from": "shop"}, True), ({"from": "sho"}, False), ({"from": "shops"}, False), ({"from": "big orders"}, True),
    ({"from": '"orders big"'}, False), ({"from": '"big shop"'}, True), ({"from": "shop.example"}, True),
    ({"from": "@mail.shop.example"}, True), ({"from": "*@shop.example"}, True), ({"from": "mail-shop"}, True),
    ({"from": "orders@mail.shop.example"}, True), ({"from": "orders@shop.example"}, False), ({"from": "orders@"}, True),
    ({"from": "amy OR big"}, True), ({"from": "{amy bo}"}, False), ({"from": "(big -shop)"}, False),
    ({"to": "claire"}, True), ({"to": "list@example.org"}, True), ({"to": "me"}, True), ({"to": "shop"}, False),
    ({"subject": "weekly report"}, True), ({"subject": "report weekly"}, None),
    ({"subject": "report daily"}, False), ({"subject": "(report weekly)"}, True),
    ({"subject": "[Weekly Report]"}, True), ({"subject": "{daily weekly}"}, True), ({"subject": "-weekly"}, False),
    ({"query": "invoice weekly"}, True), ({"query": '"invoice weekly"'}, False), ({"query": "number"}, False),
    ({"query": "number_7"}, True), ({"query": "01.2047 100"}, True), ({"query": "2047"}, False),
    ({"query": "zoë"}, True), ({"query": "Invoice.pdf OR +report"}, True), ({"query": "AT&T"}, True),
    ({"query": "from:(big shop) subject:report"}, True), ({"query": "from:big AND -to:bo"}, True),
    ({"query": "{from:amy from:bo} weekly"}, False), ({"query": "-(weekly daily)"}, True),
    ({"query": "cc:list to:claire -bcc:list"}, True), ({"query": "cc:claire"}, False),
    ({"query": "list:(news.shop.example)"}, True), ({"query": "list:<news.shop.example>"}, True),
    ({"query": "filename:pdf"}, True), ({"query": 'filename:"invoice 12.pdf"'}, True),
    ({"query": "filename:invoice"}, False),
    ({"query": "has:attachment larger:100 smaller:1M"}, True), ({"query": "larger:10M"}, False),
    ({"query": f"deliveredto:{CLAIRE}"}, True), ({"query": "deliveredto:c.martin@example.org"}, False),
    ({"query": "rfc822msgid:<m1@shop.example>"}, True), ({"query": "older_than:1d"}, False),
    ({"query": "newer_than:2m"}, True), ({"query": "is:unread invoice"}, False),
    ({"query": "{is:starred weekly}"}, True),
    ({"query": "-is:unread weekly"}, None), ({"query": "-in:inbox daily"}, False), ({"query": "has:drive"}, None),
    ({"query": "after:2027/01/01"}, None), ({"query": "category:social"}, None), ({"query": "in:anywhere"}, None),
    ({"negatedQuery": "invoice"}, False), ({"negatedQuery": "{daily yearly}"}, True),
    ({"negatedQuery": "label:x"}, None), ({"negatedQuery": "daily weekly"}, None),
    ({"negatedQuery": "invoice weekly"}, False), ({"negatedQuery": "daily yearly"}, True),
    ({"query": "weekly OR daily yearly"}, None), ({"query": "weekly OR daily invoice"}, True),
    ({"query": "daily OR yearly AND invoice"}, False),
    ({"hasAttachment": True}, True), ({"size": 100, "sizeComparison": "larger"}, True),
    ({"size": 100, "sizeComparison": "smaller"}, False), ({"from": "big", "subject": "daily"}, False),
])
def test_what_a_filter_matches(stated: dict[str, Any], expected: bool | None) -> None:
    """Whole words in one case, phrases, fields, groups; None where no document of Google's decides."""
    own = frozenset((CLAIRE, "c.martin@example.org"))
    assert Judged(mail=Mail(composed(SHOP), CLAIRE), own=own).matches(criteria(stated)) is expected


@pytest.mark.parametrize("query", [
    "{a OR b AND c}", "(a", "a)", '"a', "OR a", "a OR", "()", "{}", "-", "a - b", "--a",
    "a|b", "a!b", "wild*", "from: a", "colour:red", "from:(to:a)", "larger:big", "older_than:week", "a AROUND 5 b",
    "from:a@b", "deliveredto:claire", '"..."', "from:a,b",
])
def test_searches_that_no_document_explains(query: str) -> None:
    """A filter with one cannot be made here."""
    with pytest.raises(UnclearError):
        criteria({"query": query})


def test_every_filter_that_matches_is_applied(world: World) -> None:
    """Labels of all of them, the inbox left by one, read by another; what matches none is in the inbox, unread."""
    shops, reports = world.label("Shops"), world.label("Reports/Weekly")
    first = world.filter({"addLabelIds": [shops], "removeLabelIds": ["INBOX"]}, **{"from": "shop"})
    second = world.filter({"addLabelIds": [reports], **READ}, subject="weekly report")
    world.filter({"addLabelIds": ["TRASH"]}, query="daily")
    third = world.filter({"addLabelIds": ["STARRED"], "removeLabelIds": ["IMPORTANT"]}, hasAttachment=True)

    assert world.deliver() == Delivered(
        labels=tuple(sorted((shops, reports, "STARRED"))), names=("Reports/Weekly", "Shops"), forwarded_to=(),
        filters=(first, second, third), trashed=False, archived=True, starred=True, read=True, spam=False,
        important=False)
    plain = world.google.deliver(CLAIRE, composed({"from": "bo@example.org", "to": CLAIRE, "subject": "Hi"}))
    assert (plain.labels, plain.filters, plain.archived, plain.read, plain.important) == (
        ("INBOX", "UNREAD"), (), False, False, None)


def test_mail_is_trashed_forwarded_or_kept_from_spam(world: World) -> None:
    """Forwarding goes to confirmed addresses, from the trash too; without a filter for it spam is spam."""
    world.google.act("gmail.verify_forwarding", CLAIRE, address="Bo@example.org")
    world.filter({"addLabelIds": ["TRASH"], "forward": "bo@example.org"}, query="daily")
    world.filter({"removeLabelIds": ["SPAM"], "addLabelIds": ["CATEGORY_PROMOTIONS"]}, to="c.martin@example.org")
    daily = world.deliver(subject="Daily")
    assert (daily.trashed, daily.archived, daily.forwarded_to) == (True, False, ("bo@example.org",))
    assert "INBOX" not in daily.labels
    assert (world.google.deliver(CLAIRE, SHOP, spam=True).labels) == ("SPAM", "UNREAD")
    kept = world.google.deliver(CLAIRE, SHOP | {"to": "c.martin@example.org"}, spam=True)
    assert kept.labels == ("CATEGORY_PROMOTIONS", "INBOX", "UNREAD")
    with pytest.raises(NotPossibleError, match="spam"):
        world.google.deliver(CLAIRE, SHOP | {"subject": "daily"}, spam=True)


def test_all_mail_may_be_sent_on(world: World) -> None:
    """By auto-forwarding, but for spam; where that does more than sending, nobody says what comes."""
    world.google.act("gmail.verify_forwarding", CLAIRE, address="bo@example.org")
    on = {"enabled": True, "emailAddress": "bo@example.org"}
    world.call("updateAutoForwarding", body=on)
    assert world.deliver().forwarded_to == ("bo@example.org",)
    assert world.google.deliver(CLAIRE, SHOP, spam=True).forwarded_to == ()
    world.call("updateAutoForwarding", body=on | {"disposition": "trash"})
    with pytest.raises(NotPossibleError, match="trash"):
        world.deliver()


PICTURE = b"""From: a@example.org\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n\
--b\r\nContent-Type: text/html; charset=x-nobody-knows\r\n\r\n<style>hidden</style><p>Caf\xc3\xa9&nbsp;<b>bar</b>\r\n\
--b\r\nContent-Type: image/png\r\nContent-ID: <1>\r\n\r\nx\r\n--b--\r\n"""
INSIDE = b"""From: a@example.org\r\nMIME-Version: 1.0\r\nContent-Type: message/rfc822\r\n\
Content-Disposition: attachment\r\n\r\nSubject: inside\r\n\r\nhello\r\n"""


@pytest.mark.parametrize(("raw", "query", "expected"), [
    (PICTURE, '"café bar"', True), (PICTURE, "hidden", False), (PICTURE, "has:attachment", True),
    (INSIDE, "has:attachment", True), (b"\r\nno header", "header", True), (b"", "a", False),
    (b"From: =?x?b?= <\r\n\tSubject\xff: \r\n\r\n\xff", "from:a", False),
])
def test_mail_as_others_send_it(raw: bytes, query: str, expected: bool) -> None:
    """HTML is read as people read it; a picture and a message inside are attachments; broken mail breaks nothing."""
    judged = Judged(mail=Mail(raw, CLAIRE), own=frozenset({CLAIRE}))
    assert judged.matches(criteria({"query": query})) is expected


def test_what_no_document_decides_is_not_guessed(world: World) -> None:
    """A filter whose match is unknown stops the delivery of mail that it might match, and of no other."""
    world.filter(READ, query="weekly -in:inbox")
    world.filter({"addLabelIds": ["IMPORTANT"]}, query="report")
    world.filter({"removeLabelIds": ["IMPORTANT"]}, query="daily")
    assert world.deliver(subject="yearly report").important is True
    with pytest.raises(NotPossibleError, match="weekly -in:inbox"):
        world.deliver()
    with pytest.raises(NotPossibleError, match="contradict"):
        world.deliver(subject="daily report")


def test_mail_is_delivered_from_another_process(world: World) -> None:
    """As base64, or as fields, over the control interface."""
    world.filter(READ, **{"from": "shop"})
    control = Control(world.google.control_url)
    for message in (SHOP, b64encode(composed(SHOP)).decode()):
        assert control.call("deliver", address=CLAIRE, message=message)["read"] is True


def test_the_vacation_responder(world: World) -> None:
    """Times are text in milliseconds, HTML is sanitised and wins over plain text; rules of the document are kept."""
    assert world.call("getVacation") == {"enableAutoReply": False}
    html = '<p onclick="x()">Back <b>soon</b>&nbsp;<script>bad()</script><a href="javascript:x">here</a></p>'
    body = {"enableAutoReply": True, "responseSubject": "Away", "responseBodyHtml": html, "startTime": 1800000000000,
            "responseBodyPlainText": "Back soon", "endTime": "1800086400000", "restrictToDomain": True}
    held = world.call("updateVacation", body=body)
    assert held == world.call("getVacation") == {
        "enableAutoReply": True, "responseSubject": "Away", "startTime": "1800000000000", "endTime": "1800086400000",
        "responseBodyHtml": "<p>Back <b>soon</b>&nbsp;<a>here</a></p>", "restrictToDomain": True}
    for wrong in ({"enableAutoReply": True}, {"enableAutoReply": True, "responseBodyHtml": "<script>x</script>"},
                  {"startTime": "2", "endTime": "2"}):
        assert refused(world, "updateVacation", body=wrong) == (400, "invalidArgument")
    world.google.add_person("mia@gmail.com")
    with pytest.raises(ApiError):
        world.google.call(f"{SETTINGS}.updateVacation", "mia@gmail.com", body={"restrictToDomain": True})
    plain = world.call("updateVacation", body={"responseBodyPlainText": "Off"})
    assert plain == {"enableAutoReply": False, "responseBodyPlainText": "Off"}


def test_addresses_to_forward_to_and_to_send_as(world: World) -> None:
    """A new one is pending until it is confirmed; the primary address has no status, aliases have."""
    assert world.call("forwardingAddresses.list") == {}
    assert world.call("forwardingAddresses.create", body={"forwardingEmail": "bo@example.org"}) == {
        "forwardingEmail": "bo@example.org", "verificationStatus": "pending"}
    assert refused(world, "updateAutoForwarding", body={"enabled": True, "emailAddress": "bo@example.org"})[0] == 400
    world.google.act("gmail.verify_forwarding", CLAIRE, address="bo@example.org")
    assert world.call("forwardingAddresses.list")["forwardingAddresses"][0]["verificationStatus"] == "accepted"
    world.call("updateAutoForwarding", body={
        "enabled": True, "emailAddress": "bo@example.org", "disposition": "archive"})
    assert world.call("getAutoForwarding")["disposition"] == "archive"
    sent = world.call("sendAs.list")["sendAs"]
    assert [(one["sendAsEmail"], one.get("isPrimary"), one.get("verificationStatus")) for one in sent] == [
        (CLAIRE, True, None), ("c.martin@example.org", None, "accepted")]
    assert refused(world, "sendAs.get", sendAsEmail="x@example.org")[0] == 404
