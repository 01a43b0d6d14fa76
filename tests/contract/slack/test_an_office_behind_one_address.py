"""Everybody of an office may come to the private page from one address: who is right is not counted as a try."""

from __future__ import annotations

from pathlib import Path

from bot.stored.one_time import MOST_TRIES, For
from engine.errors import Side
from tests.servers.browsers import paged
from tests.servers.private_pages import send
from tests.servers.slack_world import slack_world
from tests.servers.workspace import COLLEAGUE, OWNER, TEAM


def test_more_people_of_one_address_type_their_passwords_than_may_guess(tmp_path: Path) -> None:
    """Each into a link of their own, once, and right."""
    with slack_world(tmp_path) as world, paged(world) as pages:
        browsers = [(OWNER, pages.signed_in()), (COLLEAGUE, pages.signed_in("colleague"))]
        answers = []
        for number in range(MOST_TRIES + 2):
            user, browser = browsers[number % 2]
            draft = world.services.drafts.new(team=TEAM, owner=user, channel="")
            token = world.services.one_time.new(For.FORM, draft.id, team=TEAM, person=user, sides=tuple(Side))
            shown = browser.open(f"{pages.url}/password/{token}")
            answers.append(send(browser, shown, do="save", source="one", destination="two").status_code)

    assert answers == [303] * (MOST_TRIES + 2)
