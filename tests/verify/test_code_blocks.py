import pytest

from cothink.verify.code_blocks import blocks, completed, parse_fault, program


def test_blocks_are_found_with_their_languages_in_order() -> None:
    answer = "Text\n```python\na = 1\n```\nmore\n~~~ js title=x\nlet b\n~~~\n"
    assert [(block.language, block.code) for block in blocks(answer)] == [("python", "a = 1\n"), ("js", "let b\n")]


def test_a_fence_that_is_never_closed_reaches_to_the_end() -> None:
    (block,) = blocks("```python\ndef f():\n    return 1\n")
    assert block.code == "def f():\n    return 1\n"
    assert not block.closed


def test_a_longer_fence_may_hold_a_shorter_one() -> None:
    (block,) = blocks('````python\ntext = """\n```\nx\n```\n"""\n````\n')
    assert block.code == 'text = """\n```\nx\n```\n"""\n'


def test_a_fence_in_a_list_loses_its_indent() -> None:
    (block,) = blocks("1. So:\n   ```python\n   def f():\n       return 1\n   ```\n")
    assert block.code == "def f():\n    return 1\n"


def test_bare_code_is_the_program() -> None:
    assert program("def f():\n    return 1\n").code == "def f():\n    return 1\n"


def test_several_python_blocks_are_joined_and_a_later_definition_wins() -> None:
    answer = "```python\nimport math\n```\nand\n```python\ndef f(): return math.pi\n```"
    assert program(answer).code == "import math\n\ndef f(): return math.pi\n"


def test_a_block_that_only_shows_a_use_is_left_out() -> None:
    answer = "```python\ndef f(x): return x\n```\nUse:\n```python\nprint(f(input()))\n```"
    assert program(answer, "f").code == "def f(x): return x\n"


def test_shell_and_output_blocks_are_left_out() -> None:
    answer = "```bash\npip install x\n```\n```python\ndef f(): return 1\n```\n```text\n1\n```"
    assert program(answer).code == "def f(): return 1\n"


def test_an_untagged_block_counts_when_it_is_python() -> None:
    assert program("```\ndef f(): return 1\n```").code == "def f(): return 1\n"


def test_where_the_joined_text_does_not_parse_the_block_with_the_function_is_taken() -> None:
    answer = "```python\nimport (\n```\n```python\ndef f(): return 1\n```\n"
    assert program(answer, "f").code == "def f(): return 1\n"


def test_another_language_is_named() -> None:
    assert program("```javascript\nconst f = () => 1\n```").language == "javascript"


@pytest.mark.parametrize(
    "code", ["(" * 50_000, "-" * 200_000 + "1", "[" * 5000 + "]" * 5000, "a" * 500_000, "x = '\0'"]
)
def test_hostile_text_is_a_fault_and_not_a_crash(code: str) -> None:
    assert parse_fault(code)


def test_a_fault_names_its_line() -> None:
    assert parse_fault("a = 1\nb = = 2\n") == "line 2: invalid syntax"


def test_a_body_that_goes_on_with_the_prompt_is_joined_to_it() -> None:
    prompt = 'def f(x):\n    """Double."""\n'
    assert completed(prompt, "    return 2 * x\n", "f") == prompt + "    return 2 * x\n"


def test_a_whole_function_is_not_joined() -> None:
    assert completed("def f(x):\n    pass\n", "def f(x): return x\n", "f") == "def f(x): return x\n"
