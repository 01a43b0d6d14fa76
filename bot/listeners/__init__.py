"""Conversations: one file each, of plain functions that Bolt calls with what they name: ack, services, interaction."""
