"""Serves the API and the website under uvicorn."""
