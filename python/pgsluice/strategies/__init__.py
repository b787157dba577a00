"""The ways to write a batch: INSERT, COPY, MERGE, ON CONFLICT stand here and nowhere else."""
