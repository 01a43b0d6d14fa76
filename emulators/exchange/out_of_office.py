"""GetUserOofSettings and SetUserOofSettings, and the replies that would go out.

Both operations belong to the owner alone: another user's settings are refused, full access or not (the error example
on the page of GetUserOofSettings). Whoever impersonates the owner is the owner.
"""

import json
import re
import sqlite3
from datetime import datetime, timedelta

from lxml import etree

from emulators.exchange import folder, fragments, item, mailbox, mailbox_setting, moments, outgoing
from emulators.exchange.call import Call
from emulators.exchange.errors import ItemError, SoapFault
from emulators.exchange.mailbox import Mailbox
from emulators.exchange.rules import hidden
from emulators.exchange.rules.predicates import Delivered
from emulators.exchange.soap import TYPES, XMLNS, local, t, text

_SETTINGS, _ANSWERED = "out of office", "out of office answered"
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"


def get_user_oof_settings(call: Call) -> str:
    """Answer a GetUserOofSettings request; raises SoapFault ErrorAccessDenied for another user's settings."""
    try:
        _check_owner(call)
        call.injected(0)
    except ItemError as error:
        return _answer("GetUserOofSettings", _refusal(error))
    kept = _read(call)
    inner = "".join(_element(one, old=call.settings.version == "2010") for one in kept)
    # Assumption: AllowExternalOof is what the organisation allows, and this one allows everything.
    return _answer("GetUserOofSettings", f"{_DONE}<t:OofSettings>{inner}</t:OofSettings>"
                   "<m:AllowExternalOof>All</m:AllowExternalOof>")


def set_user_oof_settings(call: Call) -> str:
    """Answer a SetUserOofSettings request; raises SoapFault ErrorAccessDenied for another user's settings.

    Assumption: a reply that the request leaves out is empty afterwards, and everybody is answered once more.
    """
    try:
        _check_owner(call)
        call.injected(0)
        given = call.request.find(t("UserOofSettings"))
        assert given is not None, "the schema requires it"
        _check(call, given)
    except ItemError as error:
        return _answer("SetUserOofSettings", _refusal(error))
    keep(call.db, call.mailbox, given, renders=call.settings.renders_replies)
    return _answer("SetUserOofSettings", _DONE)


def keep(db: sqlite3.Connection, owner: Mailbox, given: etree._Element, *, renders: bool = False) -> None:
    """Have these settings, a UserOofSettings element, unchecked; everybody is answered once more.

    `renders`: replies become HTML documents, as with Set-MailboxAutoReplyConfiguration, which adds the tags to a text.
    """
    settings = {local(one): one for one in given}
    for reply in given.iter(t("InternalReply"), t("ExternalReply")) if renders else ():
        for message in reply.iterfind(t("Message")):
            message.text = _rendered(message.text or "")
    mailbox_setting.write(db, owner, _SETTINGS, f'<t:UserOofSettings xmlns:t="{TYPES}">' + "".join(
        _element(one) for one in settings.values()) + "</t:UserOofSettings>")
    mailbox_setting.remove(db, owner, _ANSWERED)
    hidden.keep_replies(db, owner, on=settings["OofState"].text != "Disabled",
                          audience=settings["ExternalAudience"].text or "")


_BODY = re.compile(r"<body[^>]*>(.*)</body>", re.DOTALL | re.IGNORECASE)


def _rendered(reply: str) -> str:
    """A reply inside of a document; one that is inside of one already is put into this one."""
    found = _BODY.search(reply)
    inner = (found[1] if found else reply).strip()
    return f"<html>\n<body>\n{inner}\n</body>\n</html>\n" if inner else ""


_DONE = '<m:ResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode></m:ResponseMessage>'


def _answer(operation: str, inner: str) -> str:
    return f"<m:{operation}Response {XMLNS}>{inner}</m:{operation}Response>"


def _refusal(error: ItemError) -> str:
    return (f'<m:ResponseMessage ResponseClass="Error"><m:MessageText>{text(error.text)}</m:MessageText>'
            f"<m:ResponseCode>{error.code}</m:ResponseCode><m:DescriptiveLinkKey>0</m:DescriptiveLinkKey>"
            "</m:ResponseMessage>")


def _check_owner(call: Call) -> None:
    """Raise SoapFault ErrorAccessDenied, or ItemError when there is no such mailbox.

    The documented fault is that of 2007; Assumption: later versions say the same with their own code.
    """
    address = call.request.findtext(f"{t('Mailbox')}/{t('Address')}", "").lower()
    if address != call.mailbox.address:
        if mailbox.load(call.db, address) is None:
            raise ItemError("ErrorNonExistentMailbox", "The SMTP address has no mailbox associated with it.")
        raise SoapFault("ErrorAccessDenied", "User is not mailbox owner.")


def _check(call: Call, given: etree._Element) -> None:
    """Rule R12: ErrorInvalidScheduledOofDuration, and ErrorInvalidUserOofSettings when a reply is missing."""
    state = given.findtext(t("OofState"))
    start, end = _duration(given)
    if end is not None and start is not None and end <= start:
        raise ItemError("ErrorInvalidScheduledOofDuration")
    if state == "Scheduled" and (end is None or end <= call.now):
        raise ItemError("ErrorInvalidScheduledOofDuration")
    replies = [given.findtext(f"{t(name)}/{t('Message')}") for name in ("InternalReply", "ExternalReply")]
    if state != "Disabled" and not all(replies):
        raise ItemError("ErrorInvalidUserOofSettings")


def _duration(given: etree._Element) -> tuple[str | None, str | None]:
    """Start and end; raises ItemError ErrorInvalidScheduledOofDuration for a time that Exchange cannot hold."""
    found = given.find(t("Duration"))
    if found is None:
        return None, None
    try:
        return moments.moment(found.findtext(t("StartTime"), "")), moments.moment(found.findtext(t("EndTime"), ""))
    except ValueError as error:
        raise ItemError("ErrorInvalidScheduledOofDuration") from error


def _read(call: Call) -> list[etree._Element]:
    """The elements of the settings, in the order of the schema; what was never set is as in a new mailbox."""
    kept = mailbox_setting.read(call.db, call.mailbox, _SETTINGS)
    given = {} if kept is None else {local(one): one for one in etree.fromstring(kept)}
    usual = {local(one): one for one in etree.fromstring(_usual(call))}
    return [given.pop(name, one) for name, one in usual.items()] + list(given.values())


def _usual(call: Call) -> str:
    """A new mailbox's settings. Assumption: a day that begins with the next full hour."""
    hour = datetime.fromisoformat(call.now).replace(minute=0, second=0) + timedelta(hours=1)
    start, end = (moment.strftime("%Y-%m-%dT%H:%M:%SZ") for moment in (hour, hour + timedelta(days=1)))
    return (f'<t:OofSettings xmlns:t="{TYPES}"><t:OofState>Disabled</t:OofState><t:ExternalAudience>All'
            f"</t:ExternalAudience><t:Duration><t:StartTime>{start}</t:StartTime><t:EndTime>{end}</t:EndTime>"
            "</t:Duration><t:InternalReply/><t:ExternalReply/></t:OofSettings>")


def _element(one: etree._Element, *, old: bool = False) -> str:
    """An element of the settings in its usual form, with times as an `old` server writes them."""
    name = local(one)
    if name == "Duration":
        inner = "".join(f"<t:{local(child)}>{_time(child.text or '', old=old)}</t:{local(child)}>" for child in one)
        return f"<t:Duration>{inner}</t:Duration>"
    language = one.get(_LANGUAGE)
    attribute = "" if language is None else f' xml:lang="{text(language)}"'
    inner = "".join(_element(child) for child in one) if len(one) else text(one.text or "")
    return f"<t:{name}{attribute}>{inner}</t:{name}>" if inner else f"<t:{name}{attribute}/>"


def _time(given: str, *, old: bool) -> str:
    """UTC. Assumption: without the Z until 2010, as the page's example from 2007 shows it."""
    moment = moments.moment(given)
    return moment.removesuffix("Z") if old else moment


def reply(call: Call, mail: Delivered) -> None:
    """Record the reply that a delivered message would get, if it would get one: once a sender.

    Mail that was sent by a machine gets none (RFC 3834 2; [MS-OXCMAIL] 2.1.3.2.20, X-Auto-Response-Suppress).
    Assumption: senders of the owner's domain are inside the organisation.
    """
    settings = {local(one): one for one in _read(call)}
    state, audience = settings["OofState"].text, settings["ExternalAudience"].text
    start, end = _duration(settings["Duration"].getparent())  # type: ignore[arg-type]  # it was parsed as a child
    now = state == "Enabled" or (state == "Scheduled" and start is not None and end is not None
                                 and start <= call.now < end)
    inside = mail.sender.rpartition("@")[2] == call.mailbox.address.rpartition("@")[2]
    if not now or not mail.sender or _by_machine(mail):
        return
    if not inside and audience != "All" and not (audience == "Known" and _is_known(call, mail.sender)):
        return
    answered = json.loads(mailbox_setting.read(call.db, call.mailbox, _ANSWERED) or "[]")
    if mail.sender not in (*answered, call.mailbox.address):
        mailbox_setting.write(call.db, call.mailbox, _ANSWERED, json.dumps([*answered, mail.sender]))
        kind = "internal out of office reply" if inside else "external out of office reply"
        outgoing.record(call, kind, [mail.sender], f"Automatic reply: {mail.item.subject}")


def _is_known(call: Call, address: str) -> bool:
    """Whether a contact "in any of the contacts folders" has this address (MS-OXWOOF, ExternalAudience)."""
    top = folder.distinguished(call, "msgfolderroot")
    places = [one for one in folder.below(call.db, top.id) if one.holds("IPF.Contact")]
    kept = [found.extra["EmailAddresses"] for place in places
            for found in item.in_folder(call.db, place.id, "kind='Contact'") if "EmailAddresses" in found.extra]
    return any((entry.text or "").lower() == address for one in kept for entry in fragments.parsed(one))


def _by_machine(mail: Delivered) -> bool:
    suppressed = {one.strip() for one in mail.header("x-auto-response-suppress").split(",")}
    return (mail.header("auto-submitted") not in ("", "no") or mail.header("precedence") in ("bulk", "junk", "list")
            or bool(suppressed & {"all", "oof"}) or mail.item.item_class.startswith("REPORT."))
