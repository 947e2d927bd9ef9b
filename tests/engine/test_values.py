"""What people type becomes a value, or words that say what to do."""

from __future__ import annotations

import base64
import contextlib
from decimal import Decimal
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.engine import values, vault
from app.engine.errors import Refused


@pytest.mark.parametrize(("kind", "text", "value"), [
    ("money", "¥1,280.50", Decimal("1280.50")), ("money", "１２", Decimal(12)), ("whole", "7.0", 7), ("flag", "是", True),
    ("flag", "No", False), ("phone", "+86 138-0000-0001", "13800000001"), ("tags", "a，b; c", ["a", "b", "c"]),
    ("day", "2026/1/2", None), ("text", "   ", None), ("idnumber", "11010519491231002x", "11010519491231002X"),
])  # fmt: skip
def test_what_is_typed_is_understood(kind, text, value):
    if (kind, value) == ("day", None):
        with pytest.raises(Refused):
            values.read(kind, text)
        return
    assert values.read(kind, text) == value


@pytest.mark.parametrize(("kind", "text"), [
    ("money", "1.001"), ("money", "NaN"), ("money", "1e99"), ("money", "Infinity"), ("whole", "1.5"), ("whole", str(2**31)),
    ("phone", "1380000000"), ("phone", "138000000012"), ("phone", "hello"), ("idnumber", "110105194912310021"),
    ("day", "2026-02-30"), ("moment", "soon"), ("flag", "maybe"), ("place", "181"), ("text", "a\x00b"),
])  # fmt: skip
def test_what_cannot_be_is_refused_in_words(kind, text):
    with pytest.raises(Refused) as refused:
        values.read(kind, text)
    assert len(str(refused.value)) > 5


@given(st.text(), st.sampled_from(sorted(values.READERS)))
def test_no_text_breaks_a_reader(text, kind):
    with contextlib.suppress(Refused):
        values.read(kind, text)


@given(st.text(min_size=1))
def test_a_sealed_value_comes_back_and_never_stands_there_in_clear(text):
    with patch.dict(vault._keys, {"1": b"k" * 32}, clear=True):
        sealed = vault.seal(text)
        assert vault.unseal(sealed) == text
        assert sealed != vault.seal(text)
        vault.use(base64.b64encode(b"n" * 32).decode())
        assert vault.unseal(sealed) == text, "an older key still opens what it sealed"


def test_a_mask_keeps_only_the_ends():
    assert values.mask("phone", "13800001234") == "138****1234"
    assert values.mask("idnumber", "110105194912310021") == "1101************21"
    assert values.mask("money", Decimal("12.50")) == "***"
    assert values.mask("text", None) == ""


def test_hashes_differ_by_tenant_and_part():
    with patch.dict(vault._keys, {"1": b"k" * 32}, clear=True):
        made = {vault.fingerprint("13800001234", part, tenant) for part in ("hash", "last4") for tenant in (1, 2)}
    assert len(made) == 4
