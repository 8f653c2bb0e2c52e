"""The peers that Stationcast is compared with."""
