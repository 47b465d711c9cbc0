"""The question bank: curated questions that come with the product and need no network."""

from adapters.bank.generator import QuestionBank

__all__ = ["QuestionBank"]
