"""The shared base of chat-model adapters: prompts, batches, retries and parsing of replies.

The adapter of each provider adds only a `ChatTransport`.
"""
