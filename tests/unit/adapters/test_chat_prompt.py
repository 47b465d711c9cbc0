from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from adapters.llm.planning import CallPlan, QuestionsWanted
from adapters.llm.prompt import SYSTEM, build_prompt
from core.domain.generation.briefs import Brief, difficulty_mix
from core.domain.library.questions import Difficulty
from core.domain.library.sessions import Experience

BRIEF = Brief("Data engineer", Experience.SENIOR, ("SQL", "Kafka"), instructions="Short ones, please.")
ASK = CallPlan({"SQL": 2, "Kafka": 1}, {Difficulty.EASY: 1, Difficulty.HARD: 2}, "design")


def test_it_works() -> None:
    prompt = build_prompt(BRIEF, ASK, ["What is SQL?"], tokens_per_question=400)
    assert json.loads(prompt.user) == {
        "role": "Data engineer",
        "experience": "senior",
        "count": 3,
        "topics": [{"topic": "SQL", "count": 2}, {"topic": "Kafka", "count": 1}],
        "difficulties": {"easy": 1, "hard": 2},
        "focus": "design",
        "instructions": "Short ones, please.",
        "avoid": ["What is SQL?"],
    }
    assert prompt.system == SYSTEM
    assert prompt.max_tokens == 1_600


@given(st.text(alphabet=st.characters()), st.text())
def test_whatever_users_write_stays_within_one_json_object(role: str, instructions: str) -> None:
    brief = Brief(role, Experience.MID, (role or "x",), instructions=instructions)
    prompt = build_prompt(
        brief, CallPlan({role: 1}, {Difficulty.EASY: 1}), [instructions], tokens_per_question=1
    )
    assert isinstance(json.loads(prompt.user), dict)
    assert prompt.system == SYSTEM
    prompt.user.encode()


def test_lone_surrogates_do_not_reach_the_wire() -> None:
    brief = Brief("a\ud800b", Experience.MID, ("x",), instructions="\udfff\x00ok")
    data = json.loads(build_prompt(brief, ASK, ["\ud800c"], tokens_per_question=1).user)
    assert (data["role"], data["instructions"], data["avoid"]) == ("ab", "ok", ["c"])


def test_the_newest_questions_to_avoid_are_told_where_there_are_many() -> None:
    avoid = [f"{number} " + "x" * 500 for number in range(1_000)]
    told = json.loads(build_prompt(BRIEF, ASK, avoid, tokens_per_question=1).user)["avoid"]
    assert told[-1].startswith("999 ")
    assert len(told) == 120
    assert max(map(len, told)) == 200


@given(
    st.integers(1, 50),
    st.integers(1, 20),
    st.integers(1, 20),
    st.sampled_from(Experience),
    st.none() | st.sampled_from(Difficulty),
)
def test_calls_add_up_to_the_wish(
    count: int, topic_count: int, batch_size: int, experience: Experience, difficulty: Difficulty | None
) -> None:
    brief = Brief("x", experience, tuple(f"t{number}" for number in range(topic_count)), difficulty)
    asks = QuestionsWanted(brief, count, ()).asks(batch_size)

    assert sum(ask.count for ask in asks) == count
    assert all(0 < ask.count <= batch_size for ask in asks)
    assert all(sum(ask.difficulties.values()) == ask.count for ask in asks)
    assert len(asks) == -(-count // batch_size)
    mix = {key: sum(ask.difficulties.get(key, 0) for ask in asks) for key in Difficulty}
    assert {key: amount for key, amount in mix.items() if amount} == difficulty_mix(brief, count)
    shares = [sum(ask.topics.get(topic, 0) for ask in asks) for topic in brief.topics]
    assert max(shares) - min(shares) <= 1


def test_parallel_calls_look_from_different_sides() -> None:
    assert [ask.angle for ask in QuestionsWanted(BRIEF, 10, ()).asks(10)] == [""]
    assert len({ask.angle for ask in QuestionsWanted(BRIEF, 50, ()).asks(10)} - {""}) == 5
