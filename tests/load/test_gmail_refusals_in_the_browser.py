"""What goes wrong on the way to Google and back, in Chromium: a clear page, nothing kept, and a usable form."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests
from playwright.sync_api import Browser, expect

from bot.consent import secrets as consent_secrets
from bot.ids import Action, Block
from bot.stored.consents import LASTS, PREFIX, Consent, Status
from engine.errors import Side
from engine.migration.record import State
from tests.servers.browser.chromium import NEEDS_CHROMIUM, handed_over, launched
from tests.servers.consent.pages import ANN, in_a_minute
from tests.servers.gmail.in_chromium import Phone, Slack, keep, phone, screen
from tests.servers.gmail.in_slack import GmailInSlack, gmail_in_slack
from tests.servers.google.browser import GoogleBrowser
from tests.servers.mail_servers import dovecot
from tests.servers.slack.world import slack_world
from tests.servers.world import PASSWORD

BERT = "bert@gmail.com"
MAY_READ = f"OMM may now read the Google account {ANN}"
ONCE_MORE = "Ask Google once more"

pytestmark = [NEEDS_CHROMIUM, pytest.mark.skipif(not dovecot.installed(), reason=dovecot.MISSING)]


@dataclass
class There:
    """A workspace, Google, and the screen of somebody who moves. Each test leaves nothing of its own behind."""

    gmail: GmailInSlack
    chromium: Browser
    slack: Slack
    phones: ExitStack = field(default_factory=ExitStack)

    def phone(self) -> Phone:
        return self.phones.enter_context(phone(self.chromium))

    def back_from(self, url: str, account: str = ANN) -> str:
        """Consents at Google's address in another browser; where that would be sent, and is not."""
        google = self.gmail.google
        return GoogleBrowser(google.google, account, verify=google.ca_file).back_from(url)

    # What there is

    def alive(self) -> list[str]:
        """What Google has granted and not taken back, of whose account."""
        google = self.gmail.google.google
        return [one for one in (ANN, BERT) for tokens in google.tokens(one).values() for _ in tokens]

    def consents(self) -> list[Consent]:
        """All that were ever asked for."""
        consents, keys = self.gmail.pages.services().consents, self.gmail.world.redis.keys(f"{PREFIX}{'[0-9a-f]' * 64}")
        found = [consents.find(key.decode().removeprefix(PREFIX)) for key in keys]
        return [one for one in found if one is not None]

    def form(self) -> str:
        """The form on the screen."""
        return str(self.gmail.world.view()["private_metadata"])

    def keeps_nothing(self) -> None:
        """Neither Google nor the store has anything of a grant: no token, no code but those that were used up."""
        self.gmail.world.work("consent")
        vault = self.gmail.world.services.engine.vault
        refused = [one for one in self.consents() if one.status is not Status.GRANTED]
        sealed = [consent_secrets.find(vault, one.id) for one in refused]
        assert self.alive() == []
        assert not vault.has(self.form(), Side.SOURCE)
        assert [one for one in self.consents() if one.back] == []
        assert [one for one in sealed if one is not None and (one.code or one.strays or one.granted)] == []
        expect(self.slack.window).to_contain_text("not authorised yet")

    def is_authorised(self) -> None:
        """The form shows the account; that one grant is kept, and nothing else."""
        expect(self.slack.window).to_contain_text(f"Authorised as {ANN}")
        assert set(self.alive()) == {ANN}
        assert [one for one in self.consents() if one.back] == []

    def moves(self) -> None:
        """The form starts, the migration goes to its end, and everything is given back."""
        before = len(self.gmail.world.tasks())
        self.is_authorised()
        self.slack.starts()
        assert [task.state for task in self.gmail.world.tasks()] == [State.COMPLETED] * (before + 1)
        self.gmail.give_back()
        assert self.alive() == []

    def hear(self) -> None:
        """The notifier sends what there is, as if time passed between two messages, and draws the cards."""
        self.gmail.world.notify()
        while self.gmail.world.services.outbox.length():
            for key in self.gmail.world.redis.keys("omm:pace*"):
                self.gmail.world.redis.delete(key)
            self.gmail.world.notifier.tick()

    def allows(self, phone: Phone) -> None:
        """Consents in full, and reads that it was taken."""
        phone.answers()
        self.comes_to(phone, "Thank you", MAY_READ)

    def comes_to(self, phone: Phone, title: str, *words: str) -> None:
        """Once a worker has looked at what came back, the page says what came of it."""
        phone.says("One moment, please")
        self.gmail.world.work("consent")
        phone.reloads()
        phone.says(title, *words)


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Iterator[There]:
    """One world and one browser, since each costs seconds."""
    directory = tmp_path_factory.mktemp("gmail")
    with slack_world(directory) as world:
        world.slack.configure(rate_limits=False)
        with (
            gmail_in_slack(world, directory, BERT) as gmail, launched() as chromium,
            screen(chromium, gmail) as slack,
        ):
            yield There(gmail, chromium, slack)


@pytest.fixture
def there(everything: There) -> Iterator[There]:
    with everything.phones:
        yield everything
    everything.gmail.pages.later -= everything.gmail.pages.later


def code_of(back: str) -> str:
    return parse_qs(urlsplit(back).query)["code"][0]


def with_code(back: str, code: str) -> str:
    """The same answer of Google's with another code."""
    parts = urlsplit(back)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()} | {"code": code}
    return parts._replace(query=urlencode(query)).geturl()


def test_what_people_press_on_googles_pages(there: There) -> None:
    """Pages that never come back, Cancel, nothing ticked, another account: a page says what it was, and asks again."""
    google, mine = there.gmail.google.google, there.phone()
    there.slack.opens_form(login=ANN)
    link = there.slack.link()
    mine.opens(link)
    mine.says("Access to a Google account", f"Account: {ANN}")
    google.change_person(ANN, admin_blocks=True)
    mine.to_google()
    for code, settings in (
        ("admin_policy_enforced", {}), ("access_denied", {"publishing": "testing"}),
        ("org_internal", {"publishing": "production", "audience": "internal"}),
    ):
        google.configure(**settings)
        mine.page.reload()
        mine.says("Access blocked", code)
    there.keeps_nothing()
    google.change_person(ANN, admin_blocks=False)
    google.configure(audience="external")

    mine.page.go_back()
    mine.says("OMM waits for Google's answer", "Nothing has come back from Google's page yet")
    mine.to_google()
    mine.answers(button="Cancel")
    mine.says("You have not allowed it", "refused it on Google's page", "has not been touched")
    there.keeps_nothing()

    mine.to_google(ONCE_MORE)
    mine.answers(ticks=False)
    there.comes_to(mine, "Nothing was ticked", "left off everything that OMM asked for: Mail")
    there.keeps_nothing()

    mine.to_google(ONCE_MORE)
    mine.answers(BERT)
    there.comes_to(mine, "This was another account", "b***@gmail.com", f"{ANN} is meant")
    there.keeps_nothing()

    mine.to_google("Choose another account")
    there.allows(mine)
    there.moves()


def test_a_link_that_was_sent_to_a_colleague(there: There) -> None:
    """Ours tells them to stop; Google's, on which they consent in full, leads to a page that does; all goes back."""
    mine, theirs, strangers = there.phone(), there.phone(), there.phone()
    there.slack.opens_form()
    link = there.slack.link()
    theirs.opens(link, "colleague")
    theirs.says("This link is not for you", "do not go on", "Tell an admin of your Slack workspace")
    assert there.form() not in theirs.page.content()

    mine.opens(link)
    url = mine.to_google()
    for one in (theirs, strangers):     # the second one has never signed in to our pages
        one.page.goto(url)
        one.answers(BERT)
        one.says("This did not begin in this browser", "gives back to Google", "If somebody has sent you a link")
        assert [shown for shown in one.history() if "code=" in shown] == []
    in_a_minute(there.gmail.world, there.gmail.pages)
    there.keeps_nothing()

    mine.answers()
    mine.says("This came back to another browser", "stay in this browser")
    there.keeps_nothing()
    mine.to_google(ONCE_MORE)
    there.allows(mine)
    there.moves()


def test_what_others_bring_back(there: There) -> None:
    """Another person's answer, and codes that were swapped between two questions, are worth nothing to anybody."""
    mine, theirs = there.phone(), there.phone()
    there.slack.opens_form()
    mine.opens(there.slack.link())
    back = there.back_from(mine.to_google())
    theirs.page.goto(back)
    theirs.says("This did not begin in this browser")

    colleague = there.phones.enter_context(screen(there.chromium, there.gmail, "colleague"))
    colleague.opens_form()
    theirs.opens(colleague.link(), "colleague")
    theirs_back = there.back_from(theirs.to_google(), BERT)
    for one, answer, other in ((mine, back, theirs_back), (theirs, theirs_back, back)):
        one.page.goto(with_code(answer, code_of(other)))
        there.comes_to(one, "Google did not confirm it", "Nothing was kept")
    in_a_minute(there.gmail.world, there.gmail.pages)
    there.keeps_nothing()

    mine.to_google(ONCE_MORE)
    there.allows(mine)
    there.moves()


def test_an_answer_that_comes_more_than_once(there: There) -> None:
    """Fetched by a scanner before and after, and replayed with another code: the first stays good, the rest goes."""
    mine = there.phone()
    there.slack.opens_form()
    mine.opens(there.slack.link())
    url = mine.to_google()
    back = there.back_from(url)
    for _ in range(2):
        assert "code" not in requests.get(back, timeout=60).url
    mine.page.goto(back)
    there.comes_to(mine, "Thank you", MAY_READ)
    for _ in range(2):
        assert "code" not in requests.get(back, timeout=60).url
    mine.page.goto(back)
    mine.says("Thank you", MAY_READ)
    there.is_authorised()

    mine.page.goto(url)
    mine.answers(BERT)
    mine.says("Thank you", MAY_READ)
    in_a_minute(there.gmail.world, there.gmail.pages)
    there.gmail.world.work("consent")
    there.moves()


def test_two_tabs(there: There) -> None:
    """The newer one wins, the older one says so, and what was allowed in it does not end the newer grant."""
    mine = there.phone()
    older, newer = mine, Phone(mine.page.context.new_page())
    there.slack.opens_form()
    for one in (older, newer):
        one.opens(there.slack.link())
        one.to_google()

    there.allows(newer)
    older.answers()
    older.says("You have asked once more since", "go on there")
    there.gmail.world.work("consent")
    there.moves()


def test_after_ten_minutes(there: There) -> None:
    """The link says that it has expired, and an answer of Google's that it took too long; both say how to go on."""
    mine = there.phone()
    there.slack.opens_form()
    first = there.slack.link()
    mine.opens(first)
    mine.to_google()
    late = there.slack.link()
    there.gmail.pages.later = LASTS
    mine.is_signed_in(there.gmail.pages)
    mine.answers()
    mine.says("This took too long", "within ten minutes")
    there.keeps_nothing()
    other = there.phone()
    other.is_signed_in(there.gmail.pages)
    other.opens(late)
    other.says("This link has expired", "to get a new link")

    mine.to_google(ONCE_MORE)
    there.allows(mine)
    there.moves()


def test_a_form_that_was_closed(there: There) -> None:
    """The page says that a message comes; its button opens the form as it was, with the account in it."""
    mine = there.phone()
    there.slack.opens_form()
    mine.opens(there.slack.link())
    mine.to_google()
    there.slack.visit("dm")
    there.gmail.world.listeners.settle()
    mine.answers()
    there.comes_to(mine, "Thank you", MAY_READ, "sends you a message that opens it again")
    there.hear()
    message = there.slack.message("You have authorised access to your Google account")
    with handed_over(there.slack.page):
        message.get_by_role("button", name="Continue").click()
    expect(there.slack.block(Block.SOURCE_LOGIN).locator("input")).to_have_value(ANN)
    there.slack.block(Block.DESTINATION_PASSWORD).locator("input").fill(PASSWORD)       # was never sent
    there.moves()


def test_access_that_is_taken_back(there: There) -> None:
    """The card says so and has the button; once its owner has agreed anew, the migration resumes and is complete.

    Meanwhile they were signed out of our pages: Slack says once more who they are.
    """
    mine, world = there.phone(), there.gmail.world
    there.slack.opens_form()
    mine.opens(there.slack.link())
    mine.to_google()
    there.allows(mine)
    there.is_authorised()
    there.slack.submits()
    world.work("check")
    there.gmail.google.google.revoke(ANN)
    world.work()
    there.hear()
    there.slack.visit()
    card = there.slack.message("Needs attention")
    expect(card).to_contain_text("no longer lets OMM into the account")
    keep("gmail-card-consent", card)
    with handed_over(there.slack.page):
        card.locator(f"[data-action='{Action.AUTHORISE}']").click()
    expect(there.slack.window).to_contain_text("resumes by itself")
    mine.opens(there.slack.address)
    mine.to_google()
    mine.page.context.clear_cookies(name="omm-person")
    mine.answers()
    mine.says("One moment, please", "Slack is asked once more who you are")
    mine.says("One moment, please", "OMM finishes this with Google")
    there.comes_to(mine, "Thank you", "The migration resumes")
    world.work()
    assert {task.state for task in world.tasks()} == {State.COMPLETED}
    assert [one.status for one in there.consents() if one.is_open and one.status is not Status.ASKED] == []
