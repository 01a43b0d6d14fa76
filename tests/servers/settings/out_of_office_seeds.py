"""Out-of-office settings that no client has written: each state and audience, schedules, languages, odd replies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from xml.sax.saxutils import escape

PAST, RUNNING = ("2020-01-01T00:00:00Z", "2020-02-01T00:00:00Z"), ("2020-01-01T00:00:00Z", "2098-02-01T00:00:00Z")
AHEAD = ("2097-03-01T07:30:00Z", "2098-02-01T00:00:00Z")
INSIDE = '<html><body><p style="color:red">Weg bis „Montag“ &amp; bis</p>\n<ul><li>1 &lt; 2</li></ul></body></html>'
OUTSIDE = "<html>\n<body>\n<b>Away</b> 🏖 &nbsp; <a href=\"https://example.net/?a=1&amp;b=2\">x</a>\n</body>\n</html>\n"


@dataclass(frozen=True)
class Away:
    """Settings. `inside` and `outside` are the replies as HTML, each with a language or none."""

    name: str
    state: str = "Enabled"
    audience: str = "All"
    when: tuple[str, str] = AHEAD
    inside: str = INSIDE
    outside: str = OUTSIDE
    languages: tuple[str, str] = ("", "")

    def xml(self) -> str:
        """What is inside of UserOofSettings."""
        start, end = self.when
        return (
            f"<t:OofState>{self.state}</t:OofState><t:ExternalAudience>{self.audience}</t:ExternalAudience>"
            f"<t:Duration><t:StartTime>{start}</t:StartTime><t:EndTime>{end}</t:EndTime></t:Duration>"
            + _reply("InternalReply", self.inside, self.languages[0])
            + _reply("ExternalReply", self.outside, self.languages[1]))

    @property
    def expected(self) -> str:
        """The state that it comes with."""
        passed = self.state == "Scheduled" and self.when == PAST
        return "Disabled" if passed else self.state


def _reply(name: str, words: str, language: str) -> str:
    attribute = f' xml:lang="{language}"' if language else ""
    inner = f"<t:Message>{escape(words)}</t:Message>" if words else ""
    return f"<t:{name}{attribute}>{inner}</t:{name}>"


def matrix() -> Iterator[Away]:
    """Each state for each audience, with HTML in both replies."""
    for state in ("Enabled", "Scheduled", "Disabled"):
        for audience in ("All", "Known", "None"):
            yield Away(f"{state} for {audience}", state, audience)


def others() -> list[Away]:
    """Schedules, languages, one reply alone."""
    return [
        Away("a schedule that runs", "Scheduled", when=RUNNING),
        Away("a schedule that has passed", "Scheduled", "Known", when=PAST),
        Away("in two languages", languages=("de-DE", "en-GB")),
        Away("off, with a schedule that has passed", "Disabled", when=PAST),
        Away("plain words", inside="Weg.\nBis bald", outside="Away."),
        Away("off, one reply", "Disabled", outside=""),
    ]


def odd() -> list[Away]:
    """What no server takes, though one may have it from a time when another one did."""
    return [
        Away("on without a text", inside="", outside=""),
        Away("on, one reply", "Enabled", "None", outside=""),
        Away("scheduled, the other reply", "Scheduled", inside=""),
    ]


# What the owner of the destination may have: nothing, in a mailbox that says so in its own way; and a text.
NOTHING = Away("nothing", "Disabled", "Known", when=PAST, inside="", outside="")
OWN_TEXT = Away("a text, off", "Disabled", "None", inside="My own words", outside="")
OWN_ON = Away("on", "Enabled", "Known", inside="I am away", outside="Away")
