"""Lines as servers send them, mended into lines as RFC 3501 §9 has them. The one place that is liberal about them.

imaplib and our own parsers are strict; servers are not. Whatever has one clear meaning is written here as the standard
writes it: white space, case, parts that are missing or too many, echoes of our own requests, numbers in quotes. What
could mean two things is left as it is.
"""

from __future__ import annotations

import re

_ITEM = rb'(?:UID \d+|RFC822\.SIZE \d+|FLAGS \((?:[\\$\w-]+(?: [\\$\w-]+)*)?\)|INTERNALDATE "[ \w:+-]+")'
_SECTION = rb"BODY\[[A-Z.]*(?: \([A-Z -]+\))?\](?:<\d+>)? \{\d+\}"
_USUAL_FETCH = re.compile(rb"\* \d+ FETCH \((?:%b )*(?:%b\)|%b)\r\n" % (_ITEM, _ITEM, _SECTION))
_USUAL = re.compile(rb"\* (?:\d+ )?[A-Z-]+(?: (?! )|$)|\+(?: |$)|[A-P]{4}\d+ (?:OK|NO|BAD) ")
_UNTAGGED = re.compile(rb"\s*\*\s*(?:(\d+)\s+)?([A-Za-z-]+)\s*(.*)", re.DOTALL)
_TAGGED = re.compile(rb"\s*([A-Pa-p]{4}\d+)\s+(OK|NO|BAD)\b\s*(.*)", re.DOTALL | re.IGNORECASE)
_NOISE = re.compile(rb"\A(?:\xef\xbb\xbf)+|\0+")        # a byte order mark; NUL is in no line (RFC 3501 §9, CHAR)

_STATUS = re.compile(rb"\* (?:OK|NO|BAD|BYE|PREAUTH) |[A-P]{4}\d+ ")
_CODE = re.compile(rb"( )\[\s*([A-Za-z-]+)(?:\s+([^\]]*?))?\s*\]")
_FETCH = re.compile(rb"\* \d+ FETCH ")
_LITERAL = re.compile(rb"\{(\d+)\+?\}\s*\Z")            # `{n+}` is for clients alone (RFC 7888)

_QUOTED = rb'"(?:[^"\\]|\\.)*"'
# What a usual FETCH response holds nothing of. Looked for first, for most lines are as they should be.
_STRANGE = re.compile(
    rb"\s\s|[\t\r\f\v]|\( | \)|\+\}|\} \Z|PEEK|RFC822(?!\.SIZE \d)|[\[\]][\[{\"]|\.\d+>|(?:SIZE|UID|ORIGIN)[ (]*[^\d ]"
    rb"|FLAGS(?! \()|DATE(?! \")|[A-Z]\(|\)[A-Z]|BODY |\d,",
    re.IGNORECASE,
)
_RULES = (
    (rb"\s+", b" "),
    (rb"(?<=\() | (?=\))", b""),
    (rb",(?= ?[A-Z])", b""),                                        # commas between items
    (rb"\b(FLAGS)(?=[(\\])", rb"\1 "),
    (rb"\)(?=[A-Z])", b") "),
    (rb"\bBODY(?:\.PEEK)? ?\[", b"BODY["),                          # echoes of what we asked for
    (rb"\bRFC822(?:\.PEEK)?(?= ?(?:\{|\"|\Z))", b"BODY[]"),
    (rb"\bRFC822\.HEADER(?:\.LINES)?(?= ?[{\"])", b"BODY[HEADER]"),
    (rb"(\]<\d+)\.\d+>", rb"\1>"),
    (rb"([\]>])(?=~?\{|\"|NIL)", rb"\1 "),
    (rb"\bFLAGS NIL\b", b"FLAGS ()"),
    (rb"\bFLAGS (\\?[A-Z$][^ ()]*)(?= UID| BODY| RFC822| INTERNALDATE| MODSEQ|\))", rb"FLAGS (\1)"),
    (rb"\bRFC822\.SIZE \(?(?:NIL|-\d+)\)?", b""),                   # no size at all
    (rb"\b(UID|RFC822\.SIZE) \(?\+?(\d+)(?:\.0+)?\)?(?=[ )]|\Z)", rb"\1 \2"),
    (rb"\bINTERNALDATE ([^\"() ]+ [\d:]+(?: [+-]\d{4}| [A-Z]{1,4}(?=[ )]))?)", rb'INTERNALDATE "\1"'),
    (rb"\bINTERNALDATE NIL\b", b""),
    (rb"(?<=\() | (?=\))", b""),
    (rb"  +", b" "),
)
_NUMBER_QUOTED = re.compile(rb'\b(UID|RFC822\.SIZE)\s+"(\d+)"', re.IGNORECASE)
_BARE = re.compile(rb"(\* \d+ FETCH )(?=(?:UID|FLAGS|INTERNALDATE|RFC822|BODY)\b)", re.IGNORECASE)


def opening(line: bytes) -> bytes:
    """The first line of a response, mended; b"" for a line that says nothing. Line ends are cut off."""
    if _USUAL_FETCH.fullmatch(line):
        return line[:-2]
    line = _NOISE.sub(b"", line).strip(b"\r\n")
    if _USUAL.match(line) is None:
        line = _started(line)
    if _FETCH.match(line):
        return _fetched(line)
    if _STATUS.match(line):
        line = _CODE.sub(_coded, line, count=1)
        return line + b" " if line.endswith(b"}") else line      # text: what looks like a literal is none
    if line.startswith(b"* CAPABILITY"):
        return b" ".join(line.decode("ascii", "ignore").encode().split())
    return _LITERAL.sub(rb"{\1}", line)


def later(line: bytes, *, as_it_is: bool = False) -> bytes:
    """A line behind a literal of a FETCH response, mended unless it is to stay `as_it_is`."""
    if line == b")\r\n":
        return b")"
    line = line.rstrip(b"\r\n")
    return line if as_it_is or holds_names(line) or not _STRANGE.search(line) else _items(line)


def holds_names(line: bytes) -> bool:
    """True: a FETCH response has labels of Gmail's in it, which may look like anything, and are left as they are."""
    return b"X-GM-LABELS" in line


def begins(line: bytes) -> bool:
    """True: this is the first line of a response, rather than one behind a literal."""
    return _UNTAGGED.match(line) is not None or _TAGGED.match(line) is not None


def _started(line: bytes) -> bytes:
    """White space, case and a missing text at the beginning of a response."""
    found = _TAGGED.match(line)
    if found is not None:
        return b"%b %b %b" % (found[1].upper(), found[2].upper(), found[3])
    found = _UNTAGGED.match(line)
    if found is None:
        return line.strip(b" \t)") and line       # the end of a response that had been ended already
    parts = (b"*", found[1], found[2].upper(), found[3])
    return b" ".join(part for part in parts if part)


def _coded(found: re.Match[bytes]) -> bytes:
    """A response code in capitals, without white space at its ends."""
    words = (found[2].upper(), *([found[3]] if found[3] else []))
    return b" [" + b" ".join(words) + b"]"


def _fetched(line: bytes) -> bytes:
    line = _BARE.sub(rb"\1(", line)
    if _STRANGE.search(line) and not holds_names(line):
        start = _FETCH.match(line)
        assert start is not None
        line = start[0] + _items(line[start.end():])
    return line if line.endswith((b")", b"}")) else line + b")"


def _items(text: bytes) -> bytes:
    """Items of a FETCH response. Strings in quotes stay as they are."""
    text = _LITERAL.sub(rb"{\1}", _NUMBER_QUOTED.sub(rb"\1 \2", text))
    strings: list[bytes] = []

    def keep(found: re.Match[bytes]) -> bytes:
        strings.append(found[0])
        return b'"%d"' % (len(strings) - 1)

    text = re.sub(_QUOTED, keep, text, flags=re.DOTALL)
    for pattern, by in _RULES:
        text = re.sub(pattern, by, text, flags=re.IGNORECASE)
    return re.sub(rb'"(\d+)"', lambda found: strings[int(found[1])], text)
