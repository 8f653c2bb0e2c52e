"""Which stations are held out, and which are drawn: always the same ones."""

import numpy as np

from model.archive import Archive
from model.stations import apart, drawn

IDS = [f"station-{number}" for number in range(11_000)]


def archive_of(ids):
    """Return an archive of one hour: each station measured its position."""
    number = np.arange(len(ids), dtype=np.float32)
    return Archive(
        stations=tuple(ids),
        parameters=("pm25",),
        decimals=(1,),
        values=number[:, None, None],
        latitude=number,
        longitude=number,
        elevation=number,
        first_hour=0,
        covariates=(),
        ahead=number[:, None, None][:, :0],
    )


def test_every_twentieth_station_is_held_out():
    """The same ones whatever other stations there are; the others are learned from."""
    learned, out = apart(archive_of(IDS))
    fewer, also = apart(archive_of(IDS[300:100:-1]))

    assert 450 < len(out.stations) < 650
    assert sorted(learned.stations + out.stations) == sorted(IDS)
    assert set(also.stations) == set(out.stations) & set(IDS[101:301])
    assert [IDS[int(value)] for value in out.values.ravel()] == list(out.stations)
    assert not set(fewer.stations) & set(also.stations)


def test_few_stations_are_all_learned_from():
    """None of a small network is held out."""
    learned, out = apart(archive_of(IDS[:99]))

    assert learned.stations == tuple(IDS[:99])
    assert out.stations == ()


def test_neighbours_are_not_copied():
    """The stations of a set are in such an order that learning from most takes no more memory."""
    archive = archive_of(IDS[:99])
    learned, _ = apart(archive)

    assert np.shares_memory(learned.values, archive.values)
    assert not np.shares_memory(archive.take(np.array([0, 2])).values, archive.values)


def test_stations_that_are_drawn():
    """As many as wanted, in their order; more of them if more are wanted."""
    few, more = drawn(IDS, 100), drawn(IDS, 200)

    assert (len(few), len(more)) == (100, 200)
    assert few == [station for station in IDS if station in set(few)]
    assert set(few) < set(more)
    assert drawn(IDS, 20_000) == IDS
