"""An emulator of Exchange Web Services for tests, benchmarks and the demo."""

from emulators.exchange.emulator import ExchangeEmulator
from emulators.exchange.faults import Fault
from emulators.exchange.settings import Settings

__all__ = ["ExchangeEmulator", "Fault", "Settings"]
