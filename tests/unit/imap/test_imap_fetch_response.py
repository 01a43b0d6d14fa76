"""FETCH responses in every shape that servers send them."""

from __future__ import annotations

from itertools import permutations

import pytest

from engine.connectors.imap.fetch_response import Fetched, parse

ITEMS = (
    b"UID 7", b"FLAGS (\\Seen $label1)", b'INTERNALDATE "17-Jul-1996 02:44:25 -0700"', b"RFC822.SIZE 4286",
)
EXPECTED = Fetched(7, (b"\\Seen", b"$label1"), b"17-Jul-1996 02:44:25 -0700", 4286, b"X\r\n")


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_any_order(order: tuple[int, ...]) -> None:
    """Servers send the items in the order they like, before and after the literal."""
    items = [ITEMS[index] for index in order]
    head = b"12 (" + b" ".join(items[:2]) + b" BODY[HEADER.FIELDS (MESSAGE-ID DATE)] {3}"

    assert list(parse([(head, b"X\r\n"), b" " + b" ".join(items[2:]) + b")"])) == [EXPECTED]


@pytest.mark.parametrize(
    ("records", "fetched"),
    [
        ([b"1 (UID 5 FLAGS ())"], Fetched(5, ())),
        ([b"1 (FLAGS (\\Seen))"], Fetched(None, (b"\\Seen",))),
        ([b"1 (UID 5 BODY[] NIL)"], Fetched(5, refused=True)),
        ([b'1 (UID 5 BODY[] "")'], Fetched(5, body=b"")),
        ([b'1 (UID 5 BODY[] "a \\"b\\" \\\\ (UID 6)")'], Fetched(5, body=b'a "b" \\ (UID 6)')),
        ([(b"1 (UID 5 BODY[]<1024> {2}", b"ab"), b")"], Fetched(5, body=b"ab", origin=1024)),
        ([(b"1 (UID 5 BODY[] ~{2}", b"ab"), b")"], Fetched(5, body=b"ab")),
        ([(b"1 (UID 5 body[] {0}", b""), b" MODSEQ (12))"], Fetched(5, body=b"")),
        ([(b'1 (UID 5 BODY[HEADER.FIELDS ("DATE")] {1}', b"x"), b")"], Fetched(5, body=b"x")),
        ([b"1 (UID 5 FLAGS (\\Seen) X-GM-THRID 99)"], Fetched(5, (b"\\Seen",))),
        (
            [(b"1 (X-GM-LABELS (a) UID 5 RFC822.SIZE 3 BODY[] {2}", b"ab"), b")"],
            Fetched(5, size=3, body=b"ab", labels=(b"a",)),
        ),
    ],
)
def test_shapes(records: list[bytes | tuple[bytes, bytes]], fetched: Fetched) -> None:
    """Empty, quoted, NIL, partial and binary bodies, items nobody asked for, and items of other servers."""
    assert list(parse(records)) == [fetched]


@pytest.mark.parametrize(
    ("records", "labels"),
    [
        ([b"1 (X-GM-LABELS (\\Inbox \\Sent Important \"Muy Importante\") UID 5)"],
         (b"\\Inbox", b"\\Sent", b"Important", b"Muy Importante")),
        ([b'1 (UID 5 X-GM-LABELS ("\\\\Inbox" "a (b) \\"c\\"" "Travail/R&AOk-unions" 2023 NIL 007))'],
         (b"\\Inbox", b'a (b) "c"', b"Travail/R&AOk-unions", b"2023", b"NIL", b"007")),
        ([b"1 (UID 5 X-GM-LABELS () FLAGS ())"], ()),
        ([(b"1 (UID 5 X-GM-LABELS (\\Inbox {5}", b'a"b\\c'), (b" 2023 NIL 007) BODY[] {1}", b"x"), b")"],
         (b"\\Inbox", b'a"b\\c', b"2023", b"NIL", b"007")),
    ],
)
def test_labels_of_gmail(records: list[bytes | tuple[bytes, bytes]], labels: tuple[bytes, ...]) -> None:
    """Labels come as atoms, quoted strings and literals (RFC 3501 §9, astring); a number or NIL is a name here."""
    [fetched] = parse(records)

    assert (fetched.uid, fetched.labels) == (5, labels)


def test_msgids_of_gmail() -> None:
    """An X-GM-MSGID has 64 bits, none of them a sign."""
    [fetched] = parse([b"1 (X-GM-MSGID 18446744073709551615 UID 5)"])

    assert (fetched.uid, fetched.msgid) == (5, 2**64 - 1)


def test_keywords_cannot_imitate_items() -> None:
    """A keyword called UID is a keyword."""
    assert list(parse([b"1 (FLAGS (UID 9 RFC822.SIZE) UID 5)"])) == [Fetched(5, (b"UID", b"9", b"RFC822.SIZE"))]


def test_several_responses() -> None:
    """Each response is one message, with its own literal."""
    records = [(b"1 (UID 1 BODY[] {1}", b"a"), b")", b"2 (UID 2 FLAGS ())", (b"3 (UID 3 BODY[] {1}", b"c"), b")", None]

    assert [(f.uid, f.body) for f in parse(records)] == [(1, b"a"), (2, None), (3, b"c")]


@pytest.mark.parametrize(
    "records", [
        [b"nonsense"], [b"1 (UID x)"], [b"1 (UID 5"], [(b"1 (UID 5 BODY[] {1}", b"a"), b"("],
        [b"1 (5 (\\Seen) RFC822.SIZE 120)"],
        [b"1 (UID 5 (\\Seen) RFC822.SIZE 120)"],
        [(b"1 (UID 5 FLAGS () () BODY[] {1}", b"a"), b" UID 5)"],
    ]
)
def test_nonsense(records: list[bytes | tuple[bytes, bytes]]) -> None:
    """What is no FETCH response is a ValueError, whatever it is, or is read for what can be read."""
    try:
        found = list(parse(records))
    except ValueError:
        return
    assert [item.uid for item in found] == [5]


@pytest.mark.parametrize(
    "records",
    [
        [(b"1 (UID 1 BODY[] {2}", b"a\r"), b""],                                                # 1 byte too short
        [(b"1 (UID 1 BODY[] {1}", b"a"), b"b c)"],                                              # more than that
        [(b"1 (UID 1 BODY[] {2}", b"a)"), b""],                                                 # 1 byte too long
        [(b"1 (UID 1 BODY[] {4}", b"a)\r\n"), (b"* 2 FETCH (UID 2 BODY[] {1}", b"b"), b")"],    # up to the next one
        [(b"1 (UID 1 BODY[] {13}", b"a)\r\n* 2 FETC"), (b"H (UID 2 BODY[] {1}", b"b"), b")"],   # into it
        [(b"1 (UID 1 BODY[] {40}", b"a)\r\n* 2 FETCH (UID 2 BODY[] {9}\r\nb"), b" and more)"],  # into its text
    ],
)
def test_a_literal_of_another_length_than_announced(records: list[bytes | tuple[bytes, bytes]]) -> None:
    """What follows a literal shows that it was not as long as the server said: then it is no message of anybody's."""
    with pytest.raises(ValueError, match="FETCH"):
        list(parse(records))


def test_what_came_before_is_kept() -> None:
    """Responses that could be read come out before the error about the one that cannot."""
    responses = parse([(b"1 (UID 1 BODY[] {1}", b"a"), b")", (b"2 (UID 2 BODY[] {1}", b"b"), b""])

    assert next(responses).uid == 1
    with pytest.raises(ValueError, match="FETCH"):
        next(responses)
