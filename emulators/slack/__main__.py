"""The command: `python -m emulators.slack --port 0 --request-url http://127.0.0.1:3000/slack/events`.

Prints one JSON line with its urls when it listens, and runs until SIGTERM or SIGINT. The secrets come from
SLACK_SIGNING_SECRET and SLACK_BOT_TOKEN, as the app's own do; SLACK_APP_TOKEN turns Socket Mode on, and no request
url is needed then. SLACK_CLIENT_ID and SLACK_CLIENT_SECRET are those of Sign in with Slack.
"""

import argparse
import json
import os
import signal
import sys
import threading
from pathlib import Path

from emulators.slack.emulator import SlackEmulator
from emulators.slack.settings import SCOPES, Settings


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m emulators.slack", description=__doc__)
    parser.add_argument("--request-url", default="", help="where the app listens")
    parser.add_argument("--database", type=Path, help="keep messages in this file; without it, in memory")
    parser.add_argument("--port", type=int, default=0, help="0 takes any free one")
    parser.add_argument("--command", default="/omm", help="the slash command of the app")
    parser.add_argument("--scope", action="append", default=[], help="grant the bot token one more scope")
    parser.add_argument("--redirect-url", action="append", default=[], help="where Sign in with Slack may lead back to")
    return parser.parse_args()


def _run(given: argparse.Namespace, secret: str, token: str, app_token: str) -> None:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    usual, env = Settings(), os.environ
    settings = Settings(command=given.command, scopes=(*SCOPES, *given.scope), redirect_urls=tuple(given.redirect_url),
                        client_id=env.get("SLACK_CLIENT_ID") or usual.client_id,
                        client_secret=env.get("SLACK_CLIENT_SECRET") or usual.client_secret)
    with SlackEmulator(given.database, signing_secret=secret, bot_token=token, app_token=app_token,
                       request_url=given.request_url, port=given.port, settings=settings) as emulator:
        line = {"url": emulator.url, "page": emulator.page_url, "control": emulator.control_url}
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()
        while not stop.wait(1):
            emulator.deliver_due()


def main() -> int:
    """Run; the exit status is 2 when it cannot start, with one line on standard error that says why."""
    given = _arguments()
    secret, token = os.environ.get("SLACK_SIGNING_SECRET", ""), os.environ.get("SLACK_BOT_TOKEN", "")
    if not secret or not token:
        sys.stderr.write("set SLACK_SIGNING_SECRET and SLACK_BOT_TOKEN\n")
        return 2
    app_token = os.environ.get("SLACK_APP_TOKEN", "")
    if not app_token and not given.request_url:
        sys.stderr.write("give --request-url, or set SLACK_APP_TOKEN for Socket Mode\n")
        return 2
    try:
        _run(given, secret, token, app_token)
    except OSError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
