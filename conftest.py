"""Runs before any test module loads XGBoost."""

from local.machine import let_idle_threads_sleep

let_idle_threads_sleep()
