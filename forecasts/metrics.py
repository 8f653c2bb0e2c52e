"""What the metrics of reader and writer have in common."""

#: CloudWatch namespace of all our metrics.
NAMESPACE = "Stationcast"
