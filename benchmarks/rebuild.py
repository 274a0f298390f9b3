"""Make all views again from the log, against the library's way: one transaction an event."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from databases import Addresses, Database
from eventsourcing.projection import ProjectionRunner
from loading import fill_retold, fill_stock
from results import Floor, Result
from retold_side import Retold
from rounds import Figures, in_turn, rate
from setting import Setting
from stock_projection import LastEvents, StatusProjection
from stock_side import IncidentApplication, Stock
from workload import EVENTS, stories

MOST = 100_000
STOCK = 1_600
"""So few for the library's way, which takes about a millisecond an event."""

NOTE = (
    "Retold rebuilds all tables; stock keeps one row an incident, one transaction an event, on"
    " PostgreSQL in both rows: its runner does not work on SQLite"
)


def measure(setting: Setting) -> Iterator[Result]:
    """Measure it on each database."""
    [runs_stock] = [one for one in setting.databases if one.name == "PostgreSQL"]
    for database in setting.databases:
        figures = _figures(setting, database, runs_stock)
        yield Result("rebuild views", database.name, "events/s", figures, Floor(20, "stock"), NOTE)


def _figures(setting: Setting, database: Database, runs_stock: Database) -> Figures:
    count = min(setting.events, MOST) // EVENTS * EVENTS
    retold, addresses = Retold(database.fresh().retold), runs_stock.fresh()
    stock = Stock(addresses.stock)
    fill_retold(retold.store, count)
    fill_stock(stock.application, stories(STOCK // EVENTS, "log"))
    turns: dict[str, Callable[[int], float]] = {
        "retold": lambda _: rate(count, retold.store.rebuild),
        "stock": lambda number: rate(STOCK, _by_runner(addresses, stock, number)),
    }
    figures = in_turn(setting.rounds, turns)
    retold.close()
    stock.close()
    return figures


def _by_runner(addresses: Addresses, stock: Stock, number: int) -> Callable[[], object]:
    """Run the library's runner, on a projection of a new name: it starts from nothing."""
    projection = type("StatusProjection", (StatusProjection,), {"name": f"status{number}"})

    def run() -> None:
        with ProjectionRunner(
            application_class=IncidentApplication,
            projection_class=projection,
            view_class=LastEvents,
            env=addresses.stock,
        ) as runner:
            runner.wait(stock.application.recorder.max_notification_id(), timeout=60)

    return run
