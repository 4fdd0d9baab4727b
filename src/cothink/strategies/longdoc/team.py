"""A long document: R1 reads segments side by side, each quote is checked, the pro answers from what stands."""

import asyncio
from contextlib import aclosing
from dataclasses import replace

import msgspec

from cothink.core.answer import Answer, collect, replay
from cothink.core.engine import Engine, Model, Stream, TokenCounter
from cothink.core.errors import CoThinkError
from cothink.core.messages import Message
from cothink.core.request import Request
from cothink.routing.capability import able
from cothink.strategies.config import StrategiesConfig
from cothink.strategies.expert import RAN_OUT, within
from cothink.strategies.finish import finish
from cothink.strategies.longdoc.citing import check_citations, numbered
from cothink.strategies.longdoc.document import Document, find_document
from cothink.strategies.longdoc.estimate import Plan, plan, segment_tokens
from cothink.strategies.longdoc.nearest import nearest
from cothink.strategies.longdoc.passages import Passage, merged
from cothink.strategies.longdoc.prompts import quotes_as_notes
from cothink.strategies.longdoc.reading import Reading
from cothink.strategies.longdoc.segments import segments
from cothink.strategies.longdoc.sifting import Sifting
from cothink.strategies.members import Members, refuse
from cothink.strategies.prompts import Messages, has_own_form
from cothink.traffic.reserve import Count


class LongDoc:
    """Map, check, reduce; where that does not pay, another strategy answers.

    Args:
        r1: The model that reads the segments.
        pro: The hosted expert: it sees quotes, never the document.
        otherwise: Answers what is short, or has no document, or has tools or pictures.
        count: Estimates a request's tokens.
        counter: Counts the tokens of a text; segments are exact by it.
        config: See `StrategiesConfig`.
    """

    def __init__(
        self,
        r1: Model,
        pro: Model,
        *,
        otherwise: Engine,
        count: Count,
        counter: TokenCounter,
        config: StrategiesConfig | None = None,
    ) -> None:
        self._config = config or StrategiesConfig()
        self._longdoc = self._config.longdoc
        self._team = Members(r1, pro, count, self._config)
        self._otherwise = otherwise
        self._counter = counter

    async def stream(self, request: Request) -> Stream:
        """Answer as one model.

        Where money or time runs out, the answer is the best so far, at the least the quotes that were found.

        Raises:
            Unsupported: The client asked for log-probs.
            CoThinkError: Nothing was read, or what the other strategy raises.
        """
        refuse(request)
        document, drawn = await self._planned(request)
        if document is not None and drawn.pays:
            request.run.strategy = "longdoc"
            request.run.decision = f"read in segments: {drawn.why}"
            answer = finish(replay(await self._answered(request, document, drawn)), request)
        else:
            request.run.trace.note("not_in_segments", {"because": drawn.why})
            answer = self._otherwise.stream(request)
        async with aclosing(answer):
            async for chunk in answer:
                yield chunk

    async def _planned(self, request: Request) -> tuple[Document | None, Plan]:
        """What the document is, and whether to read it in segments."""
        if request.tools or any(message.has_image for message in request.messages):
            return None, Plan(False, "tools or pictures are in the request", 0)
        document = find_document(request)
        if document is None:
            return None, Plan(False, "no long text with a question is in the request", 0)
        tokens = await asyncio.to_thread(self._team.count, request)
        question_tokens = self._counter.count(document.question)
        r1, pro = self._team.r1, self._team.pro
        return document, plan(r1, pro, self._longdoc, tokens=tokens, question_tokens=question_tokens)

    async def _answered(self, request: Request, document: Document, drawn: Plan) -> Answer:
        run = request.run
        overlap = min(self._longdoc.overlap_tokens, drawn.segment_tokens // 2)
        cutting = segments(document, self._counter, tokens=drawn.segment_tokens, overlap_tokens=overlap)
        cut = await asyncio.to_thread(tuple, cutting)
        run.trace.note("segments", {"segments": len(cut), "tokens": drawn.segment_tokens, "overlap": overlap})
        run.progress.note(f"R1 reads the document in {len(cut)} segments")
        reading = Reading(self._team.r1, request, document, self._longdoc)
        passages = await reading.passages(cut)
        run.trace.note(
            "read",
            {"segments": reading.read, "quotes": len(passages), "dropped": reading.invented, "unread": reading.unread},
        )
        passages = await self._searched(request, document, passages)
        if reading.unread:
            run.warn(f"{reading.unread} of {len(cut)} segments of the document could not be read.")
        run.progress.note(f"{len(passages)} quotes stand in the document, {reading.invented} did not and were dropped")
        passages = await self._sifted(request, document, passages)
        notes = quotes_as_notes(
            numbered(passages, document), segments=reading.read, cite=not _has_own_form(request, document)
        )
        answer = await self._reduced(request, document.without(request.messages, notes))
        if answer is None:
            return self._quotes_alone(request, document, passages)
        return self._checked(request, document, passages, answer, is_whole=not reading.unread)

    async def _searched(
        self, request: Request, document: Document, passages: tuple[Passage, ...]
    ) -> tuple[Passage, ...]:
        """R1's quotes with the sentences that a search for the question's words finds."""
        near = await asyncio.to_thread(nearest, document, self._longdoc.word_search)
        if not near:
            return passages
        request.run.trace.note("word_search", {"quotes": tuple((passage.start, passage.end) for passage in near)})
        return merged((*passages, *near))

    async def _sifted(self, request: Request, document: Document, passages: tuple[Passage, ...]) -> tuple[Passage, ...]:
        """No more quotes than one call takes."""
        config, team = self._longdoc, self._team
        asked = self._counter.count(document.question)
        batch = segment_tokens(team.r1, replace(config, segment_tokens=config.evidence_tokens), asked)
        rest = document.without(request.messages, quotes_as_notes("…", segments=1, cite=True))
        room = team.pro.capabilities.context_tokens - (request.sampling.max_tokens or config.map_answer_tokens)
        room = round((room - team.count(request.ask(rest))) * 0.8)
        sifting = Sifting(team.r1, request, document, self._counter, config, batch)
        return await sifting.fit(passages, max(0, min(config.evidence_tokens, room)))

    async def _reduced(self, request: Request, messages: Messages) -> Answer | None:
        """The pro's answer from the quotes, else R1's; None where neither can be had."""
        team = self._team
        asked: tuple[tuple[Model, Request], ...] = (
            (team.pro, team.pro_request(request, messages)),
            (team.r1, team.again_request(request, messages)),
        )
        for model, sub in asked:
            unable = able(sub, model, team.count)
            if unable is None:
                answer = await self._said(model, msgspec.structs.replace(sub, stream=False))
                if answer is not None and answer.text.strip():
                    return answer
            request.run.warn(f"{model.name} did not answer from the quotes{f': {unable}' if unable else ''}.")
        return None

    async def _said(self, model: Model, sub: Request) -> Answer | None:
        run = sub.run
        run.progress.note(f"{model.name} answers from the quotes")
        try:
            answer = await within(run, collect(model.engine.stream(sub)))
        except CoThinkError as error:
            if isinstance(error, RAN_OUT):
                run.stopped_by = run.stopped_by or error.code
            run.trace.note("sub_call_failed", {"code": error.code, "model": model.name})
            return None
        run.trace.note("answered", {"by": model.name})
        return answer

    def _checked(
        self, request: Request, document: Document, passages: tuple[Passage, ...], answer: Answer, *, is_whole: bool
    ) -> Answer:
        """The answer with citations that stand, and where they stand."""
        run = request.run
        cited = check_citations(answer.text, passages, document, question=document.question)
        run.trace.note(
            "citations", {"cited": len(cited.cited), "unknown": cited.unknown, "not_in_source": len(cited.missing)}
        )
        run.verification = "verified" if cited.stands and is_whole and run.stopped_by is None else "unverified"
        if cited.missing or cited.unknown:
            run.warn(f"{len(cited.missing) + cited.unknown} citations do not stand in the document and were taken out.")
        if request.wants_json:
            return answer
        text = cited.text
        if self._longdoc.list_sources and cited.cited and not _has_own_form(request, document):
            text = f"{text.rstrip()}\n\n{numbered(passages, document, cited.cited)}"
        return msgspec.structs.replace(answer, text=text)

    def _quotes_alone(self, request: Request, document: Document, passages: tuple[Passage, ...]) -> Answer:
        """The best so far where nobody is left to write: the quotes themselves."""
        run = request.run
        run.verification = "unverified"
        run.warn("Nobody could write the answer, so these are the quotes that were found.")
        run.trace.note("answered", {"by": "quotes"})
        return Answer(text=numbered(passages, document) or "No passage was found.", finish="stop")


def _has_own_form(request: Request, document: Document) -> bool:
    """Whether the user says how the answer is to look; what the document says of forms does not count."""
    told = tuple(message for message in request.messages if message.role in {"system", "developer"})
    return has_own_form(msgspec.structs.replace(request, messages=(*told, Message("user", document.question))))
