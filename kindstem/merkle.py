"""The tree over a log, and over the pieces of an entry (docs/protocol/log.md, said.md): pure.

RFC 9162 hashing, roots, inclusion and consistency proofs.

Proofs are made from *stored nodes*, the hashes of complete subtrees: `node(level, position)` gives the one over the
leaves from position x 2^level up to (position + 1) x 2^level. Each proof asks for about as many as the tree is high, so
that a million entries cost twenty questions. Those who verify need no nodes, and nothing of the server's.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from hashlib import sha256

Node = Callable[[int, int], bytes]
"""The hash of a complete subtree, by level and position; level 0 is the leaves."""

HASH = 32
EMPTY_ROOT = sha256(b"").digest()
"""The root of a tree without leaves."""


def leaf_hash(data: bytes) -> bytes:
    """The hash of a leaf. Its prefix keeps a leaf from passing for an inner node (RFC 9162, section 2.1.1)."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash over two subtrees."""
    return sha256(b"\x01" + left + right).digest()


# --- making -----------------------------------------------------------------------------------------------------------


def grown(index: int, leaf: bytes, node: Node) -> Iterator[tuple[int, int, bytes]]:
    """What a new leaf at `index` completes: level, position and hash of each subtree, from the lowest up.

    Those are the nodes to store beside the leaf itself, one on average. `node` is asked for finished left halves only.
    """
    level, position, found = 0, index, leaf
    while position & 1:
        found = node_hash(node(level, position - 1), found)
        level, position = level + 1, position >> 1
        yield level, position, found


def root(size: int, node: Node) -> bytes:
    """The root of the first `size` leaves."""
    return EMPTY_ROOT if size == 0 else _range(0, size, node)


def inclusion(index: int, size: int, node: Node) -> list[bytes]:
    """The proof that a leaf stands at `index` among the first `size` (RFC 9162, section 2.1.3.1).

    Raises ValueError when it does not.
    """
    if not 0 <= index < size:
        raise ValueError("an index outside the tree")
    start, end = 0, size
    proof: list[bytes] = []
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            proof.append(_range(middle, end, node))
            end = middle
        else:
            proof.append(_range(start, middle, node))
            start = middle
    proof.reverse()
    return proof


def inclusion_of(indices: Iterable[int], size: int, node: Node) -> list[bytes]:
    """One proof for several leaves among the first `size`: the hash of each largest subtree without any of them.

    In the order in which a walk from the left meets these subtrees; a hash that two leaves share stands once
    (docs/protocol/said.md). Raises ValueError for no index, and for one outside the tree.
    """
    wanted = sorted(set(indices))
    if not wanted or wanted[0] < 0 or wanted[-1] >= size:
        raise ValueError("an index outside the tree")
    proof: list[bytes] = []

    def walk(start: int, end: int, low: int, high: int) -> None:
        if low == high:
            proof.append(_range(start, end, node))
        elif end - start > 1:
            middle = start + _split(end - start)
            between = bisect_left(wanted, middle, low, high)
            walk(start, middle, low, between)
            walk(middle, end, between, high)

    walk(0, size, 0, len(wanted))
    return proof


def consistency(old: int, new: int, node: Node) -> list[bytes]:
    """The proof that the first `old` leaves are the beginning of the first `new` (RFC 9162, section 2.1.4.1).

    Empty from zero and between equal sizes. Raises ValueError when `old` is the larger.
    """
    if not 0 <= old <= new:
        raise ValueError("a tree cannot shrink")
    if old in (0, new):
        return []
    start, end, whole = 0, new, True
    proof: list[bytes] = []
    while old != end:
        middle = start + _split(end - start)
        if old <= middle:
            proof.append(_range(middle, end, node))
            end = middle
        else:
            proof.append(_range(start, middle, node))
            start, whole = middle, False
    if not whole:
        # Whoever checks has the old root already when the old tree is one of the subtrees.
        proof.append(_range(start, end, node))
    proof.reverse()
    return proof


def _split(size: int) -> int:
    """The largest power of two below `size`, which is at least 2."""
    return 1 << ((size - 1).bit_length() - 1)


def _range(start: int, end: int, node: Node) -> bytes:
    """The root over the leaves from `start` up to `end`, where `start` is where such a subtree can begin."""
    size = end - start
    if size & (size - 1) == 0:
        level = size.bit_length() - 1
        return node(level, start >> level)
    middle = start + _split(size)
    return node_hash(_range(start, middle, node), _range(middle, end, node))


def stored(leaves: Sequence[bytes]) -> Node:
    """The nodes over these leaf hashes, for a tree that is made whole in memory."""
    levels = [list(leaves)]
    while len(levels[-1]) > 1:
        below = levels[-1]
        levels.append([node_hash(below[i], below[i + 1]) for i in range(0, len(below) - 1, 2)])
    return lambda level, position: levels[level][position]


class Frontier:
    """A tree that is only ever added to, as few hashes as it is high: for whoever reads a whole log in one pass."""

    def __init__(self, leaves: Iterable[bytes] = ()) -> None:
        self.size = 0
        self._edges: list[bytes] = []
        for leaf in leaves:
            self.add(leaf)

    def add(self, leaf: bytes) -> None:
        """Take the hash of the next leaf."""
        index, found = self.size, leaf
        while index & 1:
            found = node_hash(self._edges.pop(), found)
            index >>= 1
        self._edges.append(found)
        self.size += 1

    def root(self) -> bytes:
        """The root of all leaves so far."""
        if not self._edges:
            return EMPTY_ROOT
        found = self._edges[-1]
        for edge in reversed(self._edges[:-1]):
            found = node_hash(edge, found)
        return found


# --- verifying --------------------------------------------------------------------------------------------------------


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether the proof shows this leaf hash at `index` under the root of `size` leaves (RFC 9162, section 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    at, last, found = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if at & 1 or at == last:
            found = node_hash(sibling, found)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and found == root


def root_from(leaves: Mapping[int, bytes], size: int, proof: Sequence[bytes]) -> bytes | None:
    """The root of `size` leaves that these leaf hashes, by index, and a proof of inclusion_of() come to.

    None when the proof has not exactly the hashes that such leaves need.
    """
    wanted = sorted(leaves)
    if not wanted or wanted[0] < 0 or wanted[-1] >= size:
        return None
    rest = iter(proof)

    def walk(start: int, end: int, low: int, high: int) -> bytes:
        if low == high:
            return next(rest)
        if end - start == 1:
            return leaves[start]
        middle = start + _split(end - start)
        between = bisect_left(wanted, middle, low, high)
        left = walk(start, middle, low, between)
        return node_hash(left, walk(middle, end, between, high))

    try:
        found = walk(0, size, 0, len(wanted))
    except StopIteration:
        return None
    return found if next(rest, None) is None else None


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the proof shows that one tree is the beginning of the other (RFC 9162, section 2.1.4.2)."""
    if old == new:
        return not proof and old_root == new_root
    if old == 0:
        return not proof and new > 0 and old_root == EMPTY_ROOT
    if not 0 < old < new:
        return False
    hashes = list(proof)
    if old & (old - 1) == 0:
        hashes.insert(0, old_root)
    if not hashes:
        return False
    at, last = old - 1, new - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    before = after = hashes[0]
    for one in hashes[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            before, after = node_hash(one, before), node_hash(one, after)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            after = node_hash(after, one)
        at, last = at >> 1, last >> 1
    return last == 0 and before == old_root and after == new_root
