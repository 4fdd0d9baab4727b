"""What servers send becomes chunks; what is no whole answer is an error."""

import itertools

import pytest
from chat_frames import DONE, STOP, answer, chunks, event, frame, whole
from hypothesis import given
from hypothesis import strategies as st

from cothink.core.chunk import Usage
from cothink.core.errors import UpstreamBroken, UpstreamBusy, UpstreamError
from cothink.engines.chat_stream import ChatStream

# ends


def test_a_stream_of_words_with_usage_becomes_chunks_and_one_end():
    usage = {
        "prompt_tokens": 5,
        "completion_tokens": 7,
        "total_tokens": 12,
        "prompt_tokens_details": {"cached_tokens": 2},
        "completion_tokens_details": {"reasoning_tokens": 4},
    }
    begun, last = frame({"role": "assistant", "content": ""}), event({"choices": [], "usage": usage})
    found = chunks(begun, frame({"content": "he"}), frame({"content": "llo"}), STOP, last, DONE)
    assert [chunk.text for chunk in found] == ["he", "llo", ""]
    assert [chunk.model for chunk in found] == ["m", None, None]
    assert [chunk.finish for chunk in found] == [None, None, "stop"]
    assert found[-1].usage == Usage(5, 7, 4, 2)


def test_a_usage_without_counts_is_none():
    empty = event({"choices": [], "usage": {"prompt_tokens": None}})
    assert answer(frame({"content": "a"}), STOP, empty).usage is None
    counted = event({"choices": [], "usage": {"prompt_tokens": 2, "completion_tokens": 0}})
    assert answer(frame({"content": "a"}), STOP, counted, empty).usage == Usage(2)


def test_an_empty_finish_is_none():
    assert answer(frame({"content": "a"}, finish=""), frame({"content": "b"}, finish=""), STOP).text == "ab"
    with pytest.raises(UpstreamBroken):
        chunks(frame({"content": "a"}, finish=""), DONE)


def test_a_whole_answer_may_be_led_by_blank_lines_that_kept_the_line_open():
    body = b'\n\n\n {"choices": [{"message": {"content": "a"}, "finish_reason": "stop"}]}'
    chunk = ChatStream("m", [].append).whole(body)
    assert chunk.text == "a"


def test_usage_may_come_with_every_frame_or_in_deepseeks_words():
    running = event({"choices": [{"index": 0, "delta": {"content": "a"}}], "usage": {"prompt_tokens": 1}})
    last = event({"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 1, "prompt_cache_hit_tokens": 4}})
    assert answer(running, STOP, last, DONE).usage == Usage(9, 1, 0, 4)
    assert answer(frame({"content": "a"}), STOP).usage is None


@pytest.mark.parametrize("end", [b"", DONE, b"data: [DONE]\n", b"data: [DONE]", b": bye\n\n"])
def test_an_answer_ends_with_a_finish_and_a_proper_end(end):
    assert answer(frame({"content": "a"}), STOP, end).text == "a"


@pytest.mark.parametrize(
    "pieces", [[], [DONE], [frame({"content": "a"})], [frame({"content": "a"}), DONE], [b": ping\n\n"]]
)
def test_an_end_without_a_finish_is_an_error(pieces):
    with pytest.raises(UpstreamBroken):
        chunks(*pieces)


@pytest.mark.parametrize("half", [b'data: {"choi', b"data: ", b"d", STOP[:-1], STOP[:-2]])
def test_half_a_frame_at_the_end_is_an_error(half):
    with pytest.raises(UpstreamBroken):
        chunks(frame({"content": "a"}), half)
    with pytest.raises(UpstreamBroken):
        chunks(frame({"content": "a"}), STOP, half)


def test_what_comes_after_done_is_nobodys():
    assert answer(frame({"content": "a"}), STOP + DONE + frame({"content": "evil"})).text == "a"


@pytest.mark.parametrize("reason", ["abort", "error", "insufficient_system_resource", "whatever"])
def test_a_finish_that_is_none_is_an_error(reason):
    with pytest.raises(UpstreamError):
        chunks(frame({"content": "a"}), frame(finish=reason), DONE)


@pytest.mark.parametrize(
    ("reason", "finish"),
    [("stop", "stop"), ("length", "length"), ("tool_calls", "tool_calls"), ("function_call", "tool_calls"),
     ("content_filter", "content_filter"), ("eos_token", "stop")],
)  # fmt: skip
def test_each_servers_finish_has_our_word(reason, finish):
    assert answer(frame({"content": "a"}), frame(finish=reason)).finish == finish


@pytest.mark.parametrize(
    "data",
    [b"<html>", b"{", b"[]", b"7", b'{"choices": 7}', b"\xff", b'{"choices": [{"index": 0, "delta": {"content": 7}}]}'],
)
def test_a_frame_that_is_no_frame_is_an_error(data):
    with pytest.raises(UpstreamBroken):
        chunks(frame({"content": "a"}), b"data: " + data + b"\n\n")


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ({"error": {"message": "boom", "code": 500}}, UpstreamError),
        ({"error": "boom"}, UpstreamError),
        ({"error": {"message": "slow down", "code": 429}}, UpstreamBusy),
        ({"object": "error", "message": "boom", "code": 500}, UpstreamError),
    ],
)
def test_an_error_in_the_stream_is_an_error_after_what_came(fault, kind):
    stream = ChatStream("m", [].append)
    found = []
    with pytest.raises(kind) as caught:
        for chunk in stream.feed(frame({"content": "a"}) + event(fault)):
            found.append(chunk)  # noqa: PERF402 -- what came before the error counts
    assert [chunk.text for chunk in found] == ["a"]
    assert "boom" not in caught.value.message


# tools, log-probs, the rest


def test_tool_calls_are_put_together_from_their_pieces():
    found = answer(
        frame(
            {"tool_calls": [{"index": 0, "id": "a", "type": "function", "function": {"name": "f", "arguments": ""}}]}
        ),
        frame({"tool_calls": [{"index": 0, "function": {"arguments": '{"x"'}}]}),
        frame({"tool_calls": [{"index": 1, "id": "b", "function": {"name": "g", "arguments": None}}]}),
        frame({"tool_calls": [{"index": 0, "id": None, "function": {"name": None, "arguments": ": 1}"}}]}),
        frame({"tool_calls": [{"index": 1, "function": {"arguments": "{}"}}]}),
        frame(finish="tool_calls"),
        DONE,
    )
    assert [(c.id, c.function.name, c.function.arguments) for c in found.tool_calls] == [
        ("a", "f", '{"x": 1}'),
        ("b", "g", "{}"),
    ]
    assert found.finish == "tool_calls"


def test_tool_calls_without_numbers_are_told_apart_by_their_ids():
    found = answer(
        frame({"tool_calls": [{"id": "a", "function": {"name": "f", "arguments": "{"}}]}),
        frame({"tool_calls": [{"function": {"arguments": "}"}}]}),
        frame({"tool_calls": [{"id": "b", "function": {"name": "g", "arguments": {"x": 1}}}]}),
        STOP,
    )
    assert [(c.id, c.function.arguments) for c in found.tool_calls] == [("a", "{}"), ("b", '{"x":1}')]


def test_tool_calls_of_a_whole_answer_are_numbered():
    calls = [{"id": i, "type": "function", "function": {"name": i, "arguments": "{}"}} for i in "ab"]
    chunk = whole({"content": None, "tool_calls": calls}, finish="tool_calls")
    assert [(call.index, call.id) for call in chunk.tool_calls] == [(0, "a"), (1, "b")]
    assert chunk.finish == "tool_calls"


def test_log_probs_are_passed_on_with_their_rivals():
    token = {"token": "a", "logprob": -0.5, "bytes": [97], "id": 3, "top_logprobs": [{"token": "b", "logprob": -2}]}
    found = answer(
        frame({"content": "a"}, logprobs={"content": [token]}),
        frame({"content": "b"}, logprobs={"content": [{"token": "b", "logprob": 0, "top_logprobs": None}]}),
        frame({"content": "c"}, logprobs=None),
        STOP,
    )
    assert [(t.token, t.logprob, t.bytes) for t in found.logprobs] == [("a", -0.5, (97,)), ("b", 0.0, None)]
    assert found.logprobs[0].top_logprobs[0].logprob == -2


def test_a_log_prob_without_a_number_is_that_of_what_cannot_be():
    token = {"token": "a", "logprob": None, "top_logprobs": [{"token": "b", "logprob": None}]}
    (found,) = answer(frame({"content": "a"}, logprobs={"content": [token]}), STOP).logprobs
    assert (found.logprob, found.top_logprobs[0].logprob) == (-9999.0, -9999.0)


def test_a_refusal_is_an_answer():
    found = answer(frame({"refusal": "I may"}), frame({"refusal": " not."}), STOP)
    assert (found.refusal, found.text) == ("I may not.", "")


def test_other_choices_and_unknown_fields_are_passed_over():
    other = event({"choices": [{"index": 1, "delta": {"content": "other"}, "finish_reason": "stop"}], "new": {"x": 1}})
    assert answer(frame({"content": "a", "audio": None}, stop_reason=7), other, STOP).text == "a"


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"{}", b'{"choices": []}', b'{"choices": [{"message": {"content": "a"}}]}']
)
def test_a_whole_answer_that_is_none_is_an_error(body):
    with pytest.raises(UpstreamBroken):
        ChatStream("m", [].append).whole(body)


def test_an_error_with_a_200_is_an_error():
    with pytest.raises(UpstreamError):
        ChatStream("m", [].append).whole(b'{"error": {"message": "x"}}')


@given(st.lists(st.integers(0, 2000), max_size=15))
def test_a_stream_reads_the_same_however_it_is_cut(places):
    stream = (
        b"".join(frame({"content": w}) for w in ["<think>", "hm", "</thi", "nk>", "\n", "yes ", "好", "!"])
        + STOP
        + DONE
    )
    edges = [0, *sorted(place % (len(stream) + 1) for place in places), len(stream)]
    found = answer(*(stream[a:b] for a, b in itertools.pairwise(edges)))
    assert (found.reasoning, found.text) == ("hm", "yes 好!")
