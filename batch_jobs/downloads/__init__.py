"""Whole runs as files, for tools that read tables: GeoParquet of forecasts and of verification."""
