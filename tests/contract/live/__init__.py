"""What the engine relies on, asked of any Exchange: the emulator, or a live one (`make live`)."""
