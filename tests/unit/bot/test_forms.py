"""What is typed into forms, parsed once."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import ids, offers
from bot.stored.drafts import Draft, Verdict
from bot.views import dialogs, forms, migrate_form
from bot.views.asked_forms import Asked, asked
from bot.views.forms import Errors, Filled
from emulators.slack import form
from engine.errors import Cause, Side
from engine.migration.account import Account
from engine.migration.content import Content
from engine.systems import EWS_PATH, System, Transport
from tests.unit.bot.records import EVIL, NOW, OWNER, TASK, anything, migration

OFFERS = offers.read()
SECRET = "s3cret-Passw0rd"
DRAFT = Draft(TASK, "T0", OWNER, "", NOW, edition=3)
GOOD = {
    "source_server": "imap.example.org", "source_login": "carol@example.org", "source_password_3": "one",
    "destination_server_3": "ex.example.com", "destination_login": "carol@example.com",
    "destination_password_3": "two",
}


def typed(values: dict[str, Any], draft: Draft = DRAFT) -> form.State:
    """The state of the draft's own form after somebody has filled it in."""
    view = migrate_form.migration_form(draft, OFFERS, sends_email=True)
    state = form.initial(view["blocks"])
    for block in view["blocks"]:
        if block.get("block_id") in values:
            element = block["element"]
            state[block["block_id"]] = {element["action_id"]: form.filled(element, values[block["block_id"]])}
    return state


def parse(draft: Draft = DRAFT, **changes: Any) -> Filled | Errors:
    """What comes of a good form with some changes."""
    return forms.parse_migration(typed({**GOOD, **changes}, draft), draft, OFFERS)


def filled(**changes: Any) -> Filled:
    """The same, where nothing is wrong."""
    found = parse(**changes)
    assert isinstance(found, Filled), found
    return found


def wrong(draft: Draft = DRAFT, **changes: Any) -> dict[str, str]:
    """The same, where something is wrong."""
    found = parse(draft, **changes)
    assert isinstance(found, Errors)
    return dict(found.by_block)


def test_a_form_becomes_a_request() -> None:
    """Both accounts, what moves, and the passwords beside them, where no repr shows them."""
    found = filled()

    assert found.request.source == Account(
        System.IMAP, "carol@example.org", "imap.example.org", 993, Transport.TLS)
    assert found.request.destination == Account(
        System.EXCHANGE, "carol@example.com", "ex.example.com", 443, Transport.TLS, EWS_PATH)
    assert found.request.contents == (Content.MAIL,)
    assert found.secrets == {Side.SOURCE: "one", Side.DESTINATION: "two"}
    assert "one" not in repr(found.secrets)
    assert "password" not in repr(found)


@pytest.mark.parametrize(("server", "host", "port", "transport"), [
    (" imap.example.org ", "imap.example.org", 993, Transport.TLS),
    ("IMAP.Example.org.", "imap.example.org", 993, Transport.TLS),
    ("imap.example.org:143", "imap.example.org", 143, Transport.STARTTLS),
    ("imap.example.org:1993", "imap.example.org", 1993, Transport.TLS),
    ("imaps://imap.example.org", "imap.example.org", 993, Transport.TLS),
    ("imaps://imap.example.org:143/", "imap.example.org", 143, Transport.TLS),
    ("imap+starttls://imap.example.org:1143", "imap.example.org", 1143, Transport.STARTTLS),
    ("imap://imap.example.org", "imap.example.org", 993, Transport.TLS),
    ("imap://imap.example.org:143", "imap.example.org", 143, Transport.STARTTLS),
    ("https://imap.example.org/", "imap.example.org", 993, Transport.TLS),
    ("<https://imap.example.org|imap.example.org>", "imap.example.org", 993, Transport.TLS),
    ("<http://imap.example.org:143>", "imap.example.org", 143, Transport.STARTTLS),
    ("2001:db8::1", "2001:db8::1", 993, Transport.TLS),
    ("[2001:DB8::1]:143", "2001:db8::1", 143, Transport.STARTTLS),
    ("192.0.2.7", "192.0.2.7", 993, Transport.TLS),
    ("imap.münchen.example", "imap.xn--mnchen-3ya.example", 993, Transport.TLS),
    ("imap.faß.example", "imap.xn--fa-hia.example", 993, Transport.TLS),
])
def test_the_source_server_is_read_as_people_write_it(
    server: str, host: str, port: int, transport: Transport
) -> None:
    """A port of 143 means STARTTLS, any other TLS; nothing is ever sent in clear text."""
    source = filled(source_server=server).request.source

    assert (source.host, source.port, source.transport) == (host, port, transport)


@pytest.mark.parametrize(("server", "port", "transport"), [
    ("pop.example.org", 995, Transport.TLS),
    ("pop.example.org:110", 110, Transport.STARTTLS),
    ("pop.example.org:143", 143, Transport.TLS),
    ("pop3s://pop.example.org", 995, Transport.TLS),
    ("pop3+starttls://pop.example.org:1110", 1110, Transport.STARTTLS),
    ("pop3://pop.example.org", 995, Transport.TLS),
    ("<http://pop.example.org:110>", 110, Transport.STARTTLS),
])
def test_a_pop3_server_has_ports_of_its_own(server: str, port: int, transport: Transport) -> None:
    """Once POP3 is chosen, 110 means STARTTLS, any other port TLS, and mail alone moves."""
    found = filled(source_kind="pop3", source_server=server)

    assert found.request.source == Account(System.POP3, "carol@example.org", "pop.example.org", port, transport)
    assert found.request.contents == (Content.MAIL,)
    assert forms.request_of(found.fields) == found.request


@pytest.mark.parametrize("server", [
    "mail.example.org", "https://mail.example.org/owa", "<https://mail.example.org/EWS/Exchange.asmx>",
])
def test_an_exchange_that_is_left_is_read_as_people_write_it(server: str) -> None:
    """Its name, the address of its webmail that stands in the browser, or that of its web service."""
    found = filled(source_kind="exchange", source_server=server)

    assert found.request.source == Account(
        System.EXCHANGE, "carol@example.org", "mail.example.org", 443, Transport.TLS, EWS_PATH)
    assert forms.request_of(found.fields) == found.request
    assert "server's name" in wrong(source_kind="exchange", source_server="imaps://mail.example.org")["source_server"]


def test_an_address_of_another_kind_is_refused_at_its_field() -> None:
    """A POP3 address belongs to no IMAP account, and the other way round."""
    assert "imap.example.org" in wrong(source_server="pop3s://mail.example.org")["source_server"]
    assert "pop.example.org" in wrong(source_kind="pop3", source_server="imap://mail.example.org")["source_server"]


def test_a_pop3_server_at_an_odd_port_may_encrypt_later() -> None:
    """The form that is tried next where a port does not speak TLS from the start."""
    odd = forms.upgraded(filled(source_kind="pop3", source_server="pop.example.org:1110").fields)

    assert forms.request_of(odd).source.transport is Transport.STARTTLS
    assert forms.upgraded(filled(source_kind="pop3").fields) is None


@pytest.mark.parametrize(("server", "host", "port", "path"), [
    ("ex.example.com:4443", "ex.example.com", 4443, EWS_PATH),
    ("https://ex.example.com/EWS/Exchange.asmx", "ex.example.com", 443, EWS_PATH),
    ("https://ex.example.com:4443/ews/exchange.asmx", "ex.example.com", 4443, "/ews/exchange.asmx"),
    ("https://ex.example.com/owa/", "ex.example.com", 443, EWS_PATH),
    ("<https://ex.example.com/EWS/Exchange.asmx>", "ex.example.com", 443, EWS_PATH),
    ("http://ex.example.com", "ex.example.com", 443, EWS_PATH),
    ("ews+https://ex.example.com", "ex.example.com", 443, EWS_PATH),
    ("2001:db8::2", "2001:db8::2", 443, EWS_PATH),
])
def test_the_destination_is_a_server_or_the_address_of_its_service(
    server: str, host: str, port: int, path: str
) -> None:
    """A name, a name with a port, the EWS address, or the address of the web mail next to it."""
    destination = filled(destination_server_3=server).request.destination

    assert (destination.host, destination.port, destination.path) == (host, port, path)
    assert destination.transport is Transport.TLS


@pytest.mark.parametrize("server", [
    "two words", "ann@example.org", f"imaps://ann:{SECRET}@host", f"https://ann:{SECRET}@host/",
    f"{SECRET}@host:99", "host:0", "host:port", "host:70000", "ftp://host", "://host", "host?x=1", "host#x", "-host",
    "a..b", "a" * 64 + ".example", "[::1", "::1%eth0", "host℀example", "https://", f"{SECRET}!", "ho\tst", "\ud800",
    "host:1:2", *EVIL[:3],
])
@pytest.mark.parametrize("block", ["source_server", "destination_server_3"])
def test_a_server_that_cannot_be_is_refused_at_its_field(block: str, server: str) -> None:
    """The complaint stands at that field, says what to type, and never repeats what was typed."""
    found = parse(**{block: server})

    assert isinstance(found, Errors)
    assert set(found.by_block) == {block}
    assert SECRET not in str(found)
    assert len(found.by_block[block]) > 20


@pytest.mark.parametrize(("server", "host", "path"), [
    ("ex.example.org", "ex.example.org", EWS_PATH),
    ("https://ex.example.org/ews/exchange.asmx", "ex.example.org", "/ews/exchange.asmx"),
    ("https://ex.example.org/owa/", "ex.example.org", EWS_PATH),
    (" ", "", EWS_PATH),
])
def test_an_exchange_source_is_read_as_an_exchange_destination(server: str, host: str, path: str) -> None:
    """A name, the address of its service or of its web mail; or nothing, where its login is an address."""
    found = filled(source_kind="exchange", source_server=server)

    assert found.request.source == Account(System.EXCHANGE, "carol@example.org", host, 443, Transport.TLS, path)
    assert forms.request_of(found.fields) == found.request
    assert forms.upgraded(found.fields) is None
    assert wrong(source_kind="exchange", source_server=" ", source_login="CORP\\carol") == {
        "source_server": "Type the name of the source server, such as mail.example.org."
    }


def test_a_field_that_came_up_anew_is_read_and_complained_of_by_its_new_name() -> None:
    """The source server's, when one was looked up: another field on the screen, filled in."""
    verdict = Verdict("It is said to be there.", Cause.UNCONFIRMED, Side.SOURCE)
    fields = replace(DRAFT.fields, source_kind="exchange", source_server="ex.hoster.example")
    draft = replace(DRAFT, fields=fields, verdict=verdict)
    good = {name: text for name, text in GOOD.items() if name != "source_server"}

    found = forms.parse_migration(typed(good, draft), draft, OFFERS)
    refused = forms.parse_migration(typed({**good, "source_server_3": "two words"}, draft), draft, OFFERS)

    assert isinstance(found, Filled)
    assert found.request.source.host == "ex.hoster.example"
    assert isinstance(refused, Errors)
    assert set(refused.by_block) == {"source_server_3"}


@pytest.mark.parametrize("server", ["", "  "])
def test_a_source_s_server_is_typed(server: str) -> None:
    """There is nothing to look it up by."""
    assert wrong(source_server=server) == {"source_server": "Type the server's name, such as mail.example.org."}


@pytest.mark.parametrize("login", ["carol@example.com", " <mailto:carol@example.com|carol@example.com> "])
def test_a_destination_whose_login_is_an_address_needs_no_server(login: str) -> None:
    """It is to be looked up before anybody signs in; an account without a server says so itself."""
    found = filled(destination_server_3=" ", destination_login=login)

    assert (found.request.destination.host, found.request.destination.login) == ("", "carol@example.com")
    assert forms.request_of(found.fields) == found.request
    named = forms.request_of(forms.with_server(found.fields, Side.DESTINATION, "ex.example.com:4443")).destination
    assert named == filled(destination_server_3="ex.example.com:4443").request.destination


def test_an_imap_address_is_no_exchange_server_and_a_page_no_imap_server() -> None:
    """Each side is told what belongs there."""
    assert "imap.example.org" in wrong(source_server="https://imap.example.org/webmail")["source_server"]
    assert "https://" in wrong(destination_server_3="imaps://ex.example.com")["destination_server_3"]
    assert "only the server's name" in wrong(destination_server_3="https://ex.example.com/foo")["destination_server_3"]


@pytest.mark.parametrize("typed", [
    {"source_server": "a:99999"}, {"source_login": "a" * 1025}, {"source_login": "a\x00b"}, {"source_server": "?"},
    {"destination_server_3": "https://ex.example.com/foo"}, {"destination_server_3": "ex.example.com?a=b"},
])
def test_what_stands_below_a_field_is_a_sentence(typed: dict[str, str]) -> None:
    """It ends with a full stop, whether the form or the engine says it."""
    said = wrong(**typed)

    assert said
    assert all(words.endswith(".") for words in said.values())


@pytest.mark.parametrize("login", ["", "   ", "a" * 1025, "a\x00b", "\ud800"])
@pytest.mark.parametrize("block", ["source_login", "destination_login"])
def test_a_login_that_cannot_be_is_refused_at_its_field(block: str, login: str) -> None:
    """The engine's own rules hold in the form."""
    assert set(wrong(**{block: login})) == {block}


def test_a_login_that_slack_made_a_link_of_is_the_login() -> None:
    """`<mailto:…|…>` is what Slack makes of a mail address."""
    found = filled(source_login="<mailto:carol@example.org|carol@example.org>", destination_login=" CORP\\carol ")

    assert found.request.source.login == "carol@example.org"
    assert found.request.destination.login == "CORP\\carol"


def test_a_password_is_needed_unless_it_is_kept() -> None:
    """Each missing one is asked for at its own field; one that is in the vault may stay there, or be replaced."""
    kept = replace(DRAFT, kept=frozenset({Side.SOURCE}))
    empty = {"source_password_3": "", "destination_password_3": ""}

    assert set(wrong(**empty)) == {"source_password_3", "destination_password_3"}
    assert set(wrong(kept, **empty)) == {"destination_password_3"}
    assert parse(kept, source_password_3="").secrets == {Side.DESTINATION: "two"}
    assert parse(kept).secrets == {Side.SOURCE: "one", Side.DESTINATION: "two"}


def test_a_password_is_taken_as_it_is() -> None:
    """Spaces and angle brackets may belong to it."""
    assert filled(source_password_3=" <mailto:x> ").secrets[Side.SOURCE] == " <mailto:x> "


@pytest.mark.parametrize(("typed_in", "parsed"), [
    ("", ""), (" it@example.org ", "it@example.org"), ("<mailto:it@example.org|it@example.org>", "it@example.org"),
    ("it+omm@münchen.example", "it+omm@xn--mnchen-3ya.example"),
])
def test_a_third_party_is_an_address_or_nothing(typed_in: str, parsed: str) -> None:
    """What can be sent to is kept as it is sent to."""
    assert filled(notify=typed_in).fields.notify == parsed


@pytest.mark.parametrize("address", [
    "it", "it@", "@example.org", "it@example", "i t@example.org", "it@example.org\nBcc: x@example.org",
    "it@@example.org", ".it@example.org", "it.@example.org", "i..t@example.org", "it@a..b", "a" * 65 + "@example.org",
    "it@exa mple.org", "it@" + "a." * 130 + "org", "a" * 60 + "@" + "b." * 97 + "org",
    "a@example.org, b@example.org", "It <it@example.org>",
])
def test_a_third_party_without_an_address_is_refused(address: str) -> None:
    """Nobody finds out days later that a mail could not be sent."""
    assert set(wrong(notify=address)) == {"notify"}


def test_something_must_move() -> None:
    """No box ticked, and a content that IMAP has not, are refused at the boxes."""
    values = typed(GOOD)
    values["contents"] = {"v": {"type": "checkboxes", "selected_options": []}}
    none = forms.parse_migration(values, DRAFT, OFFERS)
    values["contents"] = {"v": {"type": "checkboxes", "selected_options": [{"value": "tasks"}, {"value": "mail"}]}}
    too_much = forms.parse_migration(values, DRAFT, OFFERS)

    assert none == Errors({"contents": "Choose what to migrate."})
    assert too_much == Errors({"contents": "Only mail can be migrated from IMAP (all folders)."})


def test_between_two_exchanges_what_is_ticked_moves() -> None:
    """In the order of the steps, category colours with mail; an error stands at the boxes as they are on the screen."""
    values = typed({**GOOD, "source_server": "mail.example.net"})
    values["source_kind"] = {"v": {"type": "static_select", "selected_option": {"value": "exchange"}}}
    values.pop("contents", None)
    for ticked, chosen, moved in (
        (["calendars", "mail"], (Content.MAIL, Content.CALENDARS), (Content.COLOURS, Content.MAIL, Content.CALENDARS)),
        (["calendars"], (Content.CALENDARS,), (Content.CALENDARS,)),
    ):
        values["contents_9"] = {"v": {"type": "checkboxes", "selected_options": [{"value": c} for c in ticked]}}
        found = forms.parse_migration(values, DRAFT, OFFERS)
        assert isinstance(found, Filled), found
        assert (found.request.contents, found.fields.contents) == (moved, chosen)
    values["contents_9"] = {"v": {"type": "checkboxes", "selected_options": []}}

    assert forms.parse_migration(values, DRAFT, OFFERS) == Errors({"contents_9": "Choose what to migrate."})


def test_a_mailbox_is_not_moved_into_itself() -> None:
    """The same login on the same server is one mailbox, whatever the protocol."""
    same = {"source_server": "ex.example.com", "source_login": "Carol@example.com"}

    assert set(wrong(**same)) == {"destination_login"}
    assert isinstance(parse(**{**same, "source_server": "other.example.com"}), Filled)


def test_everything_that_is_wrong_is_said_at_once() -> None:
    """Nobody mends one field to hear of the next."""
    nothing = dict.fromkeys(("source_server", "source_login", "destination_server_3", "destination_login"), "")

    assert set(wrong(**nothing, notify="x", source_password_3="")) == {*nothing, "notify", "source_password_3"}


@settings(max_examples=60)
@given(st.lists(anything, min_size=7, max_size=7))
def test_whatever_is_typed_is_a_request_or_errors_at_fields_on_the_screen(held: list[str]) -> None:
    """No text breaks a form; each complaint names an input block that is there, in words that Slack can show."""
    fields = ("source_server", "source_login", "destination_server_3", "destination_login", "notify",
              "source_password_3", "destination_password_3")
    values = typed(dict(zip(fields, held, strict=True)))

    found = forms.parse_migration(values, DRAFT, OFFERS)

    if isinstance(found, Errors):
        assert set(found.by_block) <= set(values)
        assert all(0 < len(words) <= 300 for words in found.by_block.values())


def test_a_form_that_was_checked_asks_for_the_same_again() -> None:
    """What is kept of it makes the same request; a port of one's own may be tried with encryption after a greeting."""
    usual, own = filled(), filled(source_server="imap.example.org:1143")

    assert forms.request_of(usual.fields) == usual.request
    assert forms.upgraded(usual.fields) is None
    assert forms.upgraded(filled(source_server="imaps://imap.example.org:1143").fields) is None
    tried = forms.upgraded(own.fields)
    assert tried is not None
    assert forms.request_of(tried).source.transport is Transport.STARTTLS


def test_a_form_without_the_field_informs_nobody() -> None:
    """Where no e-mail can be sent nobody is asked for, and the form is whole all the same."""
    state = typed(GOOD)
    del state["notify"]

    found = forms.parse_migration(state, DRAFT, OFFERS)

    assert isinstance(found, Filled)
    assert found.fields.notify == ""


@pytest.mark.parametrize("kept", [frozenset(), frozenset({Side.SOURCE}), frozenset(Side)])
def test_a_field_is_called_optional_exactly_when_it_may_stay_empty(kept: frozenset[Side]) -> None:
    """Every field of the form, with and without saved passwords: left empty alone, it is an error or it is optional."""
    draft = replace(DRAFT, kept=kept)
    entries = [
        block for block in migrate_form.migration_form(draft, OFFERS, sends_email=True)["blocks"]
        if block["type"] == "input" and block["element"]["type"] == "plain_text_input"
    ]

    needed = {block["block_id"] for block in entries if isinstance(parse(draft, **{block["block_id"]: ""}), Errors)}

    assert needed == {block["block_id"] for block in entries if not block["optional"]}


FIXED = offers.Offers((
    offers.Offer("any", "Any"), offers.Offer("first", "First", "mail.first.example"),
    offers.Offer("second", "Second", "mail.second.example"),
))


@pytest.mark.parametrize(("before", "held", "chosen", "after"), [
    ("any", "", "first", "mail.first.example"),
    ("any", "typed.example.org", "first", "typed.example.org"),
    ("first", "mail.first.example", "second", "mail.second.example"),
    ("first", " mail.first.example ", "second", "mail.second.example"),
    ("first", "mail.first.example", "any", ""),
    ("first", "typed.example.org", "any", "typed.example.org"),
])
def test_another_offer_replaces_only_what_an_offer_has_filled_in(
    before: str, held: str, chosen: str, after: str
) -> None:
    """The field comes up anew with that offer's address; what somebody typed, there or elsewhere, stays."""
    draft = replace(DRAFT, fields=replace(DRAFT.fields, offer=before))
    state = typed({**GOOD, "destination_server_3": held, "source_server": "half ty"}, draft)
    state["offer"][ids.Action.OFFER] = {"type": "static_select", "selected_option": {"value": chosen}}

    changed = forms.chosen_anew(state, draft, FIXED)

    assert changed.fields.destination_server == after
    assert (changed.fields.source_server, changed.fields.destination_login) == ("half ty", "carol@example.com")
    again = form.initial(migrate_form.migration_form(changed, FIXED)["blocks"])
    assert (again[f"destination_server_{changed.edition}"]["v"]["value"] or "") == after
    assert (changed.edition == DRAFT.edition) == (after == held)


@pytest.mark.parametrize("offer", OFFERS.every)
def test_a_server_that_was_not_typed_is_asked_for(offer: offers.Offer) -> None:
    """No offer in the box stands in for it, and a login that is no address leads nowhere; the words have an example."""
    said = wrong(destination_server_3=" ", destination_login="CORP\\carol", offer=offer.key)

    assert said == {"destination_server_3": f"Type the name of the destination server, such as {offer.example}."}


def test_the_same_offer_again_changes_nothing() -> None:
    """The first offer, chosen explicitly, does not overwrite the address that was typed."""
    values = typed({**GOOD, "offer": "ovhcloud-hosted-exchange"})

    changed = forms.chosen_anew(values, DRAFT, OFFERS)

    assert changed.edition == DRAFT.edition
    assert changed.fields.destination_server == "ex.example.com"
    assert forms.chosen_anew(values, changed, OFFERS) == changed


def test_fields_that_are_not_on_the_screen_are_the_draft_s() -> None:
    """A view without a field loses nothing."""
    known = replace(DRAFT, fields=replace(DRAFT.fields, source_login="carol", contents=()))

    assert forms.read_fields({}, known) == known.fields


def test_asked_passwords_come_by_side() -> None:
    """Only the sides that were asked for are needed."""
    view = dialogs.password_form(migration(), [Side.DESTINATION], "It was refused.", "rollback", edition=2)
    state = form.initial(view["blocks"])

    assert forms.parse_password(state) == Errors(
        {"destination_password_2": "Type the password of the destination account."})
    state["destination_password_2"]["v"]["value"] = "two"
    assert forms.parse_password(state) == {Side.DESTINATION: "two"}
    assert asked(view["private_metadata"]) == Asked(TASK, "rollback", (Side.DESTINATION,))


def test_a_follower_s_login_and_a_tick_are_read() -> None:
    """The smaller dialogs."""
    state = form.initial(dialogs.follow_form(TASK)["blocks"])
    state["login"]["v"]["value"] = " <mailto:carol@example.org|carol@example.org> "
    ticked = {"discard": {"v": {"type": "checkboxes", "selected_options": [{"value": "discard"}]}}}

    assert forms.parse_follow(state) == "carol@example.org"
    assert forms.discard(ticked)
    assert not forms.discard({"discard": {"v": {"type": "checkboxes", "selected_options": []}}})
    assert not forms.discard({})
    assert forms.confirmed(json.dumps({"task": TASK, "items": 3, "kept": 1})) == forms.Confirmed(TASK, 3, 1)
