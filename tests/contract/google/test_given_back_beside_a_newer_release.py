"""A grant is given back although one secret of the store is of a newer release."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import fakeredis
from cryptography.fernet import Fernet

from engine.connectors.google.access.grants import KeptAccess, Way, granting_account
from engine.errors import Side
from engine.migration.giving_back import give_back
from engine.store import stored
from engine.store.keys import secret_keys
from engine.store.vault import INDEX, Kept, Vault

ANN = KeptAccess(Way.GRANT, "ann@gmail.com", client="c", refresh="1//one").secret


def test_a_secret_of_a_newer_release_holds_up_nobody_elses(tmp_path: Path) -> None:
    """While one release is replaced by the next, both work on one store; an older one "goes on with the others"."""
    redis, back = fakeredis.FakeRedis(), []
    keys = secret_keys({"OMM_SECRET_KEYS": Fernet.generate_key().decode()}, tmp_path)
    vault = Vault(redis, keys=keys, goes_back=granting_account)
    returning = SimpleNamespace(account=granting_account, give_back=back.append)
    newer = stored.write(Kept("3MNP-4RST", Side.SOURCE, "-")).replace('"v":1', '"v":99')
    redis.set(f"{INDEX}:3MNP-4RST:source", keys.encrypt(newer.encode()))
    redis.zadd(INDEX, {"3MNP-4RST:source": "+inf"})
    vault.put("7K2F-9QXD", Side.SOURCE, ANN)
    vault.drop("7K2F-9QXD")
    give_back(cast("Any", SimpleNamespace(vault=vault, returning=returning)))

    assert back == [ANN]
