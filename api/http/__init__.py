"""What the answers share over HTTP: problems, caching, middleware, CSV."""
