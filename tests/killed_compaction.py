"""A process that compacts a folder and kills itself at a given step.

python -m tests.killed_compaction FOLDER STEP

Each write or deletion of a file is two steps: before it, and after it.
"""

import os
import signal
import sys
from pathlib import Path

from batch_jobs.feeds.compaction import compact
from batch_jobs.observations.files import Folder
from tests.batch_jobs.feeds.hourly_files import LATER


class DyingFolder(Folder):
    """A folder whose process dies at a step."""

    def __init__(self, path, step):
        super().__init__(path)
        self._left = step

    def step(self):
        """Count a step; die at the chosen one."""
        if not self._left:
            os.kill(os.getpid(), signal.SIGKILL)
        self._left -= 1

    def write_new(self, name, content):
        """Write a file."""
        self.step()
        written = super().write_new(name, content)
        self.step()
        return written

    def delete(self, name):
        """Delete a file."""
        self.step()
        super().delete(name)
        self.step()


def main(folder, step):
    """Compact the folder."""
    compact(DyingFolder(Path(folder), int(step)), LATER)


if __name__ == "__main__":
    main(*sys.argv[1:])
