from cothink.verify.program.relations import relations, round_trips
from cothink.verify.program.shape import shape

CODED = '''def encode_it(s):
    """Encode."""
    return s[::-1]


def decode_it(s):
    """Decode what encode_it made."""
'''


def test_the_way_back_is_tried_where_the_task_gives_the_way_there() -> None:
    sessions = round_trips(CODED, "decode_it")
    assert [step.source for step in sessions[0]][1] == "decode_it(encode_it('abc'))"
    assert sessions[0][0].source.startswith("def encode_it") and sessions[0][0].want is None


def test_a_function_that_is_only_named_gives_no_way_back() -> None:
    assert round_trips('def encode_it(s):\n    """Encode."""\n\n\ndef decode_it(s):\n', "decode_it") == ()
    assert round_trips(CODED, "encode_it") == ()


def test_separators_that_are_alike_may_be_changed() -> None:
    (relation,) = relations(shape("Words separated by commas or spaces.", "f", ()))
    assert relation.change(("a, b",)) == ("a,b",)
    assert relation.change(("ab",)) is None
    assert relation.change((1,)) is None
