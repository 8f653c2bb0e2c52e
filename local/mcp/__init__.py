"""Tools for agents: a Model Context Protocol server in front of any Stationcast API."""
