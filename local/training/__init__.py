"""Trains a model from observations, and plots its scores."""
