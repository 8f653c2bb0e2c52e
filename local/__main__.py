"""`python -m local` does what `stationcast` does, for when the command is not on the path."""

from local.commands.main import main

main()
