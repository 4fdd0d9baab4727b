"""The one place where parts are joined: settings in, a gateway out."""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from datetime import UTC, datetime

from cothink.core.engine import Capabilities, Engine, Model
from cothink.core.errors import SettingError
from cothink.core.price import Price
from cothink.engines.catalogue import Catalogue, Row
from cothink.engines.endpoint import EndpointProvider
from cothink.engines.llamacpp_config import LlamaConfig
from cothink.engines.model_files.store import ModelStore
from cothink.routing.directory import Alias, Directory
from cothink.settings import Binding, Settings
from cothink.traffic.book import Book
