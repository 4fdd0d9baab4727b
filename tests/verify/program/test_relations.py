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
    assert relation.pair(("a, b",)) == (("a, b",), ("a,b",))
    assert relation.pair(("ab",)) is None
    assert relation.pair((1,)) is None


def test_a_word_is_a_whole_word() -> None:
    (relation,) = relations(shape('Count what starts with the word "I".', "f", ()))
    assert relation.pair(("I am. It is. I go.", 2)) == (("Ixq am. It is. Ixq go.", 2), ("Zxq am. It is. Zxq go.", 2))
    assert relation.pair(("It is.", 2)) is None


def test_what_may_be_rotated_any_number_of_times_stays_the_same() -> None:
    (relation,) = relations(shape("You may perform a right shift operation any number of times.", "f", ()))
    assert relation.pair(([3, 1, 2],)) == (([3, 1, 2],), ([1, 2, 3],))
    assert relation.pair(([3],)) is None
