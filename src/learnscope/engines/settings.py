"""What a user may say about an engine."""

from __future__ import annotations

from dataclasses import dataclass, fields

from learnscope.errors import InputError


@dataclass(frozen=True, kw_only=True, slots=True)
class EngineSettings:
    """Settings of an engine; those left out take what the engine finds best.

    Attributes:
        workers: shards trained at a time, at least 1; left out, the cores of this process. A
            cluster that runs already has as many as it has.
        memory_mb: memory that a worker may ask the system for, in MiB, at least 256.
        scheduler: address of a running Dask scheduler: tls://host:port, or tcp:// on this machine.
        tls_ca: file with the certificate of the authority that signed the cluster's certificates.
        tls_cert: file with the certificate of this client.
        tls_key: file with its key.
    """

    workers: int | None = None
    memory_mb: int | None = None
    scheduler: str | None = None
    tls_ca: str | None = None
    tls_cert: str | None = None
    tls_key: str | None = None

    def check(self, engine: str, takes: frozenset[str]) -> None:
        """Refuse settings that the engine does not take, or cannot have.

        Raises:
            InputError: one is given that it does not take, or is out of range.
        """
        for entry in fields(self):
            if getattr(self, entry.name) is not None and entry.name not in takes:
                raise InputError(
                    f"The engine {engine!r} takes no {entry.name}. Leave it out, or choose an "
                    f"engine that does: {', '.join(_takers(entry.name))}."
                )
        _check_least("workers", self.workers, 1)
        _check_least("memory_mb", self.memory_mb, 256)


TAKES = {
    "threads": frozenset({"workers"}),
    "processes": frozenset({"workers", "memory_mb"}),
    "dask": frozenset({"workers", "memory_mb", "scheduler", "tls_ca", "tls_cert", "tls_key"}),
}
"""Engine -> the settings it takes."""


def _takers(setting: str) -> list[str]:
    return [engine for engine, takes in TAKES.items() if setting in takes]


def _check_least(name: str, value: int | None, least: int) -> None:
    if value is not None and value < least:
        raise InputError(f"The engine's {name} must be at least {least}, got {value}.")
