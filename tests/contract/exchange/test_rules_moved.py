"""Inbox rules, moved from one Exchange mailbox to another: what they mean there, what stays, and what goes back."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

import pytest

from emulators.exchange import Fault
from emulators.exchange.people.directory import ex_of
from engine.connectors.exchange.live import live
from engine.connectors.exchange.soap import TYPES
from engine.connectors.network.pinning import Network
from engine.contents import CONTENTS, contents
from engine.migration.back import preview
from engine.migration.content import Content
from engine.migration.record import Counts, Migration, State
from engine.migration.request import Choice
from engine.pace.halt import Halt
from engine.ports.settings import Live
from tests.servers.exchange.pair import OLD, Mailbox, Pair, new_folder, pair_of, put
from tests.servers.exchange.rules import DELETE, STOP, RuleBox, Told, filing, people, strings, written
from tests.servers.world import ADDRESS, PASSWORD
from wiring.connectors import Connectors

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

    def roll_back(self, done: Migration, *choices: Choice) -> Migration:
        back = self.pair.at.roll_back(done.task_id, *choices)
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
    assert second.step(Content.INBOX_RULES).counts_on == {first.task_id: 3}
    assert rules.new.told() == arrived
    rules.roll_back(first)
    assert rules.new.told() == before


def test_every_condition_exception_and_action_comes_as_it_was(rules: Rules) -> None:
    """By the raw XML of both mailboxes, each alone and all together, in a rule that is on and in one that is off."""
    place = count(1)
    for name, predicate in PREDICATES.items():
        rules.old.add_all(
            written(f"if {name}", DELETE, predicate, priority=next(place)),
            written(f"not {name}", DELETE, exceptions=predicate, enabled=False, priority=next(place)),
        )
    rules.old.add_all(*(
        written(f"does {name}", action, SPAM, priority=next(place)) for name, action in ACTIONS.items()
    ))

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
    rules.old.add("To the new mailbox", people("RedirectToRecipients", ADDRESS.upper()), SPAM)
    rules.old.add("Last", DELETE, SPAM)

    done = rules.migrate()
    arrived = without_ids(rules.new.told())
    again = rules.migrate()
    lines = rules.lines(done)

    assert counts(done) == Counts(found=6, copied=1, left_out=5)
    assert [(name, on) for name, on, _ in arrived] == [
        ("Files away (only stops)", True), ("Forwards (only stops)", False), ("Last", True),
    ]
    assert all("StopProcessingRules" in parts["Actions"] for _, _, parts in arrived[:2])
    assert arrived[0][2]["Conditions"] == without_ids(rules.old.told())[0][2]["Conditions"]
    assert {name: outcome for name, (outcome, _) in lines.items()} == dict.fromkeys(
        ("Files away", "Forwards", "Redirects", "From nobody", "To the new mailbox"), "left out")
    assert "which would go round there" in lines["To the new mailbox"][1]
    assert "the old mailbox has no more" in lines["Files away"][1]
    assert lines["Files away"][1].endswith("; a rule that only stops is in its place, so that the later rules do not "
                                           "act on its mail")
    assert "sends mail on to others" in lines["Redirects"][1]
    assert "only stops" not in lines["Redirects"][1]
    assert "no address of mail is known of /o=Old/cn=Recipients/cn=nobody" in lines["From nobody"][1]
    assert "stops later rules, which may act now" in lines["From nobody"][1]
    assert (counts(again), without_ids(rules.new.told())) == (Counts(found=6, already_there=1, left_out=5), arrived)
    rules.roll_back(done)
    assert rules.new.told() == []


def test_the_owner_is_known_by_the_new_address(rules: Rules) -> None:
    """Wherever a rule names them, and whoever the directory of the old organization knows has an address of mail."""
    left, new = rules.pair.left, rules.pair.at.emulator
    left.add_mailbox("ann@example.org", password="-")
    left.add_mailbox(OLD, password=PASSWORD, aliases=["o.ld@example.org"])
    left.add_mailbox(ADDRESS, password="-")
    new.add_mailbox("bea@new.example", password="-")
    mine = [OLD.upper(), "o.ld@example.org", ex_of(OLD), "team@example.net"]
    rules.old.add("To me", DELETE, people("SentToAddresses", *mine))
    rules.old.add("From Ann", DELETE, people("FromAddresses", ex_of("ann@example.org")))
    rules.old.add("From Bea", DELETE, people("FromAddresses", "bea@new.example"))
    for name, address in (("Round", "o.ld@example.org"), ("Round, by an internal address", ex_of(ADDRESS))):
        rules.old.add(name, people("ForwardToRecipients", address), SPAM)
    rules.new.add("By her internal address", DELETE, people("FromAddresses", ex_of("bea@new.example")))

    done = rules.migrate(Choice.FORWARDING)

    found = {one.name: re.findall("<t:EmailAddress[^>]*>([^<]*)<", one.parts["Conditions"]) for one in rules.new.told()}
    lines = rules.lines(done)
    assert set(lines) == {"Round", "Round, by an internal address"}
    assert all("which would go round there" in words for _, words in lines.values())
    assert counts(done) == Counts(found=5, copied=2, already_there=1, left_out=2)
    assert found["To me"] == [ADDRESS, "team@example.net"]
    assert found["From Ann"] == ["ann@example.org"]
    assert set(found) == {"By her internal address", "To me", "From Ann"}


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
    assert "Outlook keeps rules of its own in the mailbox now" in rules.lines(kept)["One"][1]


def test_a_rollback_that_may_remove_the_rules_of_outlook_does(rules: Rules) -> None:
    """Once a person has agreed to it for the rollback."""
    rules.old.add("One", DELETE, SPAM)
    done = rules.migrate()
    rules.pair.at.emulator.leave_outlook_rules(ADDRESS)

    rules.roll_back(done, Choice.OUTLOOK_RULES)

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


def test_a_rule_that_comes_later_runs_where_it_ran(rules: Rules) -> None:
    """Behind the one that stops it would never see the mail that it forwarded; and before none of the mailbox's own."""
    rules.new.add("Owner's own", DELETE, strings("ContainsBodyStrings", "win"))
    rules.old.add("Also to Carol", people("ForwardToRecipients", "carol@example.net"), SPAM)
    rules.old.add("And to Dan", people("ForwardToRecipients", "dan@example.net"), SPAM)
    rules.old.add("Delete, and stop", DELETE + STOP, SPAM)
    rules.migrate()

    rules.migrate(Choice.FORWARDING)

    assert rules.new.names() == ["Owner's own", *rules.old.names()]


def test_rules_that_no_operation_tells_are_named(rules: Rules) -> None:
    """Those that only Outlook keeps, and those of the out-of-office assistant, with what to do."""
    left = rules.pair.left
    rules.old.add("One", DELETE, SPAM)
    left.leave_outlook_rules(OLD)
    left.leave_junk_rule(OLD)
    left.leave_assistant_rules(OLD, "To my deputy")
    left.leave_assistant_rules(OLD, "Large ones", extended=True)

    seen = rules.lines(rules.migrate())
    left.configure(shows_rule_messages=False)
    unseen = rules.lines(rules.migrate())

    assert set(seen) == {"(rules that only Outlook keeps)", "To my deputy", "Large ones"}
    assert {outcome for outcome, _ in seen.values()} == {"noted"}
    assert "Rules and Alerts" in seen["(rules that only Outlook keeps)"][1]
    assert all("make it anew in Outlook" in seen[name][1] for name in ("To my deputy", "Large ones"))
    assert set(unseen) == {"(rules that only Outlook keeps)", "(rules of the out-of-office assistant)"}
    assert "they were not looked at" in unseen["(rules of the out-of-office assistant)"][1]


def test_a_first_look_counts_them(rules: Rules) -> None:
    """At both sides: how many there are, how many of them send mail on, and whether Outlook keeps some."""
    rules.old.add("One", people("ForwardToRecipients", "carol@example.net"), SPAM, enabled=False)
    rules.old.add("Two", DELETE, SPAM)
    rules.pair.at.emulator.leave_outlook_rules(ADDRESS)
    source = rules.pair.at.connectors.sources["old"]

    here = Connectors(Network(trusts_person=True)).check_destination(
        rules.pair.at.request().destination, PASSWORD, tries=2, live=True)

    assert source.check().live == Live(rules=2, sending=1)      # type: ignore[attr-defined]  # an Exchange source
    assert here.live == Live(outlook_rules=True)


@pytest.mark.parametrize("code", ["ErrorAccessDenied", "ErrorInternalServerError", "ErrorServerBusy"])
def test_a_first_look_tells_the_one_where_the_server_does_not_tell_the_other(rules: Rules, code: str) -> None:
    """Rules and replies are two questions; what is not known of the one says nothing of the other."""
    left, sessions = rules.pair.left, rules.pair.old.sessions
    rules.old.add("Two", DELETE, SPAM)
    left.add_fault(Fault(operation="GetInboxRules", action="fault", code=code))
    replies = live(sessions)
    left.clear_faults()
    left.add_fault(Fault(operation="GetUserOofSettingsRequest", action="fault", code=code))
    kept = live(sessions)
    left.add_fault(Fault(operation="GetInboxRules", action="fault", code=code))

    assert replies == Live(rules=None, answers=False)
    assert kept == Live(rules=1, answers=None)
    assert live(sessions) is None


def test_a_rollback_keeps_the_folder_that_a_rule_which_stays_files_into(rules: Rules) -> None:
    """Without it the rule would be in error. A folder that no rule needs any more goes."""
    lists, news = (new_folder(rules.pair, name, "IPF.Note") for name in ("Lists", "News"))
    rules.old.add("Lists", filing(lists), SPAM)
    rules.old.add("News", filing(news), strings("ContainsSenderStrings", "news"))
    done = rules.migrate()
    there = next(one for one in rules.new.told() if one.name == "Lists")
    rules.new.put(there.id, "Mine now", filing(folders(rules.pair.new)["Lists"]), SPAM)

    rules.roll_back(done)

    assert rules.new.names() == ["Mine now"]
    assert [name for name in folders(rules.pair.new) if name in ("Lists", "News")] == ["Lists"]
    lines = rules.pair.at.engine.store.reported(done.task_id).failures
    assert any(line.folder == "Lists" and "an inbox rule that stays" in line.reason for line in lines)


def alter(rules: Rules, name: str, was: str, becomes: str) -> None:
    """Writes something into a rule of the old mailbox that no client can write."""
    with closing(sqlite3.connect(rules.pair.directory / "old.sqlite")) as db, db:
        found = db.execute("UPDATE inbox_rule SET rule=replace(rule, ?, ?) WHERE rule LIKE ?",
                           (was, becomes, f"%<t:DisplayName>{name}</t:DisplayName>%"))
        assert found.rowcount == 1


def test_what_no_request_can_carry_is_left_out_and_what_the_server_refuses_has_failed(rules: Rules) -> None:
    """The others come all the same; one that only stops is in the place of each whose conditions can be carried."""
    for name in ("Unsupported", "Switched off", "Replies", "Refused", "Refused as well", "Good"):
        rules.old.add(name, DELETE + STOP, SPAM)
    actions = f"<t:Actions>{DELETE}{STOP}</t:Actions>"
    alter(rules, "Unsupported", "</t:IsEnabled>", "</t:IsEnabled><t:IsNotSupported>true</t:IsNotSupported>")
    alter(rules, "Switched off", "</t:Conditions>", "<t:SentToMe>false</t:SentToMe></t:Conditions>")
    alter(rules, "Replies", actions, '<t:Actions><t:ServerReplyWithMessage Id="AAMk"/>' + STOP + "</t:Actions>")
    alter(rules, "Refused", "</t:Conditions>", f"{strings('FromConnectedAccounts', 'x')}</t:Conditions>")
    alter(rules, "Good", "<t:DisplayName>Good<", "<t:DisplayName> <")
    alter(rules, "Refused as well", actions, f"<t:Actions>{people('ForwardToRecipients', 'no address@x')}{STOP}"
          "</t:Actions>")

    done = rules.migrate(Choice.FORWARDING)
    lines = rules.lines(done)
    again = rules.migrate(Choice.FORWARDING)

    assert counts(done) == Counts(found=6, copied=1, left_out=3, failed=2)
    assert rules.new.names() == ["Replies (only stops)", "Refused as well (only stops)", "(a rule without a name)"]
    assert {name: outcome for name, (outcome, _) in lines.items()} == {
        **dict.fromkeys(("Unsupported", "Switched off", "Replies"), "left out"),
        "Refused": "failed", "Refused as well": "failed",
    }
    for name, words in {
        "Unsupported": "only Outlook knows", "Switched off": "SentToMe",
        "Replies": "a message of the old mailbox", "Refused": "ConnectedAccountNotFound",
        "Refused as well": "InvalidAddress",
    }.items():
        assert words in lines[name][1]
    replaced = {name for name, (_, words) in lines.items() if "a rule that only stops is in its place" in words}
    assert replaced == {"Replies", "Refused as well"}
    assert {name for name, (_, words) in lines.items() if "may act now" in words} == set(lines) - replaced
    assert counts(again) == Counts(found=6, already_there=1, left_out=3, failed=2)
    assert len(rules.new.told()) == 3


def test_the_first_rules_that_fit_are_created(rules: Rules) -> None:
    """In their order; what the mailbox has no room for is left out, with what to do."""
    for number in range(12):
        rules.old.add(f"Rule {number}", DELETE, strings("ContainsBodyStrings", f"{number}" + "x" * 240))
    rules.pair.at.emulator.configure(rules_quota_bytes=4096)

    done = rules.migrate()
    lines = rules.lines(done)

    kept = counts(done).copied
    assert 0 < kept < 12
    assert rules.new.names() == [f"Rule {number}" for number in range(kept)]
    assert counts(done) == Counts(found=12, copied=kept, left_out=12 - kept)
    assert set(lines) == {f"Rule {number}" for number in range(kept, 12)}
    assert all(outcome == "left out" and "no room for more rules" in words for outcome, words in lines.values())


def test_no_rule_comes_behind_one_that_stops_and_has_no_room(rules: Rules) -> None:
    """A small one would fit, and would act on mail that the large one keeps from it."""
    rules.old.add("Fits", DELETE, SPAM)
    rules.old.add("Large", DELETE + STOP, strings("ContainsBodyStrings", *(f"{n}" + "x" * 240 for n in range(9))))
    rules.old.add("Small", DELETE, strings("ContainsBodyStrings", "x"))
    rules.pair.at.emulator.configure(rules_quota_bytes=2048)

    done = rules.migrate()

    assert rules.new.names() == ["Fits"]
    assert counts(done) == Counts(found=3, copied=1, left_out=2)
    assert all("no room for more rules" in words for _, words in rules.lines(done).values())


@pytest.mark.parametrize("fault", [
    Fault(operation="UpdateInboxRules", nth=1, when="before", action="drop"),
    Fault(operation="UpdateInboxRules", nth=1, when="after", action="drop"),
], ids=["before", "after"])
def test_a_lost_answer_makes_no_rule_twice(rules: Rules, fault: Fault) -> None:
    """Nor does one to the removal keep a rule."""
    rules.old.add("One", DELETE, SPAM)
    rules.old.add("Two", DELETE, SPAM, enabled=False)

    rules.pair.at.emulator.add_fault(fault)
    done = rules.migrate()
    arrived = rules.new.names()
    rules.pair.at.emulator.add_fault(fault)
    back = rules.roll_back(done)

    assert (counts(done), arrived) == (Counts(found=2, copied=2), ["One", "Two"])
    assert rules.new.told() == []
    assert back.rollback is not None
    assert back.rollback.removed == 2


def test_folders_are_those_that_the_mail_went_into(rules: Rules) -> None:
    """Wherever their owner has moved them since, and by whatever name; nothing is made for a rule."""
    new = rules.pair.new
    ids = {name: new_folder(rules.pair, name, "IPF.Note") for name in ("Lists", "Work", "Thrown away")}
    for name, folder in ids.items():
        put(rules.pair, f"letter in {name}", folder)
        rules.old.add(name, filing(folder), strings("ContainsBodyStrings", name))
    rules.old.add("Sent", filing("sentitems", "CopyToFolder"), SPAM)
    only_mail = replace(rules.pair.at.request(), contents=(Content.MAIL,))
    rules.pair.at.run(rules.pair.at.begin_with(only_mail).task_id)
    there = folders(new)
    new.asked(
        f'<m:UpdateFolder><m:FolderChanges><t:FolderChange><t:FolderId Id="{there["Lists"]}"/><t:Updates>'
        '<t:SetFolderField><t:FieldURI FieldURI="folder:DisplayName"/><t:Folder><t:DisplayName>Mailing lists'
        "</t:DisplayName></t:Folder></t:SetFolderField></t:Updates></t:FolderChange></m:FolderChanges></m:UpdateFolder>"
    )
    for name, where in (("Work", f'<t:FolderId Id="{there["Lists"]}"/>'),
                        ("Thrown away", '<t:DistinguishedFolderId Id="deleteditems"/>')):
        new.asked(f"<m:MoveFolder><m:ToFolderId>{where}</m:ToFolderId><m:FolderIds><t:FolderId Id=\"{there[name]}\"/>"
                  "</m:FolderIds></m:MoveFolder>")
    later = new_folder(rules.pair, "Later", "IPF.Note")
    rules.old.add("Later", filing(later), SPAM)
    before = folders(new)

    only_rules = replace(rules.pair.at.request(), contents=(Content.INBOX_RULES,))
    done = rules.pair.at.run(rules.pair.at.begin_with(only_rules).task_id)

    files = {one.name: re.findall('<t:FolderId[^>]* Id="([^"]*)"', one.parts["Actions"]) for one in rules.new.told()}
    assert files == {"Lists": [there["Lists"]], "Work": [there["Work"]], "Sent": [role(new, "sentitems")]}
    assert folders(new) == before
    assert counts(done) == Counts(found=5, copied=3, left_out=2)
    lines = rules.lines(done)
    assert all(f"it files into “{name}”, which has no counterpart in the new mailbox" in lines[name][1]
               for name in ("Thrown away", "Later"))


def folders(mailbox: Mailbox) -> dict[str, str]:
    """The ids of the folders below the top, by their names."""
    found = mailbox.asked(
        '<m:FindFolder Traversal="Deep"><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape>'
        '<m:ParentFolderIds><t:DistinguishedFolderId Id="msgfolderroot"/></m:ParentFolderIds></m:FindFolder>'
    )
    return {one.findtext(f"{TYPES}DisplayName"): one.find(f"{TYPES}FolderId").get("Id")
            for one in found.iterfind(f".//{TYPES}Folders/*")}


def role(mailbox: Mailbox, name: str) -> str:
    """The id of a folder by its distinguished name."""
    found = mailbox.asked(
        "<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape><m:FolderIds>"
        f'<t:DistinguishedFolderId Id="{name}"/></m:FolderIds></m:GetFolder>'
    )
    return str(found.find(f".//{TYPES}FolderId").get("Id"))
