"""Reads what the user wants: the rules file and the key."""
