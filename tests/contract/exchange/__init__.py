"""The Exchange destination against the emulator, over real sockets."""
