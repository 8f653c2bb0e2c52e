"""OGC API EDR: forecasts and observations in the forms of CoverageJSON, GeoJSON and CSV."""
