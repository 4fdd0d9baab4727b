from hypothesis import given
from hypothesis import strategies as st
from traffic_fakes import ask, replicas

from cothink.core.messages import FunctionCall, FunctionSpec, ImagePart, ImageUrl, Message, TextPart, Tool, ToolCall
from cothink.core.request import Request
from cothink.core.run import Run
from cothink.engines.fake import fake
from cothink.traffic.affinity import PrefixIndex, prefix_keys


def keys(*messages, tools=()):
    return prefix_keys(Request(model="r1", messages=messages, run=Run("t"), tools=tools), 100)


def test_a_longer_conversation_begins_with_the_keys_of_the_shorter_one():
    short, long = prefix_keys(ask("a", "b", "c"), 100), prefix_keys(ask("a", "b", "c", "d", "e"), 100)
    assert long[:3] == short
    assert len(long) == 5


def test_long_messages_have_a_key_for_each_block_so_that_shared_beginnings_meet():
    one, other = "x" * 450 + "one", "x" * 450 + "other"
    first, second = keys(Message("user", one)), keys(Message("user", other))
    assert len(first) == 5
    assert first[:4] == second[:4]
    assert first[4] != second[4]


def test_role_order_tools_images_and_calls_tell_conversations_apart():
    image = ImagePart(ImageUrl("https://example.com/a.png"))
    call = ToolCall("1", FunctionCall("f", "{}"))
    tools = (Tool(FunctionSpec("f")),)
    kinds = [
        keys(Message("user", "a")),
        keys(Message("system", "a")),
        keys(Message("user", "a"), tools=tools),
        keys(Message("user", (TextPart("a"), image))),
        keys(Message("assistant", "a")),
        keys(Message("assistant", "a", tool_calls=(call,))),
    ]
    assert len({kind[0] for kind in kinds}) == len(kinds)


def test_an_empty_message_has_a_key():
    assert len(keys(Message("assistant", None))) == 1


def test_who_holds_the_longest_beginning_comes_first():
    a, b, c, d = replicas([fake()] * 4)
    index = PrefixIndex({a: 100, b: 100, c: 100, d: 100})
    index.remember([1, 2, 3, 4], a)
    index.remember([1, 2, 9], b)
    index.remember([1, 2, 8], d)
    index.remember([9, 8, 3], c)
    assert index.held([1, 2, 3, 4, 5]) == [[a], [b, d]]
    assert index.held([7]) == []
    assert index.held([]) == []


def test_the_tail_is_forgotten_first_and_a_used_prefix_stays():
    a, b = replicas([fake()] * 2)
    index = PrefixIndex({a: 4, b: 4})
    index.remember([1, 2], a)
    index.remember([3, 4], a)
    index.remember([1, 2], a)
    index.remember([5], a)
    assert index.held([1, 2]) == [[a]]
    assert list(index._held[a]) == [3, 2, 1, 5]


def test_a_prompt_longer_than_the_cache_keeps_its_beginning():
    a, b = replicas([fake()] * 2)
    index = PrefixIndex({a: 3, b: 3})
    index.remember([1, 2, 3, 4, 5], a)
    assert list(index._held[a]) == [3, 2, 1]


@given(st.lists(st.tuples(st.integers(0, 2), st.lists(st.integers(0, 30), max_size=10, unique=True)), max_size=60))
def test_memory_is_bounded_and_the_two_sides_agree(steps):
    fit = replicas([fake()] * 3)
    index = PrefixIndex(dict.fromkeys(fit, 8))
    for number, prefix in steps:
        index.remember(prefix, fit[number])
        for bit, one in enumerate(fit):
            mine = {key for key, mask in index._holders.items() if mask >> bit & 1}
            assert mine == set(index._held[one])
            assert len(mine) <= 8
    assert len(index) <= 24
