"""The command line: `main`, one module for each command, and what they share."""
