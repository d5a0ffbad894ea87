"""The forecast as a drawing: whole coordinates for an SVG made on the server."""

from dataclasses import dataclass
from datetime import date

from guarantees.rules.forecast import Forecast

WIDTH, LEFT, TOP, BOTTOM, HEIGHT = 720, 64, 12, 196, 232
LINES = 4
ROUND_STEPS = (1, 2, 5)


@dataclass(frozen=True)
class Bar:
    """One month: what frees itself below, what has to be asked for above it."""

    x: int
    width: int
    automatic_y: int
    automatic_height: int
    by_request_y: int
    by_request_height: int
    middle: int
    label: str


@dataclass(frozen=True)
class Line:
    """A line across at a round amount, `text_y` the foot of its label."""

    y: int
    text_y: int
    label: str


@dataclass(frozen=True)
class Chart:
    """Everything the drawing needs, in the units of its view box."""

    bars: tuple[Bar, ...]
    lines: tuple[Line, ...]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    bottom: int = BOTTOM
    labels_y: int = BOTTOM + 24


def chart_of(forecast: Forecast) -> Chart | None:
    """The months as bars; None when none of them frees anything."""
    highest = max(row.won for row in forecast.months)
    if not highest:
        return None
    step = round_step(highest)
    top = step * LINES
    each = (WIDTH - LEFT) // len(forecast.months)
    width = each * 3 // 5
    bars = []
    for place, row in enumerate(forecast.months):
        x = LEFT + each * place + (each - width) // 2
        automatic, both = _height(row.automatic, top), _height(row.won, top)
        label = month_label(row.month, is_first=place == 0)
        bars.append(
            Bar(x, width, BOTTOM - automatic, automatic, BOTTOM - both, both - automatic, x + width // 2, label)
        )
    lines = [BOTTOM - _height(step * number, top) for number in range(LINES + 1)]
    return Chart(tuple(bars), tuple(Line(y, y + 5, short_won(step * number)) for number, y in enumerate(lines)))


def round_step(highest: int) -> int:
    """The least of 1, 2, 5, 10, 20 … won that makes four steps reach `highest`."""
    power = 1
    while True:
        for digit in ROUND_STEPS:
            if digit * power * LINES >= highest:
                return digit * power
        power *= 10


def short_won(amount: int) -> str:
    """An amount of few digits: 0, 500만, 2.5억, 30억."""
    if amount >= 100_000_000:
        whole, tenth = divmod(amount // 10_000_000, 10)
        return f"{whole:,}.{tenth}억" if tenth else f"{whole:,}억"
    return f"{amount // 10_000:,}만" if amount >= 10_000 else f"{amount:,}"


def month_label(month: date | None, *, is_first: bool) -> str:
    """11월; the first one and each January with their year."""
    if month is None:
        return ""
    return f"{month:%y}.{month.month}월" if is_first or month.month == 1 else f"{month.month}월"


def _height(amount: int, top: int) -> int:
    """At least one unit for anything above nothing, so that no month looks empty that is not."""
    return max(1, (BOTTOM - TOP) * amount // top) if amount else 0
