"""Long answers under way: whoever was sent away meanwhile reads on for some seconds, and not for hours."""

from collections.abc import Callable, Generator, Iterator
from datetime import timedelta
from typing import Final

from portal.ports import Deps

LOOK_EVERY: Final = timedelta(seconds=10)


def looking(deps: Deps, chunks: Iterator[bytes], look: Callable[[], object]) -> Generator[bytes]:
    """Pass the bytes on; `look` is called every ten seconds, and raises once their reader may have no more of them."""
    looked = deps.clock.now()
    for chunk in chunks:
        now = deps.clock.now()
        if not timedelta() <= now - looked < LOOK_EVERY:
            look()
            looked = now
        yield chunk
