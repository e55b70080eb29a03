"""Who can read what a villager sent: nobody without the key."""

import base64

import pytest

from bot.store import Store
from bot.vault import MasterVault, WrongKey, new_master_key
from workflows.work import Erased, Work


def test_what_is_sealed_comes_back_and_looks_different_each_time() -> None:
    vault = MasterVault(new_master_key())
    key = vault.new_key()
    said = {"text": "河口村集市 <b>&", "latitude": 27.1}

    blobs = [vault.seal(key, said), vault.seal(key, said)]

    assert blobs[0] != blobs[1]
    assert [vault.unseal(key, blob) for blob in blobs] == [said, said]
    assert "河口村".encode() not in blobs[0]


def test_another_key_opens_nothing() -> None:
    vault, other = MasterVault(new_master_key()), MasterVault(new_master_key())
    key = vault.new_key()
    blob = vault.seal(key, "said")

    with pytest.raises(WrongKey):
        other.unseal(key, blob)
    with pytest.raises(WrongKey):
        vault.unseal(vault.new_key(), blob)
    with pytest.raises(WrongKey):
        vault.unseal(key, blob[:-1] + bytes([blob[-1] ^ 1]))
    with pytest.raises(WrongKey):
        other.unseal_update(vault.seal_update(b"{}"))


def test_an_account_is_the_same_for_one_key_and_tells_nothing_across_keys() -> None:
    key = new_master_key()

    accounts = {MasterVault(key).account_of(42), MasterVault(key).account_of(42)}

    assert len(accounts) == 1
    assert MasterVault(new_master_key()).account_of(42) not in accounts
    assert MasterVault(key).account_of(43) not in accounts


def test_what_was_found_by_its_hash_is_found_again_by_every_later_version() -> None:
    vault = MasterVault(base64.urlsafe_b64encode(bytes(32)).decode())

    hashes = [vault.code_mac("403917"), vault.mark("look", "河口村"), vault.link("seal", "事".encode())]

    assert vault.account_of(42) == "cab065436da4df776ba33c2ac9455979"
    assert [one[:16] for one in hashes] == ["202c15d34f7719e4", "a03c8cfa8e7a0a6d", "153caf84d39fe0b4"]


@pytest.mark.parametrize(
    "key", ["", "abc", "not base64 at all!", base64.urlsafe_b64encode(bytes(range(16))).decode(), "ü" * 44]
)
def test_what_is_no_key_is_refused(key: str) -> None:
    with pytest.raises(WrongKey):
        MasterVault(key)


def test_a_claim_code_is_found_and_confirmed_without_being_kept() -> None:
    vault = MasterVault(new_master_key())
    mac, hashed = vault.code_mac("403917"), vault.code_hash("403917")

    assert vault.code_mac("403917") == mac
    assert vault.code_matches("403917", hashed) and not vault.code_matches("403918", hashed)
    assert vault.code_hash("403917") != hashed and "403917" not in mac + hashed


async def test_who_is_erased_cannot_be_read_or_reached_any_more(store: Store) -> None:
    def said(work: Work) -> tuple[str, bytes]:
        account = work.meet(77).account
        return account, work.seal(account, "my words")

    account, blob = await store.decide(said)
    assert await store.read(Work.unseal, account, blob) == "my words"
    assert await store.read(Work.chat_of, account) == 77

    def erase(work: Work) -> None:
        work.identity(account).key = None

    await store.decide(erase)

    for what in (lambda work: work.unseal(account, blob), lambda work: work.chat_of(account)):
        with pytest.raises(Erased):
            await store.read(what)


async def test_whose_message_has_just_come_is_reached_without_a_look_under_the_seal(store: Store) -> None:
    def answered(work: Work) -> tuple[int, int]:
        account, other = work.meet(77).account, work.meet(78).account
        work.identity(account).chat = work.identity(other).chat = b"under a seal that is not looked under"
        return work.chat_of(account), work.chat_of(other)

    assert await store.decide(answered) == (77, 78)


@pytest.mark.parametrize("gone", ["key", "chat"])
async def test_who_is_erased_a_moment_after_writing_is_not_reached(store: Store, gone: str) -> None:
    def erased(work: Work) -> None:
        account = work.meet(77).account
        setattr(work.identity(account), gone, None)
        work.chat_of(account)

    with pytest.raises(Erased):
        await store.decide(erased)
