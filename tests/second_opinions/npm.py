"""Programs for Node.js that stand beside the tests, with the packages that package-lock.json names."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

HERE = Path(__file__).parent
LOCK = HERE / "package-lock.json"
MISSING = "Node.js with npm is not installed (make system-deps)"
LONGEST = 120       # seconds that the installation may take


class NotInstalledError(Exception):
    """npm could not bring the packages. The words are npm's own."""


def installed() -> bool:
    """Whether this machine has Node.js and npm."""
    return shutil.which("node") is not None and shutil.which("npm") is not None


def ready() -> bool:
    """Whether the packages are there already, so that nothing has to come from the registry."""
    return installed() and _place().exists()


def _place() -> Path:
    return Path(sys.prefix) / "share" / "omm-tests" / f"npm-{sha256(LOCK.read_bytes()).hexdigest()[:16]}"


def modules() -> Path:
    """Where the packages are. They are installed once for each lock file, beside the tests' Python packages.

    Raises NotInstalledError.
    """
    place = _place()
    if not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=place.parent) as making:
            _install(Path(making))
            with suppress(OSError):     # another run was quicker
                (Path(making) / "node_modules").replace(place)
    return place


def _install(directory: Path) -> None:
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, directory)
    try:
        done = subprocess.run(
            ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=directory, capture_output=True, text=True,
            stdin=subprocess.DEVNULL, timeout=LONGEST, check=False,
        )
    except subprocess.TimeoutExpired:
        raise NotInstalledError("the registry took too long") from None
    if done.returncode != 0:
        raise NotInstalledError(done.stderr[-1000:])


def node(script: str, *arguments: str, environment: Mapping[str, str], timeout: float = 60) -> str:
    """What a script of this directory prints. Fails with what it says when it fails."""
    done = subprocess.run(
        ["node", str(HERE / script), *arguments], capture_output=True, text=True, stdin=subprocess.DEVNULL,
        timeout=timeout, check=False,
        env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "NODE_PATH": str(modules()), **environment},
    )
    assert done.returncode == 0, done.stderr[-5000:]
    return done.stdout


def typescript(file: Path, *, timeout: float = 120) -> str:
    """What the TypeScript compiler says of a file, in its strictest mode; "" when it accepts it.

    The file's directory holds nothing else: a link to the packages and the compiler's settings are put beside it.
    """
    (file.parent / "node_modules").symlink_to(modules())
    (file.parent / "tsconfig.json").write_text(json.dumps({"files": [file.name], "compilerOptions": {
        "strict": True, "exactOptionalPropertyTypes": True, "noEmit": True, "skipLibCheck": True, "types": [],
        "target": "es2022", "lib": ["es2022"], "module": "nodenext",     # and nothing of a browser's
    }}))
    done = subprocess.run(
        ["node", str(modules() / "typescript" / "bin" / "tsc"), "--project", str(file.parent)], capture_output=True,
        text=True, stdin=subprocess.DEVNULL, timeout=timeout, check=False,
        env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8"},
    )
    return (done.stdout + done.stderr).strip() or ("" if done.returncode == 0 else f"exit status {done.returncode}")
