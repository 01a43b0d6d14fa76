"""The item class that a message is given when it is made from MIME ([MS-OXCMAIL] 2.1.3.2.1 and 2.2.3)."""

import re

from emulators.exchange.mime import Headers

_REPORTS = {"disposition-notification": "IPNRN", "delivery-status": "NDR"}
_REPORT_TYPE = re.compile(r'report-type="?([a-z-]+)', re.IGNORECASE)
_ACTION = re.compile(rb"^action:[ \t]*([a-z]+)", re.IGNORECASE | re.MULTILINE)
_DISPOSITION = re.compile(rb"^disposition:.*?;[ \t]*(deleted)", re.IGNORECASE | re.MULTILINE)
_DELIVERED = {b"delivered": "DR", b"expanded": "Expanded.DR", b"relayed": "Relayed.DR", b"delayed": "Delayed.DR"}


def item_class(raw: bytes, head: Headers) -> str:
    """The class: IPM.Note unless the message is signed, encrypted or a report of a delivery or of a reading."""
    kind = head.get("content-type").lower()
    if kind.startswith("multipart/signed"):
        return "IPM.Note.SMIME.MultipartSigned" if "pkcs7-signature" in kind else "IPM.Note"
    if kind.startswith(("application/pkcs7-mime", "application/x-pkcs7-mime")):
        return "IPM.Note.SMIME"
    if kind.startswith("multipart/report"):
        return _report(raw, kind)
    return "IPM.Note"


def _report(raw: bytes, kind: str) -> str:
    match = _REPORT_TYPE.search(kind)
    ending = _REPORTS.get(match[1] if match else "")
    if ending is None:
        return "IPM.Note"
    if ending == "NDR" and (action := _ACTION.search(raw)) is not None:
        ending = _DELIVERED.get(action[1].lower(), "NDR")
    if ending == "IPNRN" and _DISPOSITION.search(raw) is not None:
        ending = "IPNNRN"
    return f"REPORT.IPM.Note.{ending}"
