"""The worker of the orders' queues: RQ's, which does what is on our list and can be told to stop."""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from types import FrameType, MappingProxyType
from typing import Any, ClassVar

import rq
from redis import Redis
from redis.backoff import ExponentialBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from rq.exceptions import StopRequested
from rq.executions import Execution
from rq.job import Job as RqJob
from rq.serializers import JSONSerializer
from rq.worker.base import WorkerStatus

from bot.stored.orders import Queue
from crew import LEAVES_WITHIN, die_with, on_sigterm
from engine.errors import OmmError
from engine.pace.halt import Halt
from jobs import JOBS, WorkerContext, carry_out

WORKER_TTL = 35     # seconds; RQ waits for work 15 seconds less than that at a time
ATTEMPTS = 40       # to reach Redis, about half a minute
log = logging.getLogger(__name__)


class NotListedError(OmmError):
    """A job in Redis names something that is no job of ours."""


class ListedJob(RqJob):
    """An RQ job whose function comes from our list, whatever its record in Redis names. `known` is that list."""

    known: ClassVar[Mapping[str, Callable[[str], None]]] = MappingProxyType({})

    @property
    def func(self) -> Callable[[str], None]:
        """What is called. Nothing is imported. Raises NotListedError."""
        name = self.func_name
        if not isinstance(name, str) or name not in self.known or self.instance is not None:
            raise NotListedError(f"Job {self.id} names something that is no job of ours. It was refused.")
        return self.known[name]

    @property
    def success_callback(self) -> None:
        """None: RQ would import it by its name."""

    @property
    def failure_callback(self) -> None:
        """None, as above."""

    @property
    def stopped_callback(self) -> None:
        """None, as above."""

    def restore(self, raw_data: Any) -> None:
        """Reads the record, but for addresses to be called and jobs to follow: we give none."""
        super().restore(raw_data)
        self.webhooks = []
        self.retries_left = self.repeats_left = None
        self.rate_limit_key = self.rate_limit_concurrency = None
        self._dependency_ids = []


def listed(known: Mapping[str, Callable[[str], None]]) -> type[ListedJob]:
    """The class of jobs that can do what is in `known`, by name, and nothing else."""
    return type("ListedJob", (ListedJob,), {"known": MappingProxyType(dict(known))})


class Worker(rq.Worker):
    """RQ's worker, which can be told to stop: its work-horse hands over what it is at, and both are gone in time.

    It has no other thread when it forks, and takes no commands from Redis.
    """

    max_connection_wait_time = 5.0      # seconds between two attempts when Redis has been away for long

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.halt = Halt()      # of the work-horse
        self._own_pid = os.getpid()

    def subscribe(self) -> None:
        """Does not: a command could only stop work, and hearing it would take a thread."""

    def _install_signal_handlers(self) -> None:
        signal.signal(signal.SIGTERM, self.request_stop)

    def request_stop(self, _signal: int, _frame: FrameType | None) -> None:
        """Told to stop: the work-horse is told too; if there is none, that was all."""
        if self._stop_requested:
            return
        self._stop_requested = True
        patience = threading.Timer(LEAVES_WITHIN, self._leave_at_once)
        patience.daemon = True
        patience.start()
        if self.horse_pid:
            self._tell_horse(signal.SIGTERM)
        elif self.get_state() != WorkerStatus.BUSY:
            raise StopRequested

    def _leave_at_once(self) -> None:
        self._tell_horse(signal.SIGKILL)
        os._exit(1)

    def _tell_horse(self, what: signal.Signals) -> None:
        """Never by its process group, as RQ does: that is our own until the horse has got around to leaving it."""
        if self.horse_pid:
            with suppress(ProcessLookupError):
                os.kill(self.horse_pid, what)

    def fork_work_horse(self, job: RqJob, queue: rq.Queue) -> None:
        """Starts the work-horse, and tells it if we were told meanwhile."""
        super().fork_work_horse(job, queue)
        if self._stop_requested:
            self._tell_horse(signal.SIGTERM)

    def setup_work_horse_signals(self) -> None:
        """In the work-horse: told to stop, it halts; it is told also when its worker has died."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        on_sigterm(self.halt.set)
        die_with(self._own_pid)
        if self._stop_requested:
            self.halt.set()

    def maintain_heartbeats(self, job: RqJob, execution: Execution) -> None:
        """As RQ's; that Redis is away is no reason to leave the work-horse behind."""
        with suppress(RedisError):
            super().maintain_heartbeats(job, execution)


def worker(
    url: str, queues: Sequence[Queue], open_context: Callable[[], AbstractContextManager[WorkerContext]]
) -> Worker:
    """A worker for the orders of those queues, the first one first. The work-horse opens a context of its own."""

    def carry(key: str) -> None:
        try:
            with open_context() as context:
                carry_out(context, key, made.halt)
        except OmmError as error:
            log.warning("%s: put off: %s", key, error)

    made = Worker(
        [queue.value for queue in queues], connection=_blocking_client(url), serializer=JSONSerializer,
        job_class=listed({kind.value: carry for kind in JOBS}), worker_ttl=WORKER_TTL, log_job_description=False,
    )
    return made


def _blocking_client(url: str) -> Redis:
    """RQ waits for work in a command that blocks, so there is no short time limit. It reconnects by itself."""
    retry = Retry(ExponentialBackoff(cap=1, base=0.05), ATTEMPTS)
    client: Redis = Redis.from_url(url, socket_connect_timeout=5, health_check_interval=30, retry=retry)
    return client
