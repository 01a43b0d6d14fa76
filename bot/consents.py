"""Consents: the way of a Google account's owner to Google's page, and what a form knows of it afterwards."""

from __future__ import annotations

from bot.people import Person
from bot.permissions import steerable
from bot.services import Services
from bot.starting import own_form
from bot.stored.drafts import Draft
from bot.where_typed import no_consent


def available(services: Services) -> str:
    """Why nobody can be asked for consent, in words for a form's owner; '' where they can be."""
    return no_consent(services)


def link(services: Services, person: Person, draft_id: str) -> str:
    """The address of the page that leads the form's owner to Google, made just now."""
    own_form(services, person, draft_id)
    return f"{services.public_url}/oauth/google/start/of-a-form"


def link_to_task(services: Services, person: Person, task_id: str, then: str) -> str:
    """The same for a migration that needs consent again. `then`: "resume" or "retry", which follows by itself."""
    steerable(services, person, task_id)
    return f"{services.public_url}/oauth/google/start/to-{then}"


def known(services: Services, person: Person, draft_id: str) -> Draft:
    """The person's own form with what is known by now of the consent to it."""
    return own_form(services, person, draft_id)
