"""The small process that keeps a snapshot of the source, so that a killed copy goes on under the same one."""
