"""Speed and memory, measured on servers of our own; see README.md beside this file."""
