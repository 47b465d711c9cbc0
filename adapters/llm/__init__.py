"""What every chat model needs to write questions: prompts, batches, retries and the reading of replies.

A floor of its own for the adapters of one provider each, which bring a `ChatTransport` and nothing else.
"""
