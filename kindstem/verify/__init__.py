"""The verifier: a bundle or transcript and a reader's own policy in, a verdict out. Knows no store, no web, no network.

What it needs is installed by `pip install kindstem[verify]` (docs/verify.md). It believes nothing that a file says
about itself: every root, level and number is computed again.
"""

from kindstem.verify.policy import Policy, parse_policy, read_policy, with_state
from kindstem.verify.run import verify
from kindstem.verify.transcript import Transcript, is_transcript, verify_transcript
from kindstem.verify.verdict import Finding, Status, Unreadable, Verdict

__all__ = [
    "Finding",
    "Policy",
    "Status",
    "Transcript",
    "Unreadable",
    "Verdict",
    "is_transcript",
    "parse_policy",
    "read_policy",
    "verify",
    "verify_transcript",
    "with_state",
]
