"""Circuits in a store, for tests that cannot wait until one may be tried."""

from forecasts.item import circuit_item, circuit_key, circuit_of


def let_time_pass(store, name, seconds):
    """Let an open circuit have been open for some seconds longer."""
    item = store.get(circuit_key(name))
    fields = circuit_of(item)
    fields["opened_at"] -= seconds
    store.put(circuit_item(name, fields, item.version + 1, item.expires_at), expected=item.version)
