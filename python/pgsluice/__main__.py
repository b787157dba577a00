"""`python -m pgsluice` is the command `pgsluice`."""

from pgsluice.cli.main import main

main()
