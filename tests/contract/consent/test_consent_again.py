"""A worker dies just after a migration went on by a consent; the next one finds the consent still to be settled."""

from __future__ import annotations

from bot import steering
from bot.consent import consents
from bot.consent import secrets as consent_secrets
from bot.services import Try
from bot.stored.audit_entries import Surface
from bot.stored.consents import Status
from bot.work import consented, consenting
from engine.migration.record import State
from engine.ports.consent import Grant
from tests.contract.consent.test_consent import owner, stopped
from tests.servers.browser.browsers import Pages
from tests.servers.browser.private_pages import text
from tests.servers.consent.asked import AskedConsent
from tests.servers.consent.pages import ANN, Form, go_on
from tests.servers.slack.world import OWNER, SlackWorld


def comes(form: Form, task_id: str, then: str) -> str:
    """The owner consents for a migration; the address of the page of what came of it."""
    browser = form.pages.browser()
    shown = browser.open(consents.link_to_task(form.world.services, owner(form.world), task_id, then))
    return form.came(browser, form.google.consents(go_on(browser, shown).headers["Location"], ANN)).url


def dies_after_it_went_on(form: Form, task_id: str) -> None:
    """A worker exchanges the code, has the migration go on, and is killed before it has settled the consent."""
    services = form.world.services
    consent = services.consents.newest(task_id, OWNER)
    assert consent is not None
    sealed = consent_secrets.find(services.engine.vault, consent.id)
    assert sealed is not None
    grant = consenting._grant(services, consent, sealed)
    assert isinstance(grant, Grant)
    at = services.at(Surface.PAGE, Try(consent.came, again=True))
    assert consented.keep(at, owner(form.world), consent, grant) is Status.GRANTED
    form.world.sides.source_password = form.kept(task_id)


def test_a_migration_that_its_owner_has_paused_since_stays_paused(
    form: Form, pages: Pages, google: AskedConsent, world: SlackWorld
) -> None:
    """The consent has done what it was for; what its owner pressed afterwards holds."""
    task_id, _first = stopped(form, pages, google, world)
    comes(form, task_id, "resume")
    dies_after_it_went_on(form, task_id)
    steering.pause(world.services, owner(world), task_id)
    world.save(world.record(task_id), state=State.PAUSED)

    world.work("consent")

    assert world.record(task_id).state is State.PAUSED


def test_a_migration_that_has_run_again_runs_no_third_time(
    form: Form, pages: Pages, google: AskedConsent, world: SlackWorld
) -> None:
    """It was asked to copy what is missing once, so it does that once."""
    task_id, _first = stopped(form, pages, google, world)
    record = world.record(task_id)
    world.save(record, state=State.CANCELLED, attention=None, ended=world.clock())
    comes(form, task_id, "retry")
    dies_after_it_went_on(form, task_id)
    world.work("migrate")
    assert (world.record(task_id).state, world.record(task_id).retries) == (State.COMPLETED, 1)

    world.work("consent")

    assert (world.record(task_id).state, world.record(task_id).retries) == (State.COMPLETED, 1)


def test_a_migration_that_has_ended_by_the_consent_is_not_said_to_need_nothing(
    form: Form, pages: Pages, google: AskedConsent, world: SlackWorld
) -> None:
    """It resumed by this very consent, and is done: neither the page nor the audit calls the consent refused."""
    task_id, _first = stopped(form, pages, google, world)
    page = comes(form, task_id, "resume")
    dies_after_it_went_on(form, task_id)
    world.work("migrate")
    assert world.record(task_id).state is State.COMPLETED
    world.work("consent")

    consent = world.services.consents.newest(task_id, OWNER)
    assert consent is not None
    assert consent.status is Status.GRANTED, text(pages.signed_in().get(page))
