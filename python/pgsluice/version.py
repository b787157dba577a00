"""Owns the version: the installed package's."""

from importlib.metadata import version

VERSION = version("pgsluice")
