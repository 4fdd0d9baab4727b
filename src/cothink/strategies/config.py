"""Settings of the strategies: how often, how sure, how much."""

from dataclasses import dataclass, field
from typing import Literal

from cothink.core.errors import SettingError
from cothink.core.ranges import Ranges, check_ranges
from cothink.strategies.coding.config import CodingConfig
from cothink.strategies.early.config import EarlyConfig
from cothink.strategies.longdoc.config import LongdocConfig
from cothink.strategies.route.config import RouteConfig
from cothink.verify.config import VerifyConfig

OnUnsure = Literal["repair_once", "sample", "pro", "stand_unverified"]
"""What a check that cannot tell leads to: R1 tries once more, R1 answers again and again, the pro, or nothing."""

_RANGES: Ranges = {
    "agree": (1, 16),
    "learned_pro_share": (0.0, 1.0),
    "sample_temperature": (0.1, 2.0),
    "dial": (0.0, 1.0),
    "max_draft_chars": (200, 1_000_000),
    "max_patches": (1, 1_000),
    "plan_tokens": (16, 100_000),
    "fusion_r1": (1, 8),
    "fusion_pro": (1, 8),
    "local_samples": (0, 16),
}


@dataclass(frozen=True, slots=True)
class StrategiesConfig:
    """How the teams work.

    Args:
        agree: How many of R1's answers must agree, the first included; 1 takes no further samples. The first answer
            that differs ends it.
        learned_check: Whether a learned check weighs answers that no exact check settles: ``off``, ``shipped``, or a
            folder that `cothink route train-check` wrote. It needs the extra `routing`.
        learned_pro_share: The share of answers for which the learned check may ask the pro: those with the greatest
            expected gain. It is turned into a threshold by the answers that the check was trained on.
        sample_temperature: Further samples are drawn at least this warm, so that they can differ at all.
        dial: For short answers that stay in doubt, where the request sets none: from 0.5 on the pro is asked.
        final_line: The models are asked to end a maths answer with a line ``Answer: …`` where the user wants no form
            of their own.
        show_draft: What the pro sees of R1's draft beside what the check found: ``whole``, ``never``, or ``auto``:
            whole where it can be mended, of maths and short answers the final answer alone, of programs nothing. A
            pro that was shown a worked draft or a program copied it, faults and all.
        max_draft_chars: The most of a draft that is shown to the pro; the middle of a longer one is left out.
        max_patches: The most patches of an audit that are applied.
        on_bad_patch: Who writes a whole new answer where a patch does not fit: R1 (``rewrite``) or the ``pro``.
        pro_if_r1_fails: The pro answers alone where R1's servers fail.
        plan_tokens: The most tokens of R1's plan in a handoff, its thoughts included.
        fusion_r1: How often R1 answers in a fusion.
        fusion_pro: How often the pro answers in a fusion.
        local_samples: How often R1 answers again in `cothink-local`, where the cascade would ask the pro.
        fusion_judge: Where answers differ and no check decides, the pro writes one answer from all of them.
        route: How `cothink-route` weighs worth against cost.
        early: When the cascade starts the pro while R1 still thinks.
        verify: Thresholds of the checks.
        coding: How the team that writes code works.
        longdoc: How a long document is read.

    Raises:
        SettingError: A value is out of range.
    """

    agree: int = 2
    learned_check: str = "off"
    learned_pro_share: float = 0.35
    sample_temperature: float = 0.6
    dial: float = 0.5
    final_line: bool = True
    show_draft: Literal["auto", "whole", "never"] = "auto"
    max_draft_chars: int = 8_000
    max_patches: int = 20
    on_bad_patch: Literal["rewrite", "pro"] = "rewrite"
    pro_if_r1_fails: bool = True
    plan_tokens: int = 4_000
    fusion_r1: int = 1
    fusion_pro: int = 1
    fusion_judge: bool = True
    local_samples: int = 3
    route: RouteConfig = field(default_factory=RouteConfig)
    early: EarlyConfig = field(default_factory=EarlyConfig)
    verify: VerifyConfig = field(default_factory=VerifyConfig)
    coding: CodingConfig = field(default_factory=CodingConfig)
    longdoc: LongdocConfig = field(default_factory=LongdocConfig)

    def __post_init__(self) -> None:
        """Refuse a value out of range, by name."""
        check_ranges(self, _RANGES)
        if not self.learned_check:
            raise SettingError(
                "learned_check is empty; allowed is off, shipped, or a folder of weights", param="learned_check"
            )
        for name, allowed in (("on_bad_patch", ("rewrite", "pro")), ("show_draft", ("auto", "whole", "never"))):
            value = getattr(self, name)
            if value not in allowed:
                raise SettingError(f"{name} is {value!r}; allowed is {', '.join(allowed)}", param=name)
