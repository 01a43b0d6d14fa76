"""What speaks to Slack and to people: its client, the services, and the notifier with its e-mail."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from wiring import environment
from wiring.opening import Doors
from wiring.settings import Settings, SlackSettings

if TYPE_CHECKING:
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
    """What conversations and jobs work with. `team` is the workspace's id; `slack_answers` is in seconds."""
    from bot.links import Links  # noqa: PLC0415
    from bot.offers import read as read_offers  # noqa: PLC0415
    from bot.people import People  # noqa: PLC0415
    from bot.services import Services  # noqa: PLC0415
    from bot.stored.deletions import Deletions  # noqa: PLC0415 - as above
    from bot.stored.drafts import Drafts  # noqa: PLC0415
    from bot.stored.guesses import Guesses  # noqa: PLC0415
    from bot.stored.opened_homes import OpenedHomes  # noqa: PLC0415
    from bot.stored.outbox import Outbox  # noqa: PLC0415
    from bot.stored.threads import Threads  # noqa: PLC0415

    client, redis, clock = slack_client(slack, timeout=slack_answers), opened.redis, opened.engine.clock
    return Services(
        engine=opened.engine,
        drafts=Drafts(redis, clock=clock),
        threads=Threads(redis, clock=clock),
        people=People(redis, client),
        guesses=Guesses(redis, clock=clock),
        outbox=Outbox(redis),
        deletions=Deletions(redis, clock=clock),
        offers=read_offers(offers_file(environ)),
        jobs=jobs,
        slack=client,
        links=Links(redis, client),
        homes=OpenedHomes(redis, clock=clock),
        team=team,
        clock=clock,
        sends_email=bool(_smtp_url(environ)),
    )


def notifier(opened: Doors, slack: SlackSettings, chosen: Settings, *, team: str) -> Notifier:
    """What sends the notices of the workspace `team`. Raises InputError when OMM_SMTP_URL cannot be used."""
    from bot.links import Links  # noqa: PLC0415
    from bot.notices.home_tab import Tabs  # noqa: PLC0415
    from bot.notices.notifier import Notifier  # noqa: PLC0415
    from bot.notices.pace import Pace  # noqa: PLC0415
    from bot.notices.slack import SlackPost  # noqa: PLC0415
    from bot.people import People  # noqa: PLC0415
    from bot.stored.deletions import Deletions  # noqa: PLC0415 - the terminal door does without Slack
    from bot.stored.opened_homes import OpenedHomes  # noqa: PLC0415
    from bot.stored.outbox import Outbox  # noqa: PLC0415
    from bot.stored.threads import Threads  # noqa: PLC0415

    redis, clock, store = opened.redis, opened.engine.clock, opened.engine.store
    client, threads = slack_client(slack, timeout=NOTICES_WAIT), Threads(redis, clock=clock)
    homes = OpenedHomes(redis, clock=clock)
    return Notifier(
        store=store,
        threads=threads,
        outbox=Outbox(redis),
        slack=SlackPost(client, Pace(redis, team=team, clock=clock), redis),
        people=People(redis, client),
        mailer=mailer(chosen),
        tabs=Tabs(store, threads, Deletions(redis, clock=clock), Links(redis, client), homes, clock),
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
