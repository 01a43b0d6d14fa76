"""The closed list: whoever can write to Redis can name no function but ours."""

from __future__ import annotations

import json
import logging
import os
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from rq import Queue, SimpleWorker
from rq.job import Job
from rq.serializers import JSONSerializer

from jobs import JOBS
from rq_worker import listed


@pytest.fixture
def done() -> list[str]:
    """What the jobs on the list were given."""
    return []


@pytest.fixture
def run(redis: Redis, done: list[str]) -> Any:
    """Works until the queue is empty."""

    def work() -> None:
        SimpleWorker(
            ["q"], connection=redis, job_class=listed({"migrate": done.append}), serializer=JSONSerializer
        ).work(burst=True, logging_level="WARNING")

    return work


def put(redis: Redis, data: Any, record: Mapping[str, Any] | None = None, *, job_id: str = "j1") -> None:
    """Writes a job straight into Redis, as whoever got hold of it would: past every check of RQ's own client."""
    Queue("q", connection=redis, serializer=JSONSerializer).enqueue_call("migrate", args=("harmless",), job_id=job_id)
    redis.hset(f"rq:job:{job_id}", mapping={"data": json.dumps(data), **(record or {})})


def test_a_job_on_the_list_is_done(redis: Redis, run: Any, done: list[str]) -> None:
    """The name alone decides what is called, and the key is all that it is given."""
    put(redis, ["migrate", None, ["migrate:7K2F-9QXD"], {}])

    run()

    assert done == ["migrate:7K2F-9QXD"]


@pytest.mark.parametrize("name", [
    "os.system", "subprocess.call", "builtins.eval", "jobs.carry_out", "bot.work.driving.migrate", "migrate.__call__",
    "migrate.__self__.clear", "__class__", "", None, 7, ["migrate"], {"migrate": 1},
])
def test_any_other_name_is_refused(
    redis: Redis, run: Any, done: list[str], tmp_path: Path, name: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """Functions of the system, of ours, attributes of what is on the list: none is called, and the log says so."""
    proof = tmp_path / "proof"
    put(redis, [name, None, [f"touch {proof}"], {}])

    with caplog.at_level(logging.WARNING):
        logging.getLogger("rq.worker").propagate = True
        run()

    assert done == []
    assert not proof.exists()
    assert "no job of ours" in caplog.text


def test_nothing_is_imported(redis: Redis, run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Importing alone runs code: a module that a job names is left where it is."""
    (tmp_path / "planted.py").write_text("import pathlib; pathlib.Path(__file__).with_name('ran').touch()")
    monkeypatch.syspath_prepend(tmp_path)
    callbacks = {
        f"{when}_callback_name": "planted.anything" for when in ("success", "failure", "stopped")
    }
    put(redis, ["planted.anything", None, [], {}], callbacks, job_id="bad")
    put(redis, ["migrate", None, ["harmless"], {}], callbacks, job_id="good")

    run()

    assert not (tmp_path / "ran").exists()


def test_an_object_of_its_own_is_refused(redis: Redis, run: Any, done: list[str]) -> None:
    """RQ would look the name up on an object that the job brings along."""
    put(redis, ["migrate", {"a": 1}, ["x"], {}])
    put(redis, ["append", [], ["x"], {}], job_id="j2")

    run()

    assert done == []


def test_a_pickle_is_not_opened(redis: Redis, run: Any, done: list[str], tmp_path: Path) -> None:
    """What is no JSON is refused before anything in it can act."""
    proof = tmp_path / "proof"
    put(redis, [], {"data": b"cos\nsystem\n(S'touch " + os.fsencode(proof) + b"'\ntR."})

    run()

    assert done == []
    assert not proof.exists()


@pytest.fixture
def called() -> Iterator[list[str]]:
    """A web server that nobody should call, and who called it."""
    calls: list[str] = []

    class Listener(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            calls.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Listener)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    calls.append(f"http://127.0.0.1:{server.server_address[1]}/")
    yield calls
    server.shutdown()
    thread.join()
    server.server_close()


def test_no_address_in_a_job_is_called(redis: Redis, run: Any, called: list[str]) -> None:
    """RQ's webhooks would have us send requests into the operator's own network."""
    url = called.pop()
    for job_id, status, name in (("good", "finished", "migrate"), ("bad", "failed", "os.system")):
        hook = {"url": url + job_id, "job_status": status, "method": "GET", "headers": None, "timeout": 2}
        put(redis, [name, None, ["x"], {}], {"webhooks": json.dumps([hook])}, job_id=job_id)

    run()

    assert called == []


def test_nothing_is_done_more_than_once(
    redis: Redis, run: Any, done: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    """Retries and repeats that a job's record asks for are not given."""
    more = {"retries_left": 5, "repeats_left": 5, "repeat_intervals": "[0]"}
    put(redis, ["os.system", None, ["true"], {}], more, job_id="bad")
    put(redis, ["migrate", None, ["harmless"], {}], more, job_id="good")

    with caplog.at_level(logging.WARNING):
        logging.getLogger("rq.worker").propagate = True
        run()

    assert done == ["harmless"]
    assert caplog.text.count("raise NotListedError") == 1
    assert redis.llen("rq:queue:q") == 0
    assert redis.zcard("rq:scheduled:q") == 0


def test_every_kind_of_order_has_a_job() -> None:
    """The list knows exactly what can be ordered."""
    assert {kind.value for kind in JOBS} == {
        "check", "consent", "count", "look", "delete", "forget", "migrate", "page_used", "roll_back", "switch_on",
        "tell_approvers",
    }


def test_rq_itself_would_have_run_it(redis: Redis, tmp_path: Path) -> None:
    """The tests above would notice: with RQ's own job class the same record runs a command."""
    proof = tmp_path / "proof"
    put(redis, ["os.system", None, [f"touch {proof}"], {}])

    SimpleWorker(["q"], connection=redis, job_class=Job, serializer=JSONSerializer).work(
        burst=True, logging_level="ERROR"
    )

    assert proof.exists()
