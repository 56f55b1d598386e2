"""Figures as the page, the sheet and the terminal write them; the page's script does the same."""

from __future__ import annotations

from .figures import Rate


def grouped(value: float, *, places: int = 0) -> str:
    """A number with a comma between thousands: `1,234`, or `1,234.5` with one place."""
    return f"{value:,.{places}f}"


def counted(number: int, noun: str) -> str:
    """So many of something: `1 call`, `1,234 calls`."""
    return f"{grouped(number)} {noun}{'' if number == 1 else 's'}"


def percent(value: float | None) -> str:
    """Whole per cent, halves upwards; a dash for none."""
    return "–" if value is None else f"{int(100 * value + 0.5)} %"


def spread(rate: Rate) -> str:
    """An interval as `71–94 %`."""
    low, high = rate.interval
    return f"{int(100 * low + 0.5)}–{int(100 * high + 0.5)} %" if rate.of else "no calls"
