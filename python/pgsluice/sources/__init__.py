"""Brings rows in: a snapshot that all readers share, COPY out of it, or SELECT where COPY is refused."""
