"""Prints, parses arguments, exits: one file a verb."""
