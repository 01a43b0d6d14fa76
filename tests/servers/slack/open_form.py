"""A form as its owner has it open in Slack, without the web door."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from bot.services import Services
from bot.stored.drafts import Draft, DraftState, Fields
from bot.views import migrate_form
from emulators.slack import SlackEmulator
from engine.errors import Side
from engine.migration.forwards import keep_secrets
from tests.servers.slack.signed_world import words
from tests.servers.slack.workspace import OWNER, TEAM
from tests.unit.emulators_slack.app import App


@dataclass
class Desktop:
    """The owner at their screen. `app` only hears what Slack delivers; the rest happens here."""

    services: Services
    slack: SlackEmulator
    app: App

    def fill(self, fields: Fields, passwords: dict[Side, str]) -> Draft:
        """Opens a form and fills it in."""
        draft = self.services.drafts.new(team=TEAM, owner=OWNER, channel="", fields=fields)
        view_id = self.open(migrate_form.migration_form(draft, self.services.offers))
        keep_secrets(self.services.engine, draft.id, passwords)
        return self.change(draft, view_id=view_id, kept=frozenset(passwords))

    def send(self, draft: Draft) -> Draft:
        """Sends the form."""
        sent = self.change(draft, state=DraftState.CHECKING, generation=draft.generation + 1, verdict=None)
        self.services.jobs.check(sent.id, sent.generation)
        return sent

    def close(self, draft: Draft) -> Draft:
        """Closes the form."""
        self.slack.close("owner", draft.view_id)
        closed = {DraftState.CHECKING: DraftState.CLOSED}
        return self.change(draft, state=closed.get(self.now(draft).state, draft.state))

    def now(self, draft: Draft) -> Draft:
        """The form as it is kept now."""
        found = self.services.drafts.load(draft.id)
        assert found is not None
        return found

    def open(self, view: dict[str, Any]) -> str:
        """Opens a view; returns its id."""
        before = len(self.app.got)
        self.slack.slash("owner", "general", "migrate")
        trigger = self.app.got[before].form["trigger_id"]
        return str(self.services.slack.views_open(trigger_id=trigger, view=view)["view"]["id"])

    def change(self, draft: Draft, **changes: Any) -> Draft:
        """The form with changes."""
        changed = self.services.drafts.change(draft.id, lambda now: replace(now, **changes))
        assert changed is not None
        return changed

    def seen(self) -> str:
        """Everything that can be read in the view on top."""
        views = self.slack.views("owner")
        return words(views[-1]) if views else ""
