"""What browsers talk to."""

from kindstem.web.app import create_app, open_state

__all__ = ["create_app", "open_state"]
