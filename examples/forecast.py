"""The next hours in New York, with the Python client: `python examples/forecast.py`."""

import os

from stationcast_client import Client
from stationcast_client.api.forecasts import get_station_forecast
from stationcast_client.api.stations import list_stations

client = Client(os.environ.get("STATIONCAST_URL", "http://127.0.0.1:8000"))
station = list_stations.sync(client=client, q="new york").items[0]
asked = {"parameters": ["temperature"], "hours": 6, "tz": "station"}
forecast = get_station_forecast.sync(station.id, client=client, **asked)
hours = forecast.values["temperature"]
for time, low, middle, high in zip(forecast.time, hours["p10"], hours["p50"], hours["p90"]):
    print(f"{time.isoformat()} {middle} {forecast.units['temperature']} ({low} to {high})")
