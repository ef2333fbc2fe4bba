"""Two browsers, the clock and the sweeper, in any order: what may never happen does not happen."""

from dataclasses import dataclass, field, replace
from urllib.parse import unquote

from hypothesis import given
from hypothesis import strategies as st

from rubrica.domain.consent import RETURN_LIFE, Return, fingerprint
from rubrica.domain.credential import Code
from rubrica.domain.imports import TERMINAL, Import, State
from rubrica.errors import ConsentRefusal, LinkExpired, LinkUnknown, LinkWornOut
from rubrica.services.open import Departure
from tests.fakes import CODE, OTHERS, SERVERS
from tests.unit.services.trips import started
from tests.unit.services.worlds import World

ANSWERS = {
    "given": Return("", CODE),
    "another code": Return("", CODE + "x"),
    "unticked": Return("", CODE, scope=OTHERS),
    "denied": Return("", error="access_denied"),
    "failed": Return("", error="server_error"),
}
BROWSERS = st.integers(0, 1)
STEPS = st.one_of(
    st.tuples(st.just("open"), BROWSERS),
    st.tuples(st.just("answer"), BROWSERS, st.integers(0, 5), st.sampled_from(sorted(ANSWERS))),
    st.tuples(st.just("wait"), st.sampled_from([1, 61, 299, 599, 600])),
    st.tuples(st.just("sweep")),
)


@dataclass
class Course:
    """What happens to one import, and what has to hold after each step."""

    world: World = field(default_factory=World)
    cookies: list[str] = field(default_factory=lambda: ["", ""])
    states: list[tuple[int, str, float]] = field(default_factory=list)
    age: float = 0
    settled: str = ""
    outcome: tuple[State, str] | None = None
    ended: State | None = None

    def __post_init__(self) -> None:
        self.imp = started(self.world)

    def open(self, browser: int) -> None:
        assert self.imp.consent
        try:
            opened = self.world.open(self.imp.consent.link, self.cookies[browser])
        except (LinkExpired, LinkUnknown, LinkWornOut):
            assert self.settled or self.age >= 600 or len(self.states) >= 10
            return
        if isinstance(opened, Departure):
            assert not self.settled
            assert self.age < 600
            self.cookies[browser] = opened.cookie
            state = unquote(opened.address.partition("state=")[2].partition("&")[0])
            self.states.append((browser, state, self.age))
        else:
            assert any(who == browser for who, _, _ in self.states)

    def answer(self, browser: int, index: int, kind: str) -> None:
        if not self.states:
            return
        who, state, since = self.states[index % len(self.states)]
        answer = replace(ANSWERS[kind], state=state, issuer=SERVERS["google"].issuer, source="google")
        in_time = self.age < since + RETURN_LIFE.total_seconds()
        expected = who == browser and (self.settled == fingerprint(answer) if self.settled else in_time)
        before = self.world.imports.rows[self.imp.id]
        try:
            seen = self.world.callback(answer, self.cookies[browser])
        except ConsentRefusal:
            assert not expected or before.imp.state in TERMINAL or before.imp.expired(self.world.clock.now())
            assert self.world.imports.rows[self.imp.id] == before
            return
        assert expected
        self._taken(answer, seen)

    def _taken(self, answer: Return, seen: Import) -> None:
        if self.settled:
            assert (seen.state, seen.failure) == self.outcome
        self.settled, self.outcome = fingerprint(answer), (seen.state, seen.failure)

    def wait(self, seconds: int) -> None:
        self.age += seconds
        self.world.clock.later(seconds)

    def sweep(self) -> None:
        self.world.sweep()

    def check(self) -> None:
        imp, world = self.world.imp(self.imp.id), self.world
        assert len([run for _, run in world.workflow.started if run == 1]) <= 1
        assert len(world.notify.announced) <= 1
        assert bool(world.workflow.started) <= (self.outcome is not None and self.outcome[0] is State.IMPORTING)
        kept = world.kept(self.imp.id)
        assert isinstance(kept, Code) if imp.state is State.IMPORTING else kept is None
        if self.ended:
            assert imp.state is self.ended
        self.ended = imp.state if imp.terminal else None


@given(st.lists(STEPS, max_size=25))
def test_whatever_happens_a_consent_counts_once_and_for_its_own_browser(steps: list[tuple[str, object]]) -> None:
    course = Course()

    for name, *arguments in steps:
        getattr(course, name)(*arguments)
        if course.world.imp(course.imp.id).state is State.PURGED:
            return
        course.check()
