from __future__ import annotations

import subprocess
import sys


def test_the_server_imports_where_torch_is_not_installed() -> None:
    code = (
        "import sys; sys.modules['torch'] = None; import harmonium.server.run, harmonium.server.app; "
        "assert not [name for name in sys.modules if name.startswith('torch.')]"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
