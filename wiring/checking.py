"""A look at the settings that are needed only later."""

from __future__ import annotations

from engine.store.keys import secret_keys
from engine.store.patience import ANSWER
from wiring import environment
from wiring.google import google_settings
from wiring.opening import client
from wiring.settings import Settings
from wiring.slack import mailer, offers_file


def check(chosen: Settings) -> None:
    """Looks at what is needed only later, so that every door names a wrong setting at its start. Raises InputError."""
    from bot.offers import read as read_offers  # noqa: PLC0415 - the terminal door does without

    secret_keys(chosen.environ, chosen.config_dir, state_dir=chosen.state_dir)
    read_offers(offers_file(chosen.environ))
    mailer(chosen)
    google_settings(chosen.environ)
    if chosen.redis_url is not None:
        client(chosen.redis_url, ANSWER)
    else:
        environment.check_state_dir(chosen.state_dir)
