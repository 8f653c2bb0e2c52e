"""Everything on one machine: the command line, demo observations, plots.

The composition root: it may import every other package, reads the clock and the environment, and
nothing imports it.
"""

import os

# Set before XGBoost is loaded. Its idle threads would spin: beside any other busy process on the
# same cores, training then takes ten times as long.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
