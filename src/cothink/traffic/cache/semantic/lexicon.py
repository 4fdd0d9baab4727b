"""Words that matter when two questions are compared: what may be left out, what may stand for what, what may not.

Written for this check, by hand. A word that is in no list counts by its own spelling.
"""


def listed(text: str) -> tuple[str, ...]:
    """Return the words of a text: lists of words read better as text."""
    return tuple(text.split())


FUNCTION_WORDS = frozenset(
    listed(
        """
    a an the this that these those some any such of to in on at by for with from into onto about as and or but
    if so than then there here it its is are was were be been being am do does did done doing have has had
    having can could will would shall should may might must i me my mine we us our ours you your yours he him
    his she her hers they them their theirs one ones someone anyone somebody anybody people who whom whose
    which what when where why how just also too very really please kindly actually basically exactly currently
    now ever even still get got s t re ve ll d m
    """
    )
)
"""Words that carry little by themselves. Those that are listed in `MARKERS` are still compared."""

MARKERS = {
    "question": ("why", "how", "who", "whom", "whose", "when", "where", "which", "what"),
    "modal": ("should", "must", "can", "could", "will", "would", "may", "might", "shall"),
    "person": ("i", "we", "you", "he", "she", "they", "it"),
    "owner": ("my", "our", "your", "his", "her", "their", "its"),
    "place": (
        "to", "from", "in", "on", "at", "by", "for", "with", "without", "into", "onto", "of", "about", "over", "under",
        "between", "through", "off", "out", "up", "down", "around", "near", "behind", "against", "within",
    ),
    "joint": ("and", "or", "but", "if", "unless", "because", "than", "while", "although", "until", "since", "as"),
    "amount": ("all", "every", "each", "some", "any", "many", "much", "few", "most", "more", "less", "only", "both"),
    "degree": ("too", "very", "almost", "nearly", "about", "exactly", "just", "also", "even", "still", "already"),
    "tense": ("is", "are", "was", "were", "did", "do", "does", "has", "have", "had", "been"),
}  # fmt: skip
"""Small words by kind: how many of a kind differ is a sign."""

NEGATIONS = frozenset(
    listed(
        """
    not no never none nobody nothing nowhere neither nor without cannot hardly barely seldom unable
    """
    )
)

_OPPOSED = """
    person man woman child boy girl; man woman boy girl lady gentleman guy; male female; he she; his her; him her;
    father mother; dad mom; son daughter; brother sister; husband wife; uncle aunt; king queen; men women; boys
    girls; child adult; kid adult; baby adult; old young new; big small large little tiny huge; tall short long;
    high low; hot cold warm cool; fast slow quick; good bad worse worst; best bad worse worst; better bad worse
    worst; open close shut; start stop end finish; begin end stop; buy sell; increase decrease reduce; rise fall
    drop; win lose; gain lose; up down; left right; before after; first last second third; early late; earlier
    later; more less fewer; most least; many few; maximum minimum; max min; inside outside; above below; over under;
    top bottom; front back; north south east west; northern southern eastern western; import export; upload
    download; install uninstall; enable disable; connect disconnect; allow forbid prevent block; accept reject
    refuse decline; include exclude; add remove delete subtract; multiply divide; encrypt decrypt; push pull; send
    receive; give take; lend borrow; enter exit leave; arrive depart leave; love hate; like dislike; happy sad
    angry; rich poor; easy hard difficult; light dark heavy; strong weak; wet dry; empty full; alive dead; true
    false; public private; legal illegal; safe dangerous unsafe; cheap expensive; black white red green blue yellow
    brown grey gray orange purple pink tan golden silver; spring summer autumn winter; morning evening afternoon
    night noon midnight; day night week month year hour minute; daily weekly monthly yearly annually; today tomorrow
    yesterday; past future present; internal external; positive negative; advantage disadvantage; advantages
    disadvantages; pros cons; input output; read write; ask answer; teach learn; employer employee; teacher student;
    doctor patient; buyer seller; parent child; pass fail; ascending descending; horizontal vertical; odd even;
    single married; single double; singular plural; client server; local remote; lock unlock; sit stand lie; walk
    run; dog cat horse; breakfast lunch dinner; tea coffee; wife girlfriend; husband boyfriend; boil fry bake; cause
    cure; gross net; fixed variable; hire fire; freeze thaw; guilty innocent; major minor; majority minority;
    offline online; optional required; permanent temporary; primary secondary; active passive inactive; absolute
    relative; debit credit; asset liability; income expense; profit loss; supply demand; lossy lossless; sync async;
    frontend backend; mobile desktop; kilometer mile; gram ounce pound kilogram; celsius fahrenheit kelvin; inch
    centimeter; euro dollar pound yen rupee; married divorced
"""
OPPOSED = tuple(frozenset(group.split()) for group in _OPPOSED.replace("\n", " ").split(";"))
"""Words of one kind that are not one another: a question about the one is not a question about the other."""

_SAME = """
    good best great top; big large; small little; quick fast rapid; begin start commence; end finish; buy purchase;
    movie film; photo picture image pic photograph; car automobile auto; doctor physician; phone telephone cellphone
    smartphone; kid child; job occupation; fix repair; choose select pick; erase wipe; delete remove; show display;
    help assist aid; gray grey; lady woman; guy man; talk speak; say state; reply respond answer; quit stop; shop
    store; bike bicycle; tv television; ad advertisement; exam examination; gym gymnasium; maths math mathematics;
    usa america; uk britain; color colour; center centre; organize organise; favorite favourite; prettiest
    loveliest; pretty beautiful; smart clever intelligent; rich wealthy; ill sick; funny amusing; scared afraid;
    hard difficult; easy simple; cost price; cheap inexpensive; whole entire; near close; often frequently; maybe
    perhaps; happen occur; need require; want wish; try attempt; make create; use utilize utilise; obtain acquire;
    improve enhance; learn study; earn make; lose shed; way method manner; tip advice; stone rock; road street;
    plane airplane aircraft; boat ship; couch sofa; trash garbage rubbish; grass lawn; slice cut chop; jump leap;
    shout yell; sleep nap; eat consume; drink sip; wash clean; cook prepare; ride drive; kill slay; confirm verify;
    fight battle; vote ballot; cop police; attorney lawyer; firm company business; boss manager; staff employee
    worker; income earnings; error mistake; bug defect; folder directory; app application; website site webpage;
    email mail; password passcode; internet web; laptop notebook; cv resume; vacation holiday; fall autumn;
    apartment flat; elevator lift; gas petrol; soccer football; cookie biscuit; cellphone mobile; sum total; average
    mean; calculate compute; solve resolve; explain describe; meaning definition mean; difference distinction;
    reason cause; effect impact; prevent avoid; lower reduce; grow rise increase; youngster kid; infant baby; puppy
    dog; kitten cat; hog pig; rabbit bunny; percent percentage
"""
SAME = tuple(frozenset(group.split()) for group in _SAME.replace("\n", " ").split(";"))
"""Words that may stand for one another in most questions. It is a sign, not a proof."""

_IRREGULAR = """
    went gone go; ate eaten eat; bought buy; brought bring; thought think; taught teach; caught catch; ran run; sat
    sit; stood stand; wrote written write; spoke spoken speak; broke broken break; took taken take; gave given give;
    knew known know; grew grown grow; drew drawn draw; flew flown fly; threw thrown throw; saw seen see; made make;
    said say; paid pay; told tell; sold sell; found find; held hold; kept keep; left leave; lost lose; met meet;
    sent send; spent spend; built build; began begun begin; drank drunk drink; sang sung sing; swam swum swim; rode
    ridden ride; drove driven drive; rose risen rise; fell fallen fall; felt feel; men man; women woman; children
    child; people person; feet foot; teeth tooth; mice mouse; geese goose; lying lie; dying die; tying tie; better
    good; shown show; won win; became become; chose chosen choose; cut cutting cut; hit hitting hit; put putting
    put; lives life; wives wife; knives knife; leaves leaf; was were been being are is am be; had has having have;
    did does done doing do
"""
IRREGULAR = {
    word: group.split()[-1] for group in _IRREGULAR.replace("\n", " ").split(";") for word in group.split()[:-1]
}
"""Forms that no rule makes, with the word behind them."""

NUMBER_WORDS = {
    word: number
    for number, word in enumerate(
        listed(
    """
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
    seventeen eighteen nineteen
    """
)
    )
} | {
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
    "hundred": 100, "thousand": 1000, "million": 1_000_000, "billion": 1_000_000_000, "dozen": 12, "half": 0.5,
    "quarter": 0.25, "twice": 2, "once": 1, "double": 2, "triple": 3,
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "tenth": 10,
}  # fmt: skip

DATE_WORDS = frozenset(
    listed(
        """
    january february march april may june july august september october november december jan feb mar apr jun
    jul aug sep sept oct nov dec monday tuesday wednesday thursday friday saturday sunday today tomorrow
    yesterday tonight weekend christmas easter spring summer autumn winter century decade
    """
    )
)
