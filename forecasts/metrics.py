"""What the metrics of the API and of the nightly run have in common."""

#: CloudWatch namespace of all our metrics.
NAMESPACE = "Stationcast"
