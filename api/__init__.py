"""The reader: answers lookups over HTTP from what the nightly run left in the table.

Never loads a numerical library: all that is computed was computed by the night.
"""
