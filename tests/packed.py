"""Packs histories one value at a time, to compare with a night that packs many stations at once."""

import struct

from forecasts.item import packed_history_item
from forecasts.packed_history import ESCAPE, MISSING, ZERO, framed
from forecasts.parameter import parameter


def history_item(line, run):
    """Make the item that holds a transform line."""
    place = line["latitude"], line["longitude"], line["elevation"]
    packed = pack(*place, line["history"], line.get("calibration", {}))
    return packed_history_item(line["station_id"], run, packed)


def pack(latitude, longitude, elevation, history, calibration=None):
    """Pack a station's place, its history, and its factors if there are any."""
    tokens = b"".join(_tokens(code, series) for code, series in history.items())
    return framed(latitude, longitude, elevation, history, tokens, calibration or {})


def _tokens(code, series):
    scale = 10.0 ** parameter(code).decimals
    tokens, last = bytearray(), 0
    for value in series:
        if value is None:
            tokens.append(MISSING)
            continue
        whole = round(value * scale)
        if abs(whole - last) < ZERO:
            tokens.append(whole - last + ZERO)
        else:
            tokens += bytes([ESCAPE]) + struct.pack("<i", whole)
        last = whole
    return bytes(tokens)
