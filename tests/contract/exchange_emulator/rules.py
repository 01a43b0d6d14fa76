"""Rules as SOAP, and the mail that they are tried on."""

from .soap import Answer, Mailbox

MOVE = '<t:MoveToFolder><t:DistinguishedFolderId Id="junkemail"/></t:MoveToFolder>'


def rule(
    conditions: str = "",
    actions: str = MOVE,
    *,
    exceptions: str = "",
    name: str = "A rule",
    priority: int = 1,
    enabled: str = "true",
    identity: str = "",
    more: str = "",
) -> str:
    """A Rule element."""
    named = f"<t:RuleId>{identity}</t:RuleId>" if identity else ""
    return (
        f"<t:Rule>{named}<t:DisplayName>{name}</t:DisplayName><t:Priority>{priority}</t:Priority>"
        f"<t:IsEnabled>{enabled}</t:IsEnabled>{more}<t:Conditions>{conditions}</t:Conditions>"
        f"<t:Exceptions>{exceptions}</t:Exceptions><t:Actions>{actions}</t:Actions></t:Rule>"
    )


def create(*rules: str) -> str:
    """A CreateRuleOperation for each rule."""
    return "".join(f"<t:CreateRuleOperation>{one}</t:CreateRuleOperation>" for one in rules)


def update(mailbox: Mailbox, operations: str, *, blob: str = "", address: str = "") -> Answer:
    """Sends an UpdateInboxRules request."""
    whose = f"<m:MailboxSmtpAddress>{address}</m:MailboxSmtpAddress>" if address else ""
    removes = f"<m:RemoveOutlookRuleBlob>{blob}</m:RemoveOutlookRuleBlob>" if blob else ""
    return mailbox.call(
        f"<m:UpdateInboxRules>{whose}{removes}<m:Operations>{operations}</m:Operations></m:UpdateInboxRules>"
    )


def get(mailbox: Mailbox, address: str = "") -> Answer:
    """Sends a GetInboxRules request."""
    whose = f"<m:MailboxSmtpAddress>{address}</m:MailboxSmtpAddress>" if address else ""
    return mailbox.call(f"<m:GetInboxRules>{whose}</m:GetInboxRules>")


def code(answer: Answer) -> str:
    """The ResponseCode of an answer that is no batch."""
    return answer.text("m:ResponseCode")


def letter(owner: str, *, subject: str = "A message", headers: str = "", body: str = "Hello") -> bytes:
    """A message to the owner of a mailbox, with headers that may replace the usual ones."""
    usual = {
        "From": "Ann Sender <ann@example.com>",
        "To": owner,
        "Subject": subject,
        "Content-Type": "text/plain; charset=utf-8",
    }
    given = [line for line in headers.split("\r\n") if line]
    names = {line.partition(":")[0] for line in given}
    lines = [*(f"{name}: {value}" for name, value in usual.items() if name not in names), *given]
    return ("\r\n".join([*lines, "", body]) + "\r\n").encode()
