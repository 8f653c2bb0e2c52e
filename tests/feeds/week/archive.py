"""A stand-in of OpenAQ's archive that has each day of the week 72 hours after its end."""

import gzip
from collections import defaultdict
from contextlib import ExitStack

import boto3
from moto import mock_aws

from tests.feeds.week.world import DAY, HOUR, air

BUCKET = "openaq-data-archive"
HEADER = "location_id,sensors_id,location,datetime,lat,lon,parameter,units,value"


class Archive:
    """The archive, in moto's S3, until the block ends."""

    def __init__(self):
        self._stack = ExitStack()
        self._lines = defaultdict(list)
        for series in air():
            for reading in series.readings():
                # An hour has its end as its time, so midnight belongs to the day before.
                day = (reading.time - HOUR).date()
                self._lines[series.station, day].append(
                    f"{series.station},{series.sensor},Place,{reading.time.isoformat()},20.0,5.0,"
                    f"{series.parameter},{series.unit},{reading.value}"
                )

    def __enter__(self):
        """Make the bucket."""
        self._stack.enter_context(mock_aws())
        self._client = boto3.client("s3", region_name="us-east-1")
        self._client.create_bucket(Bucket=BUCKET)
        return self

    def __exit__(self, *_):
        """Take it away."""
        self._stack.close()

    def move_to(self, now):
        """Show the days that ended 72 hours before a time."""
        shown = [key for key in self._lines if key[1] <= (now - 4 * DAY).date()]
        for station, day in shown:
            folder = f"records/csv.gz/locationid={station}/year={day:%Y}/month={day:%m}"
            content = "\n".join([HEADER, *self._lines.pop((station, day)), ""])
            self._client.put_object(
                Bucket=BUCKET,
                Key=f"{folder}/location-{station}-{day:%Y%m%d}.csv.gz",
                Body=gzip.compress(content.encode(), mtime=0),
                ACL="public-read",
            )
