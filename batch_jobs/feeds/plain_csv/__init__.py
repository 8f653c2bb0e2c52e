"""Import of people's own CSV files.

`text` reads a file, `table` its lines, `numbers` and `times` its cells, `columns` says what they
are, `places` where the stations are, `reading` puts that together, and `folders` writes it.
"""
