"""Questions from a chat model: several parallel calls, whose results are yielded as they arrive."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace

from adapters.llm.calls import CallLimits, Cancelled, Deadline, RetryingCaller
from adapters.llm.chat import ChatPrompt, ChatTransport, ProviderError, ProviderFault
from adapters.llm.parsing import read_drafts
from adapters.llm.planning import CallPlan, QuestionsWanted
from adapters.llm.prompt import build_prompt
from core.domain.generation.briefs import Batch, Brief, TokenUsage
from core.domain.library.questions import QuestionDraft, QuestionSource


@dataclass(frozen=True, slots=True)
class GenerationLimits:
    """Limits on the calls of one generation and on its duration.

    `poll_seconds` is how often `should_stop` is called while calls are running.
    """

    batch_size: int = 10
    parallel_calls: int = 5
    deadline_seconds: float = 120.0
    tokens_per_question: int = 400
    poll_seconds: float = 0.5
    calls: CallLimits = field(default_factory=CallLimits)


class ChatQuestionGenerator:
    """A QuestionGenerator over any ChatTransport."""

    def __init__(
        self, transport: ChatTransport, source: QuestionSource, limits: GenerationLimits | None = None
    ) -> None:
        self._source = source
        self._limits = limits or GenerationLimits()
        self._transport = transport
        self._caller = RetryingCaller(transport, self._limits.calls)

    @property
    def source(self) -> QuestionSource:
        return self._source

    def generate(
        self, brief: Brief, count: int, avoid: Sequence[str], should_stop: Callable[[], bool]
    ) -> Iterator[Batch]:
        """Raises GenerationFailed with the code of a ProviderFault.

        A batch contains the token usage of its reply. The usage of replies without a usable question is
        added to the next batch, or to a last batch without drafts.
        """
        if count < 1:
            return
        run = _Run(self._caller, self._limits, brief, QuestionsWanted(brief, count, avoid), should_stop)
        usage = TokenUsage()
        try:
            for answer in run.answers():
                usage += answer.usage
                if answer.drafts:
                    yield Batch(answer.drafts, self._source, usage)
                    usage = TokenUsage()
        except ProviderError as error:
            if usage != TokenUsage():
                yield Batch((), self._source, usage)
            raise error.as_failure() from error
        finally:
            run.close()
        if usage != TokenUsage():
            yield Batch((), self._source, usage)

    def close(self) -> None:
        self._transport.close()


@dataclass(frozen=True, slots=True)
class _Answer:
    drafts: tuple[QuestionDraft, ...]
    usage: TokenUsage
    is_cut: bool


class _Run:
    """One generation: its threads, its deadline and the questions that are still missing."""

    def __init__(
        self,
        caller: RetryingCaller,
        limits: GenerationLimits,
        brief: Brief,
        wish: QuestionsWanted,
        should_stop: Callable[[], bool],
    ) -> None:
        self._caller = caller
        self._limits = limits
        self._brief = brief
        self._wish = wish
        self._should_stop = should_stop
        self._batch_size = limits.batch_size
        self._deadline = Deadline(limits.deadline_seconds)
        self._pool = ThreadPoolExecutor(limits.parallel_calls, thread_name_prefix="chat-model")

    def close(self) -> None:
        """Start no further calls. Running calls end by themselves, at the latest by their timeout."""
        self._deadline.halt()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def answers(self) -> Iterator[_Answer]:
        """Answers with new questions only, in rounds. Each round asks for what is still missing.

        The number of calls is at most twice that of the first round, plus two. Raises ProviderError.
        """
        wanted = self._wish.missing
        asks = self._wish.asks(self._batch_size)
        asks_left = 2 * len(asks) + 2
        while asks and not self._should_stop():
            asks_left -= len(asks)
            for answer in self._as_they_arrive([self._submit(ask) for ask in asks]):
                if answer.is_cut:
                    self._batch_size = max(1, self._limits.batch_size // 2)
                yield replace(answer, drafts=self._wish.accept(answer.drafts))
            asks = self._wish.asks(self._batch_size)[:asks_left]
        if self._wish.missing == wanted and not self._should_stop():
            raise ProviderError(ProviderFault.BAD_OUTPUT, "no reply held a usable new question")

    def _submit(self, ask: CallPlan) -> Future[_Answer]:
        tokens = self._limits.tokens_per_question
        prompt = build_prompt(self._brief, ask, self._wish.avoid, tokens_per_question=tokens)
        return self._pool.submit(self._answer, prompt, ask)

    def _answer(self, prompt: ChatPrompt, ask: CallPlan) -> _Answer:
        reply = self._caller.complete(prompt, self._deadline)
        return _Answer(read_drafts(reply.text, self._brief, ask), reply.usage, reply.is_cut)

    def _as_they_arrive(self, futures: Sequence[Future[_Answer]]) -> Iterator[_Answer]:
        """Stop early if `should_stop` says so. After a failure, wait for the running calls, then raise it."""
        failure: ProviderError | None = None
        pending = set(futures)
        while pending:
            timeout = max(0.0, min(self._limits.poll_seconds, self._deadline.remaining_seconds))
            done, pending = wait(pending, timeout, return_when=FIRST_COMPLETED)
            for future in done:
                try:
                    answer = future.result()
                except ProviderError as error:
                    failure = failure or error
                    self.close()
                except (Cancelled, CancelledError):
                    continue
                else:
                    yield answer
            if pending and self._should_stop():
                return
            if pending and self._deadline.remaining_seconds <= 0:
                raise ProviderError(ProviderFault.TIMEOUT, "the deadline of the generation has passed")
        if failure:
            raise failure
