"""What Stationcast is compared with, each in its own environment."""
