"""What this machine knows about itself: its cores, and how its threads wait."""

import os


def cores() -> int:
    """Return the number of cores of this machine."""
    return os.cpu_count() or 1


def let_idle_threads_sleep() -> None:
    """Make XGBoost's idle threads sleep, in this process and in those that it starts.

    To be called before XGBoost is loaded. Idle threads would otherwise spin: beside another busy
    process on the same cores, training then takes ten times as long.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
