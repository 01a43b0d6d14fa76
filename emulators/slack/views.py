"""The modals that are open, and the home tabs."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from emulators.slack import form
from emulators.slack.blocks import check, elements
from emulators.slack.settings import Clock
from emulators.slack.triggers import RefusedError
from emulators.slack.workspace import APP, BOT

_OPTIONAL_TEXTS = ("title", "submit", "close")


@dataclass(slots=True, kw_only=True)
class View:
    """One view as a person has it before them."""

    id: str
    team: str
    user: str
    body: dict[str, Any]
    hash: str
    root: str
    previous: str | None = None
    state: form.State = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)    # under the fields, by block_id
    trouble: str = ""                                       # the banner on top
    broken: set[str] = field(default_factory=set)           # action_ids with a warning sign

    @property
    def blocks(self) -> list[dict[str, Any]]:
        """Its blocks, each with a block_id."""
        return list(self.body["blocks"])

    def as_json(self) -> dict[str, Any]:
        """A view object as payloads and answers hold it."""
        body = self.body
        return {"id": self.id, "team_id": self.team, "type": body["type"], "blocks": body["blocks"],
                **{name: body.get(name) for name in _OPTIONAL_TEXTS},
                "private_metadata": body.get("private_metadata", ""), "callback_id": body.get("callback_id", ""),
                "external_id": body.get("external_id", ""), "state": {"values": self.state}, "hash": self.hash,
                "clear_on_close": body.get("clear_on_close", False),
                "notify_on_close": body.get("notify_on_close", False), "root_view_id": self.root,
                "previous_view_id": self.previous, "app_id": APP, "bot_id": BOT, "app_installed_team_id": self.team}


def with_ids(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The blocks, with a made-up block_id where none was given: a new one each time, as Slack does."""
    return [{"block_id": secrets.token_urlsafe(4), **block} for block in blocks]


def element_of(blocks: list[dict[str, Any]], action_id: str,
               block_id: str | None = None) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """The block and the element of an action_id."""
    for block in blocks:
        for one in elements(block):
            if one["action_id"] == action_id and block_id in (None, block["block_id"]):
                return block, one
    return None


class Views:
    """Stacks of modals by user, and one home tab each. Used under the state's lock.

    An external_id is never free again: "must be unique for all views on a team" (views.open) does not say that
    closing a view frees it.
    """

    def __init__(self, clock: Clock, homes: dict[str, dict[str, Any]], team: str) -> None:
        """Start with what is stored of the home tabs; `team` is the workspace."""
        self._team = team
        self._clock = clock
        self.stacks: dict[str, list[View]] = {}
        self.homes: dict[str, View] = {}
        self._external: dict[str, str] = {}
        for user, body in homes.items():
            self._home(user, body)

    def check(self, body: Any, surface: str) -> None:
        """Refuse a view that breaks a limit, as views.* do."""
        if not isinstance(body, dict):
            raise RefusedError("invalid_arguments", response_metadata={"messages": ["[ERROR] view must be an object"]})
        wrong = check(body, surface="home" if surface == "home" else "modal", at="/view")
        if any("view_too_large" in one for one in wrong):
            raise RefusedError("view_too_large")
        if wrong:
            raise RefusedError("invalid_arguments", response_metadata={"messages": [f"[ERROR] {w}" for w in wrong]})

    def open(self, user: str, body: dict[str, Any], *, onto: View | None = None) -> View:
        """Show a modal alone, or on top of `onto`; a modal opened anew closes those that were open."""
        number = f"V{secrets.token_hex(5).upper()}"
        self._claim(body, number)
        view = View(id=number, team=self._team, user=user, body=self._body(body), hash=self._hash(),
                    root=onto.root if onto else number, previous=onto.id if onto else None)
        view.state = form.initial(view.blocks)
        self.stacks[user] = [*(self.stacks.get(user, []) if onto else []), view]
        return view

    def update(self, view: View, body: dict[str, Any], given_hash: str | None = None) -> View:
        """Draw a view anew; what was typed stays where the ids are the same."""
        if given_hash is not None and given_hash != view.hash:
            raise RefusedError("hash_conflict")
        self._claim(body, view.id)
        view.body, view.hash = self._body(body), self._hash()
        view.state = form.carried(view.state, view.blocks)
        view.errors, view.trouble, view.broken = {}, "", set()
        return view

    def publish(self, user: str, body: dict[str, Any], given_hash: str | None) -> View:
        """Put up a person's home tab."""
        home = self.homes.get(user)
        if home is None:
            return self._home(user, body)
        return self.update(home, body, given_hash)

    def find(self, view_id: str | None = None, external_id: str | None = None) -> View:
        """An open modal or a home tab; raises RefusedError("not_found")."""
        if external_id is not None:
            view_id = self._external.get(external_id)
        for view in self:
            if view.id == view_id:
                return view
        raise RefusedError("not_found")

    def close(self, view: View) -> None:
        """Take a modal away; those on top of it go with it."""
        stack = self.stacks.get(view.user, [])
        self.stacks[view.user] = stack[:stack.index(view)] if view in stack else stack

    def clear(self, user: str) -> None:
        """Take all modals of a person away."""
        self.stacks[user] = []

    def __iter__(self) -> Iterator[View]:
        """All that is on somebody's screen."""
        for stack in self.stacks.values():
            yield from stack
        yield from self.homes.values()

    def _home(self, user: str, body: dict[str, Any]) -> View:
        number = f"V{secrets.token_hex(5).upper()}"
        self._claim(body, number)
        view = View(id=number, team=self._team, user=user, body=self._body(body), hash=self._hash(), root=number)
        view.state = form.initial(view.blocks)
        self.homes[user] = view
        return view

    def _claim(self, body: dict[str, Any], number: str) -> None:
        external = body.get("external_id")
        if external and self._external.setdefault(external, number) != number:
            raise RefusedError("duplicate_external_id")

    def _body(self, body: dict[str, Any]) -> dict[str, Any]:
        return {**body, "blocks": with_ids(body["blocks"])}

    def _hash(self) -> str:
        return f"{int(self._clock())}.{secrets.token_hex(4)}"
