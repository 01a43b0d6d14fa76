"""Who a message is from and to, as its columns and searches show it."""

from emulators.exchange.fragments import parsed
from emulators.exchange.item import Item
from emulators.exchange.mime import Content, addresses
from emulators.exchange.soap import t, text

_RECIPIENTS = {"ToRecipients": "to", "CcRecipients": "cc", "BccRecipients": "bcc", "ReplyTo": "reply-to"}
_HEADERS = {"DisplayTo": "to", "DisplayCc": "cc", "DisplayBcc": "bcc"}


def displayed(stored: Item, content: Content, name: str) -> str:
    """DisplayTo, DisplayCc or DisplayBcc: the names, or the addresses of those without, joined (MS-OXWSCORE_R97)."""
    header = _HEADERS[name]
    found = _mailboxes(stored, content, f"{header.capitalize()}Recipients", header)
    return "; ".join(name or address for name, address in found)


def author(stored: Item, content: Content, name: str) -> list[str]:
    """The name and the address in From or Sender; nothing when there is neither."""
    found = _mailboxes(stored, content, name, name.lower())
    if not found and name == "Sender":
        found = _mailboxes(stored, content, "From", "from")
    return [words for words in found[0] if words] if found else []


def recipients(stored: Item, content: Content, name: str) -> str:
    """ToRecipients, CcRecipients, BccRecipients or ReplyTo as the MIME has it, or nothing."""
    found = addresses(content.headers.get(_RECIPIENTS[name])) if stored.mime is not None else []
    inner = "".join(f"<t:Mailbox>{mailbox(*one)}</t:Mailbox>" for one in found)
    return f"<t:{name}>{inner}</t:{name}>" if inner else ""


def mailbox(name: str, address: str) -> str:
    """What is in a Mailbox element of somebody whom the directory does not know."""
    known = f"<t:EmailAddress>{text(address)}</t:EmailAddress>" if address else ""
    return (f"<t:Name>{text(name or address)}</t:Name>{known}<t:RoutingType>SMTP</t:RoutingType>"
            "<t:MailboxType>OneOff</t:MailboxType>")


def _mailboxes(stored: Item, content: Content, element: str, header: str) -> list[tuple[str, str]]:
    """The names and addresses that were set explicitly, else those in the MIME."""
    kept = stored.extra.get(element)
    if kept is not None:
        return [(one.findtext(t("Name"), ""), one.findtext(t("EmailAddress"), ""))
                for one in parsed(kept).iter(t("Mailbox"))]
    return addresses(content.headers.get(header)) if stored.mime is not None else []
