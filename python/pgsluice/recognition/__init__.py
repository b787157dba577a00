"""Proposes a rule for every column from names, types, comments, keys and value samples, and says how sure and why."""
