"""Access that Google takes back from nobody for a day: whoever has granted it learns that they have to end it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial

from bot.stored.audit_entries import Result, What
from bot.stored.threads import Thread, Threads
from bot.work.given_back import GivingBack, tell, tell_in_vain
from engine.clock import utc_now
from engine.errors import Side
from engine.store.vault import Vault
from tests.contract.slack.conftest import world  # noqa: F401 - the fixture
from tests.servers.consent.asked import AskedConsent
from tests.servers.consent.pages import acts, with_google
from tests.servers.slack.signed_world import KEYS
from tests.servers.slack.workspace import CHANNEL
from tests.servers.slack.world import OWNER, SlackWorld, words

TASK = "7K2F-9QXD"


def test_access_that_could_not_be_given_back_is_not_passed_over(
    world: SlackWorld,  # noqa: F811 - the fixture
) -> None:
    """One letter, which does not say that it went back; the audit says that it failed; and nothing is kept."""
    google, later = AskedConsent(fails_to_revoke=True), [timedelta()]
    with_google(world, google)
    vault = Vault(world.redis, keys=KEYS, clock=lambda: utc_now() + later[0], patience=1, goes_back=google.account)
    engine = replace(world.services.engine, vault=vault)
    world.services.threads.open(Thread(TASK, world.team, OWNER, CHANNEL, ""))
    vault.put(TASK, Side.SOURCE, '{"address": "ann@gmail.com", "token": "1"}')
    vault.drop(TASK)
    of = {world.team: world.services}.get
    for hour in range(30):
        giving = GivingBack(engine, *(partial(each, Threads(world.redis), of) for each in (tell, tell_in_vain)))
        giving.look()
        giving.wait()
        vault.purge(utc_now() + later[0])
        later[0] = timedelta(hours=hour)
    world.notify()

    (said,) = [text for one in world.letters() if TASK in (text := words(one["blocks"]))]
    assert "could not give its access" in said
    assert "myaccount.google.com/connections" in said
    assert "was given back" not in said
    assert acts(world, What.REVOKE) == [(f"{What.REVOKE}: {Result.FAILED}", "")]
    assert list(vault.leaving()) == []
