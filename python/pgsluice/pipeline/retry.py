"""One retry policy: what is tried again, how often and when."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception,
    stop_after_attempt,
    wait_exponential,
    wait_random,
)

from pgsluice.driver import Reaction, reaction
from pgsluice.driver.sqlstates import CONNECTION_LOST
from pgsluice.errors import ServerError
from pgsluice.pipeline.settings import RetrySettings

T = TypeVar("T")


def is_passing(error: BaseException) -> bool:
    """Whether the same work may succeed a moment later."""
    return isinstance(error, ServerError) and reaction(error.sqlstate) in {Reaction.RETRY, Reaction.RECONNECT}


def is_busy(error: BaseException) -> bool:
    """Whether a server is there and lets nobody in just now: what a run that has not begun waits for.

    Where nothing listens at all, the address is wrong more often than the server is late.
    """
    return is_passing(error) and getattr(error, "sqlstate", "") != CONNECTION_LOST


async def with_retries(
    work: Callable[[], Awaitable[T]],
    settings: RetrySettings,
    on_retry: Callable[[int, BaseException], None],
    *,
    is_worth: Callable[[BaseException], bool] = is_passing,
) -> T:
    """Do the work, and again after a passing error; the last error comes out as it is."""
    # Mostly the first try does it, and a policy costs more than a small statement: 100 us.
    try:
        return await work()
    except Exception as error:  # noqa: BLE001 - the policy judges it, once, and raises it
        first = [error]

    def report(state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        if error is not None:
            on_retry(state.attempt_number, error)

    policy = AsyncRetrying(
        stop=stop_after_attempt(1 + settings.retries),
        wait=wait_exponential(multiplier=settings.delay_ms / 1000, max=settings.delay_ms_max / 1000)
        + wait_random(0, settings.delay_ms / 1000),
        retry=retry_if_exception(is_worth),
        before_sleep=report,
        reraise=True,
    )

    async def attempt() -> T:  # The policy awaits what is a coroutine function, and a lambda is none.
        if first:
            raise first.pop()
        return await work()

    return await policy(attempt)
