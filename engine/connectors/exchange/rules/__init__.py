"""Inbox rules, as GetInboxRules tells them and UpdateInboxRules takes them."""
