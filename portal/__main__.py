"""`python -m portal …` is `portal …`."""

from portal.cli import main

main()
