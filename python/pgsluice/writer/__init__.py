"""Takes rows from a program and writes them: buffers, flushes, retries. It decides nothing about SQL."""
