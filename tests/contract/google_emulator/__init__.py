"""The Google emulator: by Google's own libraries where they speak it, and by raw HTTP where they would not."""
