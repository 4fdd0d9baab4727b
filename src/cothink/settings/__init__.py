"""File and environment -> checked, frozen values, once."""

from cothink.settings.bindings import Binding
from cothink.settings.load import Settings, load

__all__ = ["Binding", "Settings", "load"]
