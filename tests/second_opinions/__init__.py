"""Programs that share nothing with ours look at what was migrated."""
