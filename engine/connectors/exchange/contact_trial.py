"""A contact of our own, with one of each that a server might show otherwise than it was written.

Nobody has documented what a server makes of a contact beside its fields. Where it shows something else than was
written, a rollback takes contacts for changed by their owner, keeps them and names them.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from hashlib import sha256

from engine.connectors.exchange.soap import TYPES
from engine.connectors.exchange.typed.attached import Attached
from engine.connectors.exchange.typed.digests import ours
from engine.connectors.exchange.typed.whole import Whole
from engine.connectors.exchange.writing.fields import parsed
from engine.items.tags import DIGEST
from engine.ports.typed import TypedItem

# A picture of one pixel: the smallest that GIF has room for.
PIXEL = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
PHOTO = (
    f'<t:FileAttachment xmlns:t="{TYPES[1:-1]}"><t:Name>ContactPicture.gif</t:Name><t:IsInline>false</t:IsInline>'
    f"<t:IsContactPhoto>true</t:IsContactPhoto><t:Content>{b64encode(PIXEL).decode()}</t:Content></t:FileAttachment>"
).encode()
CONTACT = (
    f'<t:Contact xmlns:t="{TYPES[1:-1]}"><t:Body BodyType="Text">OMM doctor</t:Body>'
    "<t:Categories><t:String>OMM doctor</t:String></t:Categories>"
    '<t:ExtendedProperty><t:ExtendedFieldURI PropertyTag="0x3a43" PropertyType="String"/><t:Value>Chess</t:Value>'
    "</t:ExtendedProperty><t:FileAsMapping>LastCommaFirst</t:FileAsMapping><t:DisplayName>OMM doctor</t:DisplayName>"
    "<t:GivenName>OMM</t:GivenName><t:CompanyName>Nobody's</t:CompanyName><t:EmailAddresses>"
    '<t:Entry Key="EmailAddress1" Name="The doctor" RoutingType="SMTP">doctor@omm.invalid</t:Entry></t:EmailAddresses>'
    '<t:PhysicalAddresses><t:Entry Key="Business"><t:Street>1 Street</t:Street><t:City>Town</t:City></t:Entry>'
    '</t:PhysicalAddresses><t:PhoneNumbers><t:Entry Key="MobilePhone">+1 555 0100</t:Entry></t:PhoneNumbers>'
    "<t:Birthday>2001-02-03T11:59:00Z</t:Birthday><t:Children><t:String>Kim</t:String></t:Children>"
    "<t:Surname>Doctor</t:Surname></t:Contact>"
).encode()


def trial_contact() -> TypedItem:
    """It, with the digest that it has if a server shows it as it was written."""
    fact = f"photo {sha256(PIXEL).hexdigest()}"
    here = ours(Whole(parsed(CONTACT), (Attached(PHOTO, fact, fact),)), "")
    return TypedItem(1, CONTACT, bytes(16), here, "0" * DIGEST, len(CONTACT) + len(PHOTO), (PHOTO,))
