"""A client that knows nothing but SOAP over HTTP: what it sends and receives is validated against the schema.

Requests are strings. Nothing here builds a request from objects, so that a test can send every element
that the schema allows, and every one that it does not.
"""

import base64
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import urllib3
from lxml import etree

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
M = "http://schemas.microsoft.com/exchange/services/2006/messages"
T = "http://schemas.microsoft.com/exchange/services/2006/types"
E = "http://schemas.microsoft.com/exchange/services/2006/errors"
NS = {"s": SOAP, "m": M, "t": T, "e": E}
VERSION = "Exchange2013"


def envelope(body: str, *, header: str = "", version: str | None = VERSION) -> bytes:
    """The SOAP envelope around one body; version None leaves RequestServerVersion out."""
    wanted = f'<t:RequestServerVersion Version="{version}"/>' if version else ""
    return (
        '<?xml version="1.0" encoding="utf-8"?>'
        f'<s:Envelope xmlns:s="{SOAP}" xmlns:m="{M}" xmlns:t="{T}">'
        f"<s:Header>{wanted}{header}</s:Header><s:Body>{body}</s:Body></s:Envelope>"
    ).encode()


def basic(user: str, password: str) -> dict[str, str]:
    """The Authorization header of Basic."""
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def local(element: etree._Element) -> str:
    """The name of an element without its namespace."""
    return etree.QName(element).localname


def names(element: etree._Element | None) -> list[str]:
    """The names of an element's children, in order."""
    assert element is not None
    return [local(child) for child in element]


def paths(element: etree._Element, prefix: str = "") -> Iterator[str]:
    """Every element below and including this one as a path with its attribute names, in document order."""
    here = f"{prefix}/{local(element)}" + "".join(f"@{name}" for name in sorted(element.attrib))
    yield here
    for child in element:
        yield from paths(child, here.split("@", maxsplit=1)[0])


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer; body is the first child of soap:Body when the answer is SOAP."""

    status: int
    headers: Mapping[str, str]
    data: bytes
    tree: etree._Element | None = field(repr=False, default=None)

    @property
    def body(self) -> etree._Element:
        """The response element, or soap:Fault."""
        assert self.tree is not None, self.data[:300]
        body = self.tree.find("s:Body", NS)
        assert body is not None
        assert len(body) == 1
        return body[0]

    @property
    def messages(self) -> list[etree._Element]:
        """The response messages, in order."""
        found = self.body.findall("m:ResponseMessages", NS)
        assert len(found) == 1, etree.tostring(self.body)[:2000]
        return list(found[0])

    @property
    def codes(self) -> list[str]:
        """The ResponseCode of each response message."""
        return [str(one.findtext("m:ResponseCode", namespaces=NS)) for one in self.messages]

    @property
    def classes(self) -> list[str]:
        """The ResponseClass of each response message."""
        return [one.attrib["ResponseClass"] for one in self.messages]

    @property
    def fault(self) -> str:
        """The ResponseCode of a SOAP fault."""
        assert local(self.body) == "Fault", etree.tostring(self.body)[:2000]
        return str(self.body.findtext("detail/e:ResponseCode", namespaces=NS))

    @property
    def server(self) -> Mapping[str, str]:
        """The attributes of the ServerVersionInfo header."""
        assert self.tree is not None
        info = self.tree.find("s:Header/t:ServerVersionInfo", NS)
        assert info is not None
        return dict(info.attrib)

    def one(self, path: str) -> etree._Element:
        """The only element at this path below the response."""
        found = self.all(path)
        assert len(found) == 1, (path, len(found), etree.tostring(self.body)[:3000])
        return found[0]

    def all(self, path: str) -> list[etree._Element]:
        """Every element at this path below the response."""
        return self.body.findall(path, NS)

    def text(self, path: str) -> str:
        """The text of the only element at this path."""
        return self.one(path).text or ""

    def texts(self, path: str) -> list[str]:
        """The texts of every element at this path."""
        return [found.text or "" for found in self.all(path)]

    def ok(self) -> "Answer":
        """Itself, having made sure that every response message reports success."""
        assert self.status == 200, (self.status, self.data[:2000])
        assert local(self.body) != "Fault", self.data[:2000]
        assert set(zip(self.classes, self.codes, strict=True)) == {("Success", "NoError")}, self.data[:3000]
        return self


class Schema:
    """The schema, as an independent judge of what either side says."""

    def __init__(self, schema: etree.XMLSchema) -> None:
        self._schema = schema

    def faults(self, element: etree._Element) -> list[str]:
        """What is wrong with this element, standing alone."""
        alone = etree.fromstring(etree.tostring(element, with_tail=False))
        if self._schema.validate(alone):
            return []
        return [f"{entry.path}: {entry.message}" for entry in self._schema.error_log]  # type: ignore[attr-defined]  # the stubs lack it

    def check_answer(self, tree: etree._Element) -> None:
        """Every header and the body of an answer are valid; a fault has the shape that real servers send."""
        header, body = tree.find("s:Header", NS), tree.find("s:Body", NS)
        assert body is not None
        assert [local(child) for child in tree] == (["Body"] if header is None else ["Header", "Body"])
        for element in header if header is not None else ():
            assert not self.faults(element), self.faults(element)
        assert len(body) == 1
        if body[0].tag == f"{{{SOAP}}}Fault":
            check_fault(body[0])
        else:
            assert not self.faults(body[0]), (self.faults(body[0]), etree.tostring(body[0])[:3000])


def check_fault(fault: etree._Element) -> None:
    """A fault names the same code twice and carries both texts; SOAP's own names it once."""
    if names(fault) == ["faultcode", "faultstring"]:
        prefix, _, name = str(fault.findtext("faultcode")).partition(":")
        assert (fault.find("faultcode").nsmap[prefix], name) == (SOAP, "MustUnderstand")  # type: ignore[union-attr]  # names() found it above
        return
    assert names(fault) == ["faultcode", "faultstring", "detail"], etree.tostring(fault)
    code = fault.findtext("detail/e:ResponseCode", namespaces=NS)
    prefix, _, name = str(fault.findtext("faultcode")).partition(":")
    assert fault.find("faultcode").nsmap[prefix] == T  # type: ignore[union-attr]  # names() found it above
    assert name == code
    assert fault.find("faultstring").get("{http://www.w3.org/XML/1998/namespace}lang") == "en-US"  # type: ignore[union-attr]  # as above
    assert fault.findtext("detail/e:Message", namespaces=NS)


class Mailbox:
    """One mailbox of the emulator and a connection to it."""

    def __init__(self, url: str, address: str, password: str, schema: Schema) -> None:
        self.address, self.password, self.version = address, password, VERSION
        self._url, self._schema = urllib3.util.parse_url(url), schema
        self._pool = urllib3.connection_from_url(url, maxsize=4, retries=False, timeout=90)

    def close(self) -> None:
        """Closes the connection."""
        self._pool.close()

    def send(self, data: bytes, *, headers: Mapping[str, str] | None = None, method: str = "POST") -> Answer:
        """Sends bytes as they are; whatever comes back as SOAP is validated."""
        sent = {"Content-Type": "text/xml; charset=utf-8", **basic(self.address, self.password)}
        reply = self._pool.urlopen(
            method, self._url.request_uri, body=data, headers=sent if headers is None else dict(headers)
        )
        tree = None
        if reply.headers.get("Content-Type", "").startswith("text/xml") and reply.data:
            tree = etree.fromstring(reply.data)
            self._schema.check_answer(tree)
        return Answer(reply.status, reply.headers, reply.data, tree)

    def call(self, body: str, *, header: str = "", version: str | None = "", valid: bool = True) -> Answer:
        """Sends one operation; the request itself must be valid unless the test says that it is not.

        An empty version is that of the mailbox, None sends no version at all.
        """
        version = self.version if version == "" else version
        data = envelope(body, header=header, version=version)
        tree = etree.fromstring(data)
        # Each edition of the schema knows its own versions only, so that this header is left to the server.
        judged = [part for part in (*tree[0], tree[1][0]) if local(part) != "RequestServerVersion"]
        faults = [fault for part in judged for fault in self._schema.faults(part)]
        assert (not faults) == valid, faults
        return self.send(data)

    # What many tests need before they can begin.

    def folder(
        self,
        name: str,
        *,
        parent: str = '<t:DistinguishedFolderId Id="msgfolderroot"/>',
        kind: str = "Folder",
        inside: str = "",
    ) -> str:
        """Creates a folder and returns its FolderId element as a string."""
        answer = self.call(
            f"<m:CreateFolder><m:ParentFolderId>{parent}</m:ParentFolderId><m:Folders><t:{kind}>"
            f"{inside}<t:DisplayName>{name}</t:DisplayName></t:{kind}></m:Folders></m:CreateFolder>"
        ).ok()
        return reference(answer.one(".//t:FolderId"))

    def message(self, inside: str = "<t:Subject>A message</t:Subject>", *, folder: str = "") -> str:
        """Saves a message and returns its ItemId element as a string."""
        return self.messages(inside, folder=folder)[0]

    def messages(self, *insides: str, folder: str = "") -> list[str]:
        """Saves several messages and returns their ItemId elements as strings."""
        place = f"<m:SavedItemFolderId>{folder}</m:SavedItemFolderId>" if folder else ""
        items = "".join(f"<t:Message>{inside}</t:Message>" for inside in insides)
        answer = self.call(
            f'<m:CreateItem MessageDisposition="SaveOnly">{place}<m:Items>{items}</m:Items></m:CreateItem>'
        ).ok()
        return [reference(found) for found in answer.all(".//t:ItemId")]

    def item(self, item_id: str, *, shape: str = "<t:BaseShape>AllProperties</t:BaseShape>") -> etree._Element:
        """Gets one item."""
        answer = self.call(
            f"<m:GetItem><m:ItemShape>{shape}</m:ItemShape><m:ItemIds>{item_id}</m:ItemIds></m:GetItem>"
        ).ok()
        return answer.one(".//m:Items")[0]

    def subjects(self, folder: str) -> list[str]:
        """The subjects in a folder, sorted."""
        answer = self.call(
            '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape>'
            "<t:AdditionalProperties>"
            '<t:FieldURI FieldURI="item:Subject"/></t:AdditionalProperties></m:ItemShape>'
            f"<m:ParentFolderIds>{folder}</m:ParentFolderIds></m:FindItem>"
        ).ok()
        return sorted(answer.texts(".//t:Subject"))


def reference(element: etree._Element, *, key: bool = True) -> str:
    """An id element, as a client sends it back; without its change key when key is False."""
    change = f' ChangeKey="{element.get("ChangeKey")}"' if key and element.get("ChangeKey") else ""
    return f'<t:{local(element)} Id="{element.get("Id")}"{change}/>'


def keyless(id_element: str) -> str:
    """The same id without its change key."""
    return re.sub(r' ChangeKey="[^"]*"', "", id_element)


def identity(id_element: str) -> str:
    """The value of an id element's Id attribute."""
    found = re.search(r' Id="([^"]*)"', id_element)
    assert found
    return found.group(1)


def change_key(id_element: str) -> str:
    """The value of an id element's ChangeKey attribute."""
    found = re.search(r' ChangeKey="([^"]*)"', id_element)
    assert found
    return found.group(1)


def distinguished(name: str) -> str:
    """A well-known folder of the mailbox that is signed in."""
    return f'<t:DistinguishedFolderId Id="{name}"/>'


def mime(subject: str = "A message", *, text: str = "Hello", header: str = "X-Kind: letter") -> str:
    """A small message with one header of the test's own, encoded as MimeContent wants it."""
    source = (
        f"From: Ann Sender <ann@example.com>\r\nTo: Claire <claire@example.org>\r\nSubject: {subject}\r\n"
        f"Date: Tue, 05 Mar 2019 10:20:30 +0000\r\nMessage-ID: <one@example.com>\r\n{header}\r\n"
        f"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n"
    )
    return base64.b64encode(source.encode()).decode()
