"""The reader: answers lookups over HTTP from what the nightly run left in the table.

It never loads a numerical library: the nightly run has computed everything.
"""
