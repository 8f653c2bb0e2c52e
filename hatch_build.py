"""Puts the website into the wheel, built by Node.js if that is installed."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class Website(BuildHookInterface[Any]):
    """Adds `web/dist` to the wheel as `local/serving/site`."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the website; go on with a warning if that is impossible.

        Args:
            version: "standard", or "editable" for a checkout that serves its own `web/dist`.
            build_data: Gets the folder of the website.
        """
        if version == "editable":
            return
        web = Path(self.root, "web")
        built = self._build(web, npm) if (npm := shutil.which("npm")) else True
        if built and (web / "dist" / "index.html").exists():
            build_data["force_include"][str(web / "dist")] = "local/serving/site"
        else:
            self.app.display_warning("The wheel is built without the website: it needs Node.js.")

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
