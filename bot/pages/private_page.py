"""The private page: where somebody types passwords in a browser, and what waited for them goes on.

A link leads there, for one person, one form or migration, ten minutes and one use. Using it does what the window in
Slack does where a password is typed, by the same functions. All raise NotAllowedError, and those of the act itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime

from bot import rolling_back, starting, steering, waiting
from bot.app_passwords import app_password
from bot.audit.auditing import Attempt, audited, only_refusals
from bot.pages import links as page_links
from bot.pages.asks import BUTTONS, GoneOnError, Page, page_of
from bot.pages.links import FATES, PageRefusedError, Refusal, attempted
from bot.people import Person
from bot.permissions import NotAllowedError, steerable
from bot.services import Services
from bot.steering import ConsentNeeded
from bot.stored.audit_entries import What
from bot.stored.drafts import Draft, DraftState, Fields, Waits
from bot.stored.one_time import LASTS, For, Link
from bot.where_typed import NO_PAGE, PAGE_IS_GONE, ways
from engine.errors import FatalError, OmmError, Side, UnreadableError
from engine.migration.record import Migration
from engine.store.vault import Secret

Typed = Mapping[Side, Secret]
CONSENT = "consent"     # what the window says instead where one is still needed
LONGEST = 3000      # characters of a password, as in Slack's form
PURPOSES = frozenset({For.FORM, For.TASK})


class NotGoneOnError(OmmError):
    """The passwords are saved, and what waited for them could not go on at the moment. Its cause is the reason."""


# The link


def ask_in_form(
    services: Services, person: Person, draft_id: str, fields: Fields, typed: Typed, *, view_id: str, edition: int = 0,
    waits: Waits = Waits.NOTHING,
) -> tuple[Draft, str]:
    """Has a form that was filled in wait for its passwords. Returns it, and the address of the page for them.

    The address is '' where the form has started, and where a link that was shown before is still open and the form is
    as it was: whoever has that page before them can go on there.
    """
    before = starting.own_form(services, person, draft_id)
    draft = waiting.wait_for_passwords(
        services, person, draft_id, fields, typed, view_id=view_id, edition=edition, waits=waits
    )
    again = waits is not Waits.NOTHING and (before.fields, before.waits) == (fields, waits)
    if draft.state is not DraftState.OPEN or (again and services.one_time.is_open(For.FORM, draft.id, person.id)):
        return draft, ""
    return draft, link_to_form(services, person, draft_id)


@audited(What.PAGE_LINK)
def link_to_form(services: Services, person: Person, draft_id: str) -> str:
    """The address of a new page for the passwords that a form lacks; for both where it lacks none."""
    draft = starting.own_form(services, person, draft_id)
    _check_page(services)
    token = services.one_time.new(
        For.FORM, draft.id, team=services.team, person=person.id, edition=draft.edition, view=draft.view_id,
        sides=ways(services).lacking(draft),
    )
    until = services.clock() + LASTS
    services.drafts.change(draft_id, lambda now: replace(now, page_until=until))
    return _address(services, token)


@audited(What.PAGE_LINK)
def link_to_task(
    services: Services, person: Person, task_id: str, then: str, sides: Sequence[Side], *, view_id: str
) -> tuple[Migration, str]:
    """The migration, and the address of a new page for its passwords of those `sides`. `then` is what waits for them.

    Raises what a press of the button does that waits for them.
    """
    migration = steerable(services, person, task_id, BUTTONS[then])
    _check_page(services)
    token = services.one_time.new(
        For.TASK, task_id, team=services.team, person=person.id, then=then, view=view_id, sides=tuple(sides),
    )
    return migration, _address(services, token)


@audited(What.PAGE, only_refusals)
def check_press(services: Services, person: Person, about: str) -> None:
    """Raises NotAllowedError unless the link for that form or migration can stand in a window of the person's."""
    draft = services.drafts.load(about)
    if draft is None or draft.state is DraftState.STARTED:
        steerable(services, person, about)
    else:
        starting.own_form(services, person, about)


def _check_page(services: Services) -> None:
    where = ways(services)
    if not where.page:
        raise NotAllowedError(PAGE_IS_GONE if where.form else NO_PAGE)


def _address(services: Services, token: str) -> str:
    return f"{services.public_url}/password/{token}"


# The page


def _page(services: Services, person: Person, link: Link) -> Page:
    try:
        return page_of(services, person, link)
    except GoneOnError as error:
        raise PageRefusedError(Refusal.GONE_ON) from error


def look(services: Services, person: Person, token: str) -> Page:
    """What the page asks for. It can be used afterwards as before. Raises PageRefusedError."""
    with attempted(services, person, What.PAGE) as this:
        page = _page(services, person, _open(services, person, token, this))
        this.outcome = None
    return page


def has_signed_in(services: Services, person: Person, token: str, until: datetime | None) -> bool:
    """True: the link is the person's, and a sign-in that lasts `until` then (UTC) lasts as long as the link."""
    link = services.one_time.find(token)
    is_theirs = link and (link.team, link.person) == (services.team, person.id)
    return bool(link and is_theirs and until and link.until <= until)


def use(
    services: Services, person: Person, token: str, typed: Typed, shown: str, *, starts: bool = False, login: str = "",
    mailbox: str = "",
) -> None:
    """Uses the link up, keeps the passwords, and goes on with what waited for them.

    `typed` has one for each mailbox of the page, and `shown` is that of the page which they were typed into.
    `starts`: a form that was not sent is sent by it. `login` and `mailbox` are the destination's new ones, '' for none.

    Raises PageRefusedError, NotGoneOnError, and what the act does that waited. Where that act has failed, the page can
    be sent again, until its link ends. A form whose passwords are saved goes on by its own button as well.
    """
    with attempted(services, person, What.PAGE) as this:
        link = _open(services, person, token, this)
        page = _page(services, person, link)
        if page.shown != shown:
            raise PageRefusedError(Refusal.CHANGED)
        typed = {one.side: app_password(typed[one.side]) if one.is_app else typed[one.side] for one in page.mailboxes}
        if services.one_time.use(token) is None:
            raise PageRefusedError(Refusal.USED)
        if link.purpose is For.FORM:
            with _open_again(services, token):
                _keep(services, person, page, typed)
    if link.purpose is For.FORM:
        _go_on(services, person, link, Waits.START if starts else Waits.NOTHING)
    else:
        with _open_again(services, token):
            _steer(services, person, link, typed, login, mailbox)


@contextmanager
def _open_again(services: Services, token: str) -> Iterator[None]:
    """Lets the link be used again if what is done meanwhile fails, unless the store is away. Raises what that does."""
    try:
        yield
    except OmmError:
        with suppress(FatalError):
            services.one_time.reopen(token)
        raise


def go_on_again(services: Services, person: Person, token: str) -> None:
    """Goes on with a form whose page was used, where the process that took the passwords did not come to that.

    Raises PageRefusedError for a link that was not used, or is not theirs, and NotGoneOnError.
    """
    with attempted(services, person, What.PAGE) as this:
        this.outcome = None
        link = _own(services, person, token, this)
        if not link.used:
            raise PageRefusedError(FATES.get(link.fate(services.clock()), Refusal.UNKNOWN))
    if link.purpose is For.FORM:
        _go_on(services, person, link, Waits.NOTHING)


def came_of(services: Services, person: Person, token: str) -> tuple[Link, Draft | None]:
    """A link of the person that was used, with the form that it was for. Raises PageRefusedError."""
    with attempted(services, person, What.PAGE) as this:
        link = _own(services, person, token, this)
        this.outcome = None
    if not link.used:
        raise PageRefusedError(Refusal.UNKNOWN)
    return link, services.drafts.load(link.about) if link.purpose is For.FORM else None


def refuse(services: Services, person: Person, token: str, why: Refusal) -> None:
    """Writes a refusal into the audit that was found out before the link was looked at. Raises PageRefusedError."""
    with attempted(services, person, What.PAGE) as this:
        _own(services, person, token, this)
        raise PageRefusedError(why)


def count_try(services: Services, person: Person, token: str, address: str) -> None:
    """Counts a try to use a page. Raises PageRefusedError after too many within ten minutes."""
    page_links.count_try(services, person, address, lambda why: refuse(services, person, token, why))


def _own(services: Services, person: Person, token: str, this: Attempt) -> Link:
    return page_links.own(services, person, token, this, PURPOSES)


def _open(services: Services, person: Person, token: str, this: Attempt) -> Link:
    return page_links.own_open(services, person, token, this, PURPOSES)


# What comes of it


def _keep(services: Services, person: Person, page: Page, typed: Typed) -> None:
    if waiting.keep_from_page(services, person, page.about, page.accounts, typed) is None:
        raise PageRefusedError(Refusal.CHANGED)


def _go_on(services: Services, person: Person, link: Link, otherwise: Waits) -> None:
    """Goes on with the form. Raises NotGoneOnError where the store, or what it keeps, is in the way of that."""
    try:
        draft = starting.own_form(services, person, link.about)
        try:
            draft = waiting.passwords_came(services, person, draft.id, draft.waits or otherwise)
        finally:
            if draft.state is not DraftState.CHECKING:      # whoever checks it draws it
                services.jobs.page_used(draft.id, draft.view_id, person.id)
    except (FatalError, UnreadableError) as error:
        raise NotGoneOnError(str(error)) from error


def _steer(services: Services, person: Person, link: Link, typed: Typed, login: str, mailbox: str) -> None:
    task_id, this = link.about, replace(services.trail.this, again=link.stopped)
    if link.then == "rollback":
        rolling_back.give_access(services, person, task_id, typed, this, login=login, mailbox=mailbox)
        rolling_back.count(services, person, task_id, link.view, writes=True)
        return
    do = steering.retry if link.then == "retry" else steering.resume
    came = do(services, person, task_id, this, typed=typed)
    then = CONSENT if isinstance(came, ConsentNeeded) else link.then
    services.jobs.page_used(task_id, link.view, person.id, then=then)
