"""A secret shows itself to nobody."""

from __future__ import annotations

import copy
import json
import pickle

import pytest

from core.sources.secret import Secret


def test_it_shows_itself_to_nobody() -> None:
    secret = Secret(" hunter2\n")
    assert secret.reveal() == "hunter2"
    shown = f"{secret} {secret!r} {secret!s} {secret:>9} {[secret]} {({'k': secret},)}"
    assert "hunter2" not in shown
    assert "hunter2" not in "%s %r" % (secret, secret)  # noqa: UP031 - as logging does
    assert not hasattr(secret, "__dict__")
    for write in (pickle.dumps, copy.copy, copy.deepcopy, json.dumps):
        with pytest.raises(TypeError) as caught:
            write(secret)
        assert "hunter2" not in str(caught.value)


def test_it_masks_itself_in_the_words_of_others() -> None:
    assert Secret("hunter2").scrub("key hunter2 is wrong") == "key *** is wrong"
    assert Secret("").scrub("as it was") == "as it was"
    assert not Secret(" ")
