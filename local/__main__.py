"""`python -m local` is `stationcast`, where the command is not on the path."""

from local.commands.main import main

main()
