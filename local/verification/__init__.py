"""What the forecasts of past nights were worth: reports, tables and plots."""
