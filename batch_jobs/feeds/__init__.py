"""Feeds: fetch observations from services, and leave files that every reader knows."""
