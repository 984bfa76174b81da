"""An auditor's code is kept as a hash that is dear to try."""

from __future__ import annotations

import hashlib

from smartecr.register.books import auditing
from smartecr.register.till import Till
from smartecr.sql import select
from support.shop import OWNER


def test_a_code_is_kept_as_a_dear_hash_alone(till: Till) -> None:
    access, code = auditing.let_in(till, OWNER, till.new_id(), "Frau Adler", "FA-77", 4)
    ((kept,),) = select("SELECT code_hash FROM register_audit_access")
    assert kept == hashlib.scrypt(code.encode(), salt=access.id.encode(), n=16_384, r=8, p=1, dklen=32).hex()
    assert code not in str(select("SELECT body FROM register_journal"))
