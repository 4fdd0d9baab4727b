import pytest

from cothink.core.errors import NotReady
from cothink.verify.languages import grammars
from cothink.verify.languages.grammars import GRAMMARS, WITHOUT_FUNCTIONS
from cothink.verify.languages.structure import structure

# One function with a loop in a loop and a decision, as each language writes it.
PROGRAMS = {
    "bash": "f() { for i in 1 2; do while true; do if true; then echo 1; fi; done; done; }\n",
    "c": "int f(int x) { for (;;) { while (1) { if (x > 1) return 1; } } }",
    "cpp": "int f(int x) { for (auto y : v) { while (1) { if (x > 1) return 1; } } return 0; }",
    "csharp": "class A { int f(int x) { foreach (var y in x) { while (true) { if (y > 1) return 1; } } return 0; } }",
    "d": "int f(int x) { foreach (y; v) { while (1) { if (x > 1) return 1; } } return 1; }",
    "dart": "int f(int x) { for (var y in x) { while (true) { if (x > 1) return 1; } } return 1; }",
    "go": "package a\nfunc f(x int) int { for { for x > 1 { if x > 1 { return 1 } } } }\n",
    "java": "class A { int f(int x) { for (int y : a) { while (true) { if (x > 1) return 1; } } return 0; } }",
    "javascript": "function f(x) { for (const y of x) { while (1) { if (y) return 1; } } }",
    "julia": "function f(x)\n for i in x\n while true\n if i > 1\n return 1\n end\n end\n end\nend\n",
    "kotlin": "fun f(x: Int): Int { for (i in 0..x) { while (true) { if (x > 1) return 1 } }\n return 0 }",
    "lua": "function f(x) for i = 1, x do while true do if x > 1 then return 1 end end end end\n",
    "objc": "int f(int x) { for (;;) { while (1) { if (x) return 1; } } return 1; }",
    "perl": "sub f { foreach my $y (@x) { while (1) { if ($y > 1) { return 1; } } } }",
    "php": "<?php function f($x) { foreach ($x as $y) { while (1) { if ($y) { return 1; } } } return 2; }",
    "powershell": "function f($x) { foreach ($y in $x) { while ($true) { if ($y) { return 1 } } } }",
    "python": "def f(x):\n    for y in x:\n        while True:\n            if y:\n                return 1\n",
    "r": "f <- function(x) { for (i in x) { while (TRUE) { if (i > 1) return(1) } } }",
    "ruby": "def f(x)\n for i in x do\n while true do\n if i > 1 then return 1 end\n end\n end\nend\n",
    "rust": "fn f(x: i32) -> i32 { for i in 0..x { while true { if x > 1 { return 1; } } } 0 }",
    "scala": "object A { def f(x: Int): Int = { for (i <- 0 to x) { while (true) { if (x > 1) return 1 } }\n 0 } }",
    "solidity": "contract A { function f(uint x) public { for (;;) { while (true) { if (x > 1) { return; } } } } }",
    "swift": "func f(x: Int) -> Int { for i in 0..<x { while true { if x > 1 { return 1 } } }\n return 0 }",
    "typescript": "function f(x: number[]): number { for (const y of x) { while (1) { if (y) return 1; } } return 0; }",
}


@pytest.mark.parametrize("language", sorted(PROGRAMS))
def test_functions_branches_and_loops_are_counted(language: str) -> None:
    found = structure(language, PROGRAMS[language])
    assert found.faults == ()
    (function,) = found.functions
    assert (function.branches, function.depth) == (4, 2)


@pytest.mark.parametrize("language", sorted(set(GRAMMARS) - {"html", "php", "yaml", "powershell", "swift", "bash"}))
def test_a_fault_is_found_with_its_line(language: str) -> None:
    assert structure(language, "\n(((((")
    assert structure(language, "\n((((( = = }").faults[0].startswith("line ")


def test_at_least_twenty_languages_have_functions() -> None:
    assert len(set(GRAMMARS) - WITHOUT_FUNCTIONS) >= 20


def test_deep_nesting_is_walked_without_recursion() -> None:
    assert structure("javascript", "(" * 20_000).faults


def test_a_name_is_found_in_declarators_and_variables() -> None:
    assert structure("c", "int *f(int x) { return 0; }").functions[0].name == "f"
    assert structure("javascript", "const g = (x) => x;").functions[0].name == "g"


def test_mixed_indents_are_seen() -> None:
    assert structure("go", "package a\nfunc f() {\n\tx()\n  y()\n}\n").indents


def test_a_package_that_downloads_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    class Downloads:
        DownloadManager = object

    monkeypatch.setattr(grammars.importlib, "import_module", lambda name: Downloads)
    with pytest.raises(NotReady, match="downloads grammars"):
        structure("go", "package a")


def test_a_missing_package_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> object:
        raise ImportError(name)

    monkeypatch.setattr(grammars.importlib, "import_module", missing)
    with pytest.raises(NotReady, match=r"pip install 'cothink\[code\]'"):
        structure("go", "package a")
