"""What may leave: detectors of personal data, masking, and the egress policy."""

from cothink.privacy.masking import redact

__all__ = ["redact"]
