"""The script and style in the package are what the sources in web/ build to."""

import shutil
import subprocess
from pathlib import Path

import pytest

import backproof

WEB = Path(__file__).parents[2] / "web"
BUILT = Path(backproof.__file__).parent / "page"
needs_node = pytest.mark.skipif(
    shutil.which("node") is None or not (WEB / "node_modules").exists(), reason="needs Node and npm ci in web/"
)


@needs_node
@pytest.mark.parametrize("name", ["page.js", "page.css"])
def test_the_built_files_are_what_the_sources_build_to(tmp_path, name):
    subprocess.run(["node", "build.mjs", str(tmp_path)], cwd=WEB, check=True, capture_output=True, timeout=60)
    assert (tmp_path / name).read_bytes() == (BUILT / name).read_bytes()


@needs_node
def test_the_sources_fit_their_types():
    ran = subprocess.run(
        [str(WEB / "node_modules/.bin/tsc"), "--noEmit"], cwd=WEB, capture_output=True, text=True, timeout=120
    )
    assert ran.returncode == 0, ran.stdout


def test_the_script_asks_no_one_and_evaluates_nothing():
    script = (BUILT / "page.js").read_text("utf-8")
    for word in ("eval(", "new Function", "XMLHttpRequest", "WebSocket", "document.write", "</script"):
        assert word not in script
    assert "http" not in script.replace("http://www.w3.org/", "")
