"""The copy that stays in Sent Items of what would have been sent about a meeting (MS-OXWSMTGS_R4802, R4901, R6401)."""

import copy
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formataddr, formatdate

from lxml import etree

from emulators.exchange import draft, explicit, filing, folder, mime
from emulators.exchange.calendar import appointment, icalendar_in, icalendar_out, meeting_facts, meeting_message
from emulators.exchange.call import Call
from emulators.exchange.item import READ, UNSENT, Item
from emulators.exchange.soap import t

# The beginning of the subject, by what is sent or answered.
_PREFIXES = {"CANCEL": "Canceled: ", "Accept": "Accepted: ", "Tentative": "Tentative: ", "Decline": "Declined: "}
_PARTICIPATION = {answer: name for name, answer in meeting_message.ANSWERS.items()}


def save(call: Call, stored: Item, method: str, recipients: list[str], *, answer: str = "",
         said: etree._Element | None = None) -> None:
    """Keep a copy in Sent Items, if there is anybody whom it would have been sent to.

    `method` is that of its calendar, `answer` what a REPLY or a COUNTER answers, `said` the text that a client gave it.
    Raises ItemError ErrorQuotaExceeded.
    """
    if not recipients:
        return
    calendar = icalendar_out.written(call, stored, method=method, partstat=_PARTICIPATION.get(answer, ""))
    subject = _PREFIXES.get(answer or method, "") + stored.subject
    raw = _mail(call, subject[:255], calendar.decode(), method, recipients)
    new = draft.from_headers(call, "Message", mime.headers(raw), raw)
    meeting_message.become(call, new, icalendar_in.parsed(calendar), said=answer)
    meeting_facts.processed(new, stored, new.appointment["meeting"]["type"])
    if said is not None:
        body = copy.deepcopy(said)
        body.tag = t("Body")        # NewBodyContent of a cancellation is of the same type
        explicit.apply(call, new, body, creating=True)
    new.flags, new.size = (new.flags | READ) & ~UNSENT, len(raw)
    filing.keep(call, new, raw, folder.distinguished(call, "sentitems"))


def _mail(call: Call, subject: str, calendar: str, method: str, recipients: list[str]) -> bytes:
    made = EmailMessage(policy=SMTP)
    made["From"] = formataddr((call.mailbox.name, call.mailbox.address))
    made["To"] = ", ".join(" ".join(one.split()) for one in recipients)
    made["Subject"] = " ".join(subject.split())
    made["Date"] = formatdate(appointment.moment(call.now).timestamp())
    made.set_content(calendar, subtype="calendar", params={"method": method})
    return made.as_bytes()
