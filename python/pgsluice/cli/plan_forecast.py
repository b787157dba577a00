"""Shows how long a copy is going to take, and what that is based on."""

from __future__ import annotations

from pgsluice.cli.talk import show
from pgsluice.plan.forecast import WRITING_FACTOR, Forecast
from pgsluice.plan.model import CopyPlan

# Seconds of a unit, and up to how many seconds it is used.
_UNITS = ((1.0, 100.0, "s"), (60.0, 5_400.0, "min"), (3_600.0, 172_800.0, "h"), (86_400.0, float("inf"), "days"))


def tell_forecast(plan: CopyPlan, *, jobs: int) -> None:
    """Write the range in one unit, then its basis."""
    forecast = plan.forecast
    if forecast is None:
        return
    show(f"forecast: about {range_text(forecast)}")
    if forecast.basis == "last run":
        show(
            "  from the time that the last run took, by the bytes to move now; it holds for jobs and load as they were"
        )
        return
    tables = f"{forecast.sampled_tables:,} table{'s' if forecast.sampled_tables > 1 else ''}"
    factor = f"{WRITING_FACTOR - 1:.0f}"
    show(
        f"  from {forecast.sampled_rows:,} rows of {tables}, read and masked in {forecast.sampled_seconds:.1f} s; "
        f"writing was not measured: the longer time gives it and the indexes {factor} times as long as reading and "
        "masking" + (", and lets half of the jobs gain nothing" if jobs > 1 else "")
    )


def range_text(forecast: Forecast) -> str:
    """`12 to 36 s`, `3 to 9 min`: numbers of two digits at most tell no more than is known."""
    unit, name = next((unit, name) for unit, most, name in _UNITS if forecast.seconds_max < most)
    low, high = (seconds / unit for seconds in (forecast.seconds_min, forecast.seconds_max))
    first, last = _rounded(low), _rounded(high)
    return f"{last} {name}" if first == last else f"{first} to {last} {name}"


def _rounded(number: float) -> str:
    """One digit after the point below 3, else whole."""
    return f"{number:.1f}" if number < 3 else f"{number:.0f}"
