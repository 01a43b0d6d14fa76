"""The workspace of Slack's emulator, as tests name it."""

TOKEN, TEAM = "xoxb-of-a-test", "T0EXAMPLE1"
OWNER, COLLEAGUE, ADMIN = "U0OWNER001", "U0COLLEAG1", "U0ADMIN001"
CHANNEL, SHARED = "C0MIGRATE1", "C0PARTNER1"
