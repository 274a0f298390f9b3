"""What a report says in sentences: counts, what the sample can hold, and what it cannot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from ..projections.measures import Measure
from ..projections.report import FEWEST, Compared, Count, Summary
from ..projections.simulation import NoChange
from .wording import duration

if TYPE_CHECKING:  # it imports this module
    from .reports import Part, Report

NOTES = (
    "n are the observed and the open: an open incident counts as lasting longer than its age."
    " From 6 on, `median` is the time by which half are over, `from` and `to` its 95 % interval;"
    " a p90 takes 29. The mean is of the observed alone and not suitable for comparing periods."
)

_PLURALS: Mapping[str, tuple[str, str]] = {
    "merged": ("merged", "merged"),
    "dismissed: false-alarm": ("false alarm", "false alarms"),
    "dismissed: drill": ("drill", "drills"),
    "dismissed: not-an-incident": ("no incident", "no incidents"),
}


def counts(summary: Summary | Count) -> str:
    """Say how many are counted of how many, and why the others are not: `n=41 of 57: 9 merged`."""
    left_out = [_left_out(reason, number) for reason, number in summary.reasons]
    said = f"n={summary.n} of {summary.incidents}"
    return f"{said}: {', '.join(left_out)}" if left_out else said


def sentences(measure: Measure, summary: Summary | Count) -> Iterator[str]:
    """Yield what there is to say of a group, the mean last."""
    yield f"{counts(summary)}."
    if isinstance(summary, Count):
        yield f"{summary.total} in all, in {summary.affected} of them."
        return
    if summary.open and summary.oldest_open_us is not None:
        yield f"{summary.open} still open, the oldest for {duration(summary.oldest_open_us)}."
    if summary.ended_without:
        yield (
            f"{summary.ended_without} are over without {measure.end.name}: they are in no duration"
            f" below.{_reached(measure, summary)}"
        )
    if not summary.n:
        yield "There is nothing to measure."
        return
    if summary.n < FEWEST:
        yield (
            f"{_number(summary.n, 'incident')}: too few for an average to mean anything; listed"
            " with the events behind each number by `retold explain`."
        )
        return
    yield _median(summary)
    yield _p90(summary)
    yield from _means(summary)


def comparison(measure: Measure, summary: Summary, compared: Compared) -> str:
    """Say how two periods compare, claiming no more than the interval holds."""
    found = compared.comparison
    if found is None:
        return (
            f"n={summary.n} v n={compared.reference_n}: not compared, as there are"
            f" {compared.problem}."
        )
    said = (
        f"{measure.name} {duration(round(found.cohort))} (n={summary.n}) v"
        f" {duration(round(found.reference))} (n={compared.reference_n}), by {found.method}:"
        f" ratio {found.ratio:.2f}, 95 % interval {found.low:.2f} to {found.high:.2f}."
    )
    if found.low <= 1 <= found.high:
        fall = round((1 - found.detectable) * 100)
        return (
            f"{said} No change can be concluded. With this many incidents only a fall of about"
            f" {fall} % would have been visible."
        )
    return (
        f"{said} The interval excludes no change; whether the incidents of both periods are alike"
        " it cannot say."
    )


def _reached(measure: Measure, summary: Summary) -> str:
    reached = summary.reached
    if reached is None:
        return ""
    interval = ""
    if reached.low is not None and reached.high is not None:
        interval = f" (95 % interval {reached.low:.0%} to {reached.high:.0%})"
    return f" {reached.share:.0%}{interval} come to {measure.end.name} at all."


def chance(simulated: NoChange) -> str:
    """Say how often numbers fall where nothing has changed."""
    return (
        f"Where nothing has changed, by chance alone: in {simulated.mean.fell:.0%} of"
        f" {simulated.runs:,} re-drawn pairs of periods the mean falls by {simulated.by:.0%} or"
        f" more, the median in {simulated.median.fell:.0%}, the geometric mean in"
        f" {simulated.geometric_mean.fell:.0%}."
    )


def _median(summary: Summary) -> str:
    told = summary.statistics
    if told.median_us is None:
        longest = duration(summary.longest_us or 0)
        return (
            f"Half of the incidents are not over within the {longest} observed: median > {longest}."
        )
    interval = _interval(told.median_low_us, told.median_high_us)
    return f"Half are over within {duration(told.median_us)}{interval}."


def _p90(summary: Summary) -> str:
    told = summary.statistics
    if told.p90_us is not None:
        if told.p90_high_us is None:
            low = told.p90_low_us if told.p90_low_us is not None else told.p90_us
            return f"Nine in ten: at least {duration(low)} (upper end not determined)."
        return (
            f"Nine in ten are over within {duration(told.p90_us)}"
            f"{_interval(told.p90_low_us, told.p90_high_us)}."
        )
    if summary.n < _FEWEST_FOR_P90:
        return f"Too few to say within what nine in ten are over: that takes {_FEWEST_FOR_P90}."
    return f"Nine in ten are not over within the {duration(summary.longest_us or 0)} observed."


_FEWEST_FOR_P90 = 29


def _means(summary: Summary) -> Iterator[str]:
    told = summary.statistics
    if told.restricted_mean_us is not None and told.tau_us is not None:
        spread = (
            f" ± {duration(told.restricted_mean_error_us)} (standard error)"
            if told.restricted_mean_error_us is not None
            else ""
        )
        yield (
            f"Mean of what falls within the first {duration(told.tau_us)}:"
            f" {duration(told.restricted_mean_us)}{spread}."
        )
    if told.geometric_mean_us is not None:
        interval = _interval(told.geometric_mean_low_us, told.geometric_mean_high_us)
        yield f"Geometric mean: {duration(told.geometric_mean_us)}{interval}."
    if told.mean_us is not None:
        yield (
            f"Mean of the {summary.observed} observed: {duration(told.mean_us)}, which is not"
            " suitable for comparing periods."
        )


def _interval(low: int | None, high: int | None) -> str:
    if low is None and high is None:
        return ""
    ends = [duration(end) if end is not None else "open" for end in (low, high)]
    return f" (95 % interval {ends[0]} to {ends[1]})"


def _left_out(reason: str, number: int) -> str:
    one, several = _PLURALS.get(reason, (reason, reason))
    return f"{number} {one if number == 1 else several}"


def _number(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def said_of(part: Part) -> Iterator[str]:
    """Yield what there is to say of each group of a measure, each sentence led by the group."""
    told = zip(part.summaries, part.compared, part.simulated, strict=True)
    for summary, compared, simulated in told:
        lead = f"{', '.join(one or '(none)' for one in summary.group)}: " if summary.group else ""
        for sentence in sentences(part.measure, summary):
            yield f"{lead}{sentence}"
        if compared is not None and isinstance(summary, Summary):
            yield f"{lead}{comparison(part.measure, summary, compared)}"
        if simulated is not None:
            yield f"{lead}{chance(simulated)}"


def moved(before: Report, after: Report) -> Iterator[str]:
    """Say of each measure how its numbers read before and after."""
    for old, new in zip(before.summaries, after.summaries, strict=True):
        if isinstance(old, Summary) and isinstance(new, Summary):
            medians = " to ".join(_short(one.statistics.median_us) for one in (old, new))
            counted = f"n {old.n} to {new.n}, open {old.open} to {new.open}"
            yield f"{new.measure}: {counted}, median {medians}"


def _short(micros: int | None) -> str:
    return "-" if micros is None else duration(micros)
