"""The README's tour, pasted into a shell."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from pypdf import PdfReader

from tests.integration.processes.installation import Installation

README = Path(__file__).parents[3] / "README.md"


def the_tour() -> str:
    (tour,) = (
        block for block in re.findall(r"```sh\n(.*?)```", README.read_text(), re.S) if "TOKEN=" in block
    )
    return tour


def pasted(installation: Installation) -> subprocess.CompletedProcess[str]:
    script = the_tour().replace("http://127.0.0.1:8000", installation.url)
    return subprocess.run(
        ["bash", "-euo", "pipefail"],
        input=script,
        cwd=installation.folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def assert_the_tour_was_taken(tour: subprocess.CompletedProcess[str], folder: Path) -> None:
    assert tour.returncode == 0, tour.stdout + tour.stderr
    assert '"status":"succeeded"' in tour.stdout.replace(" ", "")
    assert "True" in tour.stdout
    assert "Ask for an example" in tour.stdout
    assert "Your export is ready" in tour.stdout
    assert "Backend engineer" in PdfReader(folder / "questions.pdf").pages[0].extract_text()


def test_it_works_embedded(embedded: Installation) -> None:
    embedded.serve("run")

    assert_the_tour_was_taken(pasted(embedded), embedded.folder)


def test_it_works_on_separate_processes(separate: Installation) -> None:
    separate.serve("api", "--workers", "2")
    separate.work()

    assert_the_tour_was_taken(pasted(separate), separate.folder)
