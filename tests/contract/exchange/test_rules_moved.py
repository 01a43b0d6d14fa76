"""Inbox rules, moved from one Exchange mailbox to another: what they mean there, what stays, and what goes back."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from engine.contents import CONTENTS, contents
from engine.migration.back import agree, preview
from engine.migration.content import Content
from engine.migration.record import Counts, Migration, State
from engine.migration.request import Choice
from engine.pace.halt import Halt
from tests.servers.exchange_pair import OLD, Pair, new_folder, pair_of, put
from tests.servers.exchange_rules import DELETE, STOP, RuleBox, Told, filing, people, strings
from tests.servers.world import ADDRESS

SPAM = strings("ContainsSubjectStrings", "spam")
FLAGS = ("HasAttachments", "IsApprovalRequest", "IsAutomaticForward", "IsAutomaticReply", "IsEncrypted",
         "IsMeetingRequest", "IsMeetingResponse", "IsNDR", "IsPermissionControlled", "IsReadReceipt", "IsSigned",
         "IsVoicemail", "NotSentToMe", "SentCcMe", "SentOnlyToMe", "SentToMe", "SentToOrCcMe")
WORDS = ("Categories", "ContainsBodyStrings", "ContainsHeaderStrings", "ContainsRecipientStrings",
         "ContainsSenderStrings", "ContainsSubjectOrBodyStrings", "ContainsSubjectStrings", "ItemClasses")
DATES = ("<t:WithinDateRange><t:StartDateTime>2020-01-01T00:00:00Z</t:StartDateTime>"
         "<t:EndDateTime>2040-01-01T00:00:00Z</t:EndDateTime></t:WithinDateRange>")
SIZES = "<t:WithinSizeRange><t:MinimumSize>3</t:MinimumSize></t:WithinSizeRange>"
# In the order of the schema, as GetInboxRules tells them.
PREDICATES = {
    **{name: strings(name, "Ünö &amp; two", "three") for name in WORDS},
    **{name: f"<t:{name}>true</t:{name}>" for name in FLAGS},
    "FlaggedForAction": "<t:FlaggedForAction>FYI</t:FlaggedForAction>",
    "FromAddresses": people("FromAddresses", "ann@example.net", "bob@example.net"),
    "Importance": "<t:Importance>High</t:Importance>",
    "SentToAddresses": people("SentToAddresses", "team@example.net"),
    "Sensitivity": "<t:Sensitivity>Private</t:Sensitivity>",
    "WithinDateRange": DATES, "WithinSizeRange": SIZES,
}
ACTIONS = {
    "AssignCategories": strings("AssignCategories", "Red", "Blue"), "Delete": DELETE,
    "MarkImportance": "<t:MarkImportance>Low</t:MarkImportance>", "MarkAsRead": "<t:MarkAsRead>true</t:MarkAsRead>",
    "PermanentDelete": "<t:PermanentDelete>true</t:PermanentDelete>", "StopProcessingRules": STOP,
    "CopyToFolder": filing("junkemail", "CopyToFolder"), "MoveToFolder": filing("deleteditems"),
    **{name: people(name, "carol@example.net") for name in (
        "ForwardAsAttachmentToRecipients", "ForwardToRecipients", "RedirectToRecipients", "SendSMSAlertToRecipients")},
}


@dataclass(frozen=True)
class Rules:
    """Both mailboxes with their rules."""

    pair: Pair
    old: RuleBox
    new: RuleBox

    def migrate(self, *choices: Choice) -> Migration:
        """By a new task."""
        wanted = replace(self.pair.at.request(), choices=choices)
        done = self.pair.at.run(self.pair.at.begin_with(wanted).task_id)
        assert done.state is State.COMPLETED, done.attention
        return done

    def lines(self, done: Migration) -> dict[str, tuple[str, str]]:
        """What the report says of rules, by their names."""
        found = self.pair.at.engine.store.reported(done.task_id).failures
        return {line.item: (line.outcome.value, line.reason) for line in found if line.content is Content.INBOX_RULES}

    def roll_back(self, done: Migration) -> Migration:
        back = self.pair.at.roll_back(done.task_id)
        assert back.state is State.ROLLED_BACK, back.attention
        return back


def counts(done: Migration) -> Counts:
    return done.step(Content.INBOX_RULES).counts


@pytest.fixture
def rules(tmp_path: Path) -> Iterator[Rules]:
    """A mailbox with rules, and the one that it moves to."""
    table = contents(CONTENTS[Content.MAIL], CONTENTS[Content.INBOX_RULES])
    with pair_of(tmp_path, "2019", contents=table) as made:
        yield Rules(made, RuleBox(made.old), RuleBox(made.new))


def without_ids(told: Sequence[Told]) -> list[tuple[str, bool, dict[str, str]]]:
    """What rules mean, with their names and states; the ids of folders are each mailbox's own."""
    return [(one.name, one.enabled, {name: re.sub('Id="[^"]*"', "", part) for name, part in one.parts.items()})
            for one in told]


def test_rules_come_with_their_folders_and_go_back(rules: Rules) -> None:
    """Behind the mailbox's own, in their order and state; found again by a second task; removed by a rollback."""
    lists = new_folder(rules.pair, "Lists", "IPF.Note")
    put(rules.pair, "one", lists)
    rules.new.add("Owner's own", DELETE, SPAM)
    rules.old.add("To lists", filing(lists) + STOP, strings("ContainsSenderStrings", "list"))
    rules.old.add("Off", DELETE, people("FromAddresses", "ann@example.net"), enabled=False)
    rules.old.add("Junk", filing("junkemail"), strings("ContainsBodyStrings", "win"))
    before = rules.new.told()

    first = rules.migrate()
    arrived = rules.new.told()
    second = rules.migrate()

    assert rules.lines(first) == {}
    assert counts(first) == Counts(found=3, copied=3)
    assert arrived[:1] == before
    assert without_ids(arrived[1:]) == without_ids(rules.old.told())
    assert counts(second) == Counts(found=3, already_there=3)
    assert rules.new.told() == arrived
    rules.roll_back(first)
    assert rules.new.told() == before


def test_every_condition_exception_and_action_comes_as_it_was(rules: Rules) -> None:
    """By the raw XML of both mailboxes, each alone and all together, in a rule that is on and in one that is off."""
    for name, predicate in PREDICATES.items():
        rules.old.add(f"if {name}", DELETE, predicate)
        rules.old.add(f"not {name}", DELETE, exceptions=predicate, enabled=False)
    for name, action in ACTIONS.items():
        rules.old.add(f"does {name}", action, SPAM)

    done = rules.migrate(Choice.FORWARDING)

    assert rules.lines(done) == {}
    assert counts(done).copied == 2 * len(PREDICATES) + len(ACTIONS) == len(rules.old.told())
    assert without_ids(rules.new.told()) == without_ids(rules.old.told())
    rules.roll_back(done)
    assert rules.new.told() == []


def test_what_cannot_be_carried_is_named_and_keeps_its_mail_from_the_later_rules(rules: Rules) -> None:
    """A rule that stops has one in its place that only stops, on or off as it was, and that is not counted."""
    gone = new_folder(rules.pair, "Gone", "IPF.Note")
    rules.old.add("Files away", filing(gone) + STOP, SPAM)
    rules.old.mailbox.asked('<m:DeleteFolder DeleteType="HardDelete"><m:FolderIds>'
                            f'<t:FolderId Id="{gone}"/></m:FolderIds></m:DeleteFolder>')
    rules.old.add("Forwards", people("ForwardToRecipients", "carol@example.net") + STOP, SPAM, enabled=False)
    rules.old.add("Redirects", people("RedirectToRecipients", "carol@example.net"), SPAM)
    rules.old.add("From nobody", DELETE + STOP, people("FromAddresses", "/o=Old/cn=Recipients/cn=nobody"))
    rules.old.add("Last", DELETE, SPAM)

    done = rules.migrate()
    arrived = without_ids(rules.new.told())
    again = rules.migrate()
    lines = rules.lines(done)

    assert counts(done) == Counts(found=5, copied=1, left_out=4)
    assert [(name, on) for name, on, _ in arrived] == [
        ("Files away (only stops)", True), ("Forwards (only stops)", False), ("Last", True),
    ]
    assert all("StopProcessingRules" in parts["Actions"] for _, _, parts in arrived[:2])
    assert arrived[0][2]["Conditions"] == without_ids(rules.old.told())[0][2]["Conditions"]
    assert {name: outcome for name, (outcome, _) in lines.items()} == dict.fromkeys(
        ("Files away", "Forwards", "Redirects", "From nobody"), "left out")
    assert "the old mailbox has no more" in lines["Files away"][1]
    assert lines["Files away"][1].endswith("; a rule that only stops is in its place, so that the later rules do not "
                                           "act on its mail")
    assert "sends mail on to others" in lines["Redirects"][1]
    assert "only stops" not in lines["Redirects"][1]
    assert "no address of mail is known of /o=Old/cn=Recipients/cn=nobody" in lines["From nobody"][1]
    assert "stops later rules, which may act now" in lines["From nobody"][1]
    assert (counts(again), without_ids(rules.new.told())) == (Counts(found=5, already_there=1, left_out=4), arrived)
    rules.roll_back(done)
    assert rules.new.told() == []


def test_the_owner_is_known_by_the_new_address(rules: Rules) -> None:
    """Wherever a rule names them, and whoever the directory of the old organization knows has an address of mail."""
    ann = rules.pair.left.add_mailbox("ann@example.org", password="-")
    assert ann is None
    rules.old.add("To me", DELETE, people("SentToAddresses", OLD.upper(), "team@example.net"))

    done = rules.migrate()

    [there] = rules.new.told()
    assert rules.lines(done) == {}
    assert f"<t:EmailAddress>{ADDRESS}</t:EmailAddress>" in there.parts["Conditions"]
    assert "team@example.net" in there.parts["Conditions"]
    assert OLD.upper() not in there.parts["Conditions"]


def test_a_rule_that_its_owner_changed_is_not_created_again(rules: Rules) -> None:
    """Nor does a rollback remove it; what changed at the source is named, and stays as it was copied."""
    mine = rules.old.add("Mine", DELETE, SPAM)
    theirs = rules.old.add("Theirs", DELETE, strings("ContainsBodyStrings", "win"))
    rules.old.add("Stays", DELETE, strings("ContainsBodyStrings", "lose"))
    first = rules.migrate()
    there = {one.name: one.id for one in rules.new.told()}
    rules.new.put(there["Mine"], "Mine, changed", "<t:MarkAsRead>true</t:MarkAsRead>", SPAM)
    rules.old.put(theirs, "Theirs", DELETE, strings("ContainsBodyStrings", "win", "more"))
    changed = rules.new.told()

    second = rules.migrate()
    rules.old.put(mine, "Mine", DELETE, SPAM, enabled=False)
    third = rules.migrate()

    assert rules.new.told() == changed
    assert counts(second) == Counts(found=3, already_there=3, changed=1)
    assert counts(third) == Counts(found=3, already_there=3, changed=2)
    assert rules.lines(second)["Theirs"][0] == "noted"
    assert "changed at the source" in rules.lines(second)["Theirs"][1]
    back = rules.roll_back(first)
    assert back.rollback is not None
    assert (back.rollback.removed, back.rollback.kept) == (2, 1)
    assert rules.new.names() == ["Mine, changed"]
    assert rules.lines(back)["Mine"] == ("kept", "changed since the migration, so it stays")


def test_the_rules_of_outlook_are_removed_by_nobody_who_was_not_told_to(rules: Rules) -> None:
    """Without the tick every rule stays, and the rest is moved; a rollback needs the tick once more."""
    rules.old.add("One", DELETE + STOP, SPAM)
    rules.old.add("Sends", people("RedirectToRecipients", "carol@example.net") + STOP, SPAM)
    rules.pair.old.create("a letter", "Message", "", "", "")
    emulator = rules.pair.at.emulator
    emulator.leave_outlook_rules(ADDRESS)

    without = rules.migrate()

    assert (without.step(Content.MAIL).counts.copied, counts(without)) == (1, Counts(found=2, left_out=2))
    assert all("Outlook keeps rules of its own" in rules.lines(without)[name][1] for name in ("One",))
    assert "only stops" not in rules.lines(without)["Sends"][1]
    assert (rules.new.told(), rules.new.has_outlooks()) == ([], True)

    agreed = rules.migrate(Choice.OUTLOOK_RULES)

    assert (rules.new.names(), rules.new.has_outlooks()) == (["One", "Sends (only stops)"], False)
    engine = rules.pair.at.engine
    emulator.leave_outlook_rules(ADDRESS)
    seen = preview(engine, agreed.task_id, halt=Halt())
    kept = rules.roll_back(agreed)

    assert (rules.new.names(), rules.new.has_outlooks()) == (["One", "Sends (only stops)"], True)
    assert [each.asks for each in seen.contents if each.asks] == [{Choice.OUTLOOK_RULES}]
    assert "roll back again and agree to that" in rules.lines(kept)["One"][1]


def test_a_rollback_that_may_remove_the_rules_of_outlook_does(rules: Rules) -> None:
    """Once a person has agreed to it for the rollback."""
    rules.old.add("One", DELETE, SPAM)
    done = rules.migrate()
    rules.pair.at.emulator.leave_outlook_rules(ADDRESS)

    agree(rules.pair.at.engine, done.task_id, [Choice.OUTLOOK_RULES])
    rules.roll_back(done)

    assert (rules.new.told(), rules.new.has_outlooks()) == ([], False)


def test_a_rule_that_comes_later_stands_before_the_one_that_only_stops(rules: Rules) -> None:
    """Behind it, it would act on no mail."""
    rules.old.add("First", people("RedirectToRecipients", "carol@example.net") + STOP, SPAM)
    rules.old.add("Second", DELETE + STOP, strings("ContainsBodyStrings", "win"))
    sends = people("ForwardToRecipients", "carol@example.net")
    rules.old.add("Third", sends + STOP, strings("ItemClasses", "IPM.Note"))
    rules.old.add("Fourth", DELETE, SPAM)
    first = rules.migrate()
    rules.old.add("Fifth", DELETE, strings("ContainsBodyStrings", "five"))

    second = rules.migrate(Choice.FORWARDING)
    names = rules.new.names()
    rules.roll_back(second)

    assert names == ["First", "First (only stops)", "Second", "Third", "Third (only stops)", "Fourth", "Fifth"]
    assert counts(second) == Counts(found=5, copied=3, already_there=2)
    assert rules.new.names() == ["First (only stops)", "Second", "Third (only stops)", "Fourth"]
    rules.roll_back(first)
    assert rules.new.told() == []
