"""What filters ask, in conditions of Exchange; what these cannot say for sure is refused, with the reason."""

from __future__ import annotations

import re
from typing import Any

import pytest

from engine.connectors.exchange.typed.addresses import Directory
from engine.connectors.google.filters.clauses import (
    ATTACHED,
    FROM,
    HEADER,
    RECIPIENT,
    SENDER,
    SIZE,
    SUBJECT,
    TO,
    InexpressibleError,
)
from engine.connectors.google.filters.conditions import Conditions
from engine.connectors.google.filters.reading import Filters
from tests.servers.google.told import Told

ANN, NEW = "ann@gmail.example", "ann@example.org"
AMY, BEN = "amy@example.com", "ben@example.com"
Parts = dict[str, tuple[str, ...]]


def read(**criteria: Any) -> list[tuple[Parts, Parts]]:
    """The conditions and exceptions of the rules that those criteria become."""
    found = Conditions(Directory(lambda _address: (), owner=ANN, becomes=NEW)).of(criteria)
    return [(dict(one.conditions), dict(one.exceptions)) for one in found]


@pytest.mark.parametrize(
    ("criteria", "rules"),
    [
        ({"from": AMY}, [({FROM: (AMY,)}, {})]),
        ({"from": "Amy@Example.com"}, [({FROM: (AMY,)}, {})]),
        ({"from": "@example.com"}, [({SENDER: ("@example.com", ".example.com")}, {})]),
        ({"from": "*@example.com"}, [({SENDER: ("@example.com", ".example.com")}, {})]),
        ({"from": "example.com"}, [({SENDER: ("@example.com", ".example.com", "example.com@")}, {})]),
        ({"from": f"({AMY} OR {BEN})"}, [({FROM: (AMY, BEN)}, {})]),
        ({"from": f"{{{AMY} {BEN}}}"}, [({FROM: (AMY, BEN)}, {})]),
        ({"query": f"from:{AMY} OR from:{BEN}"}, [({FROM: (AMY, BEN)}, {})]),
        ({"from": f"{AMY} OR @b.example"}, [({FROM: (AMY,)}, {}), ({SENDER: ("@b.example", ".b.example")}, {})]),
        ({"to": "team@example.com"}, [({TO: ("team@example.com",)}, {})]),
        ({"to": "@lists.example.com"}, [({RECIPIENT: ("@lists.example.com", ".lists.example.com")}, {})]),
        ({"to": "ann.ames"}, [({RECIPIENT: ("@ann.ames", ".ann.ames", "ann.ames@")}, {})]),
        ({"to": ANN}, [({TO: (ANN, NEW)}, {})]),
        ({"query": "to:me"}, [({TO: (ANN, NEW)}, {})]),
        ({"subject": "report"}, [({SUBJECT: ("report",)}, {})]),
        ({"subject": '"weekly  report"'}, [({SUBJECT: ("weekly report",)}, {})]),
        ({"subject": "one OR two"}, [({SUBJECT: ("one", "two")}, {})]),
        ({"query": "list:<dev.example.org>"}, [({HEADER: ("<dev.example.org>",)}, {})]),
        ({"from": AMY, "hasAttachment": True, "excludeChats": True}, [({FROM: (AMY,), ATTACHED: ("true",)}, {})]),
        ({"size": 10_000, "sizeComparison": "larger"}, [({SIZE: ("10", "")}, {})]),
        ({"query": "smaller:2M larger:1024"}, [({SIZE: ("1", "2048")}, {})]),
        ({"query": "larger:1500"}, [({SIZE: ("2", "")}, {})]),
        ({"query": "smaller:1500"}, [({SIZE: ("", "1")}, {})]),
        ({"query": f"from:{AMY} -larger:1500"}, [({FROM: (AMY,)}, {SIZE: ("1", "")})]),
        ({"query": f"from:{AMY} -smaller:1500"}, [({FROM: (AMY,)}, {SIZE: ("", "2")})]),
        ({"query": f"from:{AMY} --smaller:1500"}, [({FROM: (AMY,), SIZE: ("", "1")}, {})]),
        ({"query": f"from:{AMY} -subject:urgent"}, [({FROM: (AMY,)}, {SUBJECT: ("urgent",)})]),
        ({"from": AMY, "negatedQuery": "subject:a OR subject:b"}, [({FROM: (AMY,)}, {SUBJECT: ("a", "b")})]),
        ({"query": f"from:{AMY} -(has:attachment subject:b)"},
         [({FROM: (AMY,)}, {ATTACHED: ("true",)}), ({FROM: (AMY,)}, {SUBJECT: ("b",)})]),
        ({"negatedQuery": f"-from:{AMY}"}, [({FROM: (AMY,)}, {})]),
        ({"from": f"{AMY} OR {BEN}", "query": f"from:{BEN}"}, [({FROM: (BEN,)}, {})]),
        ({"query": f"{{from:{AMY} subject:plan}} has:attachment"},
         [({FROM: (AMY,), ATTACHED: ("true",)}, {}), ({SUBJECT: ("plan",), ATTACHED: ("true",)}, {})]),
        ({"query": f"from:{AMY} AND subject:plan"}, [({FROM: (AMY,), SUBJECT: ("plan",)}, {})]),
        ({"query": f"(from:{AMY} subject:a) OR (from:{AMY} subject:b)"}, [({FROM: (AMY,), SUBJECT: ("a", "b")}, {})]),
    ],
)
def test_a_filter_asks_the_same(criteria: dict[str, Any], rules: list[tuple[Parts, Parts]]) -> None:
    assert read(**criteria) == rules


@pytest.mark.parametrize(
    ("criteria", "why"),
    [
        ({"query": "unsubscribe"}, "“unsubscribe” in the whole message"),
        ({"query": '"an offer"'}, "“an offer” in the whole message"),
        ({"from": AMY, "negatedQuery": "unsubscribe"}, "in the whole message"),
        ({"from": "amy"}, "“amy” as a whole word"),
        ({"from": "amy@"}, "as a whole word"),
        ({"from": f"{AMY}, {BEN}"}, "as a whole word"),
        ({"from": f"{AMY} AND {BEN}"}, "no mail can meet"),
        ({"query": "subject:party -subject:art"}, "within what it asks for (party)"),
        ({"subject": "quarterly report"}, "disagree on whether “quarterly report”"),
        ({"query": "subject:(quarterly report)"}, "words in the subject"),
        ({"query": f"from:{AMY} OR from:{BEN} subject:x"}, "mixes OR"),
        ({"query": "cc:x@example.com"}, "“cc:x@example.com”"),
        ({"query": "is:starred"}, "“is:starred”"),
        ({"query": "has:drive"}, "“has:drive”"),
        ({"query": "filename:pdf"}, "“filename:pdf”"),
        ({"query": "list:dev@example.org"}, "“dev@example.org”"),
        ({"query": "larger:big"}, "“big”"),
        ({"query": "rfc822msgid: is:unread"}, "“rfc822msgid:”"),
        ({"query": "subject:inv*"}, "“inv*”"),
        ({"query": "subject:+exact"}, "“+exact”"),
        ({"query": "a AROUND b"}, "“AROUND”"),
        ({"query": "from:(to:x@example.com)"}, "“to:”"),
        ({"query": 'subject:"open'}, "is not closed"),
        ({"query": "(from:a@b.example"}, "is not closed"),
        ({"query": "from:a@b.example)"}, "is not closed"),
        ({"query": "{}"}, "is empty"),
        ({"query": "{from:a@b.example AND from:c@b.example}"}, "“AND”"),
        ({"from": AMY, "negatedQuery": "has:attachment subject:b"}, "must not have all of"),
        ({"query": "from:a@b.example OR"}, "is empty"),
        ({"query": "OR from:a@b.example"}, "“OR”"),
        ({"query": "(" * 50 + "x" + ")" * 50}, "is not closed"),
        ({"query": " OR ".join(f"(from:a@{n}.example subject:s{n})" for n in range(11))}, "more than 10 rules"),
        ({"excludeChats": True}, "no condition that is known"),
        ({}, "no condition that is known"),
        ({"negatedQuery": "larger:2000 OR larger:5000"}, "sizes"),
        ({"from": AMY, "negatedQuery": "larger:1000"}, "less than 1 KB"),
        ({"query": "smaller:1000"}, "less than 1 KB"),
        ({"query": f"larger:{'9' * 5000}"}, "“999"),
        ({"size": 10 ** 20, "sizeComparison": "larger"}, "“100"),
        ({"query": "-" * 1200 + "subject:x"}, "“----"),
    ],
)
def test_what_exchange_cannot_say_for_sure_is_named(criteria: dict[str, Any], why: str) -> None:
    with pytest.raises(InexpressibleError, match=re.escape(why)):
        read(**criteria)


def test_odd_answers_break_nothing() -> None:
    """What no XML can hold, sizes that are none, labels without a name: named, or passed over."""
    filters = [
        {"id": "1", "criteria": {"subject": "a\x00b"}, "action": {"addLabelIds": ["L1"]}},
        {"id": "2", "criteria": {"from": AMY}, "action": {"addLabelIds": ["L1"]}},
        {"id": "3", "criteria": {"size": "x", "sizeComparison": "larger"}, "action": {"addLabelIds": ["L1"]}},
        {"criteria": {"from": BEN}, "action": {"forward": "c@x\ud800.example"}}, {}, "none",
    ]
    labels = [{"id": "L1", "name": "A\x01\ud800", "type": "user"}, {"type": "user"}]
    told = Told(single={"/users/me/settings/filters": {"filter": filters}, "/users/me/labels": {"labels": labels}})
    found = Filters(told, Directory(lambda _address: ())).read()  # type: ignore[arg-type]  # as an Asking
    assert [(one.name, bool(one.stays)) for one in found] == [
        (f"Gmail: from {AMY} → category A\ufffd\ufffd", False),
        (f"Gmail: from {BEN} → forward to c@x\ufffd.example", False),
        ("subject:(a\ufffdb) → label “A\ufffd\ufffd”", True), ("larger:x → label “A\ufffd\ufffd”", True),
        ("a filter", True), ("a filter", True),
    ]
