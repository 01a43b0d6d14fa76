"""The page in the browser: the workspace drawn as Slack draws it, for a person to act in."""
