import logging

import msgspec
import pytest

from cothink.core.deadline import Deadline, Times
from cothink.core.events import Event, RunStarted, StateChanged, fan_out
from cothink.core.messages import ImagePart, ImageUrl, Message, TextPart
from cothink.core.request import Request, Sampling
from cothink.core.run import MAX_STEPS, Run, Trace


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_sub_call_keeps_the_run_and_drops_what_belongs_to_the_client() -> None:
    run = Run("req-1")
    request = Request(
        model="cothink-cascade",
        messages=(Message("user", "hi"),),
        run=run,
        sampling=Sampling(temperature=0.3, stop=("END",), seed=7),
        logprobs=True,
    )
    sub = request.ask((Message("user", "draft"),), sample=2)
    assert sub.run is run
    assert (sub.sampling.temperature, sub.sampling.stop, sub.sampling.seed, sub.logprobs) == (0.3, (), 9, False)


def test_the_question_is_the_last_user_turn() -> None:
    messages = (Message("user", "first"), Message("assistant", "ok"), Message("user", "second"), Message("tool", "x"))
    assert Request(model="r1", messages=messages, run=Run("r")).question == "second"


def test_messages_are_decoded_from_the_wire_form() -> None:
    image = b'{"type":"image_url","image_url":{"url":"data:x"}}'
    body = b'{"role":"user","content":[{"type":"text","text":"what is it"},' + image + b"]}"
    message = msgspec.json.decode(body, type=Message)
    assert message.content == (TextPart("what is it"), ImagePart(ImageUrl("data:x")))
    assert message.has_image
    assert message.text == "what is it"
    with pytest.raises(msgspec.ValidationError, match="content"):
        msgspec.json.decode(b'{"role":"user","content":[{"type":"input_audio"}]}', type=Message)


def test_silence_and_the_whole_time_are_told_apart() -> None:
    clock = Clock()
    deadline = Deadline(Times(whole_s=60, first_s=10, idle_s=5), clock)
    assert deadline.due_in_s == 10
    clock.now += 9
    deadline.touch()
    assert deadline.due_in_s == 5
    clock.now += 5
    assert deadline.overdue == "Nothing more came for 5 s."
    deadline.touch()
    clock.now += 46
    assert deadline.overdue == "The run may take 60 s in all, and has."
    assert deadline.left_s == 0


def test_a_run_without_limits_is_never_overdue() -> None:
    deadline = Deadline(Times(), Clock())
    assert (deadline.due_in_s, deadline.left_s, deadline.overdue) == (None, None, None)


def test_a_trace_counts_what_it_does_not_keep() -> None:
    trace = Trace(Clock())
    for _ in range(MAX_STEPS + 3):
        trace.note("step")
    assert (len(trace.steps), trace.dropped) == (MAX_STEPS, 3)


def test_a_listener_that_fails_stops_neither_the_others_nor_the_request(caplog: pytest.LogCaptureFixture) -> None:
    heard: list[Event] = []

    def broken(event: Event) -> None:
        raise RuntimeError("disk full")

    with caplog.at_level(logging.ERROR):
        fan_out((broken, heard.append))(RunStarted(run_id="r", model="m", key="k"))
    assert len(heard) == 1
    assert "A listener failed" in caplog.text


def test_a_listener_that_says_what_it_hears_is_told_nothing_else() -> None:
    class Picky:
        def __init__(self) -> None:
            self.started: list[Event] = []
            self.hears = {RunStarted: self.started.append}

        def __call__(self, event: Event) -> None:
            raise AssertionError("It is told by the function for its kind.")

    picky, heard = Picky(), []
    emit = fan_out((picky, heard.append))
    events = [RunStarted(run_id="r", model="m", key="k"), StateChanged(part="p", state="s", words="w")]
    for event in events:
        emit(event)
    assert (picky.started, heard) == (events[:1], events)


def test_a_warning_is_said_once() -> None:
    run = Run("r")
    run.warn("temperature was dropped")
    run.warn("temperature was dropped")
    assert run.warnings == ["temperature was dropped"]
