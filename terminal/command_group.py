"""The group of commands, as it answers a word that is none of them."""

from __future__ import annotations

from difflib import get_close_matches

import click


class Commands(click.Group):
    """Answers a word that is no command with the nearest one. What was typed is not repeated: it may be a password."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click's. Raises click.UsageError."""
        if args and not args[0].startswith("-") and self.get_command(ctx, args[0]) is None:
            near = get_close_matches(args[0].casefold(), self.commands, n=1)
            path = ctx.command_path
            meant = f"Did you mean: {path} {near[0]}" if near else f"To see all commands: {path} --help"
            ctx.fail(f"No such command. {meant}")
        return super().resolve_command(ctx, args)
