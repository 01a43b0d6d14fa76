"""An emulator of Slack for tests and the demo: its Web API, signed deliveries, and a page to look at."""
