"""The patterns by which a task is known, English and Chinese. What is matched is what the reason says."""

import re

I = re.IGNORECASE  # noqa: E741  # one letter, so that the patterns can be read

NUMBER = re.compile(r"(?<![A-Za-z0-9_.])[-−]?\d[\d,]*(?:\.\d+)?%?")
NUMBER_WORD = re.compile(
    r"\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty|sixty|hundred|"
    r"thousand|"
    r"twice|double|triple|half|thrice|dozen|quarter)\b|[两二三四五六七八九十百千]+(?=[个只本元米斤人天倍])|一半",
    I,
)
HAN = re.compile(r"[\u4e00-\u9fff]")
LATIN = re.compile(r"[A-Za-z]")

FENCED = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
CODE_ASKED = re.compile(
    r"\b(?:write|implement|complete|fix|debug|refactor|create|code|finish|optimi[sz]e)\b[^.\n?]{0,60}"
    r"\b(?:functions?|programs?|scripts?|class(?:es)?|methods?|algorithm|code|regex|"
    r"quer(?:y|ies)|decorator|unit tests?|modules?)\b"
    r"|(?:写|编写|实现|补全|修复|改正|重构)[^。\n]{0,30}(?:函数|程序|代码|脚本|类|算法|方法|正则)",
    I,
)
CODE_HEAD = re.compile(
    r"^[ \t]{0,8}(?:def \w+\(|class \w+[(:]|async def |import \w+|from \w+ import |#include|function \w+\(|SELECT\s)",
    re.MULTILINE,
)
MEND = re.compile(
    r"\b(?:fix|bugs?|wrong|errors?|fails?|correct|complete|finish|faster|optimi[sz]e|refactor|translate|convert|rewrite)\b|修|改|补全|优化|错",
    I,
)
EXAMPLES = re.compile(
    r">>> |^[ \t]{0,16}assert\b|\bassert\s+\w+\(|\bexamples?\s*(?:\d+\s*)?[:：]|"
    r"\b(?:sample )?input\s*[:：][^\n]*\n\s{0,8}(?:sample )?output\s?[:：]"
    r"|\btest_\w+\(|\w\([^()\n]{0,80}\)\s*(?:==|=>|→|returns?\b)|(?:示例|样例|例如|输入)\s*[:：]",
    I | re.MULTILINE,
)

QUOTING = re.compile(
    r"\b(?:quot(?:e|es|ed|ing|ations?)|verbatim|word[- ]for[- ]word|exact (?:words|wording|phrases?|"
    r"sentences?)|cit(?:e|es|ing|ations?)"
    r"|evidence (?:from|in) the)\b|引用|原文|逐字|摘录|引述",
    I,
)

OPTIONS = re.compile(
    r"(?:^|\n)[ \t]{0,8}[(\[]?[A-Da-d][).:：\]、．.][ \t]{0,8}\S[^\n]*\n\s{0,8}[(\[]?[B-Eb-e][).:：\]、．.][ \t]{0,8}\S"
)
INLINE_OPTIONS = re.compile(r"(?<![A-Za-z] )\bA[).、）]\s?[^\n]{1,80}\bB[).、）]\s?\S")
SHORT = re.compile(
    r"\b(?:yes or no|true or false|yes/no|true/false|one[- ]word|single[- ]word|in (?:one|a single|1) word|"
    r"(?:one|a single) (?:word|number|letter|name)\b"
    r"|(?:only|just) (?:the|a|an|one)? ?(?:word|number|letter|name|option|label|answer|yes|no)\b|"
    r"multiple[- ]choice|which of the following)"
    r"|是或否|是还是否|是否题|对还是错|对或错|只(?:需)?(?:回答|给出|输出|写)|一个词|一个数字|一个字|单选|"
    r"选择题|下列哪",
    I,
)

EQUATION_ASKED = re.compile(
    r"\b(?:solve|roots? of|find (?:all |the )?(?:real |integer )?(?:values? of |solutions?|[a-z]\b)|satisf\w+|"
    r"simultaneous)\b|解方程|方程|求\s*[a-zA-Z]|解[:：]?\s*[a-zA-Z\d]",
    I,
)
EQUATION = re.compile(
    r"(?:\b\d*[a-zA-Z](?:\^\d|²|³)?|[)\d])\s*[-+*/×·−^]?\s*[\w()^²³\s+*/.−-]{0,60}=\s*[-−]?\(?[\w(]", re.ASCII
)
UNKNOWN = re.compile(r"(?<![A-Za-z])[a-zA-Z](?:\^\d|²|³|_\d)?(?![A-Za-z])")

# A bare dash or stroke between digits may be a date, a range or a fraction: those need room or a question around them.
CALCULATION = re.compile(
    r"\d+\s{0,3}(?:[+*×÷·^]|\*\*|\bx\b|\btimes\b|\bplus\b|\bminus\b|\bdivided by\b|乘以?|除以|加上?|减去?)"
    r"\s{0,3}[-(√]?\s?\d+"
    r"|\d+\s{1,3}[-−/]\s{1,3}\(?\d+|\d+[-−/]\d+\s?[=＝]"
    r"|\b(?:what is|compute|calculate|evaluate)\s+[-(√]*\d+\s?[-−/]\s?\(?\d+"
    r"|(?:计算|等于多少)\s?\d+[-−/]\d+|\d+[-−/]\d+等于",
    I,
)
ASKS_NUMBER = re.compile(
    r"\bhow (?:many|much|far|long|old|tall|fast|big|heavy)\b|\bwhat (?:is|was|are|will be) (?:the|its|his|her|their) "
    r"(?:total|sum|"
    r"average|mean|price|cost|profit|difference|"
    r"ratio|probability|area|perimeter|volume|percentage|number|remainder|value|speed|distance|product)\b|"
    r"\b(?:calculate|compute|evaluate|work out)\b"
    r"|\bwhat percent|\bwhat fraction|\bin total\b|多少|几[个只本元米斤人天倍岁]|计算|总共|一共|平均",
    I,
)
MATHS = re.compile(
    r"\\(?:frac|sqrt|int|sum|lim|boxed|begin)|\b(?:integral|derivative|matrix|theorem|prove|proof|polynomial|"
    r"modulo|prime|"
    r"logarithm|eigenvalue|combinatori\w+|probability|trigonometr\w+|geometr\w+)\b|证明|积分|导数|矩阵|概率|"
    r"素数|质数",
    I,
)
STEP = re.compile(
    r"\b(?:then|after that|next|finally|afterwards|before|each|remaining|rest|of (?:them|these|those|which))\b|"
    r"然后|接着|之后|最后|剩下|其中|每",
    I,
)
CONSTRAINT = re.compile(
    r"\b(?:must|should|at (?:most|least)|exactly|no more than|only|without|never|do not|don't|ensure|"
    r"require[sd]?|given that|such that|"
    r"in O\(|constraint)\b|必须|不能|不要|至少|至多|恰好|只能|要求|满足",
    I,
)
HARD = re.compile(
    r"\b(?:prove|derive|rigorous\w*|counter-?example|optimal\w*|minimi[sz]e|maximi[sz]e|concurren\w+|"
    r"thread-?safe|np-hard|"
    r"trade-?offs?|design (?:a|an|the)|architecture|dynamic programming|asymptotic\w*|olympiad)\b|证明|推导|"
    r"最优|设计|架构|动态规划",
    I,
)
