"""A dask cluster: the connection to its scheduler, quietly. Whether it is encrypted, dask's own settings say (tls://)."""

import logging
from typing import Any

INSTALL = "a cluster needs dask.distributed: pip install 'distributed>=2026.1'"
PATIENCE = 20  # seconds until a scheduler has answered
LOUD = ("distributed", "distributed.client", "distributed.core", "distributed.comm", "asyncio")


class NoCluster(Exception):
    """Why there is no cluster at an address, and what to do."""


def wanted() -> bool:
    """On a worker: whether the task that this thread runs was not taken back meanwhile."""
    from distributed import get_worker

    here: Any = get_worker()
    task = here.state.tasks.get(here.get_current_task())
    return task is not None and task.state in ("executing", "long-running")


def connected(address: str, name: str, patience: float = PATIENCE) -> Any:
    """A `distributed.Client`, to be closed. What dask says of workers that go isn't shown: we say it.

    Raises NoCluster where dask isn't installed, and where nobody answers.
    """
    try:
        from distributed import Client
    except ImportError as error:
        raise NoCluster(INSTALL) from error
    for one in LOUD:
        logging.getLogger(one).setLevel(logging.CRITICAL + 1)
    try:
        return Client(address, timeout=patience, set_as_default=False, name=name)
    except (OSError, ValueError, TypeError, ImportError, RuntimeError) as error:
        why = f"no scheduler answers at {address} ({type(error).__name__}: {' '.join(str(error).split())[:120]})"
        raise NoCluster(f"{why}: start one with `dask scheduler`, and workers with `dask worker`") from error
