import pytest

from cothink.verify.languages.erase import erase
from cothink.verify.languages.structure import structure

TYPED = """abstract class B<T> extends Array<T> implements D {
  private readonly x?: number = 1; abstract m(): void;
  n(this: B<T>, a?: number): asserts a is number { return a! as any satisfies T; }
}
import type { Q } from 'q';
export type Z = string;
interface I { a: 1 }
declare const z: number;
function f(a: number): void;
function f<T extends {}>(a: T, ...b: T[]): T { let d!: number; const e = <T>(q: T) => q; return e<T>(a); }
let v = <any>f;
class C { static #p: number = 3; get y(): number { return C.#p; } }
const u = "a: number"; // b: string
"""


def test_types_are_overwritten_and_lines_stay() -> None:
    code, made = erase(TYPED)
    assert made == ()
    assert structure("javascript", code).faults == ()
    assert [len(line) for line in code.split("\n")] == [len(line) for line in TYPED.split("\n")]
    assert "number" not in code.replace('"a: number"', "") and '"a: number"; // b: string' in code


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("enum E { A }", "an enum"),
        ("namespace N { export const a = 1 }", "a namespace"),
        ("class A { constructor(private y: string) {} }", "a parameter that is a property"),
        ("@dec class X {}", "a decorator"),
    ],
)
def test_what_needs_a_compiler_is_named(code: str, words: str) -> None:
    assert erase(code)[1] == (f"line 1: {words}",)


def test_wide_letters_keep_their_place() -> None:
    code, _ = erase("const 名: string = '值';")
    assert code.startswith("const 名") and code.endswith("= '值';")
