"""The tree: what it proves is so, and nothing else can be proven, against the recursive words of RFC 9162 itself."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kindstem import merkle

# The leaves and roots that the reference implementation of Certificate Transparency was published with.
KNOWN_LEAVES = [
    bytes.fromhex(one)
    for one in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
KNOWN_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def naive_root(leaves: Sequence[bytes]) -> bytes:
    """MTH of RFC 9162, section 2.1.1, word for word."""
    if not leaves:
        return merkle.EMPTY_ROOT
    if len(leaves) == 1:
        return merkle.leaf_hash(leaves[0])
    k = split(len(leaves))
    return merkle.node_hash(naive_root(leaves[:k]), naive_root(leaves[k:]))


def naive_path(m: int, leaves: Sequence[bytes]) -> list[bytes]:
    """PATH of section 2.1.3.1."""
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    if m < k:
        return [*naive_path(m, leaves[:k]), naive_root(leaves[k:])]
    return [*naive_path(m - k, leaves[k:]), naive_root(leaves[:k])]


def naive_subproof(m: int, leaves: Sequence[bytes], b: bool) -> list[bytes]:
    """SUBPROOF of section 2.1.4.1."""
    if m == len(leaves):
        return [] if b else [naive_root(leaves)]
    k = split(len(leaves))
    if m <= k:
        return [*naive_subproof(m, leaves[:k], b), naive_root(leaves[k:])]
    return [*naive_subproof(m - k, leaves[k:], False), naive_root(leaves[:k])]


def split(n: int) -> int:
    k = 1
    while 2 * k < n:
        k *= 2
    return k


class Kept:
    """Stored nodes, as the store keeps them: what `grown` says, and the leaves."""

    def __init__(self, leaves: Sequence[bytes]) -> None:
        self.nodes: dict[tuple[int, int], bytes] = {}
        self.asked = 0
        for index, leaf in enumerate(leaves):
            found = merkle.leaf_hash(leaf)
            self.nodes[0, index] = found
            for level, position, one in merkle.grown(index, found, self):
                self.nodes[level, position] = one

    def __call__(self, level: int, position: int) -> bytes:
        self.asked += 1
        return self.nodes[level, position]


def some(size: int) -> list[bytes]:
    return [b"leaf %d" % n for n in range(size)]


@pytest.mark.parametrize("size", range(1, 9))
def test_the_known_roots_come_out(size: int) -> None:
    leaves = KNOWN_LEAVES[:size]
    assert merkle.root(size, Kept(leaves)).hex() == KNOWN_ROOTS[size - 1]
    assert merkle.Frontier(map(merkle.leaf_hash, leaves)).root().hex() == KNOWN_ROOTS[size - 1]


def test_a_tree_without_leaves_has_the_hash_of_nothing() -> None:
    assert merkle.root(0, Kept([])) == merkle.Frontier().root() == merkle.EMPTY_ROOT
    assert merkle.EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_everything_is_as_the_words_of_the_rfc_say_for_every_size_up_to_forty() -> None:
    for size in range(1, 41):
        leaves = some(size)
        kept = Kept(leaves)
        whole = naive_root(leaves)
        assert merkle.root(size, kept) == merkle.Frontier(map(merkle.leaf_hash, leaves)).root() == whole
        for index in range(size):
            proof = merkle.inclusion(index, size, kept)
            assert proof == naive_path(index, leaves)
            assert merkle.verify_inclusion(merkle.leaf_hash(leaves[index]), index, size, proof, whole)
        for old in range(1, size + 1):
            proof = merkle.consistency(old, size, kept)
            assert proof == naive_subproof(old, leaves, True)
            assert merkle.verify_consistency(old, size, naive_root(leaves[:old]), whole, proof)


@given(st.integers(1, 300), st.data())
@settings(max_examples=150, deadline=None)
def test_a_proof_holds_for_its_own_leaf_place_size_and_root_only(size: int, data: st.DataObject) -> None:
    leaves = some(size)
    kept = Kept(leaves)
    whole = merkle.root(size, kept)
    index = data.draw(st.integers(0, size - 1))
    proof = merkle.inclusion(index, size, kept)
    leaf = merkle.leaf_hash(leaves[index])
    assert merkle.verify_inclusion(leaf, index, size, proof, whole)
    other = data.draw(st.integers(-1, size + 1).filter(lambda n: n != index))
    assert not merkle.verify_inclusion(leaf, other, size, proof, whole)
    assert not merkle.verify_inclusion(merkle.leaf_hash(b"another"), index, size, proof, whole)
    assert not merkle.verify_inclusion(leaf, index, size, proof, merkle.leaf_hash(b"another"))
    assert not merkle.verify_inclusion(leaf, index, size, [*proof, whole], whole)
    if proof:
        place = data.draw(st.integers(0, len(proof) - 1))
        broken = [merkle.leaf_hash(one) if n == place else one for n, one in enumerate(proof)]
        assert not merkle.verify_inclusion(leaf, index, size, broken, whole)
        assert not merkle.verify_inclusion(leaf, index, size, proof[:-1], whole)


@given(st.integers(1, 300), st.data())
@settings(max_examples=150, deadline=None)
def test_a_tree_cannot_be_shown_to_extend_one_that_it_does_not(size: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, size))
    leaves = some(size)
    kept = Kept(leaves)
    before, after = naive_root(leaves[:old]), merkle.root(size, kept)
    proof = merkle.consistency(old, size, kept)
    assert merkle.verify_consistency(old, size, before, after, proof)
    forked = some(size)
    forked[data.draw(st.integers(0, old - 1))] = b"changed"
    fork = Kept(forked)
    forged = merkle.consistency(old, size, fork)
    assert not merkle.verify_consistency(old, size, before, merkle.root(size, fork), forged)
    assert not merkle.verify_consistency(old, size, before, after, [*proof, after])
    assert not merkle.verify_consistency(size + 1, size, before, after, proof)
    assert not merkle.verify_consistency(0, size, before, after, proof)
    if proof:
        assert not merkle.verify_consistency(old, size, before, after, proof[1:])


def test_nothing_extends_an_empty_tree_but_by_no_proof_at_all() -> None:
    assert merkle.verify_consistency(0, 0, merkle.EMPTY_ROOT, merkle.EMPTY_ROOT, [])
    assert merkle.verify_consistency(0, 3, merkle.EMPTY_ROOT, naive_root(some(3)), [])
    assert not merkle.verify_consistency(0, 3, naive_root(some(1)), naive_root(some(3)), [])
    assert not merkle.verify_consistency(2, 3, naive_root(some(2)), naive_root(some(3)), [])


def test_a_proof_asks_for_as_many_nodes_as_the_tree_is_high() -> None:
    size = 4_095
    kept = Kept(some(size))
    for index in (0, 1, size // 2, size - 1):
        kept.asked = 0
        merkle.inclusion(index, size, kept)
        assert kept.asked <= 2 * size.bit_length()
    for old in (1, 2_048, size - 1):
        kept.asked = 0
        merkle.consistency(old, size, kept)
        assert kept.asked <= 2 * size.bit_length()


def test_what_lies_outside_the_tree_cannot_be_asked_for() -> None:
    kept = Kept(some(3))
    for index in (-1, 3):
        with pytest.raises(ValueError, match="outside"):
            merkle.inclusion(index, 3, kept)
    with pytest.raises(ValueError, match="shrink"):
        merkle.consistency(4, 3, kept)


@given(st.integers(min_value=1, max_value=200), st.data())
def test_one_proof_shows_several_leaves_and_no_others(size: int, data: st.DataObject) -> None:
    hashes = [merkle.leaf_hash(one) for one in some(size)]
    indices = data.draw(st.sets(st.integers(0, size - 1), min_size=1, max_size=12))
    root = naive_root(some(size))
    proof = merkle.inclusion_of(indices, size, merkle.stored(hashes))
    shown = {i: hashes[i] for i in indices}
    assert merkle.root_from(shown, size, proof) == root
    changed = data.draw(st.sampled_from(sorted(indices)))
    assert merkle.root_from({**shown, changed: merkle.leaf_hash(b"changed")}, size, proof) != root
    assert merkle.root_from(shown, size, [*proof, root]) is None
    assert merkle.root_from(shown, size, proof[1:]) is None or not proof
    for place in range(len(proof)):
        assert merkle.root_from(shown, size, [*proof[:place], bytes(32), *proof[place + 1 :]]) != root
    if len(indices) == 1:
        assert sorted(proof) == sorted(merkle.inclusion(changed, size, merkle.stored(hashes)))


def test_several_leaves_outside_the_tree_prove_nothing() -> None:
    hashes = [merkle.leaf_hash(one) for one in some(3)]
    for wrong in ([], [-1], [0, 3]):
        with pytest.raises(ValueError, match="outside"):
            merkle.inclusion_of(wrong, 3, merkle.stored(hashes))
        assert merkle.root_from(dict.fromkeys(wrong, hashes[0]), 3, hashes) is None
