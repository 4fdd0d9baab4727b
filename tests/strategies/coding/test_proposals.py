from typing import Any

from cothink.strategies.coding.proposals import Proposal, inputs_of, kept, merged, read


def one(arguments: tuple[Any, ...], want: Any, *by: str) -> Proposal:
    return Proposal(arguments, want, frozenset(by))


def gave(*values: Any) -> list[dict[str, Any]]:
    return [{"probe": at, "kind": "value", "text": repr(value)} for at, value in enumerate(values)]


def test_only_literal_asserts_of_the_function_are_read() -> None:
    text = "\n".join(
        [
            "```python",
            "assert f(1, [2]) == 3",
            "assert not f(0, [])",
            "    assert f('a') is True  # a note",
            "assert g(1) == 2",
            "assert f(x) == 2",
            "assert f(1) == h(2)",
            "assert f(1) > 2",
            "print(f(1))",
            "assert f(" + "9" * 3000 + ") == 1",
        ]
    )
    found = read(text, "f", "r1", 10)
    assert [(p.arguments, p.want) for p in found] == [((1, [2]), 3), ((0, []), False), (("a",), True)]
    assert len(read(text, "f", "r1", 1)) == 1


def test_the_same_test_of_two_models_is_one_and_a_contradiction_is_none() -> None:
    found = merged(
        [one((1,), 2, "r1"), one((1,), 2, "pro"), one((2,), 3, "r1"), one((2,), 4, "pro"), one((5,), 6, "r1")]
    )
    assert [(p.arguments, sorted(p.by)) for p in found] == [((1,), ["pro", "r1"]), ((5,), ["r1"])]


def test_what_both_propose_is_kept_and_what_one_proposes_needs_two_programs() -> None:
    proposals = [one((1,), 2, "r1", "pro"), one((2,), 3, "r1"), one((3,), 9, "pro")]
    alone = kept(proposals, [gave(2, 3, 4)], {})
    assert [p.arguments for p in alone] == [(1,)]
    two = kept(proposals, [gave(2, 3, 4), gave(2, 3, 4), gave(0, 0, 9)], {})
    assert [p.arguments for p in two] == [(1,), (2,)]


def test_the_tasks_own_examples_overrule_a_proposal() -> None:
    assert kept([one((1,), 5, "r1", "pro")], [gave(5)], {"(1,)": 2}) == []


def test_programs_that_hang_or_fail_agree_with_nothing() -> None:
    proposals = [one((1,), 2, "r1")]
    assert kept(proposals, [[], [{"probe": 0, "kind": "error", "type": "E", "text": ""}]], {}) == []
    assert inputs_of(proposals)[0].arguments == (1,)


def test_a_line_is_an_assert_again() -> None:
    assert one((1, "a"), [2], "r1").line("f") == "assert f(1, 'a') == [2]"
