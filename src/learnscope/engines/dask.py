"""Shards on a cluster, through Dask.distributed: the extra `cluster`.

Dask may run a shard twice and may lose one, which is the driver's care. Whoever reaches the port
of a scheduler can run code there, so none is talked to off this machine without TLS.
"""

from __future__ import annotations

import contextlib
import ipaddress
import logging
import queue
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from learnscope.engines.base import Engine, Event
from learnscope.engines.settings import EngineSettings
from learnscope.engines.wire import event_to_bytes, read_event
from learnscope.errors import DataError, InputError
from learnscope.sweeps.shard import Shard

if TYPE_CHECKING:
    from distributed import Client, Future, LocalCluster

CONNECT_SECONDS = 20.0
"""Time in which a scheduler must answer and a worker be there."""
TOPIC = "learnscope-progress"
STOPS = "learnscope_stops"
"""Attribute of a Dask worker: the tries of shards that it is to stop."""


class Dask(Engine):
    """Shards on the workers of a Dask cluster, or on one of its own on this machine.

    Args:
        settings: workers and memory_mb of a cluster of its own, or scheduler and the tls files.

    Raises:
        InputError: Dask is not installed, or the settings do not go together.
    """

    name = "dask"

    def __init__(self, settings: EngineSettings | None = None) -> None:
        self._settings = settings or EngineSettings()
        _check(self._settings)
        try:
            import distributed  # noqa: F401
        except ImportError:
            raise InputError(
                "The engine 'dask' needs Dask.distributed: pip install 'learnscope[cluster]'."
            ) from None
        self._cluster: LocalCluster | None = None
        self._client: Client | None = None
        self._heard: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._out: dict[str, tuple[str, Future]] = {}
        self._tries = 0
        self._lost = False

    @classmethod
    def of(cls, settings: EngineSettings) -> Self:
        return cls(settings)

    def start(self) -> int:
        from distributed import Client

        try:
            if self._settings.scheduler is None:
                self._cluster = _own_cluster(self._settings)
            self._client = Client(
                self._cluster or self._settings.scheduler,
                security=_security(self._settings),
                timeout=CONNECT_SECONDS,
                set_as_default=False,
            )
            self._client.wait_for_workers(1, timeout=CONNECT_SECONDS)
        except (OSError, TimeoutError, ValueError, RuntimeError) as error:
            self.close()
            raise DataError(
                f"The scheduler {self._settings.scheduler or 'of this machine'} cannot be used: "
                f"{str(error) or type(error).__name__}. It must run, have a worker, and know the "
                "certificates."
            ) from None
        self._client.subscribe_topic(TOPIC, self._progress)
        workers = self._client.scheduler_info(n_workers=-1)["workers"]
        return sum(int(worker["nthreads"]) for worker in workers.values())

    def submit(self, shard: Shard) -> None:
        assert self._client is not None
        # A name for each try: Dask answers a name that it knows with the result it has.
        self._tries += 1
        attempt = f"{shard.key}-{self._tries}"
        future = self._client.submit(
            run_shard, shard.to_json(), attempt, key=attempt, pure=False, retries=0
        )
        self._out[attempt] = (shard.key, future)
        future.add_done_callback(self._ended)

    def events(self, seconds: float) -> list[Event]:
        found = []
        try:
            found.append(self._heard.get(timeout=seconds))
            while True:
                found.append(self._heard.get_nowait())
        except queue.Empty:
            pass
        if self._client is None or self._client.status not in ("running", "connecting"):
            raise DataError(
                "The scheduler of the cluster is gone. What was finished is kept: start the "
                "cluster again and give the same command."
            )
        return found

    def cancel(self, key: str) -> None:
        stopped = [name for name, (own, _) in list(self._out.items()) if own == key]
        for attempt in stopped:
            _, future = self._out.pop(attempt)
            assert self._client is not None
            # First the word to stop, which a worker reads between two steps, then the queue.
            with contextlib.suppress(OSError, TimeoutError):
                self._client.run(_stop, attempt, on_error="ignore")
                self._client.cancel([future], force=True)

    def close(self) -> None:
        client, cluster = self._client, self._cluster
        self._client = self._cluster = None
        if client is not None:
            for attempt in list(self._out):
                with contextlib.suppress(Exception):
                    client.run(_stop, attempt, on_error="ignore")
            self._out.clear()
            with contextlib.suppress(OSError, TimeoutError):
                client.close(timeout=5)
        if cluster is not None:
            with contextlib.suppress(OSError, TimeoutError):
                cluster.close(timeout=10)

    def _ended(self, future: Future) -> None:
        """Turn the end of a try into an event; called in a thread of Dask's."""
        known = self._out.pop(future.key, None)
        if known is None:
            return
        key = known[0]
        if future.status == "finished":
            try:
                event = read_event(future.result())
            except Exception as error:
                event = Event(kind="failed", key=key, text=f"{type(error).__name__}: {error}")
        elif future.status == "cancelled":
            event = Event(kind="failed", key=key, text="The cluster dropped it.")
        else:
            event = Event(kind="failed", key=key, text=_reason(future))
        self._heard.put(event)

    def _progress(self, event: tuple[Any, Any]) -> None:
        attempt, epochs = event[1]
        known = self._out.get(str(attempt))
        if known is not None:
            self._heard.put(Event(kind="progress", key=known[0], epochs=int(epochs)))


def run_shard(text: str, attempt: str) -> bytes:
    """Train a shard on a worker of a cluster and return the event of its end as bytes.

    Args:
        text: the shard as JSON.
        attempt: name of this try, by which it can be stopped.
    """
    from distributed import get_worker

    from learnscope.engines.work import outcome
    from learnscope.sweeps.shard import read_shard

    worker, shard = get_worker(), read_shard(text)

    def stopped() -> bool:
        return attempt in getattr(worker, STOPS, ())

    def tell(event: Event) -> None:
        worker.log_event(TOPIC, [attempt, event.epochs])

    end = outcome(shard, tell=tell, should_stop=stopped)
    return event_to_bytes(end or Event(kind="failed", key=shard.key, text="Stopped."))


def _stop(attempt: str, dask_worker: Any) -> None:
    """Tell a worker to stop a try; runs beside the shard at work."""
    setattr(dask_worker, STOPS, {*getattr(dask_worker, STOPS, ()), attempt})


def _reason(future: Future) -> str:
    error = future.exception()
    if type(error).__name__ == "KilledWorker":
        return "Its worker died."
    return f"{type(error).__name__}: {error}"


def _own_cluster(settings: EngineSettings) -> LocalCluster:
    """Start a cluster on this machine, with nothing that listens beyond it."""
    from distributed import LocalCluster

    from learnscope.fused.cost import cores

    memory = f"{settings.memory_mb}MiB" if settings.memory_mb else 0
    with _configured():
        return LocalCluster(
            n_workers=settings.workers or cores(),
            threads_per_worker=1,
            host="127.0.0.1",
            dashboard_address=None,
            worker_dashboard_address=None,
            memory_limit=memory,
            silence_logs=logging.CRITICAL,
        )


@contextlib.contextmanager
def _configured() -> Iterator[None]:
    """Dask's settings while a cluster of our own starts: it reads them from one place."""
    import dask

    from learnscope.engines.processes import KEEP_MEMORY, ONE_THREAD

    own = {
        # As a whole: a key added to Dask's would leave its own threshold there, which costs most.
        "distributed.nanny.pre-spawn-environ": {**ONE_THREAD, **KEEP_MEMORY},
        # The driver counts tries.
        "distributed.scheduler.allowed-failures": 0,
        # The status server listens on this machine even without a dashboard: it shows nothing.
        "distributed.scheduler.http.routes": [],
        "distributed.worker.http.routes": [],
    }
    with dask.config.set(own), warnings.catch_warnings():
        # Where another cluster has its usual port it takes a free one, and warns.
        warnings.filterwarnings("ignore", message="Port .* is already in use")
        yield


def _security(settings: EngineSettings) -> Any:
    from distributed import Security

    if settings.tls_ca is None:
        return None
    return Security(
        tls_ca_file=settings.tls_ca,
        tls_client_cert=settings.tls_cert,
        tls_client_key=settings.tls_key,
        require_encryption=True,
    )


def _check(settings: EngineSettings) -> None:
    address = settings.scheduler
    files = [n for n in ("tls_ca", "tls_cert", "tls_key") if getattr(settings, n) is None]
    if address is None:
        if len(files) < 3:
            raise InputError(
                "The engine 'dask' needs a scheduler for its tls files: tls://host:port."
            )
        return
    if settings.workers is not None or settings.memory_mb is not None:
        raise InputError(
            "A cluster that runs has its workers and its memory: leave out workers and memory_mb."
        )
    scheme, host = _parts(address)
    if scheme == "tls" and files:
        raise InputError(
            f"The scheduler {address} needs {', '.join(files)}: the cluster's authority, and the "
            "certificate and key of this client."
        )
    if scheme == "tcp" and not _is_here(host):
        raise InputError(
            f"The scheduler {address} is not on this machine and not encrypted: whoever reaches "
            "its port could run code in your name. Start it with TLS and write tls://."
        )


def _parts(address: str) -> tuple[str, str]:
    try:
        found = urlsplit(address)
        scheme, host, port = found.scheme, found.hostname, found.port
    except ValueError:
        scheme, host, port = "", None, None
    if scheme not in ("tcp", "tls") or not host or port is None:
        raise InputError(
            f"The scheduler must be tls://host:port or tcp://host:port, got {address!r}."
        )
    return scheme, host


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
