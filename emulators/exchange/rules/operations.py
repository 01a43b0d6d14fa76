"""GetInboxRules and UpdateInboxRules.

UpdateInboxRules carries out all of its operations or, when one is refused, none ([MS-OXWSRULES]). A disabled rule
cannot be deleted, says exchangelib, whose users were answered ErrorItemNotFound (`Rule.delete` of its properties.py);
the setting `disabled_rules_deletable` is whether it can. Assumption: that is the ResponseCode, not a validation error.
"""

from collections.abc import Iterator, Sequence
from copy import deepcopy

from lxml import etree

from emulators.exchange import folder, mailbox, mailbox_setting, moments
from emulators.exchange.call import Call
from emulators.exchange.errors import ItemError
from emulators.exchange.mailbox import Mailbox
from emulators.exchange.rules import rule, validation
from emulators.exchange.rules.rule import Rule
from emulators.exchange.rules.validation import Problem
from emulators.exchange.soap import XMLNS, flag, is_true, local, t, text

BLOB = "outlook rule blob"
_Errors = list[tuple[int, list[Problem]]]


def get_inbox_rules(call: Call) -> str:
    """Answer a GetInboxRules request: the rules of the authenticated user, or of whoever is named."""
    try:
        call.injected(0)
        owner = _named(call, reading=True)
        found = "".join(rule.rendered(owner, one, in_error=is_in_error(call, one)) for one in rule.load(call.db, owner))
        blob = flag(mailbox_setting.read(call.db, owner, BLOB))
        rules = f"<m:InboxRules>{found}</m:InboxRules>" if found else ""
        return _answer("GetInboxRules", f"<m:OutlookRuleBlobExists>{blob}</m:OutlookRuleBlobExists>{rules}")
    except ItemError as error:
        return _refusal("GetInboxRules", error)


def update_inbox_rules(call: Call) -> str:
    """Answer an UpdateInboxRules request for the authenticated user.

    Refused with ErrorOutlookRuleBlobExists while Outlook's own copy of the rules lies there and the request does not
    remove it. Assumption: RemoveOutlookRuleBlob is false when it is absent.
    """
    try:
        call.injected(0)
        owner = _named(call, reading=False)
        removes = is_true(call.request.findtext("{*}RemoveOutlookRuleBlob"))
        _check_blob(call, owner, removed=removes)
        rules, errors = _Change(call, owner).made()
        if errors:
            return _refusal("UpdateInboxRules", ItemError("ErrorInboxRulesValidationError"), _told(errors))
        _check_quota(call, rules)
        rule.save(call.db, owner, rules)
        if removes:
            mailbox_setting.remove(call.db, owner, BLOB)
        return _answer("UpdateInboxRules", "")
    except ItemError as error:
        return _refusal("UpdateInboxRules", error)


def is_in_error(call: Call, one: Rule) -> bool:
    """Whether the rule cannot be carried out: a folder or reply of it is gone, or an address cannot be resolved.

    A server marks a rule that failed (MS-OXORULE 2.2.1.3.1.3, ST_ERROR), also for "error retrieving the reply
    template" (2.2.7.2). Assumption: it is told before the rule has failed.
    """
    return one.in_error or any(not validation.is_there(call, action) for action in one.part("Actions"))


def _named(call: Call, *, reading: bool) -> Mailbox:
    """The mailbox that MailboxSmtpAddress names; the authenticated user's when it is absent.

    Raises ItemError: ErrorNonExistentMailbox, ErrorAccessDenied. Rules of another mailbox can be read with full
    access; UpdateInboxRules works on "the authenticated user's Inbox rules" (its page), whatever else is allowed.
    """
    address = call.request.findtext("{*}MailboxSmtpAddress")
    if address is None or address.lower() == call.mailbox.address:
        return call.mailbox
    owner = mailbox.load(call.db, address)
    if owner is None:
        raise ItemError("ErrorNonExistentMailbox", "The SMTP address has no mailbox associated with it.")
    if not reading or not call.has_full_access(owner.address):
        raise ItemError("ErrorAccessDenied")
    return owner


class _Change:
    """The operations of one request, applied in order to the rules of a mailbox."""

    def __init__(self, call: Call, owner: Mailbox) -> None:
        self._call, self._owner = call, owner
        self._rules = rule.load(call.db, owner)
        self._touched: set[str] = set()
        self._priorities: set[int] = set()

    def made(self) -> tuple[list[Rule], _Errors]:
        """The rules afterwards, and what is wrong with which operation."""
        errors = []
        for index, operation in enumerate(self._call.request.find("{*}Operations")):  # type: ignore[arg-type]  # the schema requires it
            problems = list(self._apply(operation))
            if problems:
                errors.append((index, problems))
        return self._rules, errors

    def _apply(self, operation: etree._Element) -> Iterator[Problem]:
        kind, given = local(operation), operation[0]
        named = given.text if kind == "DeleteRuleOperation" else given.findtext(t("RuleId"))
        problems = list(self._identity(kind, named))
        if kind != "DeleteRuleOperation":
            problems += validation.check(self._call, given)
            problems += self._priority(int(given.findtext(t("Priority"), "0")))
        yield from problems
        if not problems:
            self._carry_out(kind, named, given)

    def _identity(self, kind: str, named: str | None) -> Iterator[Problem]:
        if kind == "CreateRuleOperation":
            if named is not None:       # the example of MS-OXWSRULES 4.5
                yield Problem("RuleId", "CreateWithRuleId", "RuleId must be omitted when a rule is created.", named)
        elif not named:
            yield Problem("RuleId", "MissingParameter", "RuleId is missing.")
        elif self._find(named) is None and named not in self._touched:
            yield Problem("RuleId", "RuleNotFound", "The rule cannot be found.", named)
        elif named in self._touched:
            yield Problem("RuleId", "DuplicatedOperationOnTheSameRule", "Another operation changes this rule.", named)
        if named:
            self._touched.add(named)

    def _priority(self, priority: int) -> Iterator[Problem]:
        if priority in self._priorities:
            yield Problem("Priority", "DuplicatedPriority", "Another operation has this priority.", str(priority))
        self._priorities.add(priority)

    def _find(self, named: str) -> Rule | None:
        return next((one for one in self._rules if rule.rule_id(self._owner, one.number) == named), None)

    def _carry_out(self, kind: str, named: str | None, given: etree._Element) -> None:
        before = self._find(named or "")
        if before is not None:
            if kind == "DeleteRuleOperation" and not (before.enabled or self._call.settings.disabled_rules_deletable):
                raise ItemError("ErrorItemNotFound")
            self._rules.remove(before)
        if kind != "DeleteRuleOperation":
            kept = _normal(self._call, given)
            marks = self._call.settings.rules_on_ex_addresses == "in error"
            ex = marks and validation.names_ex_address(self._call, kept)
            self._rules.insert(int(given.findtext(t("Priority"), "1")) - 1,
                               Rule(before.number if before else 0, 0, ex, kept))


def _normal(call: Call, given: etree._Element) -> etree._Element:
    """A rule as it is kept: without what says nothing, each value in its usual form, folders by FolderId."""
    kept = deepcopy(given)
    for part in [*validation.silent(kept), *kept.findall(t("RuleId")), *kept.findall(t("IsInError"))]:
        part.getparent().remove(part)  # type: ignore[union-attr]  # each was found inside the rule
    for part in kept.iterfind("*/*"):
        if len(part) == 0 and is_true(part.text):
            part.text = "true"
    for part in kept.iter(t("StartDateTime"), t("EndDateTime")):
        part.text = moments.moment(part.text or "")
    for part in kept.iter(t("CopyToFolder"), t("MoveToFolder")):
        identifier, _ = folder.key(call, folder.find(call, part[0]))
        part[:] = [etree.Element(t("FolderId"), Id=identifier, ChangeKey="AQAAAA==")]
    return kept


def _check_blob(call: Call, owner: Mailbox, *, removed: bool) -> None:
    if mailbox_setting.read(call.db, owner, BLOB) and not removed:
        raise ItemError("ErrorOutlookRuleBlobExists")


def _check_quota(call: Call, rules: Sequence[Rule]) -> None:
    """RulesQuota of the mailbox (Set-Mailbox): 32 to 256 KB. Assumption: a rule is as large as its element."""
    if sum(len(one.text().encode()) for one in rules) > call.settings.rules_quota_bytes:
        raise ItemError("ErrorRulesOverQuota")


def _told(errors: _Errors) -> str:
    inner = "".join(
        f"<t:RuleOperationError><t:OperationIndex>{index}</t:OperationIndex><t:ValidationErrors>"
        f"{''.join(map(_problem, problems))}</t:ValidationErrors></t:RuleOperationError>" for index, problems in errors)
    return f"<m:RuleOperationErrors>{inner}</m:RuleOperationErrors>"


def _problem(one: Problem) -> str:
    return (f"<t:Error><t:FieldURI>{one.field}</t:FieldURI><t:ErrorCode>{one.code}</t:ErrorCode>"
            f"<t:ErrorMessage>{text(one.message)}</t:ErrorMessage><t:FieldValue>{text(one.value)}</t:FieldValue>"
            "</t:Error>")


def _answer(operation: str, inner: str) -> str:
    """The response element is itself the response message: these are no batch operations."""
    return (f'<m:{operation}Response {XMLNS} ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode>{inner}'
            f"</m:{operation}Response>")


def _refusal(operation: str, error: ItemError, inner: str = "") -> str:
    return (f'<m:{operation}Response {XMLNS} ResponseClass="Error"><m:MessageText>{text(error.text)}</m:MessageText>'
            f"<m:ResponseCode>{error.code}</m:ResponseCode><m:DescriptiveLinkKey>0</m:DescriptiveLinkKey>{inner}"
            f"</m:{operation}Response>")
