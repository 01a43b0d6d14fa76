"""The methods of the Web API, each with its arguments, its scope and its tier."""

from emulators.slack.methods.apps import APPS
from emulators.slack.methods.blocks import BLOCKS
from emulators.slack.methods.chat import CHAT
from emulators.slack.methods.conversations import CONVERSATIONS
from emulators.slack.methods.files import FILES
from emulators.slack.methods.method import Method
from emulators.slack.methods.people import PEOPLE
from emulators.slack.methods.views import VIEWS

METHODS: dict[str, Method] = {**APPS, **BLOCKS, **CHAT, **CONVERSATIONS, **FILES, **PEOPLE, **VIEWS}

__all__ = ["METHODS", "Method"]
