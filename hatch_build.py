"""Build hook: the styles and scripts are there before a wheel is made of them."""

import runpy
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class AssetsHook(BuildHookInterface[Any]):
    """Runs `infra/build_assets.py`, which does nothing where its result is up to date."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the assets; raises SystemExit where npm cannot fetch them."""
        runpy.run_path(str(Path(self.root) / "infra" / "build_assets.py"))["build"]()
