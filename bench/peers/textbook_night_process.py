"""The night as tutorials write it: pandas, xgboost and boto3, in one process with default settings.

It has the same observations, boosters, features and rounding as ours, written as the tutorials of
these libraries show: hours are columns of a wide frame, features are columns of a long one,
`Booster.predict` gets a `DMatrix`, and `Decimal` items go through `Table.batch_writer`. It writes
one item for each station, a map of numbers, but no histories, catalogue or maps. At the end of each
state it prints a line of JSON. It knows the weather of the demo, not pollutants.

python textbook_night_process.py OBSERVATIONS MODEL_FOLDER TABLE ISSUE_TIME
"""

# pandas is not a dependency of this project; it has an environment of its own.
# mypy: ignore-errors

import json
import sys
import time
from decimal import Decimal
from pathlib import Path

import boto3
import numpy as np
import pandas as pd
import xgboost as xgb

WINDOW, LEADS, LEAST = 168, 24, 24
LAGS = [1, 2, 3, 4, 6, 9, 12, 18]
MEANS = [3, 6, 12, 24, 72, 168]
QUANTILES = ("p10", "p50", "p90")


def read(folder, issue_time, targets):
    """Return hourly means of each parameter, a frame of stations and hours; and the stations."""
    rows = pd.read_parquet(folder / "observations")
    rows = rows[(rows.time > issue_time - pd.Timedelta(hours=WINDOW)) & (rows.time <= issue_time)]
    rows["hour"] = rows.time.dt.ceil("h")
    hours = pd.date_range(end=issue_time, periods=WINDOW, freq="h")
    wide = {}
    for target in targets:
        one = rows[rows.parameter == target["code"]]
        one = one[one.value.between(target["minimum"], target["maximum"])]
        means = one.pivot_table(index="station_id", columns="hour", values="value", aggfunc="mean")
        wide[target["code"]] = means.reindex(columns=hours).round(target["decimals"])
    stations = pd.read_csv(folder / "stations.csv", keep_default_na=False, index_col="station_id")
    return wide, stations.sort_index()


def features(wide, stations, target, issue_time):
    """Return a booster's input, 24 rows for each station, and the center and spread of each."""
    code = target["code"]
    series = wide[code].reindex(stations.index).astype("float32").astype("float64")
    known = (series.notna().sum(axis=1) >= LEAST) & series.iloc[:, -12:].notna().any(axis=1)
    series, places = series[known], stations[known]
    last = series.ffill(axis=1).iloc[:, -1]
    spread = series.std(axis=1, ddof=0).clip(lower=2 * 10.0 ** -target["decimals"])
    center = 0 * last if target["zeros"] else last
    spread = 0 * spread + 1 if target["zeros"] else spread
    relative = series.sub(center, axis=0).div(spread, axis=0)
    relative.columns = range(WINDOW)

    fixed = pd.DataFrame(index=series.index)
    for lag in LAGS:
        fixed[f"lag_{lag}"] = relative[WINDOW - 1 - lag]
    for hours in MEANS:
        fixed[f"mean_{hours}"] = relative.iloc[:, -hours:].mean(axis=1)
    day = relative.iloc[:, -24:]
    fixed["min_24"], fixed["max_24"] = day.min(axis=1), day.max(axis=1)
    fixed["std_24"] = day.std(axis=1, ddof=0)
    fixed["last"], fixed["spread"] = last, spread
    fixed["observations"] = series.notna().sum(axis=1)
    fixed["age_hours"] = np.argmax(series.notna().to_numpy()[:, ::-1], axis=1)
    fixed["elevation"] = pd.to_numeric(places.elevation, errors="coerce")
    others = {name: frame.reindex(series.index) for name, frame in wide.items() if name != code}
    for name, frame in others.items():
        fixed[f"{name}_last"] = frame.iloc[:, -1].astype("float32")
    for name, frame in others.items():
        last, before = (frame.iloc[:, column].astype("float32") for column in (-1, -7))
        fixed[f"{name}_change"] = last - before

    leads = [lead_features(relative, places, issue_time, lead) for lead in range(1, LEADS + 1)]
    rows = pd.concat([frame.join(fixed) for frame in leads], keys=range(1, LEADS + 1))
    return rows.swaplevel().sort_index(), center, spread


def lead_features(relative, places, issue_time, lead):
    """Return the features of one lead time."""
    hour = int(issue_time.timestamp()) // 3600
    valid = hour + lead
    same_hour = relative[[lead - 1 + 24 * day for day in range(7)]]
    frame = pd.DataFrame({"lead_hours": lead}, index=relative.index)
    for name, day in (("1d", 6), ("2d", 5), ("3d", 4), ("7d", 0)):
        frame[f"same_hour_{name}"] = relative[lead - 1 + 24 * day]
    frame["same_hour_mean"] = same_hour.mean(axis=1)
    frame["same_hour_change"] = relative[lead - 1 + 144] - relative[WINDOW - 1]
    longitude, latitude = (places[name].astype("float32") for name in ("longitude", "latitude"))
    angle = 2 * np.pi * (valid % 24 + longitude / 15) / 24
    frame["hour_sin"], frame["hour_cos"] = np.sin(angle), np.cos(angle)
    height = sun_height(latitude, longitude, valid)
    frame["sun_height"] = height
    frame["sun_height_change"] = height - sun_height(latitude, longitude, hour)
    local = valid + (longitude / 15).round().astype("int64")
    frame["weekday"] = (local // 24 + 3) % 7
    return frame


def sun_height(latitude, longitude, hour):
    """Return the sine of the sun's elevation at an hour since 1970."""
    day_of_year = (hour // 24) % 365.2422 + 1
    declination = np.radians(23.45) * np.sin(2 * np.pi * (284 + day_of_year) / 365)
    angle = np.radians(15 * (hour % 24 - 12) + longitude.astype("float64"))
    phi = np.radians(latitude.astype("float64"))
    across = np.cos(phi) * np.cos(declination) * np.cos(angle)
    return np.sin(phi) * np.sin(declination) + across


def predict(rows, center, spread, target, booster, calibration):
    """Return a frame of the rounded quantiles of each station and lead time."""
    raw = np.sort(booster.predict(xgb.DMatrix(rows.astype("float32"))).astype("float64"), axis=1)
    quantiles = pd.DataFrame(raw, index=rows.index, columns=QUANTILES)
    lead = rows.lead_hours.astype(int) - 1
    growth, low, high = (np.array(calibration[name])[lead] for name in ("growth", "low", "high"))
    quantiles = quantiles.mul(growth, axis=0)
    median = quantiles.p50
    quantiles["p10"] = median - (median - quantiles.p10) * low
    quantiles["p90"] = median + (quantiles.p90 - median) * high
    stations = rows.index.get_level_values(0)
    values = quantiles.mul(spread.loc[stations].to_numpy(), axis=0)
    values = values.add(center.loc[stations].to_numpy(), axis=0)
    return values.clip(target["minimum"], target["maximum"]).round(target["decimals"]) + 0.0


def predict_rain(rows, target, booster, chances):
    """Return a frame of the rounded quantiles and chances of each station and lead time."""
    odds = booster.predict(xgb.DMatrix(rows.astype("float32")), output_margin=True)
    logs = np.minimum.accumulate(-np.logaddexp(0, -odds.astype("float64")), axis=1)
    first, second, third = logs.T
    steps = np.diff(chances["amounts"])
    values = pd.DataFrame(index=rows.index)
    for name, level in zip(QUANTILES, (0.1, 0.5, 0.9), strict=True):
        goal = np.log1p(-level)
        within = ((first - goal) / np.maximum(first - second, 0.3)).clip(0, 1)
        beyond = ((second - goal) / np.maximum(second - third, 0.3)).clip(0)
        more = steps[0] * within + steps[1] * beyond
        values[name] = np.where(first > goal, chances["amounts"][0] + more, 0)
    values = values.clip(target["minimum"], target["maximum"]).round(target["decimals"]) + 0.0
    values["chance"] = np.exp(first).round(2)
    return values


def limit(predicted):
    """Change values where one is impossible beside another."""
    for code, lower, other in (
        ("dew_point", True, "temperature"),
        ("wind_gust", False, "wind_speed"),
        ("pm25", True, "pm10"),
    ):
        if code in predicted and other in predicted:
            own = predicted[code]
            bound = predicted[other].reindex(own.index).fillna(np.inf if lower else -np.inf)
            predicted[code] = np.minimum(own, bound) if lower else np.maximum(own, bound)


def items(predicted, stations, run_id, manifest):
    """Yield an item for each station."""
    by_station = {
        code: dict(iter(values.groupby(level=0, sort=False))) for code, values in predicted.items()
    }
    for station_id, place in stations.iterrows():
        values = {
            code: {
                name: [Decimal(str(v)) for v in column]
                for name, column in frames[station_id].items()
            }
            for code, frames in by_station.items()
            if station_id in frames
        }
        yield {
            "pk": station_id,
            "sk": run_id,
            "name": place["name"],
            "latitude": Decimal(str(place.latitude)),
            "longitude": Decimal(str(place.longitude)),
            "timezone": place.timezone,
            "model": manifest["name"],
            "values": values,
        }


def state(name, started):
    """Print when a state began and ended; return the time."""
    now = time.time()
    print(json.dumps({"state": name, "began": started, "ended": now}), flush=True)
    return now


def main(observations, model_folder, table_name, issue_text):
    """Make the night."""
    now = time.time()
    issue_time, folder = pd.Timestamp(issue_text), Path(model_folder)
    manifest = json.loads((folder / "model.json").read_text())
    wide, stations = read(Path(observations), issue_time, manifest["targets"])
    now = state("ReadObservations", now)
    rows = {
        target["code"]: features(wide, stations, target, issue_time)
        for target in manifest["targets"]
    }
    now = state("Features", now)
    predicted = {}
    for target in manifest["targets"]:
        code = target["code"]
        booster = xgb.Booster(model_file=folder / "boosters" / f"{code}.ubj")
        if target["zeros"]:
            chances = manifest["chances"][code]
            predicted[code] = predict_rain(rows[code][0], target, booster, chances)
            continue
        calibration = manifest["calibration"][code]
        predicted[code] = predict(*rows[code], target, booster, calibration)
    limit(predicted)
    now = state("Predict", now)
    table = boto3.resource("dynamodb").Table(table_name)
    with table.batch_writer() as batch:
        for item in items(predicted, stations, issue_text, manifest):
            batch.put_item(Item=item)
    state("Write", now)


if __name__ == "__main__":
    main(*sys.argv[1:])
