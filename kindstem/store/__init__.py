"""Where everything is kept. The only room that knows SQL; what comes out are the values of domain.py."""

from kindstem.store.engine import Reader, Store, Tx
from kindstem.store.people import fold

__all__ = ["Reader", "Store", "Tx", "fold"]
