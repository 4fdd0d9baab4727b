"""`python -m cothink.cli` is `cothink`."""

from cothink.cli.main import main

main()
