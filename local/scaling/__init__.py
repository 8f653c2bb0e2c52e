"""Simulates an endpoint that scales, and searches for the policy to deploy."""
