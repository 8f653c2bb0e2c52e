"""Tables of costs."""

from collections.abc import Iterator, Sequence

from rich.table import Table

from local.cost.accelerators import Accelerated
from local.cost.bill import Bill, amount
from local.cost.comparison import Comparison


def comparison_table(comparison: Comparison) -> Table:
    """Show what each way costs a month, and its largest line."""
    table = Table(title=_title(comparison), padding=0)
    table.add_column("way", no_wrap=True)
    table.add_column("$ a month", justify="right", no_wrap=True)
    table.add_column("largest line, or why not", overflow="fold")
    cheapest = comparison.cheapest
    for bill in comparison.bills:
        name = f"[bold]{bill.way}[/]" if bill is cheapest else bill.way
        table.add_row(name, _sum(bill), _why(bill))
    return table


def lines_table(comparison: Comparison) -> Table:
    """Show every line of every way."""
    return bills_table(_title(comparison), comparison.bills)


def bills_table(title: str, bills: Sequence[Bill]) -> Table:
    """Show every line of some bills."""
    table = Table(title=title, padding=0)
    table.add_column("what", overflow="fold")
    table.add_column("$ a month", justify="right", no_wrap=True)
    table.add_column("arithmetic", overflow="fold")
    for bill in bills:
        table.add_row(f"[bold]{bill.way}[/]", f"[bold]{_sum(bill)}[/]", _remark(bill))
        for line in bill.lines:
            usd = "?" if line.usd is None else _cents(line.usd)
            table.add_row(f"  {line.what}", usd, line.arithmetic)
        table.add_section()
    return table


def accelerators_table(found: Sequence[Accelerated], at_once: int) -> Table:
    """Show what a million inferences cost on each type."""
    table = Table(title=f"Measured with {at_once} at once; cheapest inference first", padding=0)
    table.add_column("instance", no_wrap=True)
    table.add_column("computes", overflow="fold")
    for heading in ("ms", "$ an hour", "$ a million", "$ a month"):
        table.add_column(heading, justify="right", no_wrap=True)
    for one in found:
        numbers = (one.usd_hour, one.usd_million, one.usd_month)
        cells = (f"{one.latency_ms:g}", f"{numbers[0]:g}", *map(_cents, numbers[1:]))
        table.add_row(one.name, one.accelerator, *cells)
    return table


def remarks(bills: Sequence[Bill]) -> Iterator[str]:
    """Yield remarks to print below a table of these bills."""
    unpriced = {what for bill in bills for what in bill.unpriced}
    if unpriced:
        names = ", ".join(sorted(unpriced))
        yield f"+ The list has no price for: {names}. The sums leave them out."


def _title(comparison: Comparison) -> str:
    return f"{amount(comparison.requests)} {comparison.about} a month"


def _sum(bill: Bill) -> str:
    if bill.refused:
        return "-"
    return f"{_cents(bill.usd)}{'+' if bill.unpriced else ''}"


def _cents(usd: float) -> str:
    return "< 0.01" if 0 < usd < 0.01 else f"{usd:,.2f}"  # noqa: PLR2004 -- a cent


def _why(bill: Bill) -> str:
    priced = [line for line in bill.lines if line.usd]
    if bill.refused or bill.caveat or not priced:
        return _remark(bill)
    largest = max(priced, key=lambda line: line.usd or 0)
    return f"{largest.what}: {largest.arithmetic}"


def _remark(bill: Bill) -> str:
    return f"not possible: {bill.refused}" if bill.refused else bill.caveat
