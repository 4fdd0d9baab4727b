import pytest

from cothink.core.errors import ContextTooLong, Unsupported
from cothink.core.messages import ImagePart, ImageUrl, Message
from cothink.core.request import Sampling
from cothink.strategies.direct import Direct
from strategies.scripted import Scripted, Silent, answer_of, ask, count, first_chunks, model


async def test_one_model_answers_and_the_run_says_so() -> None:
    engine = Scripted("Hello.")
    request = ask("Hi", sampling=Sampling(stop=("x",)), logprobs=True)
    answer = await answer_of(Direct(model("r1", engine), name="r1", count=count), request)
    assert (answer.text, request.run.strategy, request.run.verification) == ("Hello.", "r1", None)
    assert engine.requests == [request]


async def test_what_the_model_cannot_do_is_refused_before_it_is_asked() -> None:
    engine = Scripted("x")
    direct = Direct(model("r1", engine, context_tokens=100), name="r1", count=count)
    with pytest.raises(Unsupported, match="no images"):
        await answer_of(direct, ask((Message("user", (ImagePart(ImageUrl("data:x")),)),)))
    with pytest.raises(ContextTooLong, match="takes 100"):
        await answer_of(direct, ask("word " * 200))
    assert engine.calls == 0


async def test_a_hang_up_closes_the_call() -> None:
    from cothink.core.chunk import Chunk

    engine = Silent(Chunk(text="a"))
    await first_chunks(Direct(model("r1", engine), name="r1", count=count), ask("Hi"), 1)
    assert engine.open == 0
