"""Consent with the product's own client of Google, at the Google emulator's pages: what people press there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.connectors.google.access.grants import kept_access
from engine.connectors.google.access.scopes import IDENTITY, MAIL
from engine.store.vault import Secret
from tests.servers.browser.private_pages import text
from tests.servers.certificates import Certificate, certificate
from tests.servers.consent.at_google import BERT, At, at_google
from tests.servers.consent.pages import ANN, go_on
from tests.servers.slack.world import SlackWorld


@pytest.fixture(scope="session")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return certificate(tmp_path_factory.mktemp("google-tls"))


@pytest.fixture
def at(world: SlackWorld, tls: Certificate, tmp_path: Path) -> Iterator[At]:
    with at_google(world, tls, tmp_path) as at:
        yield at


def test_a_form_is_authorised_at_google(at: At) -> None:
    """What is kept is a grant for mail, of the account that consented; Google has asked for nothing else."""
    at.form.open()
    url = at.form.to_google(at.browser, at.form.link())

    assert at.at_google().boxes(at.at_google().asked(url)) == [MAIL]
    assert f"may now read the Google account {ANN}" in at.came(url)
    kept = kept_access(Secret(at.form.kept()))
    assert (kept.address, set(kept.scopes)) == (ANN, {MAIL, *IDENTITY})
    assert f"Authorised as {ANN}" in at.form.read()


def test_what_people_press_otherwise(at: At) -> None:
    """Cancel, nothing ticked, another account: nothing is kept, Google has nothing left of it, and the way is open."""
    at.form.open(login=ANN)
    url = at.form.to_google(at.browser, at.form.link())

    assert "You have not allowed it" in at.came(url, does="cancel")
    assert "left off everything" in at.came(again(at), ticks=[])
    assert f"{ANN} is meant" in at.came(again(at), BERT)
    assert [live(at, address) for address in (ANN, BERT)] == [[], []]
    assert at.form.kept() == ""
    assert "may now read" in at.came(again(at))


def test_pages_of_googles_that_never_come_back(at: At) -> None:
    """An administrator blocks it, or the project is not for them: our page waits, and asks once more afterwards."""
    at.form.open()
    link = at.form.link()
    url = at.form.to_google(at.browser, link)
    at.google.change_person(ANN, admin_blocks=True)
    for setting in ({}, {"publishing": "testing"}, {"audience": "internal"}):
        at.google.configure(**setting)
        stuck = at.at_google().open(url)
        assert stuck.url.startswith(at.google.url)
        assert stuck.status_code >= 400

    page = at.browser.open(link)
    assert "waits for Google's answer" in text(page)
    assert at.form.kept() == ""
    at.google.change_person(ANN, admin_blocks=False)
    at.google.configure(publishing="production", audience="external")
    assert "may now read" in at.came(go_on(at.browser, page).headers["Location"])


def test_a_code_of_somebody_elses_question(at: At) -> None:
    """Google itself refuses it: the verifier does not fit."""
    at.form.open()
    mine = at.form.to_google(at.browser, at.form.link())
    back = at.at_google(BERT).back_from(replaced_challenge(mine))
    page = at.browser.open(back)

    assert "Google did not confirm it" in at.form.after_work(at.browser, page)
    assert at.form.kept() == ""


def replaced_challenge(url: str) -> str:
    """The same question with the challenge of somebody else."""
    before, _, after = url.partition("code_challenge=")
    return f"{before}code_challenge={'A' * 43}&{after.partition('&')[2]}"


def again(at: At) -> str:
    """Presses the button of the last page that asks once more; where it leads."""
    consent = at.form.world.services.consents.newest(at.form.draft.id, at.form.draft.owner)
    assert consent is not None
    page = at.browser.open(f"/oauth/google/result/{consent.id}")
    return str(go_on(at.browser, page).headers["Location"])


def live(at: At, address: str) -> list[str]:
    """What Google still has of an account's grants to us."""
    return [token for kind in at.google.tokens(address).values() for token in kind]
