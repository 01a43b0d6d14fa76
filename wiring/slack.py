"""What speaks to Slack and to people: the client, services and notifier of one workspace; its e-mail."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.store.patience import Patient
from wiring import environment
from wiring.opening import Doors
from wiring.settings import Settings, SlackSettings

if TYPE_CHECKING:
    from datetime import datetime

    from redis import Redis
    from slack_sdk import WebClient

    from bot.notices.email import Mailer
    from bot.notices.notifier import Notifier
    from bot.services import Jobs, Services

SLACK_ANSWERS = 5.0     # seconds
NOTICES_WAIT = 30.0     # seconds: a post that is given up may arrive all the same


def slack_client(slack: SlackSettings, *, timeout: float = SLACK_ANSWERS) -> WebClient:
    """A client that never repeats a call by itself: whoever calls knows what may come twice. Seconds."""
    from slack_sdk import WebClient  # noqa: PLC0415 - the terminal door does without Slack's library

    trusted = None if slack.ca_file is None else environment.trusting(slack.ca_file)
    client = WebClient(slack.bot_token, timeout=round(timeout), ssl=trusted, retry_handlers=[])
    if slack.api_url:
        client.base_url = slack.api_url
    return client


def services(
    opened: Doors,
    slack: SlackSettings,
    jobs: Jobs,
    *,
    environ: Mapping[str, str],
    team: str,
    slack_answers: float = SLACK_ANSWERS,
) -> Services:
    """What conversations and jobs work with, for the people of one workspace.

    `team` is its ID, and `slack` has its token; `slack_answers` is in seconds.
    """
    from bot.links import Links  # noqa: PLC0415
    from bot.offers import read as read_offers  # noqa: PLC0415
    from bot.people import People  # noqa: PLC0415
    from bot.services import Services  # noqa: PLC0415

    client, redis = slack_client(slack, timeout=slack_answers), opened.redis
    return Services(
        engine=opened.engine,
        people=People(redis, client, team=team),
        offers=read_offers(offers_file(environ)),
        jobs=jobs,
        slack=client,
        links=Links(redis, client, team=team, first=slack.first),
        team=team,
        clock=opened.engine.clock,
        sends_email=bool(_smtp_url(environ)),
        public_url=slack.public_url if slack.signs_in else "",
        consent_url=slack.public_url,
        consenting=opened.consenting,
        look_up=opened.look_up,
        retention_days=environment.retention(environ.get("OMM_RETENTION_DAYS", "")),
        **_stored(redis, opened.engine.clock, team),
    )


def _stored(redis: Redis, clock: Callable[[], datetime], team: str) -> dict[str, Any]:
    """What is stored beside the engine, by its name in `Services`."""
    from bot.services import Trail  # noqa: PLC0415 - the terminal door does without Slack
    from bot.stored.approvals import Approvals  # noqa: PLC0415
    from bot.stored.audit import PATIENCE, Audit  # noqa: PLC0415
    from bot.stored.consents import Consents  # noqa: PLC0415
    from bot.stored.deletions import Deletions  # noqa: PLC0415
    from bot.stored.drafts import Drafts  # noqa: PLC0415
    from bot.stored.guesses import Guesses  # noqa: PLC0415
    from bot.stored.lists import Lists  # noqa: PLC0415
    from bot.stored.one_time import OneTimeLinks  # noqa: PLC0415
    from bot.stored.opened_homes import OpenedHomes  # noqa: PLC0415
    from bot.stored.outbox import Outbox  # noqa: PLC0415
    from bot.stored.policies import Policies  # noqa: PLC0415
    from bot.stored.room import Room  # noqa: PLC0415
    from bot.stored.threads import Threads  # noqa: PLC0415
    from bot.stored.web_sessions import WebSessions  # noqa: PLC0415
    from bot.work.crews import Crews  # noqa: PLC0415

    return {
        "drafts": Drafts(redis, clock=clock),
        "threads": Threads(redis, clock=clock),
        "guesses": Guesses(redis, team=team, clock=clock),
        "outbox": Outbox(redis, team=team),
        "deletions": Deletions(redis, clock=clock),
        "homes": OpenedHomes(redis, clock=clock),
        "policies": Policies(redis),
        "room": Room(redis),
        "approvals": Approvals(redis),
        "one_time": OneTimeLinks(redis, clock=clock),
        "consents": Consents(redis, clock=clock),
        "lists": Lists(redis),
        "crews": Crews(redis),
        "web_sessions": WebSessions(redis, clock=clock),
        "trail": Trail(Audit(Patient(redis, patience=PATIENCE))),
    }


def workspaces(
    opened: Doors, wired: Sequence[SlackSettings], jobs: Callable[[str], Jobs], *, environ: Mapping[str, str],
) -> Callable[[str], Services]:
    """Gives the services of a workspace by its ID, made once. `jobs` places the orders of the workspace of that ID.

    Those of a workspace that none of the `wired` tokens is for have no token: mail goes on, and Slack refuses the rest.
    So have those of a token of which Slack does not say now whose it is.
    """
    from bot.workspace import Workspace  # noqa: PLC0415 - as above

    identities = [(slack, Workspace(opened.redis, slack_client(slack))) for slack in wired]
    made: dict[str, Services] = {}

    def of(team: str) -> Services:
        if team in made:
            return made[team]
        own = next((slack for slack, workspace in identities if team and workspace.id() == team), None)
        strange = replace(wired[0], bot_token="", first=False)
        found = services(opened, own or strange, jobs(team), environ=environ, team=team)
        if own is not None:
            made[team] = found
        return found

    return of


def notifier(opened: Doors, slack: SlackSettings, chosen: Settings, *, team: str) -> Notifier:
    """What sends the notices of the workspace `team`. Raises InputError when OMM_SMTP_URL cannot be used."""
    from bot.links import Links  # noqa: PLC0415
    from bot.notices.audit_channel import AuditChannel  # noqa: PLC0415
    from bot.notices.home_tab import Tabs  # noqa: PLC0415
    from bot.notices.notifier import Notifier  # noqa: PLC0415
    from bot.notices.pace import Pace  # noqa: PLC0415
    from bot.notices.requests import Requests  # noqa: PLC0415
    from bot.notices.slack import SlackPost  # noqa: PLC0415
    from bot.people import People  # noqa: PLC0415
    from bot.stored.approvals import Approvals  # noqa: PLC0415
    from bot.stored.audit import PATIENCE, Audit  # noqa: PLC0415
    from bot.stored.deletions import Deletions  # noqa: PLC0415 - the terminal door does without Slack
    from bot.stored.lists import Lists  # noqa: PLC0415
    from bot.stored.opened_homes import OpenedHomes  # noqa: PLC0415
    from bot.stored.outbox import Outbox  # noqa: PLC0415
    from bot.stored.policies import Policies  # noqa: PLC0415
    from bot.stored.threads import Threads  # noqa: PLC0415

    redis, clock, store = opened.redis, opened.engine.clock, opened.engine.store
    client, threads = slack_client(slack, timeout=NOTICES_WAIT), Threads(redis, clock=clock)
    homes, outbox, people = OpenedHomes(redis, clock=clock), Outbox(redis, team=team), People(redis, client, team=team)
    audit = Audit(Patient(redis, patience=PATIENCE))
    post = SlackPost(client, Pace(redis, team=team, clock=clock), redis, first=slack.first)
    return Notifier(
        store=store,
        threads=threads,
        outbox=outbox,
        slack=post,
        people=people,
        mailer=mailer(chosen),
        audit_channel=AuditChannel(audit, Policies(redis), outbox, people, team=team, clock=clock),
        tabs=Tabs(
            store, threads, Deletions(redis, clock=clock), Links(redis, client, team=team, first=slack.first), homes,
            people, Policies(redis), Lists(redis), clock,
        ),
        requests=Requests(post, Approvals(redis), clock),
    )


def offers_file(environ: Mapping[str, str]) -> Path | None:
    """OMM_OFFERS_FILE; None for the offers that come with the product."""
    return Path(named) if (named := environ.get("OMM_OFFERS_FILE", "").strip()) else None


def _smtp_url(environ: Mapping[str, str]) -> str:
    return environ.get("OMM_SMTP_URL", "").strip()


def mailer(chosen: Settings) -> Mailer | None:
    """What sends e-mail; None where OMM_SMTP_URL names no server for it."""
    from bot.notices.email import Mailer, parse_smtp_url  # noqa: PLC0415 - as above

    url = _smtp_url(chosen.environ)
    return Mailer(parse_smtp_url(url), context=environment.trusting(chosen.ca_file)) if url else None
