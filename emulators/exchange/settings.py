"""What a test may choose about the emulated server, and the versions it can pretend to be."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

VersionName = Literal["2010 RTM", "2010 SP1", "2010 SP2", "2010", "2013", "2019"]
Scheme = Literal["basic", "ntlm", "negotiate"]

# ExchangeVersionType of the Exchange Server SE schema, oldest first: a request may target any
# version up to the server's own.
REQUEST_VERSIONS = (
    "Exchange2007",
    "Exchange2007_SP1",
    "Exchange2009",
    "Exchange2010",
    "Exchange2010_SP1",
    "Exchange2010_SP2",
    "Exchange2012",
    "Exchange2013",
    "Exchange2013_SP1",
    "Exchange2015",
    "Exchange2016",
    "V2015_10_05",
    "V2016_01_06",
    "V2016_04_13",
    "V2016_07_13",
    "V2016_10_10",
    "V2017_01_07",
    "V2017_04_14",
    "V2017_07_11",
)
RANK = {name: rank for rank, name in enumerate(REQUEST_VERSIONS)}


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerVersion:
    """One released Exchange server: its build, and the newest schema it understands."""

    build: tuple[int, int, int, int]
    schema: str             # the Version attribute of ServerVersionInfo
    newest: str             # the newest RequestServerVersion it accepts
    assumed: str            # the version a request without RequestServerVersion is read as
    iis: str
    concurrency: int = 27   # EWSMaxConcurrency of its default policy ("EWS throttling in Exchange")

    @property
    def rank(self) -> int:
        """Where the newest accepted request version stands in REQUEST_VERSIONS."""
        return RANK[self.newest]


# Assumption: without RequestServerVersion a 2013 or newer server reads the request as Exchange2013.
# Microsoft's page for 2010 names "the initial release version of Exchange 2010"; the page for 2013
# and later only says that the attribute is required.
# "2010" is its last service pack, the third, which brought no new schema; builds are those of the page "Exchange Server
# build numbers and release dates".
VERSIONS: dict[VersionName, ServerVersion] = {
    "2010 RTM": ServerVersion(build=(14, 0, 639, 21), schema="Exchange2010", newest="Exchange2010",
                              assumed="Exchange2010", iis="Microsoft-IIS/7.5", concurrency=10),
    "2010 SP1": ServerVersion(build=(14, 1, 218, 15), schema="Exchange2010_SP1", newest="Exchange2010_SP1",
                              assumed="Exchange2010", iis="Microsoft-IIS/7.5", concurrency=10),
    "2010 SP2": ServerVersion(build=(14, 2, 247, 5), schema="Exchange2010_SP2", newest="Exchange2010_SP2",
                              assumed="Exchange2010", iis="Microsoft-IIS/7.5", concurrency=10),
    "2010": ServerVersion(build=(14, 3, 513, 0), schema="Exchange2010_SP2", newest="Exchange2010_SP2",
                          assumed="Exchange2010", iis="Microsoft-IIS/7.5", concurrency=10),
    "2013": ServerVersion(build=(15, 0, 1497, 48), schema="V2_23", newest="Exchange2013_SP1",
                          assumed="Exchange2013", iis="Microsoft-IIS/8.5"),
    "2019": ServerVersion(build=(15, 2, 1748, 10), schema="V2017_07_11", newest="V2017_07_11",
                          assumed="Exchange2013", iis="Microsoft-IIS/10.0"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How the emulated server is configured; every field may change while it runs.

    `auth` is what is offered; "negotiate" takes NTLM, bare or inside of SPNEGO (RFC 4178), not Kerberos.
    Without `negotiate_ntlm` it takes Kerberos alone, by which nobody can sign in here. `ews_disabled` are the
    addresses, in lower case, of the mailboxes that may not use EWS ("*": all), `ews_block_list` and `ews_allow_list`
    patterns of applications; see access.py.
    `extended_protection` is IIS's: with "allow" a client that binds its sign-in to the TLS connection must do so
    rightly (RFC 5929), with "require" every client must, and none can where there is no TLS. Times are
    milliseconds, sizes bytes. `request_ms`, `item_ms` and `latency_ms` are slept outside any lock, so that
    parallel requests overlap. `max_request_bytes` is the 64 MB of web.config on
    2013 and later ("Configure client-specific message size limits"). `max_concurrency` is
    EWSMaxConcurrency (None: that of the version), `max_concurrent_sync` the ConcurrentSyncCalls budget, which 2016 and
    later alone have. A user who has read `budget_items` is told to wait `budget_back_off_ms`; see budget.py.
    `mailbox_ahead_s` are seconds, negative ones too, by which the clock
    that dates items is ahead of the one that writes Date headers: the mailbox may be on another server than the one
    that answers ("Exchange architecture": any Client Access service proxies to the server with the active database).
    `rules_quota_bytes` is RulesQuota of Set-Mailbox, 32 to 256 KB. `rules_on_ex_addresses` is what becomes of an Inbox
    rule that names a legacyExchangeDN which the directory does not know: it is kept but marked IsInError and never
    runs, it is kept and runs, or it is refused; nobody has documented which. `full_access` is whose mailboxes somebody
    may open beside their own, `impersonation` is whom somebody may impersonate ("*": everybody), all by address in
    lower case; without `impersonates_here` nobody may by way of this server. `retention_tags` are the elements of each
    RetentionPolicyTag that differ from those of a personal tag that deletes after a year.
    Without `keep_alive` every answer ends its connection, and says so (RFC 9112 9.6), as some proxies have it; NTLM,
    which signs in a connection, is of no use there.
    `mime_wins` lets a header of MimeContent win over the property beside it that says the same; nobody has documented
    the order, and DavMail's requests only work with properties that win.
    `keeps_completion_date`: PidLidTaskDateCompleted (0x810F) of a request wins over a Status or PercentComplete behind
    it. Nobody knows; by default the last one processed wins. `refuses_foreign_properties`: see field_uri.py.
    `reads_others_permissions`: somebody with full access is told the PermissionSet of folders when they ask for it by
    name. It was refused to people of whom nobody says whether they had full access or rights to folders alone.
    Nobody has seen a real server do these, so that both ways are to be had; the default is what is documented, else
    what a migrator likes less. `uid_sets_global_object_id`: the UID of a new appointment makes its global object id
    (MS-OXCICAL 2.1.3.1.1.20.26). `organizer_by_property`: PidLidAppointmentStateFlags, PidLidResponseStatus and the
    sender's properties make another the organizer. `attendee_responses_kept`: an answer that a client says an attendee
    gave stays. `max_instance_index`: occurrences beyond have no index (None: all have). `unsent_meetings_sent_later`:
    a meeting that was saved with SendToNone is sent some time. `processes_meeting_messages` is AutomateProcessing of
    Set-CalendarProcessing: the calendar learns of meeting messages as they are delivered.
    `processes_created_meeting_messages`: and of those that a client creates in the Inbox, unless PidTagProcessed says
    that it has.
    `vcards_become_contacts`: a vCard in MIME is an attached contact, as [MS-OXCMAIL] 2.2.3.4.4 says that it should be;
    else it is a file.
    Without `autodiscover_v2` there is none: nobody says with which build of 2013 it came.
    `external_url` is the origin that Autodiscover tells ("https://mail.example.org"; None: the emulator's own), and
    `autodiscover_elsewhere` is to which origin it redirects whom, by address or domain in lower case.
    `sync_states` may be counted up: the states of SyncFolderItems and SyncFolderHierarchy that were given before are
    then invalid. Assumption: so they are after a mailbox was restored.
    `shows_rule_messages`: rules are found as associated items of the Inbox; see rules/hidden.py.
    `disabled_rules_deletable`: an Inbox rule that is disabled can be deleted; see rules/operations.py.
    `renders_replies`: out-of-office replies come back as HTML documents, whatever they were.
    `equality_ignores_case`: IsEqualTo and its kin in a restriction take capitals for small letters: whoever looks for a
    key by it may find another.
    """

    version: VersionName = "2019"
    auth: Sequence[Scheme] = ("basic", "ntlm")
    negotiate_ntlm: bool = True
    ews_disabled: Sequence[str] = ()
    ews_block_list: Sequence[str] = ()
    ews_allow_list: Sequence[str] | None = None
    extended_protection: Literal["off", "allow", "require"] = "off"
    request_ms: float = 0
    item_ms: float = 0
    latency_ms: float = 0
    keep_alive: bool = True
    max_request_bytes: int = 67_108_864
    oversize_status: int = 507
    max_message_bytes: int = 67_108_864
    quota_bytes: int | None = None
    max_concurrency: int | None = None
    budget_items: int | None = None
    budget_back_off_ms: int = 1000
    max_concurrent_sync: int = 5
    max_find_rows: int = 1000
    short_pages: bool = False
    mailbox_ahead_s: float = 0
    rules_quota_bytes: int = 262_144
    rules_on_ex_addresses: Literal["in error", "kept", "refused"] = "in error"
    impersonation: Mapping[str, Sequence[str]] = field(default_factory=dict)
    impersonates_here: bool = True
    full_access: Mapping[str, Sequence[str]] = field(default_factory=dict)
    retention_tags: Sequence[Mapping[str, str]] = ()
    mime_wins: bool = False
    uid_sets_global_object_id: bool = True
    organizer_by_property: bool = False
    attendee_responses_kept: bool = False
    max_instance_index: int | None = 999
    unsent_meetings_sent_later: bool = False
    processes_meeting_messages: bool = True
    processes_created_meeting_messages: bool = True
    vcards_become_contacts: bool = True
    equality_ignores_case: bool = True
    mime_roundtrip: Literal["regenerate", "verbatim"] = "regenerate"
    seed: int = 0
    reads_others_permissions: bool = False
    sync_states: int = 0
    autodiscover_v2: bool = True
    external_url: str | None = None
    autodiscover_elsewhere: Mapping[str, str] = field(default_factory=dict)
    keeps_completion_date: bool = False
    refuses_foreign_properties: bool = False
    shows_rule_messages: bool = True
    disabled_rules_deletable: bool = False
    renders_replies: bool = False

    @property
    def concurrency(self) -> int:
        """How many requests of one user are answered at a time."""
        return self.server.concurrency if self.max_concurrency is None else self.max_concurrency

    @property
    def server(self) -> ServerVersion:
        """The server version these settings name."""
        return VERSIONS[self.version]
