"""Words that tell what a task asks for, in families; English, since the recorded prompts are.

A family is a feature, never a rule. A word with ``*`` stands for all that begin with it.
"""

FAMILIES: dict[str, str] = {
    "count": "many count counting counts number",
    "sort": "sort* order ordered ascending descending alphabetical*",
    "reverse": "reverse* backward* palindrom* mirror* flip*",
    "rotate": "rotat* clockwise spiral diagonal* transpos*",
    "path": "path paths shortest route navigat* reach* move moves step steps",
    "graph": "graph vertex vertices edge edges node nodes connected prerequisite*",
    "matrix": "matrix matrices row rows column columns",
    "grid": "grid board cell cells subgrid* puzzle",
    "chance": "probab* odds dice roll rolls rolled coin coins random*",
    "calculus": "integral* integrat* derivativ* limit antiderivat*",
    "algebra": "polynomial* equation* solve root roots variable variables factor* real",
    "arithmetic": "calculat* comput* sum multipl* divid* subtract* add added product arithmetic",
    "primes": "prime primes divisor* gcd lcm modulo remainder",
    "letters": "letter letters string strings character characters word words anagram* vowel* substring*",
    "cipher": "decod* encod* cipher* encrypt* cryptarithm hidden transform*",
    "logic": "statement statements premise* conclu* liar* knight knights knave* truth* implies iff",
    "truth": "true false yes no valid possible impossible",
    "kin": "parent* child* brother* sister* father mother ancestor* descendant* married sibling*",
    "time": "date dates day days hour hours minute minutes week weeks calendar year years time",
    "money": "cost costs price dollar* pays buys bought sells sold profit percent*",
    "induce": "rule rules pattern* example* maps predict* sequence next",
    "best": "minimum maximum minimal maximal largest smallest optimal fewest longest least most",
    "all_of": "all every each once unique distinct",
    "simulate": "simulat* program* execut* instruction* operation* state after",
    "code": "python function return code def print output",
    "space": "cube side top left right front north south east west up down adjacent",
    "shape": "triangle* circle* angle* radius area perimeter rectangle* coordinate* degree*",
    "colour": "red green blue yellow orange purple color* colour* white black",
    "format": "json format* comma separated bracket* list dictionary respond decimal* round*",
    "only": "only exactly must cannot not without never",
    "choose": "which following select choose option options except",
    "fill": "fill missing blank* complete* place* replac* assign* insert*",
    "explain": "explain* why describe* discuss* reason* justif* prove proof",
    "law": "court* defendant* plaintiff* contract* statute* liab* constitution*",
    "medicine": "patient* disease* cell protein* blood symptom* clinical* gene*",
    "science": "energy force electron* reaction* atom* velocity mass temperature species",
    "society": "policy econom* government* social market* war relig* moral* theor*",
}
_STEM_CHARS = 4  # a shorter beginning says too little
WORD_OF: dict[str, int] = {}
STEMS_OF: dict[str, tuple[tuple[str, int], ...]] = {}
for _number, _words in enumerate(FAMILIES.values()):
    for _word in _words.split():
        if _word.endswith("*"):
            _stem = _word[:-1]
            STEMS_OF[_stem[:_STEM_CHARS]] = (*STEMS_OF.get(_stem[:_STEM_CHARS], ()), (_stem, _number))
        else:
            WORD_OF[_word] = _number


def family_of(word: str) -> int | None:
    """Return the number of a lower-case word's family, None where it has none."""
    number = WORD_OF.get(word)
    if number is None:
        for stem, family in STEMS_OF.get(word[:_STEM_CHARS], ()):
            if word.startswith(stem):
                return family
    return number
