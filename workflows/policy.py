"""The county's numbers: which windows, reminders, ladders, limits and rewards hold on a given day?

A policy is a list of dated versions; `Policy.on(day)` is the one in force. A window or ladder is stamped on a tip or
call when it opens (`stamped`), so editing the policy never changes one that is already running.
Defaults are those of the sample county's rulebook: 普通 by day and 特急.
"""

from collections.abc import Iterable
from datetime import date, time
from enum import StrEnum
from functools import cached_property
from itertools import pairwise
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    model_validator,
)
from pydantic_core import PydanticCustomError

from workflows.county import Role
from workflows.reward_rules import Fen, RewardRow, Rewards, Thanks

Minutes = Annotated[StrictInt, Field(ge=0, le=60 * 24 * 30)]
"""Whole minutes, running day and night."""

__all__ = ["Fen", "Policy", "PolicyVersion", "RewardRow", "Rewards", "Thanks", "Urgency", "Who"]


class Urgency(StrEnum):
    NORMAL = "normal"
    """普通"""
    URGENT = "urgent"
    """特急"""
    APPOINTED = "appointed"
    """预约: for an agreed time."""


class Clock(StrEnum):
    """Which minutes a window counts."""

    ALWAYS = "always"
    """Day and night."""
    WORKING = "working"
    """The working hours of working days only."""


class Who(StrEnum):
    """Whom a step of a ladder reaches."""

    ON_DUTY = "on_duty"
    """The squad's people on duty (tips only)."""
    POST_A = "post_a"
    POST_B = "post_b"
    DUTY_ROOM = "duty_room"
    DEPARTMENT_HEAD = "department_head"
    SQUAD_LEADER = "squad_leader"
    TOWNSHIP_LEADER = "township_leader"
    DESK = "desk"
    LEADER_ON_DUTY = "leader_on_duty"


TARGETS = ("rota", "person", "chat")
"""What a step of a call's ladder may name besides a duty: a duty rota, a seat, the bound group of a unit."""


def _target(who: str) -> str:
    """`post_b`, or `person:SJ-H`, `rota:sj-night`, `chat:SJ`."""
    kind, colon, name = who.partition(":")
    if (colon and kind in TARGETS and name) or who in set(Who):
        return who
    expected = ", ".join([*Who, *(f"{kind}: …" for kind in TARGETS)])
    raise PydanticCustomError("choice", "{who} is nobody that a step can reach", {"who": who, "expected": expected})


Target = Annotated[str, AfterValidator(_target)]


def _month_day(text: str) -> str:
    try:
        date.fromisoformat(f"2024-{text}")  # a leap year: 02-29 is a day
    except ValueError as error:
        raise PydanticCustomError("month_day", "{value} is no day of the year", {"value": text}) from error
    return text


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Step(_Part):
    """One rung: this many minutes after the breach, these are told."""

    after_minutes: Minutes
    who: Who


class EarlyStep(_Part):
    """Told before the window has passed: this many minutes after the opening."""

    at_minutes: Minutes
    who: Who


class _Targeted(_Part):
    """Written as `who: post_b`, or as `rota: …`, `person: …` or `chat: …`; kept as one word, `person:SJ-H`."""

    no: Annotated[StrictInt, Field(ge=1)] | None = None
    """A number for people to speak of; the order of the list counts, and numbers may have gaps."""
    who: Target

    @model_validator(mode="before")
    @classmethod
    def _one_target(cls, given: object) -> object:
        if not isinstance(given, dict):
            return given
        named = [kind for kind in ("who", *TARGETS) if kind in given]
        if len(named) != 1:
            raise PydanticCustomError("one_target", "a step names one of who, rota, person and chat", {})
        if named[0] == "who":
            return given
        rest = {key: value for key, value in given.items() if key != named[0]}
        return {**rest, "who": f"{named[0]}:{given[named[0]]}"}


class CallStep(_Targeted):
    """One rung of a call's ladder: this many minutes after the breach."""

    after_minutes: Minutes


class EarlyCallStep(_Targeted):
    """Told before the window of a call has passed: this many minutes after it rang."""

    at_minutes: Minutes


class Nag(_Part):
    """After the last rung: the ladder never falls silent until a person takes it."""

    every_minutes: Annotated[StrictInt, Field(ge=1, le=24 * 60)]
    who: Who = Who.DESK


class Window(_Part):
    """One clock: how long, when it reminds, who is told early, who is told after a breach, and for ever after."""

    window_minutes: Annotated[StrictInt, Field(ge=1, le=60 * 24 * 30)]
    """Answered exactly on the last minute is in time."""
    remind_at: tuple[Minutes, ...] = ()
    """Minutes after the opening."""
    told_early: tuple[EarlyStep, ...] = ()
    ladder: tuple[Step, ...] = Field(min_length=1)
    nag: Nag

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        for at in [*self.remind_at, *(step.at_minutes for step in self.told_early)]:
            if not 0 < at < self.window_minutes:
                raise PydanticCustomError(
                    "remind_outside_window",
                    "{at} minutes is not inside the window of {window} minutes",
                    {"at": at, "window": self.window_minutes},
                )
        _rising("remind_at", self.remind_at, strictly=True)
        _rising("told_early", [step.at_minutes for step in self.told_early])
        _rising("ladder", [step.after_minutes for step in self.ladder])
        return self

    @cached_property
    def stamped(self) -> dict[str, Any]:
        """As it is kept with each tip or call, which share this one: it is not to be changed."""
        return self.model_dump(mode="json")


class TipWindow(Window):
    """A tip's own clock, from the villager's first message to 受理."""

    first_look_minutes: Annotated[StrictInt, Field(ge=1)]
    """From 受理 to the first look on the spot (T-02; W13: within 24 hours, urgent at once)."""


class Arrival(_Part):
    """At the latest on the spot, minutes after 签收, by how far the unit has to come."""

    station: Annotated[StrictInt, Field(ge=1)]
    near: Annotated[StrictInt, Field(ge=1)]
    far: Annotated[StrictInt, Field(ge=1)]
    near_km: Annotated[StrictInt, Field(ge=1)] = 20
    after_appointment: Annotated[StrictInt, Field(ge=0)] = 15
    """预约: minutes after the agreed time, wherever the unit comes from."""


class CallWindow(Window):
    """A call's clock, from the confirmed whistle to 签收."""

    clock: Clock = Clock.ALWAYS
    """Which minutes count for the window, its reminders, its ladder and the report. The arrival is counted day and night."""
    told_early: tuple[EarlyCallStep, ...] = ()  # type: ignore[assignment]
    ladder: tuple[CallStep, ...] = Field(min_length=1)  # type: ignore[assignment]

    rings: tuple[Who, ...] = Field(min_length=1)
    """Posts that ring at minute 0."""
    phone_hook_minutes: Minutes | None = None
    """When the county's phone or SMS hook is fired, if it has one; none: never."""
    promise_ask_again_minutes: Minutes
    """No expected time given after 签收: asked again."""
    promise_desk_minutes: Minutes
    """Still none: the desk is told."""
    progress_after_promise_minutes: Minutes
    """Past the promised time without 到场: 在路上?"""
    progress_answer_minutes: Annotated[StrictInt, Field(ge=1)] = 5
    """No answer to 在路上? for so long: the call is open again."""
    arrival_minutes: Arrival
    report_back_minutes: Annotated[StrictInt, Field(ge=1)]
    """From 到场 to 反馈."""
    dispute_ruling_minutes: Annotated[StrictInt, Field(ge=1)] | None = None
    """When the desk rules on 不属我单位, if other than for all calls."""

    @model_validator(mode="after")
    def _numbers_rise(self) -> Self:
        _rising("no", [step.no for step in self.ladder if step.no is not None], strictly=True)
        return self

    @model_validator(mode="after")
    def _rings_a_post(self) -> Self:
        if Who.POST_A not in self.rings:
            raise PydanticCustomError("post_a_not_rung", "post A must ring at minute 0", {})
        return self


class Tips(_Part):
    normal: TipWindow
    urgent: TipWindow
    collect_minutes: Annotated[StrictInt, Field(ge=1)] = 3
    """An unfinished tip is submitted this long after its last item."""
    join_minutes: Minutes = 10
    """Later items join this long after submission; then the bot asks."""
    flood_per_hour: Annotated[StrictInt, Field(ge=1)] = 10
    """Tips an hour from one chat before that chat is slowed; emergencies never."""
    first_word: bool = True
    """Emergency words are answered first with the number to dial."""


class TypedWords(_Part):
    """Words that answer a call when they are typed; compared without case, blanks and a closing mark."""

    acknowledge: tuple[str, ...] = ("收到", "到", "签收", "好的", "知道了", "ok", "ack", "received")
    depart: tuple[str, ...] = ("出动", "出发", "已出发", "在路上", "在路上了", "on the way")
    arrive: tuple[str, ...] = ("到场", "已到场", "到了", "已到", "arrived", "on site")


def fits(matters: Iterable[str], code: str, tags: Iterable[str] = ()) -> bool:
    """Whether a matter is meant by codes (`NY002`), code beginnings (`SJ*`), checklist tags (`#一企`) or `*`."""
    return any(
        want == code
        or (want.endswith("*") and code.startswith(want[:-1]))
        or (want.startswith("#") and want[1:] in tuple(tags))
        for want in matters
    )


MonthDay = Annotated[str, AfterValidator(_month_day)]
"""`09-15`: the same day of every year."""


class Season(_Part):
    """From one day of the year to another these matters are 特急."""

    id: str = Field(min_length=1)
    label: str = Field(min_length=1)
    label_en: str = Field(min_length=1)
    matters: tuple[str, ...] = Field(min_length=1)
    from_: MonthDay = Field(alias="from")
    to: MonthDay
    """The last day; before `from` in the year, it is the next year's."""

    def holds(self, day: date) -> bool:
        today = f"{day:%m-%d}"
        if self.from_ <= self.to:
            return self.from_ <= today <= self.to
        return today >= self.from_ or today <= self.to


class Swift(_Part):
    """桐庐's 1/3/15 for pressing matters where the township has a station: sign, leave and arrive within so many minutes of the ring."""

    on: StrictBool = False
    matters: tuple[str, ...] = Field(default=("*",), min_length=1)
    """The matters marked 紧急, written as in the reward table. Only 特急 whistles count."""
    sign_minutes: Annotated[StrictInt, Field(ge=1)] = 1
    leave_minutes: Annotated[StrictInt, Field(ge=1)] = 3
    arrive_minutes: Annotated[StrictInt, Field(ge=1)] = 15

    @model_validator(mode="after")
    def _one_after_the_other(self) -> Self:
        _rising("swift", [self.sign_minutes, self.leave_minutes, self.arrive_minutes], strictly=True)
        return self


class UnitCalls(_Part):
    """One department's or station's own windows; what is not written here is the county's."""

    normal: CallWindow | None = None
    urgent: CallWindow | None = None
    appointed: CallWindow | None = None


class Calls(_Part):
    normal: CallWindow
    urgent: CallWindow
    typed: TypedWords = TypedWords()
    unsign_seconds: Annotated[StrictInt, Field(ge=0)] = 10
    """So long after 签收 it can be taken back by whoever signed; the clock goes on from the original deadline."""
    swift: Swift = Field(default_factory=Swift)
    appointed: CallWindow | None = None
    """预约; a county that leaves it out has no appointments."""
    units: dict[str, UnitCalls] = {}
    """Unit → what is different there. A station has its department's unless it has its own."""
    dispute_ruling_minutes: Annotated[StrictInt, Field(ge=1)] = 10
    """The desk rules on 不属我单位; the clock of the call runs on."""
    phone_answer_confirm_hours: Annotated[StrictInt, Field(ge=1)] = 24
    """电话代签 must be confirmed by the person within this time."""
    explain_hours: Annotated[StrictInt, Field(ge=1)] = 24
    """说明情况 within this time after the breach."""
    explanation_decide_wd: Annotated[StrictInt, Field(ge=1)] = 3
    """Working days until it is decided."""
    review_decide_wd: Annotated[StrictInt, Field(ge=1)] = 1
    """待核: working days until two people have said whether a late answer after an outage of our own counts."""
    undecided_to_supervisor: Annotated[StrictInt, Field(ge=1)] = 3
    """The so manieth word about either, one a working day, goes to the supervisor too."""
    explanation_share_percent: Annotated[StrictInt, Field(ge=0, le=100)] = 20
    """More than this share of a unit's breaches of one month explained away: the supervisor is told …"""
    explanation_share_from: Annotated[StrictInt, Field(ge=1)] = 5
    """… from so many breaches on; a share of fewer says nothing."""
    crew_link_hours: Annotated[StrictInt, Field(ge=1, le=72)] = 24
    """The page of those who go out ends with its call, or after this."""
    phone_hold_minutes: Annotated[StrictInt, Field(ge=1, le=30)] = 5
    """The leader's 已打通电话 keeps the next step of the ladder waiting this long; it answers nothing."""

    @model_validator(mode="before")
    @classmethod
    def _units_complete(cls, given: object) -> object:
        """Lay each unit's own entries over the county's, so that a window that does not hold together is found at its unit."""
        if not isinstance(given, dict) or not isinstance(given.get("units"), dict):
            return given
        units = {}
        for unit, windows in given["units"].items():
            if not isinstance(windows, dict):
                return given
            units[unit] = {
                urgency: {**given[urgency], **own}
                if isinstance(own, dict) and isinstance(given.get(urgency), dict)
                else own
                for urgency, own in windows.items()
            }
        return {**given, "units": units}


class Reach(_Part):
    """通知不畅: a person whose presses typically come late is phoned first. Measured from ordinary presses."""

    slow_minutes: Annotated[StrictInt, Field(ge=1, le=60)] = 5
    presses: Annotated[StrictInt, Field(ge=3, le=50)] = 10
    """The median of so many last presses counts."""
    presses_needed: Annotated[StrictInt, Field(ge=1, le=50)] = 5
    """With fewer nothing is said."""


class Desk(_Part):
    """The county's desk: when its shifts end, and how long a hand-over may wait."""

    shift_ends: tuple[time, ...] = Field(default=(time(8), time(20)), min_length=1)
    take_over_minutes: Annotated[StrictInt, Field(ge=1)] = 30
    """Nobody has taken the shift over by then: the leader on duty is told."""
    page_hours: Annotated[StrictInt, Field(ge=1, le=72)] = 12
    """How long the link of a printable page can be opened."""


class Whistles(_Part):
    """Who may blow one, and how many a township may have open."""

    roles: tuple[Role, ...] = (Role.SQUAD_LEADER, Role.DISPATCHER)
    posts: tuple[str, ...] = ("队长", "副队长")
    urgent_roles: tuple[Role, ...] = (Role.SQUAD_MEMBER,)
    """Who may blow 特急 while on duty; the squad's leader hears of it at once."""
    pause_max_hours: Annotated[StrictInt, Field(ge=1, le=24 * 7)] = 12
    """A unit can be paused for so long at a time."""
    pause_minutes: tuple[Annotated[StrictInt, Field(ge=1)], ...] = Field(default=(30, 60, 120, 240), min_length=1)
    """What 〔暂停呼叫〕 offers, …"""
    pause_evening: time = time(18, 0)
    """… and until the end of the day."""
    open_normal_per_township: Annotated[StrictInt, Field(ge=1)] = 10
    """特急 is not counted."""
    free_per_day: Annotated[StrictInt, Field(ge=1)] | None = 3
    """From the next one on the 分管领导 is asked first; 特急 is not counted. None: never asked."""
    confirm_minutes: Annotated[StrictInt, Field(ge=1)] = 10
    """No word of whoever was asked for so long: the whistle is blown and marked as unconfirmed."""
    via_desk: tuple[Urgency, ...] = ()
    """Urgencies that go by the county desk first (Q-09); empty: every whistle goes to the units directly."""
    seasons: tuple[Season, ...] = ()
    """When a matter counts as 特急 by itself."""
    auto_close_days: Annotated[StrictInt, Field(ge=1)] = 14
    """A signed whistle on which nothing has happened for so long is closed by itself, and listed to the desk."""
    lead_units: Annotated[StrictInt, Field(ge=1, le=5)] = 2
    """The bot proposes one lead and at most this many units in all."""

    def may_blow(self, role: str, post: str) -> bool:
        return role in self.roles or post in self.posts

    def may_blow_urgent(self, role: str, post: str, on_duty: bool) -> bool:
        return self.may_blow(role, post) or (on_duty and role in self.urgent_roles)


class Villagers(_Part):
    """What a villager may count on. `wd` are working days."""

    silence_wd: Annotated[StrictInt, Field(ge=1)] = 3
    """Nothing new for so long: a word."""
    result_wd: Annotated[StrictInt, Field(ge=1)] = 5
    """Result after the check (W13, H19)."""
    declined_wd: Annotated[StrictInt, Field(ge=1)] = 2
    messages_before_reward: Annotated[StrictInt, Field(ge=1)] = 5
    place_question_minutes: Minutes = 24 * 60
    """How long an unanswered "where?" keeps a tip open before it is closed with a word."""


class Between(_Part):
    """Local hours between which neutral notices (results, ratings, rewards) may leave."""

    from_: time = Field(alias="from")
    to: time

    @model_validator(mode="after")
    def _opens_before_it_closes(self) -> Self:
        if self.from_ >= self.to:
            raise PydanticCustomError("hours_reversed", "the hours end before they begin", {})
        return self

    def open_at(self, local: time) -> bool:
        return self.from_ <= local < self.to


class Hours(_Part):
    """Local hours: when it is night, and when offices begin. At night and on holidays only `staffed` units ring for 普通."""

    day_from: time = time(7, 30)
    night_from: time = time(21, 0)
    duty_from: time = time(8, 30)
    """A 普通 whistle to a unit without night duty rings then."""
    appointments: tuple[time, ...] = Field(default=(time(8, 30), time(10), time(14), time(16)), min_length=1)
    """The hours that 约个时间 offers."""
    appointment_ahead_minutes: Annotated[StrictInt, Field(ge=0, le=24 * 60)] = 60
    """The first of them lies at least so far ahead."""
    office: tuple[Between, ...] = Field(
        default=(
            Between.model_validate({"from": "08:30", "to": "12:00"}),
            Between.model_validate({"from": "14:00", "to": "17:30"}),
        ),
        min_length=1,
    )
    """Working hours of a working day; the clock of a 预约 runs only then."""

    @model_validator(mode="after")
    def _office_in_order(self) -> Self:
        for earlier, later in pairwise(self.office):
            if later.from_ < earlier.to:
                raise PydanticCustomError("hours_reversed", "the hours end before they begin", {})
        return self

    @model_validator(mode="after")
    def _day_before_night(self) -> Self:
        if not self.day_from <= self.duty_from < self.night_from:
            raise PydanticCustomError("hours_reversed", "the hours end before they begin", {})
        return self


class Rotas(_Part):
    """Duty rotas: when the head hears of a gap, and of somebody whom nothing reaches."""

    daily_at: time = time(8, 0)
    """The local hour of the daily look at the coming shifts."""
    before_shift_minutes: Annotated[StrictInt, Field(ge=1, le=24 * 60)] = 60
    """So long before each shift, once more."""
    gap_days: Annotated[StrictInt, Field(ge=1, le=30)] = 7
    """How far ahead an hour without anybody on duty is reported."""


class Procedures(_Part):
    """What the county itself sets about procedures of law; limits and terms are in `law_profiles.yaml`."""

    pay_at: str = ""
    """Where a fine is paid, as the notice says it: banks, counters, an app. Empty: the officer is asked."""
    pay_code: str = Field(default="{reference}", pattern=r"\{reference\}")
    """What the QR code of a payment notice says; {reference} is the payment number, {fen} the amount."""
    public_page: StrictBool = True
    """Whether our own page `/public` shows published decisions; no: the county has another place for them, and only the fact is kept."""
    number_words: dict[str, str] = Field(default={"simple": "当罚", "ordinary": "罚决", "no_penalty": "不罚"})
    """The middle of a decision's number: 云溪当罚〔2026〕3号."""
    same_act_days: Annotated[StrictInt, Field(ge=1, le=365)] = 30
    """A fine of this party for this matter, so many days around the act, may be for the same act: the officer is asked (第二十九条)."""
    firm_visits_per_year: Annotated[StrictInt, Field(ge=1)] = 4
    """Visits to one firm that the squad itself plans; a visit after a tip does not count (国办发〔2024〕54号 leaves the number to us)."""


class Supplements(_Part):
    """补证: what an officer asks a grid inspector to send."""

    lapse_hours: Annotated[StrictInt, Field(ge=1)] = 24
    """So long a request waits for the first piece."""
    hand_in_minutes: Annotated[StrictInt, Field(ge=1)] = 10
    """After the first piece: what was sent is handed in even if nobody presses 发完了."""
    most_pieces: Annotated[StrictInt, Field(ge=1, le=100)] = 20
    """Pieces of one request."""


class Pages(_Part):
    """What is continued outside the chat, on a page for one browser: `/p/…`."""

    form_hours: Annotated[StrictInt, Field(ge=1, le=72)] = 24
    """So long the page of a half-filled document can be opened."""
    upload_hours: Annotated[StrictInt, Field(ge=1, le=72)] = 24
    """The same of the page that takes large files; pieces of a file that nobody has gone on with for so long are thrown away."""
    largest_mb: Annotated[StrictInt, Field(ge=20, le=2000)] = 300
    """One file of it: 300 are an hour of a body camera. The chat itself takes 20."""
    most_files: Annotated[StrictInt, Field(ge=1, le=100)] = 20
    """Files that are under way at once on one page."""

    @property
    def largest(self) -> int:
        """The same in bytes."""
        return self.largest_mb * 1024 * 1024


class Drills(_Part):
    """演练 (D-24): few, announced, by day; nobody is judged by one (R41)."""

    mark: str = Field(default="演练", min_length=1)
    """Stands in every case number of a drill, which have a series of their own."""
    answer_minutes: Annotated[StrictInt, Field(ge=1)] = 30
    """So long a roll-call waits before the desk reads how many posts answered."""

    per_unit_and_month: Annotated[StrictInt, Field(ge=0)] = 1
    roll_calls_per_quarter: Annotated[StrictInt, Field(ge=0)] = 2
    between: Between = Field(
        default_factory=lambda: Between.model_validate({"from": "09:00", "to": "17:00"}), validate_default=True
    )
    """Drill messages leave in these local hours only."""


def _none_word(value: object) -> object:
    return None if value == "none" else value


class Notices(_Part):
    fold_seconds: Annotated[StrictInt, Field(ge=0)] = 60
    """A notice opened with 〔点开看〕 is folded again after this."""
    results_between: Annotated[Between | None, BeforeValidator(_none_word)] = Field(
        default_factory=lambda: Between.model_validate({"from": "09:00", "to": "20:00"}), validate_default=True
    )
    """Quiet outside these hours; `none` sends at any hour. Alarms and emergency answers are never quiet."""
    group_sends_per_minute: Annotated[StrictInt, Field(ge=1, le=20)] = 12
    """Sends and edits together; Telegram cuts off at 20."""
    help_replies: Annotated[StrictInt, Field(ge=1)] = 5
    """What a chat is for is said so many times in a row; then not again until something was understood."""
    calls_together_seconds: Annotated[StrictInt, Field(ge=0)] = 120
    """普通 calls to somebody who has not answered one of so long ago wait and come as one list; 特急 never waits."""
    mute_minutes: Annotated[StrictInt, Field(ge=1)] = 20
    """静音: one's own reminders rest so long; deadline, ladder and alarms do not."""
    own_minutes: tuple[Annotated[StrictInt, Field(ge=1)], ...] = (3, 6, 8, 12)
    """What people may choose for themselves: one more reminder so many minutes after each ring."""
    inactive_days: Annotated[StrictInt, Field(ge=1)] = 7
    """Who has not done anything here for so long gets no status notices; alarms as ever."""
    awake_minutes: Annotated[StrictInt, Field(ge=0)] = 60
    """At night, notices that are no alarm reach only those who did something here so recently; the others in the morning."""
    digest_at: tuple[time, ...] = (time(8, 30), time(18, 0))
    """When desk and leaders get the digest."""
    board_seconds: Annotated[StrictInt, Field(ge=1)] = 20
    """A board is edited once in so long at most."""


class Keep(_Part):
    """How many days each class of a villager's data is kept (个人信息保护法 arts. 19, 47); the nightly job erases what is past."""

    updates_days: Annotated[StrictInt, Field(ge=0)] = 7
    """What was heard, once it is done: its payload is emptied at once, the bare row goes after this."""
    failed_updates_days: Annotated[StrictInt, Field(ge=1)] = 30
    """What could not be handled, sealed, for the operator."""
    positions_days: Annotated[StrictInt, Field(ge=0)] = 30
    """Pins and telephone numbers, after the end of the matter (sensitive, art. 28)."""
    words_days: Annotated[StrictInt, Field(ge=1)] = 180
    """Words and pictures, after the end of the matter and of its reward."""
    messages_days: Annotated[StrictInt, Field(ge=1)] = 180
    """The text of what we said to people."""
    people_days: Annotated[StrictInt, Field(ge=1)] = 365
    """A chat without an open matter or reward, after its last one ended: the key is destroyed."""


class Voices(_Part):
    """A sender's voice: whether it may be heard is asked once; without a yes the desk types it, against a clock."""

    ask_minutes: Minutes = 3
    """So long the question waits; then it is typed."""
    urgent_ask_minutes: Minutes = 0
    """The same in danger: typed at once, and the answer may still come."""
    type_minutes: Annotated[StrictInt, Field(ge=1)] = 10
    urgent_type_minutes: Annotated[StrictInt, Field(ge=1)] = 5
    """By then it is typed; else the leader on duty hears of it, and the desk again."""
    remind_at: tuple[Minutes, ...] = (5,)
    """Minutes after it was queued at which the desk is reminded; those past the clock are left out."""
    again_minutes: Annotated[StrictInt, Field(ge=1)] = 10
    """Overdue: told again so often until it is done."""


class Precedents(_Part):
    """先例 (T-04): what officers chose and disputes decided changes the order of proposals, never silently."""

    needed: Annotated[StrictInt, Field(ge=1)] = 2
    """So many officers' choices, and more than for what the words put first, bring a matter to the front."""
    days: Annotated[StrictInt, Field(ge=1)] = 730
    """Older ones no longer count."""


class Visits(_Part):
    """先别马上来: what a sender may ask for, so that the visit does not follow the message."""

    hours: Annotated[StrictInt, Field(ge=1, le=24)] = 2
    tomorrow_at: time = time(9, 0)
    """明天: not before this local hour."""
    look_within_minutes: Annotated[StrictInt, Field(ge=1)] = 120
    """After the wish has ended, the first look is asked for no earlier than this."""


class FirstCheck(_Part):
    """首查责任 (T-02)."""

    danger_goes_on: StrictBool = True
    """What is dangerous (a tip of danger, a 特急 whistle) may be handed over before anybody has looked: lives come first."""


class Duplicates(_Part):
    """What is offered as the same thing to whoever takes a tip; a person joins, never the machine."""

    metres: Annotated[StrictInt, Field(ge=0)] = 1500
    """Between the grids (or villages) in which two tips lie; tips of one village always count as near."""
    days: Annotated[StrictInt, Field(ge=1)] = 7
    """Between their first messages."""


class Hotspots(_Part):
    """The same matter again and again at one place is put before the desk."""

    cases: Annotated[StrictInt, Field(ge=2)] = 3
    days: Annotated[StrictInt, Field(ge=1)] = 30


class Privacy(_Part):
    """Who may learn what, and how long anything is kept."""

    reveal_ask_roles: tuple[Role, ...] = Field(default=(Role.DISCIPLINE, Role.LEADER_ON_DUTY), min_length=1)
    reveal_consent_roles: tuple[Role, ...] = Field(default=(Role.LEADER_ON_DUTY, Role.SUPERVISOR), min_length=1)
    """Somebody else than the asker, always."""
    reveal_hours: Annotated[StrictInt, Field(ge=1)] = 24
    """A request that nobody agreed to, or nobody looked at, ends after this."""
    home_minutes: Minutes = 3
    """"Was it taken from your home?" keeps a picture back for so long; without an answer it goes to the two who handle it."""
    pin_metres: Annotated[StrictInt, Field(ge=1, le=1000)] = 30
    """A sender's pin is shown to those who handle it only this precisely."""
    due_step_minutes: Annotated[StrictInt, Field(ge=1, le=10)] = 5
    """A tip's window begins on a step of so many minutes before its first message: its reminders would else tell when that was written."""
    keep: Keep = Keep()
    nightly_at: time = time(3, 0)


class Assessment(_Part):
    """What is counted about a unit in a quarter; never about a person, and nothing from fines."""

    least_calls: Annotated[StrictInt, Field(ge=1)] = 5
    """Fewer than so many in the period: the numbers are shown, no share is."""


class PolicyVersion(_Part):
    """All numbers that hold from one day on."""

    effective_from: date
    tip: Tips
    call: Calls
    desk: Desk = Desk()
    reach: Reach = Reach()
    whistle: Whistles = Whistles()
    villager: Villagers = Villagers()
    notice: Notices = Notices()
    hours: Hours = Hours()
    rota: Rotas = Rotas()
    drill: Drills = Drills()
    procedure: Procedures = Procedures()
    supplement: Supplements = Supplements()
    page: Pages = Pages()
    assessment: Assessment = Assessment()
    reward: Rewards
    privacy: Privacy = Privacy()
    voice: Voices = Voices()
    precedent: Precedents = Precedents()
    visit: Visits = Visits()
    first_check: FirstCheck = FirstCheck()
    duplicate: Duplicates = Duplicates()
    hotspot: Hotspots = Hotspots()
    transfer_crime_hours: Annotated[StrictInt, Field(ge=1)] = 6
    """The same where a crime is suspected: the police have it within 24 hours (移送规定第六条)."""
    transfer_remind_hours: Annotated[StrictInt, Field(ge=1)] = 24
    """A transfer nobody has taken over: its sender is reminded (S3-06)."""
    invitation_hours: Annotated[StrictInt, Field(ge=1)] = 72
    prompt_minutes: Annotated[StrictInt, Field(ge=5, le=24 * 60)] = 60
    """So long a question in the chat waits for a typed answer, and 〔取证〕 stays open after the last piece."""
    near_metres: Annotated[StrictInt, Field(ge=10)] = 300
    """A single position this close counts as 到场, and this close to a border the bot asks instead of deciding."""
    near_grid_metres: Annotated[StrictInt, Field(ge=10)] = 1500
    """The same where only the village or grid is known: its centre is not the spot."""
    squad_cards_before_list: Annotated[StrictInt, Field(ge=1)] = 3
    """More waiting cards than this become one list message."""

    def tip_window(self, urgency: Urgency) -> TipWindow:
        return self.tip.urgent if urgency is Urgency.URGENT else self.tip.normal

    def call_window(self, urgency: Urgency, *units: str) -> CallWindow:
        """The window of a call of this urgency: the first of these units that has its own, else the county's."""
        return self.call_rule(urgency, *units)[1]

    def call_rule(self, urgency: Urgency, *units: str) -> tuple[str, CallWindow]:
        """The same with the name under which it stands in the file: `SJ.normal`, or `normal` for the county's."""
        for unit in units:
            own: CallWindow | None = getattr(self.call.units.get(unit), urgency.value, None)
            if own is not None:
                return f"{unit}.{urgency.value}", own
        county: CallWindow | None = getattr(self.call, urgency.value)
        if county is None:
            raise LookupError(f"the policy has no window for {urgency}")
        return urgency.value, county


class Policy(_Part):
    """`policy.yaml`: the versions, oldest first, each from its own day until the next begins."""

    versions: tuple[PolicyVersion, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _days_rise(self) -> Self:
        for earlier, later in pairwise(self.versions):
            if later.effective_from <= earlier.effective_from:
                raise PydanticCustomError(
                    "versions_overlap",
                    "the version of {later} does not begin after the one of {earlier}",
                    {"later": later.effective_from.isoformat(), "earlier": earlier.effective_from.isoformat()},
                )
        return self

    def on(self, day: date) -> PolicyVersion:
        """The numbers in force on a local day. Raises LookupError before the first version."""
        for version in reversed(self.versions):
            if version.effective_from <= day:
                return version
        raise LookupError(f"no policy is in force on {day}: the first begins on {self.versions[0].effective_from}")


def _rising(field: str, minutes: Iterable[int], *, strictly: bool = False) -> None:
    numbers = list(minutes)
    for before, after in pairwise(numbers):
        if after < before or (strictly and after == before):
            raise PydanticCustomError(
                "not_rising",
                "{field} goes from {before} to {after}",
                {"field": field, "before": before, "after": after},
            )
