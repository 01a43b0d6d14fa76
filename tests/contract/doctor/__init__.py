"""The doctor, at the Exchange emulator."""
