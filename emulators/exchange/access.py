"""Who may use EWS at all, which an administrator sets apart from any password.

The page "Control access to EWS in Exchange": Set-CASMailbox -EwsEnabled:$false for a mailbox, Set-OrganizationConfig
for the organization and for applications, which are known by their User-Agent. Assumption: it is the mailbox of who
signed in that counts, whomever they impersonate, and patterns do not see capitals; the answer is 403 (seen in
ews-java-api#729, where nobody says why).
"""

from collections.abc import Sequence
from fnmatch import fnmatchcase

from emulators.exchange.settings import Settings


def admits(settings: Settings, address: str, agent: str) -> bool:
    """Whether who signed in may use EWS with this application. An allow list is what counts where there is one."""
    if "*" in settings.ews_disabled or address in settings.ews_disabled:
        return False
    if settings.ews_allow_list is not None:
        return _listed(settings.ews_allow_list, agent)
    return not _listed(settings.ews_block_list, agent)


def _listed(patterns: Sequence[str], agent: str) -> bool:
    return any(fnmatchcase(agent.lower(), one.lower()) for one in patterns)
