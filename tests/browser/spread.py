"""A spread of incidents, as different as pictures and charts must be able to tell them."""

from collections.abc import Callable
from random import Random

from retold.domain import events as ev
from retold.projections.story import Story

from ..pictures import (
    acknowledged,
    at,
    corrected,
    detected,
    impact,
    mitigated,
    note,
    reopened,
    resolved,
    retracted,
    told,
)

HOUR, DAY = 60, 24 * 60
KINDS: tuple[ev.NoteType, ...] = ("observation", "action", "communication", "hypothesis")

TITLES = {
    "long": "Checkout of the web shop answers every third order with an error that nobody has seen"
    " before, while the queue behind it grows and support is asked about double payments",
    "one word": "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamten" * 5,
    "wide": "WWWWW MMMMM @@@@@ %%%%% WWWWWWWWWWWWWWWWWWWWWWWWWWWW mmmmmmmmmmmmmmmmmmmmmmmmmmmmmmm"
    * 3,
    "Chinese": "支付服务中断，部分用户无法完成订单" * 6,  # noqa: RUF001 - its comma
    "Arabic": "توقف خدمة الدفع عن العمل لبعض المستخدمين في أوروبا " * 4,
    "emoji": "🔥🔥 Search is 🐢 slow 👩‍👩‍👧‍👦 for everyone 🇩🇪 " * 5,
    "Devanagari": "भुगतान सेवा कुछ ग्राहकों के लिए बंद है " * 5,
    "capitals": "ALL CAPITALS: CHECKOUT DOWN, NOW WE KNOW WHY, AND WHAT WE DO " * 3,
    "piled": "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L̠ͨͧͩ͘G̴̻͈͍͔̹̑͗̎̅͛́Ǫ̵̹̻̝̳͂̌̌͘!͖̬̰̙̗̿̋ͥͥ̂ͣ̐́́͜͞ " * 8,
    "ligatures": "ﬃ ﷽ ⸻ ௵ ꧅ 𒐫 " * 8,
}
"""By what is hard about them."""


def through(length: float, notes: int, *, bursts: int = 0) -> list[ev.AnyEvent]:
    """Detected, acknowledged, mitigated, resolved; notes between, evenly or in so many bursts."""
    events = [detected(), acknowledged(length / 20), mitigated(length * 0.7), resolved(length)]
    for number in range(notes):
        share = (number + 0.5) / notes
        if bursts:
            share = (number % bursts + 0.5) / bursts + number // bursts * 0.0003
        events.append(note(length * min(share, 0.99), kind=KINDS[number % 4]))
    return events


def reopening() -> list[ev.AnyEvent]:
    first = [detected(), acknowledged(4), mitigated(30), resolved(50), reopened(70)]
    second = [note(75, kind="action"), mitigated(90), resolved(95), reopened(3 * DAY)]
    return [*first, *second, note(3 * DAY + 20), mitigated(3 * DAY + 60), resolved(3 * DAY + 65)]


def weeks_of_silence() -> list[ev.AnyEvent]:
    """Weeks in which nearly nothing was entered, then one day full of entries."""
    day = 35 * DAY
    weeks = [impact(0), *(note(days * DAY) for days in (14, 21.1, 28))]
    first = [detected(day), acknowledged(day + 29), mitigated(day + 6 * HOUR)]
    after = [note(day + hours * HOUR, kind="action") for hours in (24, 25, 29, 54)]
    crowd = [note(day + 15 * number) for number in range(3, 24)]
    return [*weeks, *first, *crowd, *after, resolved(day + 3 * DAY), note(day + 5 * DAY)]


def services(*names: str) -> list[ev.AnyEvent]:
    return [ev.ImpactStarted(occurred_at=at(-5), service=name) for name in names]


def titled(title: str) -> list[ev.AnyEvent]:
    return [detected(title=title), acknowledged(3), note(9), mitigated(20), resolved(40)]


def drawn_by_lot(seed: int) -> list[ev.AnyEvent]:
    """An incident of any length and order, with what is corrected and retracted."""
    lot = Random(seed)
    length = 10 ** lot.uniform(0, 5.2)
    makes: list[Callable[[float], ev.AnyEvent]] = [
        acknowledged,
        mitigated,
        resolved,
        reopened,
        impact,
        *(lambda when, kind=kind: note(when, kind=kind) for kind in KINDS * 2),  # type: ignore[misc]
    ]
    count = int(10 ** lot.uniform(0.3, 2.3))
    middle = [lot.random() for _ in range(lot.randint(1, 9))]
    events: list[ev.AnyEvent] = [detected(title=lot.choice([*TITLES.values()]))]
    for _ in range(count):
        near = lot.choice([lot.random(), lot.choice(middle) + lot.gauss(0, 0.01)])
        events.append(lot.choice(makes)(length * (near - 0.1 * lot.random())))
    for version in lot.sample(range(2, len(events) + 1), min(3, len(events) - 1)):
        is_note = isinstance(events[version - 1], ev.NoteAdded)
        events.append(corrected(version, "seen") if is_note else retracted(version))
    return events


def lengths() -> dict[str, list[ev.AnyEvent]]:
    spans = {"4 minutes": 4, "5 hours": 5 * HOUR, "9 days": 9 * DAY, "90 days": 90 * DAY}
    return {
        f"{count} entries in {name}": through(span, max(count - 4, 0))
        for name, span in spans.items()
        for count in (4, 10, 60, 600, 3_000)
    }


def odd() -> dict[str, list[ev.AnyEvent]]:
    return {
        "three entries": [detected(), note(2), resolved(4)],
        "one entry": [detected()],
        "only notes": [note(0), note(30)],
        "one instant": [detected(), acknowledged(0), mitigated(0), resolved(0)],
        "bursts within hours": through(5 * HOUR, 60, bursts=5),
        "bursts within days": through(9 * DAY, 600, bursts=7),
        "bursts within months": through(90 * DAY, 3_000, bursts=12),
        "reopened twice": reopening(),
        "reopened often": [
            detected(),
            *(one(9 * n) for n in range(1, 40) for one in (resolved, reopened)),
        ],
        "open": [detected(), acknowledged(9), note(12), note(50, kind="action")],
        "open for days": [detected(), acknowledged(9), note(3 * DAY), mitigated(4 * DAY)],
        "open and new": [detected()],
        "lead-up": [note(-90), note(-30, kind="action"), impact(-5), *titled("Search is down")],
        "corrected and retracted": [
            *through(3 * HOUR, 20),
            corrected(6, "seen"),
            corrected(9, "seen"),
            retracted(7),
            retracted(12),
        ],
        "weeks of silence": weeks_of_silence(),
        "added late": [
            *(note(-DAY - n / 900) for n in range(30)), note(-9 * HOUR), *through(3 * HOUR, 20),
            corrected(9, "seen"), retracted(12),
        ],
        "short": [detected(), acknowledged(0.4), note(3), mitigated(8), resolved(14), note(14.5)],
        "many silences": [
            detected(), resolved(14 * DAY),
            *(note(n * DAY + m) for n in range(14) for m in (0, 6, 9)),
        ],
        "many services": [
            *services(*(f"service-{n}.region-{n % 7}.example" for n in range(40))),
            *titled("Search is down"),
        ],
        "wide service": [*services("W" * 200), *titled("Search is down")],
        "turns close together": [
            impact(-2), detected(), acknowledged(0.2), note(0.3), mitigated(0.4), resolved(0.5),
            note(9 * HOUR),
        ],
        "turns after a day": [
            impact(-DAY), detected(), acknowledged(1), mitigated(2), resolved(3 * DAY),
        ],
        "centuries": [detected(), *(note(60.0 * 340_000 * n + 20 * m) for n in range(3)
                                    for m in range(4))],
    }  # fmt: skip


def spread() -> dict[str, Story]:
    """Return the stories, each under what it is there for."""
    by_name = lengths() | odd()
    by_name |= {f"title: {name}": titled(title) for name, title in TITLES.items()}
    by_name |= {f"by lot, {seed}": drawn_by_lot(seed) for seed in range(40)}
    return {name: told(events) for name, events in by_name.items()}
