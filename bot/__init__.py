"""Everything people see and press in Slack, and what is sent to them. Imports the engine, never a connector."""
