"""Compiles the native CPU kernels while a wheel or an editable installation is made. Without a compiler the package is
built all the same, without them; it says so when it runs."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class KernelsBuildHook(BuildHookInterface[Any]):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if self.target_name != "wheel":
            return
        # The module by its file: importing its package would need what is not installed yet.
        file = Path(self.root, "src/harmonium/ops/cpu/build.py")
        spec = importlib.util.spec_from_file_location("harmonium_kernels_build", file)
        assert spec is not None
        assert spec.loader is not None
        kernels = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(kernels)
        try:
            library = kernels.build()
        except kernels.BuildError as error:
            self.app.display_warning(f"harmonium is installed without its native CPU kernels: {error}")
            return
        build_data["pure_python"] = False
        build_data["tag"] = kernels.wheel_tag()
        if version == "standard":
            build_data["force_include"][str(library)] = "harmonium/ops/cpu/_kernels.so"
