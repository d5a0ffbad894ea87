"""`manage.py bench deliver`: the messages of the worst day, from the outbox to the gateway (targets D1, D2).

The gateway is the simulator in a process of its own, whose processor time is nobody's here. Judged is what a real
day costs: each batch asks of every notice whether it may still leave (S30, S31). The same without that question
stands beside it.
"""

from contextlib import ExitStack
from functools import partial

from django.test.utils import override_settings

from guarantees.actions.expiry import plan_expiry_notices
from guarantees.bench.portfolio import AT, BY, RUN_DAY, fill, forget_messages, size_of
from portal.bench.crew import Crew
from portal.bench.plan import Method, Plan, Results, Say, Scale, Target, Wish, ratio, wall_ratio
from portal.bench.scratch import scratch_environment
from sms.bench.each_by_task import TaskWorker, broker_answers
from sms.bench.gateway import KEY, BenchGateway
from sms.bench.ways import Ways
from sms.models import Message, Purpose

SAMPLES = {Scale.TINY: 20, Scale.SMALL: 2_000, Scale.FULL: 2_000}  # messages Celery gets, one task each
WORKERS = (1, 2, 4)

FLOOR = "deliver: one SELECT, the requests, one COPY"
OURS, UNASKED = "deliver: batches", "deliver: batches, no notice looked at again"
BY_ROWS = "deliver: rows claimed and updated"
EACH = "deliver: one Celery task for each"


def bare_at(milliseconds: int) -> str:
    """The name of the requests alone at a latency."""
    return f"deliver, {milliseconds} ms: the requests alone"


def ours_at(milliseconds: int, workers: int) -> str:
    """The name of ours at a latency; each worker has one batch in flight."""
    return f"deliver, {milliseconds} ms: workers {workers}"


def prepare(wish: Wish, say: Say) -> Plan:
    """Fills the portfolio, plans its worst day and starts the simulator."""
    size = size_of(wish)
    fill(size, say)
    forget_messages()
    with override_settings(SMS_BATCH_SIZE=wish.max_batch):
        plan_expiry_notices(on=RUN_DAY, by=BY, at=AT)
    with ExitStack() as started:
        gateway = BenchGateway(scratch_environment())
        started.callback(gateway.close)
        crews = {number: Crew(number) for number in WORKERS}
        for crew in crews.values():
            started.callback(crew.close)
        ways = Ways(gateway, Message.everything.count(), wish.max_batch, AT)
        started.callback(ways.drop_queue)
        methods = _cheap(ways, crews[1]) if 0 in wish.latencies else []
        for milliseconds in filter(None, wish.latencies):
            methods += _slow(ways, crews, milliseconds)
        facts = {"messages": f"{ways.messages:,} in requests of {wish.max_batch:,}"}
        if not broker_answers():
            facts["Celery"] = "not measured, REDIS_URL names no Redis that answers"
        elif 0 in wish.latencies:
            say("starting a worker")
            asked = {**scratch_environment(), "SMS_GATEWAY": "simulator", "SMS_GATEWAY_URL": gateway.url}
            worker = TaskWorker({**asked, "SMS_GATEWAY_KEY": KEY})
            started.callback(worker.close)
            methods.append(_each(ways, worker, SAMPLES[wish.scale]))
        return Plan(methods, _targets(methods, wish), facts, started.pop_all().close)
    raise AssertionError  # the stack swallows nothing


def _cheap(ways: Ways, crew: Crew) -> list[Method]:
    """A gateway that answers at once: what is left is our own work."""
    noticed, plain = (
        partial(ways.make_ready, Purpose.EXPIRY_NOTICE, 0),
        partial(ways.make_ready, Purpose.HELPDESK, 0),
    )
    return [
        Method(FLOOR, ways.floor, before=plain),
        Method(OURS, partial(ways.ours, crew), FLOOR, noticed),
        Method(UNASKED, partial(ways.ours, crew), FLOOR, plain),
        Method(BY_ROWS, ways.by_rows, FLOOR, ways.fill_queue),
    ]


def _slow(ways: Ways, crews: dict[int, Crew], milliseconds: int) -> list[Method]:
    """A gateway that takes its time: what counts is the wall."""
    ready = partial(ways.make_ready, Purpose.EXPIRY_NOTICE, milliseconds)
    bare = bare_at(milliseconds)
    return [
        Method(bare, ways.bare(), before=ready),
        *(
            Method(ours_at(milliseconds, number), partial(ways.ours, crew), bare, ready)
            for number, crew in crews.items()
        ),
    ]


def _each(ways: Ways, worker: TaskWorker, sample: int) -> Method:
    ready = partial(ways.make_ready, Purpose.HELPDESK, 0)
    return Method(EACH, partial(worker.deliver, sample), FLOOR, ready, worker.pids, ends_sessions=True)


def _targets(methods: list[Method], wish: Wish) -> list[Target]:
    """Of what is measured at all, and of a day large enough to be judged."""
    if wish.scale is Scale.TINY:
        return []
    measured = {method.name for method in methods}
    targets = []
    if OURS in measured:
        targets += [
            Target("D1 delivery vs floor", ratio(OURS, FLOOR), at_most=2.5),
            Target("D1 rows claimed vs delivery", ratio(BY_ROWS, OURS), at_least=3.5),
        ]
    if EACH in measured:
        targets.append(Target("D1 one Celery task each vs delivery", ratio(EACH, OURS), at_least=500))
    for milliseconds in filter(None, wish.latencies):
        bare, ours = bare_at(milliseconds), ours_at(milliseconds, 1)
        targets.append(
            Target(f"D2 share of the bare speed, {milliseconds} ms", wall_ratio(bare, ours), at_least=0.75)
        )
        targets.append(Target(f"D2 seconds, {milliseconds} ms", partial(_seconds, name=ours), at_most=12))
    return targets


def _seconds(results: Results, *, name: str) -> float:
    return results[name].wall_s
