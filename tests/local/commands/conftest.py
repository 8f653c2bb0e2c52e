"""Shared fixtures of command tests: a store, and a night to fill it."""

import pytest


@pytest.fixture
def store_url(tmp_path):
    """The URL of a store that does not exist yet."""
    return f"sqlite:///{tmp_path}/forecasts.db"


@pytest.fixture
def nightly(observations, model_path, store_url):
    """The arguments of a night."""
    options = ("--observations", observations, "--model", model_path, "--store", store_url)
    return ("nightly", "--issue-time", "2013-12-30T00:00:00Z", *options)
