"""Questions from any server that speaks OpenAI's chat-completions format."""

from adapters.openai_chat.generator import OpenAiChatQuestionGenerator
from adapters.openai_chat.transport import OpenAiChatTransport

__all__ = ["OpenAiChatQuestionGenerator", "OpenAiChatTransport"]
