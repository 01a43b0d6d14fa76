"""Gmail in the form: access authorised on Google's page in the place of a password, or an app password typed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, cast

import pytest

from bot.ids import Action, Block
from bot.stored.consents import Consent, Status
from bot.stored.drafts import Draft, DraftState
from bot.stored.policies import Policy
from bot.stored.threads import Threads
from bot.work import consented, given_back
from engine.credentials import KINDS
from engine.errors import Cause, FatalError, RetryableError, Side
from engine.migration.content import Content
from engine.migration.giving_back import give_back
from engine.migration.record import State
from engine.migration.request import Choice
from engine.migration.visit import Engine
from engine.pace.halt import Halt
from engine.ports.consent import Consenting, Grant
from engine.store.vault import Secret, Vault
from engine.systems import CredentialKind, System
from tests.contract.slack.conftest import furnished
from tests.contract.slack.test_private_page import kept
from tests.servers.browser.browsers import paged
from tests.servers.browser.private_pages import link, page_only, send, text
from tests.servers.slack.signed_world import KEYS
from tests.servers.slack.world import OWNER, SlackWorld, words
from tests.servers.world import ADDRESS, PASSWORD

ANN, GRANT, APP_PASSWORD = "ann@gmail.com", "what Google has granted", "abcd efgh ijkl mnop"
DESTINATION = {
    Block.DESTINATION_SERVER: "ex.example.org", Block.DESTINATION_LOGIN: ADDRESS, Block.DESTINATION_PASSWORD: PASSWORD,
}


@dataclass
class Returned:
    """Fills in Returning: what went back to Google. `is_away`: True: Google does not answer."""

    secrets: list[str] = field(default_factory=list)
    is_away: bool = False

    def account(self, secret: str) -> str:
        return ANN if secret == GRANT else ""

    def give_back(self, secret: Secret) -> None:
        if self.is_away:
            raise RetryableError("Google does not answer.")
        self.secrets.append(str(secret))


def returned(world: SlackWorld) -> list[str]:
    """What has gone back to Google, after whoever looks after the store has looked."""
    threads, of = Threads(world.redis), (lambda _team: world.services)
    give_back(world.services.engine, partial(given_back.tell, threads, of))
    assert isinstance(world.services.engine.returning, Returned)
    return world.services.engine.returning.secrets


@pytest.fixture
def asks(world: SlackWorld) -> Iterator[SlackWorld]:
    """An OMM that can ask Google for consent, and Ann's mailbox at Google."""
    asking, engine = cast("Consenting", object()), _google(world, GRANT)
    with furnished(world, engine=engine, public_url="https://omm.example.org", consenting=asking) as ours:
        yield ours


@pytest.fixture
def types(world: SlackWorld) -> Iterator[SlackWorld]:
    """An OMM that cannot, and the same mailbox."""
    with furnished(world, engine=_google(world, APP_PASSWORD.replace(" ", ""))) as ours:
        yield ours


def _google(world: SlackWorld, secret: str) -> Engine:
    """The engine, with a mailbox at Google that this secret opens."""
    world.sides.source_password = secret
    world.sides.sources[ANN] = next(iter(world.sides.sources.values()))
    kinds = {CredentialKind.GRANT: KINDS[CredentialKind.PASSWORD], **KINDS}
    google = Returned()
    vault = Vault(world.redis, keys=KEYS, clock=world.services.engine.clock, goes_back=google.account)
    return replace(world.services.engine, credentials=kinds, vault=vault, returning=google)


def open_gmail(world: SlackWorld) -> None:
    """A form with Gmail chosen in it, and mail alone ticked."""
    world.open_form()
    choose(world, Action.SOURCE_KIND, System.GOOGLE.value)
    mail_alone(world)


def mail_alone(world: SlackWorld) -> None:
    world.slack.fill("owner", world.view()["id"], {str(world.block(Block.CONTENTS)["block_id"]): ["mail"]})


def choose(world: SlackWorld, menu: Action, value: str) -> None:
    world.press(menu, where=world.view()["id"], value=value)


def press(world: SlackWorld, button: Action) -> None:
    world.press(button, where=world.view()["id"])


def fill(world: SlackWorld, **typed: str) -> None:
    """Types into the form on top, by the names of its fields."""
    world.slack.fill("owner", world.view()["id"], fields(world, **typed))


def fields(world: SlackWorld, **typed: str) -> dict[str, str]:
    return {str(world.block(name)["block_id"]): value for name, value in typed.items()}


def draft(world: SlackWorld) -> Draft:
    found = world.services.drafts.load(world.view()["private_metadata"])
    assert found is not None
    return found


def consent_comes(world: SlackWorld, address: str = ANN, *, about: str = "", then: str = "") -> Status:
    """What a worker does when the owner of that account has consented, to the form on top or to a migration."""
    until, about = world.clock(), about or draft(world).id
    consent = Consent("0", about, world.team, OWNER, until, "", (Content.MAIL,), then, status=Status.TAKEN)
    person = world.services.people.look(OWNER)
    status = consented.keep(world.services, person, consent, Grant(address, Secret(GRANT)))
    consented.tell(world.services, Halt(), replace(consent, status=status))
    return status


def authorise(world: SlackWorld) -> None:
    press(world, Action.AUTHORISE_FORM)
    consent_comes(world)


def names(world: SlackWorld) -> list[str]:
    return [block["block_id"] for block in world.view()["blocks"]]


def read(world: SlackWorld) -> str:
    return str(words(world.view()["blocks"]))


def buttons(world: SlackWorld) -> dict[str, dict[str, Any]]:
    """The buttons of the form on top, by what they do."""
    return {
        element["action_id"]: element for block in world.view()["blocks"] for element in block.get("elements", ())
        if element.get("type") == "button"
    }


# The way it goes


def test_a_form_is_authorised_and_starts(asks: SlackWorld) -> None:
    """No server and no password is asked for; the account comes up filled in, and what was typed meanwhile stays."""
    open_gmail(asks)
    assert not [name for name in names(asks) if name.startswith((Block.SOURCE_SERVER, "source_password"))]
    assert "not authorised yet" in read(asks)
    fill(asks, **DESTINATION)

    press(asks, Action.AUTHORISE_FORM)
    link = buttons(asks)[Action.AUTHORISE_OPEN]
    assert link["url"].startswith("https://omm.example.org/oauth/google/start/")
    press(asks, Action.AUTHORISE_OPEN)
    consent_comes(asks)

    assert "Authorised as ann@gmail.com" in read(asks)
    assert buttons(asks)[Action.AUTHORISE_FORM]["text"]["text"] == "Authorise another account"
    assert [asks.held(name) for name in (Block.SOURCE_LOGIN, *DESTINATION)] == [ANN, *DESTINATION.values()]
    asks.submit()
    asks.work()
    [task] = asks.tasks()
    assert (task.state, task.request.source.url) == (State.COMPLETED, "gmail://ann@gmail.com")
    assert asks.sides.signed_in == [ANN]
    assert GRANT not in str([call.arguments for call in asks.slack.requests])


def test_a_form_that_is_not_authorised_says_so(asks: SlackWorld) -> None:
    """Beside the button, and nothing that was typed is lost."""
    open_gmail(asks)
    fill(asks, **DESTINATION)

    ack = asks.submit()

    assert ack.errors == {Block.SOURCE_LOGIN: "Press “Authorise access” below first. Google then asks you there."}
    assert [asks.held(name) for name in DESTINATION] == list(DESTINATION.values())
    press(asks, Action.CHECK_FIRST)
    assert "Press “Authorise access” below first" in read(asks)
    assert asks.sides.signed_in == []


def test_what_was_authorised_shows_by_i_have_authorised(asks: SlackWorld) -> None:
    """Should the form not have been drawn anew, the button does it; before that, it says that nothing is known."""
    open_gmail(asks)
    press(asks, Action.AUTHORISED)
    assert "not authorised yet" in read(asks)
    assert "Nothing has come from Google yet" in read(asks)
    asks.services.drafts.change(draft(asks).id, lambda now: replace(
        now, kept=frozenset({Side.SOURCE}), consented=ANN, fields=replace(now.fields, source_login=ANN),
    ))

    press(asks, Action.AUTHORISED)

    assert "Authorised as ann@gmail.com" in read(asks)
    assert "Nothing has come" not in read(asks)
    assert asks.held(Block.SOURCE_LOGIN) == ANN


@pytest.mark.parametrize("login", ["", "Ann@GMail.com", "a.nn@googlemail.com"])
def test_the_same_account_however_it_is_typed_stays_authorised(asks: SlackWorld, login: str) -> None:
    """Case, dots of a gmail.com address and an empty field name no other account."""
    open_gmail(asks)
    fill(asks, **DESTINATION)
    authorise(asks)

    asks.sides.sources[login or ANN] = asks.sides.sources[ANN]
    asks.submit(values=fields(asks, **{Block.SOURCE_LOGIN: login}))
    asks.work()

    assert [task.state for task in asks.tasks()] == [State.COMPLETED]


def test_another_account_is_not_the_one_that_was_authorised(asks: SlackWorld) -> None:
    """A consent is for its own account: with another one in the form it is gone, and the form asks anew."""
    open_gmail(asks)
    fill(asks, **DESTINATION)
    authorise(asks)

    asks.submit(values=fields(asks, **{Block.SOURCE_LOGIN: "bob@gmail.com"}))

    assert "Access was authorised for another account" in read(asks)
    assert "not authorised yet" in read(asks)
    assert (kept(asks, draft(asks).id), draft(asks).consented) == ({}, "")
    assert returned(asks) == [GRANT]
    assert [asks.held(name) for name in DESTINATION] == list(DESTINATION.values())


@pytest.mark.parametrize("other", ["imap", "exchange"])
def test_another_kind_of_source_keeps_no_consent(asks: SlackWorld, other: str) -> None:
    """A grant is sent to no other server; nor is a password of one taken for a grant."""
    open_gmail(asks)
    authorise(asks)

    choose(asks, Action.SOURCE_KIND, other)
    assert (kept(asks, draft(asks).id), draft(asks).kept) == ({}, frozenset())
    assert returned(asks) == [GRANT]
    fill(asks, **{Block.SOURCE_PASSWORD: "a password of theirs"})
    choose(asks, Action.SOURCE_KIND, System.GOOGLE.value)

    assert "not authorised yet" in read(asks)
    assert (kept(asks, draft(asks).id), draft(asks).kept) == ({}, frozenset())


def test_check_first_looks_with_the_consent(asks: SlackWorld) -> None:
    """It signs in, and starts nothing."""
    open_gmail(asks)
    fill(asks, **DESTINATION)
    authorise(asks)

    press(asks, Action.CHECK_FIRST)
    asks.work()

    assert asks.tasks() == []
    assert "3 messages" in read(asks)
    assert "Authorised as ann@gmail.com" in read(asks)


@pytest.mark.parametrize("button", [Action.CHECK_FIRST, ""])
def test_a_consent_that_google_does_not_take_any_more_is_asked_for_again(asks: SlackWorld, button: str) -> None:
    """Beside the account; what was granted is not sent a second time, and everything else stays."""
    open_gmail(asks)
    fill(asks, **DESTINATION)
    authorise(asks)
    why = "Google no longer lets OMM into the account. It may have been taken back."
    asks.sides.source_fails = FatalError(why, cause=Cause.CONSENT, side=Side.SOURCE)

    if button:
        press(asks, Action(button))
    else:
        asks.submit()
    asks.work()

    place = next(place for place, name in enumerate(names(asks)) if name.startswith(Block.SOURCE_LOGIN))
    assert names(asks)[place - 1] == "verdict"
    assert "It may have been taken back. Press “Authorise access” below." in read(asks)
    assert "not authorised yet" in read(asks)
    assert (kept(asks, draft(asks).id).keys(), returned(asks)) == ({"destination"}, [GRANT])
    asks.sides.source_fails = None
    authorise(asks)
    asks.submit()
    asks.work()
    assert [task.state for task in asks.tasks()] == [State.COMPLETED]


def test_labels_are_asked_about_and_the_answer_is_kept(asks: SlackWorld) -> None:
    """The box stands there before anything is looked at; what is ticked moves with the migration, for Gmail alone."""
    asks.open_form()
    assert not [name for name in names(asks) if name.startswith(Block.COPIES)]
    choose(asks, Action.SOURCE_KIND, System.GOOGLE.value)
    assert "The others become its categories" in read(asks)
    mail_alone(asks)
    fill(asks, **DESTINATION)
    asks.slack.fill("owner", asks.view()["id"], {asks.block(Block.COPIES)["block_id"]: [Choice.COPIES.value]})
    authorise(asks)

    press(asks, Action.CHECK_FIRST)
    asks.work()
    asks.submit()
    asks.work()

    assert [task.request.choices for task in asks.tasks()] == [(Choice.COPIES,)]


def test_the_private_page_is_for_the_destination_alone(asks: SlackWorld) -> None:
    """Where passwords are typed there, the form waits for that one only."""
    page_only(asks)
    open_gmail(asks)
    fill(asks, **{name: value for name, value in DESTINATION.items() if name != Block.DESTINATION_PASSWORD})
    authorise(asks)

    asks.submit()

    assert "waits for the destination password" in read(asks)
    found = asks.services.one_time.find(link(asks).rpartition("/")[2])
    assert found is not None
    assert found.sides == (Side.DESTINATION,)


def test_a_server_that_the_admins_do_not_allow_is_said(asks: SlackWorld) -> None:
    """imap.gmail.com is Gmail's server, and the policy's names are compared with it."""
    asks.services.policies.change(asks.team, lambda _before: Policy(source_hosts=("*.example.net",)))
    open_gmail(asks)
    fill(asks, **DESTINATION)
    consent_comes(asks)

    ack = asks.submit()

    assert list(ack.errors.values()) == [
        "The admins of this workspace do not allow imap.gmail.com as a source server."
    ]
    asks.services.policies.change(asks.team, lambda _before: Policy(source_hosts=("imap.gmail.com",)))
    asks.submit()
    asks.work()
    assert [task.state for task in asks.tasks()] == [State.COMPLETED]


def test_a_form_that_was_closed_keeps_no_consent(asks: SlackWorld) -> None:
    """As it keeps no password."""
    open_gmail(asks)
    consent_comes(asks)
    form = draft(asks).id

    asks.close()

    assert (kept(asks, form), returned(asks)) == ({}, [GRANT])
    asks.notify()
    assert asks.letters() == []


# Without Google's page


def test_an_app_password_is_the_other_way(types: SlackWorld) -> None:
    """Where nobody can be asked for consent, the form says why, what an app password is, and takes one."""
    open_gmail(types)
    assert "GOOGLE_CLIENT_SECRETS_FILE" in read(types)
    assert "2-step verification" in words(types.block(Block.APP_PASSWORD))
    assert Action.AUTHORISE_FORM not in buttons(types)
    fill(types, **DESTINATION)

    ack = types.submit()
    assert sorted(ack.errors) == [f"{Block.APP_PASSWORD}{draft(types).edition}", Block.SOURCE_LOGIN]
    ack = types.submit(values=fields(types, **{Block.SOURCE_LOGIN: ANN, Block.APP_PASSWORD: "my own password"}))
    assert "This is no app password" in next(iter(ack.errors.values()))
    types.submit(values=fields(types, **{Block.SOURCE_LOGIN: ANN, Block.APP_PASSWORD: APP_PASSWORD}))
    types.work()

    assert [task.state for task in types.tasks()] == [State.COMPLETED]


def test_an_app_password_goes_to_no_other_server(types: SlackWorld) -> None:
    """With another kind of source it is gone."""
    open_gmail(types)
    fill(types, **DESTINATION, **{Block.SOURCE_LOGIN: "bob@gmail.com", Block.APP_PASSWORD: "zzzz zzzz zzzz zzzz"})
    types.submit()
    types.work()        # refused
    fill(types, **{Block.APP_PASSWORD: APP_PASSWORD})
    choose(types, Action.OFFER, "exchange")

    choose(types, Action.SOURCE_KIND, "imap")

    assert Side.SOURCE.value not in kept(types, draft(types).id)
    assert draft(types).state is DraftState.OPEN


def test_an_app_password_can_be_typed_on_the_private_page(types: SlackWorld) -> None:
    """There it is called one, what cannot be one is not taken, and the form goes on with it."""
    with paged(types) as pages:
        page_only(types)
        open_gmail(types)
        assert not [name for name in names(types) if "password_" in name]
        assert "GOOGLE_CLIENT_SECRETS_FILE" in read(types)
        fill(types, **{Block.SOURCE_LOGIN: ANN, Block.DESTINATION_SERVER: "ex.example.org",
                       Block.DESTINATION_LOGIN: ADDRESS})
        types.submit()
        browser = pages.signed_in()
        shown = browser.open(link(types))
        assert f"Source: app password of {ANN} on imap.gmail.com. It has 16 letters" in text(shown)

        refused = send(browser, shown, source="my own password", destination=PASSWORD)
        assert "This is no app password" in text(refused)
        send(browser, shown, source=APP_PASSWORD, destination=PASSWORD)
        types.work()

    assert [task.state for task in types.tasks()] == [State.COMPLETED]
