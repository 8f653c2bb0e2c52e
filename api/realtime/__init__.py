"""Asks the real-time model, and puts its answers together with the forecasts of the night."""
