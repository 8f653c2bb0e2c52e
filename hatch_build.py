"""Makes what is not in the repository: the index of places, and the website.

The website is built by Node.js, if that is installed. The index of places is made in the source
tree, so that a checkout has it, too.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class MadeFiles(BuildHookInterface[Any]):
    """Adds `api/reading/places.txt`, and `web/dist` as `local/serving/site`, to the wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make the index and the website; go on with a warning if the website cannot be built.

        Args:
            version: "standard", or "editable" for a checkout that serves its own `web/dist`.
            build_data: Gets what is added.
        """
        self._make_places()
        build_data["artifacts"].append("api/reading/places.txt")
        if version == "editable":
            return
        web = Path(self.root, "web")
        built = self._build(web, npm) if (npm := shutil.which("npm")) else True
        if built and (web / "dist" / "index.html").exists():
            build_data["force_include"][str(web / "dist")] = "local/serving/site"
        else:
            self.app.display_warning("The wheel is built without the website: it needs Node.js.")

    def _make_places(self) -> None:
        sys.path.insert(0, self.root)
        from scripts.places import write_places  # noqa: PLC0415 -- it is found only now

        write_places(Path(self.root, "api", "reading", "places.txt"))

    def _build(self, web: Path, npm: str) -> bool:
        if not (web / "node_modules").exists() and not self._run(web, npm, "ci"):
            return False
        return self._run(web, npm, "run", "build")

    def _run(self, web: Path, *command: str) -> bool:
        done = subprocess.run(  # noqa: S603 -- our own words
            command, cwd=web, check=False, capture_output=True, text=True
        )
        if done.returncode:
            self.app.display_warning(f"`{' '.join(command)}` failed in {web}:\n{done.stderr}")
        return not done.returncode
