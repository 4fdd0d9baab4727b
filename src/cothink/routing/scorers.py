"""Which score `cothink-auto` uses: the learned one where it can be read, else the plain one; numpy only for it."""

import logging
from pathlib import Path

from cothink.core.errors import SettingError
from cothink.routing.config import RoutingConfig
from cothink.routing.difficulty import PlainScorer, Scorer

log = logging.getLogger(__name__)


def scorer_of(config: RoutingConfig) -> Scorer:
    """Return the scorer that the settings name; the plain one where the shipped one lacks numpy.

    Raises:
        SettingError: A folder is named and the extra is missing, or it holds no router.
    """
    plain = PlainScorer(config.weights)
    if config.router == "plain":
        return plain
    try:
        from cothink.routing.learned import files
        from cothink.routing.learned.correction import read
        from cothink.routing.learned.scorer import LearnedScorer
    except ImportError as error:
        if config.router == "shipped":
            log.info("numpy is missing, so cothink-auto uses the plain score: pip install 'cothink[routing]'")
            return plain
        raise SettingError("A learned router needs numpy: pip install 'cothink[routing]'.", param="router") from error
    router = files.load(files.SHIPPED if config.router == "shipped" else Path(config.router))
    corrections = read(Path(config.corrections)) if config.corrections else None
    return LearnedScorer(router, corrections, config.explore, plain)
