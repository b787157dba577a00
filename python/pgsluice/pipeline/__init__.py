"""Waits, queues, retries and counts memory: moves a plan's rows from source to target."""
