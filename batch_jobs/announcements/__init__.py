"""Telling others that readers were moved to another run: the event, and the ways it is sent."""
