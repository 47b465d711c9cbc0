"""Time and memory of exports: `python -m benchmarks.exports [questions ...]`.

Every row is measured in a separate process, so that its peak memory is that of one export. The time is that
of the writer alone. The limits are for 500 questions.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

FORMATS = ("csv", "docx", "pdf")
SIZES = (1, 20, 500)
LIMITED_SIZE = 500
LIMIT_SECONDS = {"csv": 0.5, "docx": 5.0, "pdf": 5.0}
LIMIT_RSS_MB = 200
ANSWER_LENGTH = 1_500

_PROSE = (
    "The **scheduler** picks the next runnable task, and `asyncio.sleep(0)` gives it the chance. "
    "A task that never awaits starves the others, however short its *critical section* looks in review. "
    "Measure the time between two wake-ups before deciding whether a thread pool is its better home.\n\n"
)
_LIST = "1. Find the blocking call.\n2. Use a pool:\n   - threads for I/O\n   - processes for arithmetic\n\n"
_CODE = (
    "```python\n"
    "async def worker(queue: asyncio.Queue[Job]) -> None:\n"
    "    while True:\n"
    "        job = await queue.get()\n"
    "        try:\n"
    "            await asyncio.wait_for(handle(job), timeout=30)\n"
    "        finally:\n"
    "            queue.task_done()\n"
    "```\n\n"
)


@dataclass(frozen=True, slots=True)
class Measurement:
    format: str
    questions: int
    seconds: float
    file_mb: float
    peak_rss_mb: float

    @property
    def is_within_limits(self) -> bool:
        if self.questions > LIMITED_SIZE:
            return True
        return self.seconds < LIMIT_SECONDS[self.format] and self.peak_rss_mb < LIMIT_RSS_MB


def answer(number: int) -> str:
    """1,500 characters of Markdown with code blocks, different for each number."""
    parts = [f"Answer {number}. "]
    while sum(map(len, parts)) < ANSWER_LENGTH:
        parts += [_PROSE, _CODE, _LIST]
    text = "".join(parts)[:ANSWER_LENGTH]
    return text if text.count("```") % 2 == 0 else text[:-4] + "\n```"


def measure(export_format: str, question_count: int) -> Measurement:
    """Export in this process. The libraries are imported here, so that the parent process stays small."""
    from adapters.documents.csv_writer import CsvWriter
    from adapters.documents.docx.writer import DocxWriter
    from adapters.documents.pdf.writer import PdfWriter
    from core.domain.library.exports import ExportOptions, SessionDocument
    from core.domain.library.questions import Difficulty, Question, QuestionSource
    from core.domain.library.sessions import Experience, Session
    from ports.library import DocumentWriter

    now = datetime.now(UTC)
    topics = ("Concurrency", "Databases", "System design", "Testing", "Networks", "Security", "APIs")
    session = Session("session", "user", "Senior Python engineer", Experience.SENIOR, topics, now, now)
    questions = tuple(
        Question(
            id=f"question-{number}",
            session_id=session.id,
            user_id=session.user_id,
            text=f"Question {number}: how would you keep `worker` {number} from starving its event loop?",
            answer=answer(number),
            difficulty=list(Difficulty)[number % 3],
            topic=topics[number % len(topics)],
            source=QuestionSource.GROQ,
            created_at=now,
            updated_at=now,
            category="Technical",
            tags=("python", "asyncio"),
            pinned=number % 10 == 0,
        )
        for number in range(1, question_count + 1)
    )
    document = SessionDocument(session, questions, ExportOptions(), now)
    writers: dict[str, DocumentWriter] = {"csv": CsvWriter(), "docx": DocxWriter(), "pdf": PdfWriter()}
    with tempfile.TemporaryFile() as target:
        started = time.perf_counter()
        writers[export_format].write(document, target, lambda done: None)
        seconds = time.perf_counter() - started
        size_bytes = target.seek(0, 2)
    peak_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return Measurement(export_format, question_count, seconds, size_bytes / 1e6, peak_kb / 1024)


def measure_apart(export_format: str, question_count: int) -> Measurement:
    """The same in a separate process."""
    command = [sys.executable, "-m", "benchmarks.exports", "--one", export_format, str(question_count)]
    answered = subprocess.run(command, check=True, capture_output=True, text=True)
    return Measurement(**json.loads(answered.stdout))


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure the writers of exports.")
    parser.add_argument("--one", choices=FORMATS, help="measure one format in this process, answer in JSON")
    parser.add_argument("questions", nargs="*", type=int, default=list(SIZES))
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(asdict(measure(arguments.one, arguments.questions[0]))))
        return 0
    print(f"{'format':8}{'questions':>10}{'seconds':>10}{'file MB':>10}{'peak rss MB':>13}")
    all_within = True
    for export_format in FORMATS:
        for question_count in arguments.questions:
            row = measure_apart(export_format, question_count)
            all_within = all_within and row.is_within_limits
            print(
                f"{row.format:8}{row.questions:>10,}{row.seconds:>10.2f}{row.file_mb:>10.2f}{row.peak_rss_mb:>13.0f}"
                + ("" if row.is_within_limits else "  over the limit")
            )
    return 0 if all_within else 1


if __name__ == "__main__":
    sys.exit(main())
