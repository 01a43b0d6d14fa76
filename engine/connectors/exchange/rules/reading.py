"""The Inbox rules of a mailbox that is read, with what cannot be carried to another one, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from lxml import etree

from engine.connectors.exchange.reading.asking import Asking
from engine.connectors.exchange.rules import form
from engine.connectors.exchange.rules.assistant import notes_on_assistant
from engine.connectors.exchange.rules.folders import names_of
from engine.connectors.exchange.rules.meaning import shown
from engine.connectors.exchange.soap import MESSAGES, TYPES
from engine.connectors.exchange.typed import xml
from engine.connectors.exchange.typed.addresses import Directory
from engine.errors import Cause, FatalError, RefusedError, RetryableError
from engine.ports.rules import Rule
from engine.ports.settings import Entry, Note
from engine.words import listed

MOBILE = "MOBILE"       # the type of a telephone (EWS Managed API, RuleActions; Microsoft, "SendSMSAlertToRecipients")
ASKED = "<m:GetInboxRules/>"
UNSUPPORTED = (
    "it has conditions or actions that only Outlook knows, and the server does not tell them; make it anew in the new "
    "mailbox"
)
UNKNOWN = "OMM does not know what it has in it ({}); make it anew in the new mailbox"
SWITCHED_OFF = "servers understand a condition that is switched off ({}) in two ways; make it anew in the new mailbox"
REPLIES = "it replies with a message of the old mailbox, which does not move; make it anew in Outlook, with its message"
IN_ERROR = (
    "the old server has marked it as being in error, so it may not have run there; in the new mailbox it may run: look "
    "whether you want it, and switch it off there if not"
)
IN_ERROR_NOW = (
    "the new server has marked it as being in error, so it does not run; open it in the new mailbox, in Outlook under "
    "Rules and Alerts, and choose anew what is marked there"
)
NOT_TOLD = "the {side} server does not tell the rules ({error}); ask its administrator, or make them anew by hand"
ALL = "(all inbox rules)"
NOBODY = "no address of mail is known of {}; make it anew with an address, in the new mailbox"
TO_ITSELF = "it sends mail on to the new mailbox, which would go round there; make anew what else it does"
NAMELESS = "somebody without a name"
OUTLOOKS = "(rules that only Outlook keeps)"
OUTLOOKS_WORDS = (
    "Outlook keeps a copy of the old mailbox's rules for itself, and some may be in it alone: compare them in Outlook "
    "under Rules and Alerts, and make anew what is missing"
)


class InboxRules:
    """Fills in `ports.settings.SettingReader`: every rule, in the order in which they run."""

    def __init__(self, asking: Asking, directory: Directory, closed: Callable[[], None]) -> None:
        self._asking, self._directory, self._closed = asking, directory, closed
        self._outlooks = self._any = False

    def read(self) -> Sequence[Rule]:
        """GetInboxRules, and what its folders are called; one entry that stays where they are not told.

        Raises FatalError, RetryableError.
        """
        try:
            answer = asked(self._asking)
        except RefusedError as error:
            return [Rule("", ALL, form.written(xml.new("Rule")), stays=str(error))]
        self._outlooks = has_outlooks(answer)
        found = list(rules_in(answer))
        self._any = bool(found)
        names = names_of(self._asking, [one.get("Id") or "" for rule in found for one in form.folders(rule)])
        return [self._rule(rule, names) for rule in found]

    def notes(self) -> Sequence[Note]:
        """On rules that are not told: those that Outlook keeps, and those of the out-of-office assistant."""
        outlooks = [Note(OUTLOOKS, OUTLOOKS_WORDS)] if self._outlooks else []
        return [*outlooks, *notes_on_assistant(self._asking, has_others=self._any)]

    def close(self) -> None:
        """Ends the connection, if nobody else needs it."""
        self._closed()

    def _rule(self, told: etree._Element, names: Mapping[str, str]) -> Rule:
        rule = form.canonical(told)
        theirs = shown(rule)
        nobody = self._readdress(rule, form.CONDITIONS, form.EXCEPTIONS)
        is_whole = not (_is_unsupported(told) or form.unknown(told, form.CONDITIONS, form.EXCEPTIONS)
                        or form.switched_off(told) or nobody)
        nobody += self._readdress(rule, form.DOES)
        does = {form.local(part) for part in form.parts(rule, form.DOES)}
        stops = form.STOPPING in does or (_is_unsupported(told) and not does)
        return Rule(
            key=theirs, name=xml.words(rule, "DisplayName"), value=form.written(rule), id=xml.words(told, "RuleId"),
            stays="; ".join((*_why_it_stays(told, nobody), *([TO_ITSELF] if self._sends_to_itself(rule) else ()))),
            folders={one.get("Id") or "": names.get(one.get("Id") or "", "") for one in form.folders(rule)},
            sends=not does.isdisjoint(form.SENDING), stops=stops,
            stopping=_only_stopping(rule) if stops and is_whole else None, theirs=theirs,
            note=IN_ERROR if is_in_error(told) else "",
        )

    def _sends_to_itself(self, rule: etree._Element) -> bool:
        """True: it sends mail on, by the addresses from now on, to the mailbox that it moves into."""
        to = [one for part in form.of_people(rule, form.DOES) for one in part]
        return any(xml.words(one, "EmailAddress").lower() == self._directory.becomes.lower() != "" for one in to)

    def _readdress(self, rule: etree._Element, *holders: str) -> list[str]:
        """Gives everybody the address that they have from now on; returns the names of those who have none."""
        nobody = []
        for part in form.of_people(rule, *holders):
            there = set[str]()
            for one in list(part):
                address = self._now(xml.words(one, "EmailAddress"), xml.words(one, "RoutingType"))
                if not address:
                    nobody.append(xml.words(one, "Name") or xml.words(one, "EmailAddress") or NAMELESS)
                elif address.lower() in there:
                    part.remove(one)
                else:
                    there.add(address.lower())
                    xml.put(one, "EmailAddress", address)
                    if xml.words(one, "RoutingType").upper() != MOBILE:
                        xml.put(one, "RoutingType", "SMTP")
        return nobody

    def _now(self, address: str, routing: str) -> str:
        """The address that somebody has from now on, "" where nobody knows one; a telephone keeps its number."""
        if routing.upper() == MOBILE:
            return address
        found = self._directory.smtp(address, routing)
        return self._directory.now(found, self._directory.owners_among([found])) if found else ""


def asked(asking: Asking) -> etree._Element:
    """The answer to GetInboxRules; asked again while answers are lost.

    Raises RefusedError where the server does not tell the rules while it answers other questions, FatalError,
    RetryableError.
    """
    try:
        return asking.one(ASKED)
    except (FatalError, RetryableError) as error:
        is_of_rules = error.cause is Cause.FORBIDDEN if isinstance(error, FatalError) else error.back_off is None
        if not is_of_rules or not asking.answers():
            raise
        raise RefusedError(NOT_TOLD.format(side=asking.sessions.side, error=str(error).rstrip("."))) from error


def is_in_error(rule: etree._Element) -> bool:
    """True: the server has marked it, and does not carry it out ([MS-OXORULE] 2.2.1.3.1.3, ST_ERROR)."""
    return form.is_true(xml.words(rule, "IsInError"))


def rules_in(answer: etree._Element) -> Iterator[etree._Element]:
    """The rules of an answer to GetInboxRules, in the order in which they run."""
    found = answer.iterfind(f"{MESSAGES}InboxRules/{TYPES}Rule")
    return iter(sorted(found, key=priority_of))


def priority_of(rule: etree._Element) -> int:
    """Its place among the others: 1 runs first."""
    said = xml.words(rule, "Priority").strip()
    return int(said) if said.isdecimal() else 0


def has_outlooks(answer: etree._Element) -> bool:
    """True: Outlook keeps rules for itself in that mailbox, and some of them may be nowhere else."""
    return form.is_true(answer.findtext(f"{MESSAGES}OutlookRuleBlobExists") or "")


def _only_stopping(rule: etree._Element) -> Entry:
    made = form.only_stopping(rule)
    return Entry("", xml.words(made, "DisplayName"), form.written(made))


def _is_unsupported(told: etree._Element) -> bool:
    return form.is_true(xml.words(told, "IsNotSupported"))


def _why_it_stays(told: etree._Element, nobody: Sequence[str]) -> Iterator[str]:
    if _is_unsupported(told):
        yield UNSUPPORTED
        return
    if unknown := form.unknown(told):
        yield UNKNOWN.format(listed(unknown))
    if off := form.switched_off(told):
        yield SWITCHED_OFF.format(listed(off))
    if any(form.local(part) == form.REPLYING for part in form.parts(told, form.DOES)):
        yield REPLIES
    if nobody:
        yield NOBODY.format(listed([name[:100] for name in dict.fromkeys(nobody)]))
