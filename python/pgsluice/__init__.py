"""The write path of PostgreSQL: masked copies through binary COPY, and writers that pick the right strategy."""
