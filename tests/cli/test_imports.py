"""What a verb does not need is not imported: it would be a third of the time until the first statement."""

from __future__ import annotations

import os
import subprocess
import sys

_CODE = """
import sys, pgsluice.cli.copy
rooms = {"recognition.recognisers", "recognition.survey", "verification.run"}
sys.exit(", ".join(name for name in rooms if f"pgsluice.{name}" in sys.modules) or 0)
"""


def test_copy_imports_neither_recognition_nor_verification():
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}

    ended = subprocess.run([sys.executable, "-c", _CODE], env=environment, capture_output=True, text=True, check=False)

    assert (ended.returncode, ended.stderr) == (0, "")
