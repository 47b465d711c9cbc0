"""Questions from a model at Groq, through Groq's own client."""

from adapters.groq.generator import GroqQuestionGenerator
from adapters.groq.transport import GroqTransport

__all__ = ["GroqQuestionGenerator", "GroqTransport"]
