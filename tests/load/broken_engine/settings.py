"""How rules, categories and out-of-office would move otherwise than they have to, a row for each promise about them."""

from __future__ import annotations

from tests.load.broken_engine.row import Broken

_EXCHANGE, _CONTENTS = "engine/connectors/exchange", "engine/contents"
_SEEDED, _EDITED = "tests/load/test_settings_seeded.py::test_", "tests/load/test_settings_edited.py::test_"
_JUDGED = "tests/recovery/engine/test_settings_seeded.py::test_"
OWN = f"{_JUDGED}everything_moves_into_a_mailbox_with_its_own_and_back"
SENDING = f"{_JUDGED}rules_that_send_mail_on_do_what_they_did"
AWAY = f"{_SEEDED}out_of_office_of_each_kind_comes_and_goes"
ASSISTANT = f"{_SEEDED}rules_of_the_assistant_are_named_and_others_like_them_are_not"
OUTLOOK = f"{_SEEDED}outlook_s_copy_of_the_rules_is_kept_unless_it_may_go"
CHANGED = f"{_EDITED}what_the_owner_changed_is_not_made_once_more"
TAKEN_BACK = f"{_EDITED}what_the_owner_changed_stays_when_the_rest_is_taken_back"
ALL = f"{_SEEDED}everything_moves_and_mail_does_what_it_did[nothing-False]"
OFF = f"{_EDITED}a_rule_that_is_off_is_never_on_while_it_is_taken_back[False]"
_UNASKED = "if rule.sends and Choice.FORWARDING not in choices:"


def _broken(rule: str, file: str, find: str, instead: str, test: str) -> Broken:
    return Broken(rule, f"{file}.py", ((find, instead),), test)


def _rules(rule: str, file: str, find: str, instead: str, test: str = OWN) -> Broken:
    return _broken(rule, f"{_EXCHANGE}/rules/{file}", find, instead, test)


def _which(rule: str, find: str, instead: str, test: str = OWN) -> Broken:
    return _broken(rule, f"{_CONTENTS}/inbox_rules", find, instead, test)


def _colours(rule: str, find: str, instead: str, test: str = OWN) -> Broken:
    return _broken(rule, f"{_EXCHANGE}/colours", find, instead, test)


def _away(rule: str, find: str, instead: str, test: str = AWAY) -> Broken:
    return _broken(rule, f"{_CONTENTS}/out_of_office", find, instead, test)


ROWS = (
    # Rules: what one is made of, and where it stands.
    _rules("Rules in their order", "writing", "order = sorted(range(len(rules)), key=wanted.__getitem__)",
           "order = sorted(range(len(rules)), key=wanted.__getitem__)[::-1]"),
    _rules("Rules behind the owner's", "writing", "last = max([len(there.entries), *there.priorities.values()])",
           "last = max([0])"),
    _rules("A rule that is off", "form", '_flag(xml.words(rule, "IsEnabled"))', '"true"'),
    _rules("The name of a rule", "form", '_clean(xml.words(rule, "DisplayName"))', '"Rule"'),
    _rules("The exceptions of a rule", "form", "    for holder, names in PARTS.items():",
           "    for holder, names in ((CONDITIONS, PREDICATES), (DOES, ACTIONS)):"),
    _rules("The folders of a rule", "writing", "if source in folders:", "if False:"),
    _rules("The owner's new address in a rule", "reading",
           "self._directory.now(found, self._directory.owners_among([found]))", "found"),
    _rules("A further address of the owner's in a rule", "reading", ", self._directory.owners_among([found])", ""),
    _rules("An EX address in a rule", "reading",
           "found = self._directory.smtp(address, routing)", "found = address"),
    _rules("A rule that sends mail on to the new mailbox", "reading",
           "([TO_ITSELF] if self._sends_to_itself(rule) else ())", "()", SENDING),
    # What stays, and what is in its place.
    _rules("A rule that the server does not tell wholly", "reading", "    if _is_unsupported(told):\n        yield",
           "    if False:\n        yield"),
    _rules("A rule that replies", "reading", "if any(form.local(part) == form.REPLYING",
           "if False and any(form.local(part) == form.REPLYING"),
    _rules("A rule about nobody", "reading", "    if nobody:\n", "    if False:\n", ALL),
    _which("A rule into a folder that is gone", "if not all(missing.values()):", "if False:"),
    _which("Rules that send mail on, not asked for", _UNASKED, "if False:"),
    _which("Rules that send mail on, asked for", _UNASKED, "if rule.sends:", SENDING),
    _rules("A rule that only stops", "reading", "_only_stopping(rule) if stops and is_whole else None", "None"),
    _rules("A rule that only stops where its conditions are not known", "reading",
           "_only_stopping(rule) if stops and is_whole else None", "_only_stopping(rule) if stops else None"),
    _which("What is said where later rules may act", "stays + UNREPLACED if stays and rule.stops and instead is None",
           "stays if stays and rule.stops and instead is None"),
    # Known again, and left.
    _rules("A rule is known by what it means", "meaning", "return digest(json.dumps(told, sort_keys=True))",
           'return digest(json.dumps([told, xml.words(rule, "DisplayName")], sort_keys=True))'),
    _broken("A rule that its owner has changed is known", "engine/settings/plan",
            "change = self.known.earlier.get(entry.id) if entry.id else None", "change = None", CHANGED),
    _broken("A rule that changed at the source is named", "engine/settings/image",
            "return bool(self.theirs and theirs) and self.theirs != theirs", "return False",
            f"{_EDITED}what_changed_at_the_source_since_is_named_and_left"),
    Broken("Outlook's copy of the rules", f"{_EXCHANGE}/rules/writing.py", (
        ("return there.outlooks and Choice.OUTLOOK_RULES in self._agreed", "return there.outlooks"),
        ("return Choice.OUTLOOK_RULES if self._looking.look().outlooks else None", "return None")), OUTLOOK),
    _rules("The rules of the assistant", "assistant", "ONLY_WHEN_OUT = 0x4", "ONLY_WHEN_OUT = 0x40", ASSISTANT),
    _rules("The server's own rules", "assistant",
           "only_when_out and not _property(rule, NAME).startswith(OF_THE_SERVER)", "only_when_out", ASSISTANT),
    # Taken back.
    _broken("What its owner has changed is not taken back", "engine/settings/image",
            "return looks_so or now.value in", "return True or now.value in", TAKEN_BACK),
    _rules("An emptied rule meets no mail", "form",
           '    xml.add(xml.add(conditions, _MARKED), "String", f"{NOTHING} {mark}")\n'
           '    xml.add(xml.add(conditions, "WithinSizeRange"), "MinimumSize", HUGE)\n',
           '    xml.add(xml.add(conditions, "WithinSizeRange"), "MinimumSize", "0")\n', OFF),
    _rules("A disabled rule is emptied before it is on", "removing",
           '    form.add_nothing(made, f"{ours.key} {half_removed(ours.value)}")\n',
           "    made.extend([one for one in form.read(ours.value) if form.local(one) in form.PARTS])\n", OFF),
    # Categories.
    _colours("What nobody knows of a category", "Category(told.pop(\"name\"), told.pop(\"color\"), "
             "told.pop(\"keyboardShortcut\", NO_SHORTCUT), told)", "Category(told.pop(\"name\"), told.pop(\"color\"), "
             "told.pop(\"keyboardShortcut\", NO_SHORTCUT), {\"guid\": told[\"guid\"]})"),
    _broken("A keyboard shortcut that is taken", f"{_CONTENTS}/colours",
            "if known.shortcut == NO_SHORTCUT or taken.setdefault(known.shortcut, entry.key) == entry.key:", "if True:",
            OWN),
    _broken("The owner's own category", f"{_CONTENTS}/colours",
            "return there if there.shown == wanted.shown else OWN", "return wanted", OWN),
    _broken("A category in other letters", "engine/ports/colours", "return self.name.casefold()", "return self.name",
            OWN),
    _colours("What Outlook counts is no change", "if name not in COUNTED}", "if name}", TAKEN_BACK),
    # Out-of-office.
    _away("The owner's own out-of-office", "return wanted if out_of_office(there.value).is_blank else OWN",
          "return wanted", f"{_SEEDED}everything_moves_and_mail_does_what_it_did[its own-False]"),
    _away("A schedule that has passed", "if leave_off or not source.answers(now):", "if leave_off:"),
    _away("An out-of-office that is left off", "if leave_off or not source.answers(now):",
          "if not source.answers(now):", f"{_SEEDED}left_off_everything_but_the_state_comes"),
    _broken("The language of a reply", f"{_EXCHANGE}/out_of_office", 'found.get(LANGUAGE) or "")', '"")', AWAY),
    _broken("The schedule of an out-of-office", f"{_EXCHANGE}/out_of_office",
            "if setting.start is None or setting.end is None or setting.end <= setting.start:", "if True:", AWAY),
    _broken("Who outside is answered", f"{_EXCHANGE}/out_of_office", "<t:ExternalAudience>{setting.audience}<",
            "<t:ExternalAudience>All<", AWAY),
)
