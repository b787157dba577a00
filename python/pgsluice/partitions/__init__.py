"""Makes, fills and detaches the range partitions of a table. Says nothing of which rows are written, or how."""
