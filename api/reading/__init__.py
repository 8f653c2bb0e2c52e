"""Reads published runs from the store, and keeps what is read again."""
