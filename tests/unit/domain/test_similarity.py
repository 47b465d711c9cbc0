from __future__ import annotations

import json
from importlib.resources import files
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.generation.similarity import QuestionSet, is_same, significant_words

REWORDED = [
    ("What is a closure in JavaScript?", "Explain closures in JavaScript."),
    ("What is a closure in JavaScript?", "Can you explain what a closure is in JavaScript, with an example?"),
    (
        "What is the difference between a list and a tuple in Python?",
        "How do lists differ from tuples in Python?",
    ),
    (
        "What is the difference between a list and a tuple in Python?",
        "What's the difference between lists and tuples in Python?",
    ),
    ("What are the differences between TCP and UDP?", "Explain the difference between UDP and TCP."),
    ("Compare REST and GraphQL.", "What is the difference between REST and GraphQL?"),
    ("How does garbage collection work in Java?", "Explain how Java's garbage collection works."),
    (
        "How does garbage collection work in Java?",
        "Describe the way garbage collection works in Java, please.",
    ),
    ("What are the advantages of microservices?", "What are the benefits of microservices?"),
    ("What are the drawbacks of microservices?", "What are the disadvantages of using microservices?"),
    (
        "What are the pros and cons of server-side rendering?",
        "Describe the advantages and disadvantages of server side rendering.",
    ),
    (
        "What is dependency injection and why is it useful?",
        "Why is dependency injection useful, and what is it?",
    ),
    (
        "How would you optimize a slow SQL query in PostgreSQL?",
        "How would you approach optimizing a slow SQL query in PostgreSQL?",
    ),
    ("How would you optimise a slow SQL query?", "How would you optimize slow SQL queries?"),
    ("Explain the CAP theorem.", "What is the CAP theorem and what does it mean?"),
    ("What is a race condition?", "Define a race condition."),
    (
        "What is a deadlock, and how can you prevent one?",
        "How can you prevent a deadlock? What is a deadlock?",
    ),
    ("HOW DOES DNS RESOLUTION WORK", "How does DNS resolution work?"),
    ("What is the purpose of an index in a database?", "What are database indexes for?"),
    (
        "How do you handle errors in asynchronous code in Node.js?",
        "Describe how you would handle errors in async code in Node.js.",
    ),
    ("What is the virtual DOM in React?", "In React, what is the virtual DOM?"),
    ("What is event-driven architecture?", "What is an event driven architecture?"),
    (
        "Describe a time when you disagreed with your manager.",
        "Tell me about a time you disagreed with your manager.",
    ),
    (
        "Tell me about a conflict with a colleague and how you resolved it.",
        "Describe a conflict with a colleague. How did you resolve it?",
    ),
    ("What is the time complexity of binary search?", "What's the time complexity of a binary search?"),
    ("How does a hash table handle collisions?", "Explain how collisions are handled in a hash table."),
    ("What is normalization in relational databases?", "Explain normalisation in a relational database."),
    ("How do promises work in JavaScript?", "Explain the working of promises in JavaScript."),
    ("Why shouldn't you store passwords in plain text?", "Why should you not store passwords in plain text?"),
    (
        "What is overfitting in machine learning, and how can you prevent it?",
        "Explain overfitting in machine learning and ways of preventing it.",
    ),
    ("Design a URL shortener.", "How would you design a URL shortener?"),
    ("What is a memory leak and how do you find one?", "How do you find a memory leak?"),
    ("How are transactions isolated in PostgreSQL?", "Explain transaction isolation in PostgreSQL."),
    ("What role do indexes play in query performance?", "Explain the role of an index in query performance."),
    ("जावा में इंटरफ़ेस क्या है?", "जावा में इंटरफ़ेस क्या है"),
    ("Was ist ein Index?", "was ist ein INDEX ?"),
    ("Explain **closures** in `JavaScript`.", "Explain closures in JavaScript"),
]

DIFFERENT = [
    (
        "What are the advantages of microservices over a monolithic architecture in large teams?",
        "What are the disadvantages of microservices over a monolithic architecture in large teams?",
    ),
    (
        "What is the difference between a list and a tuple in Python?",
        "What is the difference between a list and a set in Python?",
    ),
    ("What is the difference between TCP and UDP?", "What is the difference between HTTP and HTTPS?"),
    ("When should you use an index?", "When should you not use an index?"),
    ("How do you use transactions in PostgreSQL?", "How do you avoid transactions in PostgreSQL?"),
    ("What is a process?", "What is a thread?"),
    ("What is a closure in JavaScript?", "What is a closure in Python?"),
    (
        "What is the time complexity of quicksort in the worst case?",
        "What is the time complexity of quicksort in the average case?",
    ),
    ("How would you test a React component?", "How would you optimise a React component?"),
    ("What does HTTP status 401 mean?", "What does HTTP status 403 mean?"),
    ("How does HTTP/2 improve on HTTP/1.1?", "How does HTTP/3 improve on HTTP/2?"),
    ("What is authentication?", "What is authorisation?"),
    ("What is C?", "What is C++?"),
    ("What is C++?", "What is C#?"),
    ("How do you write a class in Java?", "How do you write a class in JavaScript?"),
    (
        "How would you implement authentication in a Django application that serves mobile clients?",
        "How would you implement authentication in a Flask application that serves mobile clients?",
    ),
    (
        "How would you design a URL shortener for one million requests per day?",
        "How would you design a rate limiter for one million requests per day?",
    ),
    ("What is an inner join?", "What is an outer join?"),
    (
        "How do you insert a node into a binary search tree?",
        "How do you delete a node from a binary search tree?",
    ),
    ("What is React?", "What is React Native and how does it differ from Flutter?"),
    ("What is Docker?", "How does Docker networking work between containers on different hosts?"),
    ("How do you scale a database horizontally?", "How do you scale a database vertically?"),
    ("What is supervised learning?", "What is unsupervised learning?"),
    ("What is precision, and what is recall?", "What is the F1 score?"),
    ("Tell me about a success you are proud of.", "Tell me about a failure you learned from."),
    ("What happens in the mount phase of a component?", "What happens in the unmount phase of a component?"),
    ("Explain optimistic locking.", "Explain pessimistic locking."),
    ("What is a primary key in a relational database?", "What is a foreign key in a relational database?"),
    (
        "How do you add an element to the front of a linked list?",
        "How do you add an element to the end of a linked list?",
    ),
    (
        "Wie funktioniert ein Index in einer Datenbank?",
        "Wie funktioniert eine Transaktion in einer Datenbank?",
    ),
    ("जावा में इंटरफ़ेस क्या है?", "पाइथन में सूची क्या है?"),
    ("डेटाबेस में सूचकांक कैसे काम करता है?", "नेटवर्क में राउटर कैसे काम करता है?"),
    ("什么是闭包?", "什么是原型链?"),
    ("كيف يعمل جمع القمامة في جافا؟", "كيف تعمل الخيوط في جافا؟"),
    ("Что такое замыкание?", "Что такое прототип?"),
    (
        "What is the difference between = and == in JavaScript?",
        "What is the difference between == and === in JavaScript?",
    ),
]

texts = st.text(max_size=80) | st.lists(
    st.sampled_from("what is the difference between a list and tuples in Python not == C++ Ω क्या".split())
).map(" ".join)


def are_same(one: str, other: str) -> bool:
    return is_same(significant_words(one), significant_words(other))


def bank_questions() -> list[str]:
    folder = files("adapters.bank") / "data"
    shelves = [json.loads(file.read_text(encoding="utf-8")) for file in folder.iterdir()]
    return [question["text"] for shelf in shelves for question in shelf["questions"]]


@pytest.mark.parametrize(("one", "other"), REWORDED)
def test_a_reworded_question_is_the_same(one: str, other: str) -> None:
    assert are_same(one, other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_another_question_in_nearly_the_same_words_is_another_question(one: str, other: str) -> None:
    assert not are_same(one, other)


def test_no_two_questions_of_the_bank_are_the_same() -> None:
    questions = bank_questions()
    words = {question: significant_words(question) for question in questions}
    alike = [(one, other) for one, other in combinations(questions, 2) if is_same(words[one], words[other])]

    assert len(questions) >= 150
    assert alike == []


@given(texts, texts)
def test_sameness_does_not_depend_on_the_order(one: str, other: str) -> None:
    assert are_same(one, other) == are_same(other, one)


@given(texts)
def test_case_and_spacing_do_not_make_another_question(text: str) -> None:
    assert are_same(text, text)
    assert are_same(text, f"  {text}\n")
    assert are_same(text, "  ".join(text.split(" ")))


@given(st.lists(texts, max_size=12))
def test_a_set_takes_only_questions_that_it_does_not_hold(asked: list[str]) -> None:
    seen = QuestionSet()
    held: list[str] = []
    for text in asked:
        is_new = not any(are_same(text, other) for other in held)
        assert (text in seen) is not is_new
        assert seen.add(text) is is_new
        if is_new:
            held.append(text)


def test_a_set_may_begin_with_questions() -> None:
    seen = QuestionSet(["What is a closure in JavaScript?"])

    assert "Explain closures in JavaScript." in seen
    assert not seen.add("Describe JavaScript closures.")
    assert seen.add("What is hoisting in JavaScript?")


def test_questions_of_little_words_only_are_still_compared() -> None:
    assert are_same("Why?", "why")
    assert not are_same("Why?", "How?")


def test_texts_without_any_word_are_all_the_same() -> None:
    assert are_same("???", "...")
    assert not are_same("???", "What is SQL?")
    assert "…" in QuestionSet(["???"])
