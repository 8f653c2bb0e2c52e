"""What the benchmarks share: nights, servers, watched processes, figures and their page."""
