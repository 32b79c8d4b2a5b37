"""Many readers of a large store do not need much memory."""

from __future__ import annotations

import sys

import pytest

from bench.page import measure


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_twenty_readers_of_ten_thousand_flags() -> None:
    peak, _, waits = measure(10_000, 20, 2)
    assert peak < 150 and len(waits) == 40
