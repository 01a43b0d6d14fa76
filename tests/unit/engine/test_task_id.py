"""Task IDs as people read, type and paste them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import InputError
from engine.migration.task_id import ALPHABET, compact, new_task_id, parse_task_id

task_ids = st.text(ALPHABET, min_size=8, max_size=8).map(lambda letters: f"{letters[:4]}-{letters[4:]}")


@given(task_ids)
def test_a_task_id_is_read_whatever_its_case_dash_and_spaces(task_id: str) -> None:
    """Lower case, no dash, spaces around or between: the same task."""
    for written in (task_id, task_id.lower(), compact(task_id), f" {task_id}\n", task_id.replace("-", " ")):
        assert parse_task_id(written) == task_id


@pytest.mark.parametrize(("written", "meant"), [
    ("iLo0-1234", "1100-1234"), ("oooo-llll", "0000-1111"), ("7k2f9qxd", "7K2F-9QXD"), ("7K2F--9QXD-", "7K2F-9QXD"),
])
def test_letters_that_look_alike_are_read_alike(written: str, meant: str) -> None:
    """Crockford's reading: I and L are 1, O is 0."""
    assert parse_task_id(written) == meant


@pytest.mark.parametrize("written", ["", "7K2F-9QX", "7K2F-9QXDD", "7K2F-9QXU", "7K2F_9QXD", "7K2F-9QX*", "７K2F-9QXD"])
def test_what_is_no_task_id_is_refused(written: str) -> None:
    """Too short, too long, the letter U, other signs."""
    with pytest.raises(InputError, match="eight letters and digits"):
        parse_task_id(written)


def test_new_task_ids_are_all_different_and_read_back() -> None:
    """A thousand fresh ones are a thousand tasks."""
    fresh = {new_task_id() for _ in range(1000)}

    assert len(fresh) == 1000
    assert {parse_task_id(task_id) for task_id in fresh} == fresh
