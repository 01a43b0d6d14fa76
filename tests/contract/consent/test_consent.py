"""Consent at Google: from the form through a page of ours to Google's and back, and what the form knows then."""

from __future__ import annotations

import logging
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from bot import steering
from bot.audit.lines import lines
from bot.consent import consents
from bot.ids import Action
from bot.people import Person
from bot.permissions import NotAllowedError
from bot.stored.audit_entries import What
from bot.stored.consents import LASTS
from bot.stored.drafts import Waits
from bot.stored.one_time import MOST_TRIES
from engine.errors import Cause, Side
from engine.migration.content import Content
from engine.migration.giving_back import give_back
from engine.migration.record import Attention, State
from tests.contract.slack.test_secrets import sent, stored
from tests.servers.browser.browsers import Pages
from tests.servers.browser.private_pages import text
from tests.servers.consent.asked import PAGE, AskedConsent
from tests.servers.consent.pages import ANN, Form, acts, go_on, in_a_minute, signed_in_now
from tests.servers.slack.world import ADMIN, COLLEAGUE, OWNER, SlackWorld, words
from tests.servers.world import ADDRESS, PASSWORD


def test_a_form_is_authorised_and_its_migration_starts(
    form: Form, pages: Pages, google: AskedConsent, world: SlackWorld, caplog: pytest.LogCaptureFixture
) -> None:
    """The page says who asked, for what, and what will happen; the form comes up filled in; no secret is to be seen."""
    browser = pages.browser()
    with caplog.at_level(logging.DEBUG):
        form.open()
        link = form.link()

        assert browser.get(link).headers["Location"].startswith(world.slack.page_url)
        shown = browser.open(link)
        read = text(shown)
        for part in ("you asked for this", "https://example.slack.com/", form.draft.id, "Mail", ADDRESS,
                     "ex.example.org", "that you choose on Google's page", "Has somebody else sent you here"):
            assert part in read
        assert PAGE.partition("/o/")[0] in shown.headers["Content-Security-Policy"]

        sent_on = go_on(browser, shown)
        url = sent_on.headers["Location"]
        assert (sent_on.status_code, url.partition("?")[0]) == (303, PAGE)
        assert "HttpOnly" in sent_on.headers["Set-Cookie"]
        assert "SameSite=Lax" in sent_on.headers["Set-Cookie"]

        back = google.consents(url, ANN)
        answer = browser.get(back)
        code = parse_qs(urlsplit(back).query)["code"][0]
        assert (answer.status_code, "code" in answer.headers["Location"]) == (303, False)
        assert (answer.headers["Referrer-Policy"], answer.headers["Cache-Control"]) == ("no-referrer", "no-store")
        waiting = browser.follow(answer)
        assert "One moment" in text(waiting)
        assert 'http-equiv="refresh"' in waiting.text

        assert f"may now read the Google account {ANN}" in form.after_work(browser, waiting)

        assert f"Authorised as {ANN}" in form.read()
        assert form.draft.fields.source_login == ANN
        granted = form.kept()
        assert google.alive == [ANN]

        draft_id = form.draft.id
        world.sides.source_password = granted
        world.submit()
        world.work()
        assert world.record(draft_id).state is State.COMPLETED

    done = [(What.CONSENT_LINK, ""), (What.CONSENT, "as a***@gmail.com")]
    assert acts(world, What.CONSENT_LINK, What.CONSENT) == done
    ours = [record.getMessage() for record in caplog.records if record.name != "urllib3.connectionpool"]
    everywhere = "\n".join(ours) + stored(world) + sent(world)
    state = parse_qs(urlsplit(url).query)["state"][0]
    assert [secret for secret in (code, state, granted, *google.verifiers) if secret in everywhere] == []


def test_a_get_changes_nothing(form: Form, pages: Pages, world: SlackWorld) -> None:
    """A scanner that opens the link uses nothing up, and learns nothing; a forged press does nothing."""
    form.open()
    link, browser = form.link(), pages.browser()
    for _ in range(3):
        assert pages.browser().get(link).status_code == 303
    shown = browser.open(link)
    assert text(browser.open(link)) == text(shown)

    forged = go_on(browser, shown, headers={"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"})
    without = go_on(browser, shown, csrf="made up")

    assert [forged.status_code, without.status_code] == [403, 403]
    assert go_on(browser, shown).headers["Location"].startswith(PAGE)


@pytest.mark.parametrize("user", ["colleague", "admin"])
def test_a_link_that_was_sent_to_somebody_else_tells_them_to_stop(form: Form, pages: Pages, user: str) -> None:
    """Whoever has signed in to Slack as somebody else reads that they are not to go on, and nothing of the form."""
    form.open()
    answer = pages.browser(user).open(form.link())

    assert answer.status_code == 404
    assert "do not go on" in text(answer)
    assert form.draft.id not in answer.text


def test_a_link_of_googles_that_was_sent_to_a_colleague_who_consents_in_full(
    form: Form, pages: Pages, google: AskedConsent, world: SlackWorld
) -> None:
    """Nothing of theirs is kept, whoever they are in Slack; what they allowed is given back, and they are told."""
    for colleague in (pages.browser("colleague"), pages.signed_in("colleague")):
        form.open()
        owner = pages.browser()
        url = form.to_google(owner, form.link())

        told = colleague.open(google.consents(url, "bert@gmail.com"))
        assert "This did not begin in this browser" in text(told)
        assert "code" not in told.url
        in_a_minute(world, pages)
        world.work("consent")

        assert (google.alive, form.kept()) == ([], "")
        assert "not authorised yet" in form.read()
        assert acts(world)[-2:] == [
            (f"{What.CONSENT}: refused", "it came back to another browser or person"),
            (What.REVOKE, "of b***@gmail.com"),
        ]
        late = form.came(owner, google.consents(url, ANN))
        assert "another browser" in form.after_work(owner, late)
        assert (google.alive, form.kept()) == ([], "")
        world.close()


def test_a_scanner_that_fetches_the_callback_changes_nothing(
    form: Form, pages: Pages, google: AskedConsent, world: SlackWorld
) -> None:
    """Before the browser and after it, once and again: the code is exchanged once, and stays good."""
    form.open()
    browser = pages.browser()
    back = google.consents(form.to_google(browser, form.link()), ANN)
    scanner = pages.browser()

    assert scanner.get(back).status_code == 303
    page = form.came(browser, back)
    assert "may now read" in form.after_work(browser, page)
    for again in (scanner, scanner, browser, browser):
        again.get(back)
    in_a_minute(world, pages)
    world.work("consent")

    assert list(google.exchanged.values()) == [1]
    assert google.alive == [ANN]
    assert form.kept()
    assert "may now read" in text(browser.open(back))


def test_consent_refused_at_google(form: Form, pages: Pages, google: AskedConsent, world: SlackWorld) -> None:
    """A page says so, and asks once more; that goes through."""
    form.open()
    browser = pages.browser()
    page = form.came(browser, google.refuses(form.to_google(browser, form.link())))

    assert "You have not allowed it" in text(page)
    assert acts(world) == [(f"{What.CONSENT}: refused", "refused on Google's page")]
    again = go_on(browser, page)
    done = form.came(browser, google.consents(again.headers["Location"], ANN))
    assert "may now read" in form.after_work(browser, done)
    assert f"Authorised as {ANN}" in form.read()


def test_another_account_than_the_one_that_was_typed(
    form: Form, pages: Pages, google: AskedConsent, world: SlackWorld
) -> None:
    """Nothing is kept, it is given back, the page says both and asks once more; dots and capitals make no other one."""
    form.open(login="A.n.n@gmail.com")
    browser = pages.browser()
    url = form.to_google(browser, form.link())
    assert parse_qs(urlsplit(url).query)["login_hint"] == ["A.n.n@gmail.com"]
    page = form.came(browser, google.consents(url, "bert@gmail.com"))

    said = form.after_work(browser, page)
    assert "b***@gmail.com" in said
    assert "A.n.n@gmail.com is meant" in said
    assert (google.alive, form.kept(), form.draft.fields.source_login) == ([], "", "A.n.n@gmail.com")
    assert acts(world) == [
        (f"{What.CONSENT}: refused", "for another account than the one that is meant"),
        (What.REVOKE, "of b***@gmail.com"),
    ]

    again = go_on(browser, browser.get(page.url))
    done = form.came(browser, google.consents(again.headers["Location"], ANN))
    assert "may now read" in form.after_work(browser, done)
    assert (google.alive, form.draft.fields.source_login) == ([ANN], "A.n.n@gmail.com")


def test_nothing_was_ticked(form: Form, pages: Pages, google: AskedConsent) -> None:
    """What is off is named, nothing is kept, and the page asks once more."""
    form.open()
    browser = pages.browser()
    url = form.to_google(browser, form.link())
    page = form.came(browser, google.consents(url, ANN, missing=frozenset({Content.MAIL})))

    said = form.after_work(browser, page)
    assert "left off everything that OMM asked for: Mail" in said
    assert (google.alive, form.kept()) == ([], "")
    assert go_on(browser, browser.get(page.url)).headers["Location"].startswith(PAGE)


def test_codes_that_were_swapped(form: Form, pages: Pages, google: AskedConsent) -> None:
    """Somebody else's code in their own answer is worth nothing to them: it was given for another question."""
    form.open()
    browser = pages.browser()
    url = form.to_google(browser, form.link())
    other = AskedConsent()
    theirs = other.consents(other.ask(state="another", contents=(Content.MAIL,)).url, "bert@gmail.com")
    google.codes |= other.codes
    state = parse_qs(urlsplit(url).query)["state"][0]
    page = form.came(browser, theirs.replace("state=another", f"state={state}"))

    assert "Google did not confirm it" in form.after_work(browser, page)
    assert (google.alive, form.kept()) == ([], "")


def test_states_that_are_none(form: Form, pages: Pages, google: AskedConsent, world: SlackWorld) -> None:
    """Made up, missing, twice, too long: a page without a word about anybody's form, and nothing is written."""
    form.open()
    browser = pages.browser()
    back = google.consents(form.to_google(browser, form.link()), ANN)
    code, before = back.partition("&code=")[2], stored(world)

    for query in (f"code={code}", f"state=&code={code}", f"state=made-up&code={code}",
                  f"state={'x' * 5000}&code={code}", f"{back.partition('?')[2]}&state=two", "state=%00%ff"):
        answer = browser.open(f"/oauth/google/callback?{query}")
        assert answer.status_code == 404
        assert "This link is not for you" in text(answer)
    assert stored(world) == before


def test_two_tabs(form: Form, pages: Pages, google: AskedConsent, world: SlackWorld) -> None:
    """The newer one wins, and the older one says so; what was granted in it does not take the newer grant away."""
    form.open()
    browser = pages.browser()
    older, newer = (form.to_google(browser, form.link()) for _ in range(2))

    done = form.came(browser, google.consents(newer, ANN))
    assert "may now read" in form.after_work(browser, done)
    page = form.came(browser, google.consents(older, ANN))
    assert "asked once more since" in text(page)
    world.work("consent")

    assert form.kept() not in google.revoked
    assert f"Authorised as {ANN}" in form.read()
    third = form.came(browser, google.consents(older, "bert@gmail.com"))
    assert "asked once more since" in form.after_work(browser, third)
    assert f"Authorised as {ANN}" in form.read()


def test_a_used_link_leads_to_what_came_of_it(form: Form, pages: Pages, google: AskedConsent) -> None:
    """Back from Google's page by the browser's own button, its person can go on."""
    form.open()
    browser, link = pages.browser(), form.link()
    shown = browser.open(link)
    assert go_on(browser, shown).headers["Location"].startswith(PAGE)

    twice = browser.follow(go_on(browser, shown))
    assert "waits for Google's answer" in text(twice)
    url = go_on(browser, twice).headers["Location"]
    done = form.came(browser, google.consents(url, ANN))
    assert "may now read" in form.after_work(browser, done)


def test_after_ten_minutes(form: Form, pages: Pages, google: AskedConsent, world: SlackWorld) -> None:
    """The link has expired; an answer of Google's that comes later is given back, and the page asks once more."""
    form.open()
    browser, link = pages.browser(), form.link()
    url = form.to_google(browser, link)
    late = form.link()
    pages.later = LASTS
    signed_in_now(pages, browser, OWNER)
    assert "This link has expired" in text(browser.open(late))

    page = form.came(browser, google.consents(url, ANN))
    assert "This took too long" in text(page)
    world.work("consent")
    assert (google.alive, form.kept()) == ([], "")

    again = go_on(browser, page)
    done = form.came(browser, google.consents(again.headers["Location"], ANN))
    assert "may now read" in form.after_work(browser, done)


def test_a_browser_in_which_somebody_else_has_signed_in(form: Form, pages: Pages) -> None:
    """People share computers: Slack is asked once more who is before it, before anything is shown or refused."""
    form.open()
    answer = pages.signed_in("colleague").get(form.link())

    assert answer.status_code == 303
    assert answer.headers["Location"].startswith(form.world.slack.page_url)


def test_signed_out_and_never_back(form: Form, pages: Pages, google: AskedConsent, world: SlackWorld) -> None:
    """When nobody says in time who is before the browser, what came is given back."""
    form.open()
    browser = pages.browser()
    back = google.consents(form.to_google(browser, form.link()), ANN)
    browser.session.cookies.pop("omm-person")
    browser.get(back)
    pages.later = LASTS
    world.work("consent")

    assert (google.alive, len(google.revoked), form.kept()) == ([], 1, "")


def test_signed_out_of_our_pages_meanwhile(form: Form, pages: Pages, google: AskedConsent, world: SlackWorld) -> None:
    """Slack says once more who is before the browser; only then is it taken. Google's form leads to us alone."""
    form.open()
    browser = pages.browser()
    back = google.consents(form.to_google(browser, form.link()), ANN)
    browser.session.cookies.pop("omm-person")

    answer = browser.get(back)
    key = next(order.key for order in world.orders.all() if order.kind == "consent")
    elsewhere = pages.signed_in()
    assert "One moment" in text(elsewhere.open(answer.headers["Location"]))
    world.try_once(key)
    assert google.exchanged == {}
    from_google = browser.get(answer.headers["Location"], headers={"Sec-Fetch-Site": "cross-site"})
    assert "Slack is asked once more who you are" in text(from_google)
    assert 'http-equiv="refresh"' in from_google.text
    page = browser.follow(answer)
    assert "may now read" in form.after_work(browser, page)
    assert google.alive == [ANN]


def test_another_person_in_the_same_browser(form: Form, pages: Pages, google: AskedConsent, world: SlackWorld) -> None:
    """Whoever has signed in to Slack as somebody else meanwhile gets nothing, and neither does the form."""
    form.open()
    browser = pages.browser()
    back = google.consents(form.to_google(browser, form.link()), ANN)
    signed_in_now(pages, browser, COLLEAGUE)

    told = browser.open(back)
    assert "This link is not for you" in text(told)
    world.work("consent")
    assert (google.alive, form.kept()) == ([], "")


def test_a_form_that_was_closed_meanwhile(form: Form, pages: Pages, google: AskedConsent, world: SlackWorld) -> None:
    """Its owner gets a message that opens it again, authorised and as it was."""
    form.open()
    browser, draft_id = pages.browser(), form.draft.id
    url = form.to_google(browser, form.link())
    world.close()

    page = form.came(browser, google.consents(url, ANN))
    assert "OMM sends you a message that opens it again" in form.after_work(browser, page)
    world.notify()
    assert "You have authorised access" in words(world.letters()[-1]["blocks"])
    world.press(Action.CONTINUE, where=world.letters()[-1]["ts"], value=draft_id)
    assert f"Authorised as {ANN}" in form.read()
    assert world.services.engine.vault.has(draft_id, Side.SOURCE)


def test_a_form_that_waits_for_nothing_but_consent_goes_on_by_itself(
    form: Form, pages: Pages, google: AskedConsent, world: SlackWorld
) -> None:
    """It was sent, and the destination's password typed on the private page: it is checked as soon as consent comes."""
    form.open()
    browser, draft_id = pages.browser(), form.draft.id
    world.services.engine.vault.put(draft_id, Side.DESTINATION, PASSWORD)
    world.services.drafts.change(draft_id, lambda now: replace(
        now, kept=frozenset({Side.DESTINATION}), waits=Waits.START,
        fields=replace(now.fields, destination_server="ex.example.org", destination_login=ADDRESS),
    ))
    page = form.came(browser, google.consents(form.to_google(browser, form.link()), ANN))
    world.services.drafts.change(draft_id, lambda now: replace(now, waits=Waits.START))

    assert "OMM signs in to both mailboxes now" in form.after_work(browser, page)
    world.sides.source_password = form.kept(draft_id)
    world.work("check")
    assert world.record(draft_id).state is State.WAITING


def test_a_form_that_was_closed_before_its_page_was_used(
    form: Form, pages: Pages, google: AskedConsent, world: SlackWorld
) -> None:
    """The page goes on all the same: whoever opened it in the browser has closed the form to see it."""
    form.open()
    browser, link, draft_id = pages.browser(), form.link(), form.draft.id
    world.close()
    page = form.came(browser, google.consents(form.to_google(browser, link), ANN))

    assert "may now read" in form.after_work(browser, page)
    assert form.kept(draft_id)


def test_a_form_that_has_changed_since_its_page_was_shown(
    form: Form, pages: Pages, google: AskedConsent, world: SlackWorld
) -> None:
    """The button leads nowhere then: the page says that, and what it asks for now."""
    form.open()
    browser = pages.browser()
    shown = browser.open(form.link())
    world.services.drafts.change(form.draft.id, lambda now: replace(
        now, fields=replace(now.fields, destination_login="mallory@example.org")
    ))

    answer = go_on(browser, shown)
    assert answer.status_code == 409
    assert "has changed since" in text(answer)
    assert "mallory@example.org" in text(answer)
    assert go_on(browser, answer).headers["Location"].startswith(PAGE)


def test_a_link_to_google_opens_no_page_for_passwords(form: Form, pages: Pages) -> None:
    """And nothing of the form is told there."""
    form.open()
    token = form.link().rpartition("/")[2]
    answer = pages.browser().open(f"/password/{token}")

    assert answer.status_code == 404
    assert form.draft.id not in answer.text


def test_a_page_of_what_came_asks_again_for_ten_minutes(
    form: Form, pages: Pages, google: AskedConsent
) -> None:
    """After that, a new link is needed, and its button is not there."""
    form.open()
    browser = pages.browser()
    page = form.came(browser, google.refuses(form.to_google(browser, form.link())))
    pages.later = 2 * LASTS
    signed_in_now(pages, browser, OWNER)

    assert "<button" not in browser.get(page.url).text
    assert "This link has expired" in text(go_on(browser, page))


def test_a_form_whose_data_was_deleted_meanwhile(
    form: Form, pages: Pages, google: AskedConsent, world: SlackWorld
) -> None:
    """What had come is exchanged still, to be given back, and nothing of it stays in the store but a day's note."""
    form.open()
    browser, draft_id = pages.browser(), form.draft.id
    form.came(browser, google.refuses(form.to_google(browser, form.link())))
    form.came(browser, google.consents(form.to_google(browser, form.link()), ANN))
    assert len(world.redis.keys("omm:consent:*")) == 4
    world.services.jobs.delete(world.team, OWNER, tasks=[], stays=[], at=world.clock().timestamp() + 1)
    world.work("delete")
    assert len(world.redis.keys("omm:consent:*")) == 1
    world.orders.forget(draft_id)
    world.work("consent")

    vault = world.services.engine.vault
    assert (google.alive, len(google.revoked), form.kept(draft_id)) == ([], 1, "")
    assert (vault.accounts(), list(vault.leaving())) == (frozenset(), [])


@pytest.mark.parametrize("meanwhile", ["another source", "gone"])
def test_a_form_that_has_changed_meanwhile(
    form: Form, pages: Pages, google: AskedConsent, world: SlackWorld, meanwhile: str
) -> None:
    """Nothing is kept, it is given back, and the page says so."""
    form.open()
    browser, draft_id = pages.browser(), form.draft.id
    url = form.to_google(browser, form.link())
    if meanwhile == "gone":
        world.services.drafts.forget(draft_id)
    else:
        world.press(Action.SOURCE_KIND, where=world.view()["id"], value="imap")

    page = form.came(browser, google.consents(url, ANN))
    assert "has changed meanwhile" in form.after_work(browser, page)
    assert (google.alive, form.kept(draft_id)) == ([], "")


def test_google_is_away(form: Form, pages: Pages, google: AskedConsent, world: SlackWorld) -> None:
    """For a while it is tried again; when the code is too old, the page says so and asks once more."""
    form.open()
    browser = pages.browser()
    page = form.came(browser, google.consents(form.to_google(browser, form.link()), ANN))
    google.is_away, (key,) = True, [order.key for order in world.orders.all()]
    world.try_once(key)
    assert "One moment" in text(browser.get(page.url))
    pages.later += LASTS
    signed_in_now(pages, browser, OWNER)
    world.try_once(key)
    assert "Google did not answer" in text(browser.open(page.url))

    google.is_away = False
    world.work("consent")
    assert (google.alive, form.kept()) == ([], "")


def test_what_cannot_be_given_back_now_is_given_back_later(
    form: Form, pages: Pages, google: AskedConsent, world: SlackWorld
) -> None:
    """Google may be away for hours; a worker that comes by then does it, and the vault keeps nothing more."""
    form.open(login=ANN)
    browser = pages.browser()
    page = form.came(browser, google.consents(form.to_google(browser, form.link()), "bert@gmail.com"))
    (key,) = [order.key for order in world.orders.all()]
    google.fails_to_revoke = True
    world.try_once(key)
    assert "This was another account" in text(browser.get(page.url))
    assert google.alive == ["bert@gmail.com"]

    google.fails_to_revoke, vault = False, world.services.engine.vault
    assert give_back(world.services.engine) == 0        # as every worker does now and then
    assert google.alive == []
    assert (vault.accounts(), list(vault.leaving())) == (frozenset(), [])


def test_an_account_that_a_migration_needs_keeps_its_grant(
    form: Form, pages: Pages, google: AskedConsent, world: SlackWorld
) -> None:
    """Consenting for the wrong form with an account that another form uses does not end that one's access."""
    form.open()
    browser = pages.browser()
    form.after_work(browser, form.came(browser, google.consents(form.to_google(browser, form.link()), ANN)))
    first, granted = form.draft.id, form.kept()
    world.sides.source_password = granted
    world.submit()
    world.work("check")

    form.open(login="bert@gmail.com")
    page = form.came(browser, google.consents(form.to_google(browser, form.link()), ANN))
    assert "This was another account" in form.after_work(browser, page)
    assert google.revoked == []
    assert form.kept(first) == granted


def test_another_account_after_the_first(form: Form, pages: Pages, google: AskedConsent, world: SlackWorld) -> None:
    """A form that is authorised anew, for another account, has that one; the first is given back."""
    form.open()
    browser = pages.browser()
    form.after_work(browser, form.came(browser, google.consents(form.to_google(browser, form.link()), ANN)))
    world.slack.fill("owner", world.view()["id"], {
        next(b["block_id"] for b in world.view()["blocks"] if b["block_id"].startswith("source_login")): ""
    })
    url = form.to_google(browser, form.link())
    page = form.came(browser, google.consents(url, "bert@gmail.com"))

    assert "may now read the Google account bert@gmail.com" in form.after_work(browser, page)
    assert google.alive == ["bert@gmail.com"]


def test_what_the_admins_forbid(form: Form, pages: Pages, google: AskedConsent, world: SlackWorld) -> None:
    """It is asked when the link is made, when the page is shown, and before anything is kept."""
    def forbid(*hosts: str) -> None:
        world.services.policies.change(world.team, lambda now: replace(now, source_hosts=hosts))

    form.open()
    browser, link = pages.browser(), form.link()
    forbid("mail.example.org")
    assert "do not allow imap.gmail.com" in text(browser.open(link))
    forbid()
    url = form.to_google(browser, link)
    forbid("mail.example.org")
    page = form.came(browser, google.consents(url, ANN))
    assert "do not allow" in form.after_work(browser, page)
    assert (google.alive, len(google.revoked), form.kept()) == ([], 1, "")
    form.press(Action.AUTHORISE_FORM)
    assert "do not allow imap.gmail.com" in " ".join([*world.told(), form.read()])


def test_the_audit_in_words(form: Form, pages: Pages, google: AskedConsent, world: SlackWorld) -> None:
    """Who has asked, consented and been refused is read in sentences that name no account."""
    form.open(login=ANN)
    browser, colleague = pages.browser(), pages.browser("colleague")
    link = form.link()
    colleague.open(link)
    form.after_work(browser, form.came(browser, google.consents(form.to_google(browser, link), "bert@gmail.com")))

    read = "\n".join(map(str, lines(world.services, list(world.services.trail.audit.entries(world.team)))))
    for part in (OWNER, COLLEAGUE, "The link is somebody else's", "another account"):
        assert part in read
    assert "bert@gmail.com" not in read
    assert ADMIN not in read


# A migration that needs consent again


def test_a_migration_that_needs_consent_goes_on_by_itself(
    form: Form, pages: Pages, google: AskedConsent, world: SlackWorld
) -> None:
    """Its page names the account, the consent of another one changes nothing, and that of its own resumes it."""
    browser, task_id, first = pages.browser(), *stopped(form, pages, google, world)
    link = consents.link_to_task(world.services, owner(world), task_id)
    shown = browser.open(link)
    for part in (ANN, task_id, ADDRESS, "the migration resumes by itself"):
        assert part in text(shown)
    assert "do not go on" in text(pages.browser("colleague").open(link))

    page = form.came(browser, google.consents(go_on(browser, shown).headers["Location"], "bert@gmail.com"))
    assert f"{ANN} is meant" in form.after_work(browser, page)
    assert (form.kept(task_id), world.record(task_id).state) == (first, State.NEEDS_ATTENTION)

    again = go_on(browser, browser.get(page.url))
    page = form.came(browser, google.consents(again.headers["Location"], ANN))
    assert "The migration resumes" in form.after_work(browser, page)
    world.sides.source_password = form.kept(task_id)
    world.work()
    assert form.kept(task_id) == ""         # it is over, and needs none
    assert world.record(task_id).state is State.COMPLETED


def test_a_migration_that_has_gone_on_meanwhile_takes_no_consent(
    form: Form, pages: Pages, google: AskedConsent, world: SlackWorld
) -> None:
    """It was cancelled: the page says that nothing is needed, and the grant is given back."""
    browser, task_id, _first = pages.browser(), *stopped(form, pages, google, world)
    url = form.to_google(browser, consents.link_to_task(world.services, owner(world), task_id))
    steering.cancel(world.services, owner(world), task_id)
    page = form.came(browser, google.consents(url, ANN))

    assert "Nothing is needed any more" in form.after_work(browser, page)
    assert world.record(task_id).state is State.CANCELLED
    assert google.alive == []


def test_only_who_may_steer_a_migration_gets_its_link(
    form: Form, pages: Pages, google: AskedConsent, world: SlackWorld
) -> None:
    """Nobody else does, not even with the task ID."""
    task_id, _first = stopped(form, pages, google, world)

    with pytest.raises(NotAllowedError):
        consents.link_to_task(world.services, world.services.people.look(COLLEAGUE), task_id)
    assert consents.link_to_task(world.services, world.services.people.look(ADMIN), task_id)


def owner(world: SlackWorld) -> Person:
    return world.services.people.look(OWNER)


def stopped(form: Form, pages: Pages, google: AskedConsent, world: SlackWorld) -> tuple[str, str]:
    """A migration that needs consent again, and what was granted for it first."""
    form.open()
    browser = pages.browser()
    form.after_work(browser, form.came(browser, google.consents(form.to_google(browser, form.link()), ANN)))
    granted = form.kept()
    return needs_consent_again(form, google, world), granted


def needs_consent_again(form: Form, google: AskedConsent, world: SlackWorld) -> str:
    """A form that is authorised starts a migration, and Google takes back what was granted."""
    task_id, granted = form.draft.id, form.kept()
    google.revoked.append(granted)
    world.sides.source_password = granted
    world.submit()
    world.work("check")
    stop = Attention("Google takes it no more.", cause=Cause.CONSENT, side=Side.SOURCE)
    world.save(world.record(task_id), state=State.NEEDS_ATTENTION, attention=stop)
    for order in world.orders.all():
        world.orders.done(order)
    return task_id


def test_whoever_tries_too_often_has_to_wait(form: Form, pages: Pages, world: SlackWorld) -> None:
    """After twenty refusals within ten minutes nothing goes on any more; the audit says so once."""
    form.open()
    colleague, link = pages.signed_in("colleague"), form.link()
    for _ in range(MOST_TRIES + 5):
        answer = colleague.open(f"{link}?anew")

    assert answer.status_code == 429
    assert len(acts(world, What.CONSENT)) == MOST_TRIES + 1
    assert acts(world, What.CONSENT)[-1][1] == "Too many tries within ten minutes."
