"""What the proxy offers of what imap.gmail.com does.

Left out before signing in: XYZZY and AUTH=PLAIN-CLIENTTOKEN, which no page describes. Left out afterwards: UIDPLUS,
MOVE and APPENDLIMIT, since clients can change nothing here but flags; and COMPRESS=DEFLATE and UTF8=ACCEPT, which
change the form and not the content.
"""

from __future__ import annotations

_ALWAYS = b"IMAP4rev1 UNSELECT IDLE NAMESPACE QUOTA ID XLIST CHILDREN X-GM-EXT-1"
SIGNED_OUT = _ALWAYS + b" SASL-IR AUTH=XOAUTH2 AUTH=PLAIN AUTH=OAUTHBEARER"
SIGNED_IN = _ALWAYS + b" ENABLE CONDSTORE ESEARCH LIST-EXTENDED LIST-STATUS LITERAL- SPECIAL-USE"
