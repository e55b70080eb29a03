"""Sample facts for every text: what the county's records could hold. Each variant shows another state of the same message."""

from typing import Any

from tests.messages import samples_law
from workflows.authority import Why

Facts = dict[str, Any]

T0 = "2026-11-02T01:28:00+00:00"  # 09:28 in the county
T1 = "2026-11-02T01:43:00+00:00"
T2 = "2026-11-02T01:46:13+00:00"
LATER = "2026-11-03T02:00:00+00:00"
DAY = "2026-11-02"
NAME = "云溪-2026-0147"
CALL = "云溪-2026-0147-1"
PLACE = {"township": "QL01", "village": "QL01V03", "grid": "QL01G03"}
TOWN = {"township": "QL01", "village": None, "grid": None}
NOWHERE = {"township": None, "village": None, "grid": None}
LEADER = {"zh": "云溪镇队长", "en": "Yunxi squad leader", "phone": "000-701001"}
POST_A = {"zh": "市监局A岗", "en": "County Market Regulation Bureau, post A", "phone": "000-901500", "slow": False}
DESK = {"zh": "县指挥中心1号席", "en": "County desk, seat 1", "phone": "000-800001"}
RECEIPT = "482716305"
CODE = "482177301956004231875"

_ABOUT_TIP: Facts = {"name": NAME, "place": PLACE, "matter": "CG013", "due_at": T1, "receipt": RECEIPT}
_CALLED: Facts = {
    "number": CALL,
    "unit": "SJ",
    "township": "QL01",
    "village": "QL01V03",
    "grid": "QL01G03",
    "matter": "CG013",
    "opened_at": T0,
    "due_at": T1,
    "reopened_at": None,
    "appointment": None,
    "called": ["SJ-1"],
    "undelivered": [],
}
_REOPENED: Facts = {**_CALLED, "reopened_at": T2}
_UNHEARD: Facts = {**_CALLED, "undelivered": ["SJ-1"]}
_NOBODY: Facts = {**_CALLED, "called": [], "undelivered": [], "village": None, "grid": None, "matter": None}
_WHO: Facts = {"who": "县指挥中心1号席", "who_en": "County desk, seat 1"}
_OFFICER: Facts = {"who": "云溪镇副队长", "who_en": "Yunxi deputy squad leader"}
_RANGE: Facts = {
    "fines": [{"low_fen": 50_000, "high_fen": 200_000, "quote": "处五百元以上二千元以下的罚款"}],
    "whole": True,
    "basis": "《公路法》第七十六条",
    "below": "",
    "below_words": "",
}
_MOVED: Facts = {
    "name": NAME,
    "unit": "SJ",
    "township": "QL01",
    "village": "QL01V03",
    "grid": "QL01G03",
    "matter": "CG013",
    "reason": "their_duty",
    "at": T0,
    "maybe": [],
}


_FIELD: Facts = {
    "label": "检查情况",
    "label_en": "Findings",
    "ask": "看到了什么？",
    "ask_en": "What did you see?",
}
_ACROSS: Facts = {
    **_MOVED,
    "township": None,
    "village": None,
    "grid": None,
    "maybe": [{"township": "QL01", "village": "QL01V03"}, {"township": "QL02", "village": "QL02V01"}],
}
_TITLE: Facts = {"title": "现场检查笔录", "title_en": "Record of an inspection"}


def _shots(*there: str) -> list[Facts]:
    return [{"shot": one, "there": one in there} for one in ("wide", "near", "mark")]


_FOLDED: Facts = {
    **_ABOUT_TIP,
    "folded": True,
    "notice": "k7qf2m3a",
    "question": "",
    "asked": "q",
    "reason": "lawful",
    "may_appeal": True,
    "unit": "SJ",
}
_LADDER = [
    {"who": "post_b", "at": T1},
    {"who": "department_head", "at": "2026-11-02T01:46:00+00:00"},
    {"who": "desk", "at": "2026-11-02T01:51:00+00:00"},
    {"who": "leader_on_duty", "at": "2026-11-02T02:01:00+00:00"},
]

_SET: Facts = {
    "name": NAME,
    "matter": "HB007",
    "why": "lead",
    "law": "《水污染防治法》第八十五条",
    "co": "SL",
    "keyboard": [],
}
_PRECEDENT: Facts = {"number": 1, "read_as": "CG013", "at": T0, "zh": "云溪镇队长", "en": "Yunxi squad leader"}
_NEAR: Facts = {"name": "云溪-2026-0146", "place": PLACE, "matter": "CG013", "at": T0, "photo": False, "same": True}
_SPOT: Facts = {"place": PLACE, "matter": "CG013", "count": 3, "cases": ["云溪-2026-0140", "云溪-2026-0144", NAME]}
_REACHED: list[Facts] = [
    {"outcome": "mediated", "unit": "dispute", "quantity": 2},
    {"outcome": "persuaded", "unit": "person", "quantity": 8},
]
_STATS: Facts = {
    "reached": [],
    "spots": [],
    "days": 30,
    "unit": "SJ", "squad": False, "since": "2026-09-30T16:00:00+00:00", "until": T1, "counted": 12, "in_time": 11, "breaches": 1,
    "percent": 92, "minutes": 6.5, "expected": 9, "kept": 8, "left_out": 2, "least": 5, "enough": True,
}  # fmt: skip
_ROTA: Facts = {"rota": "市监局A岗", "rota_en": "Market regulation, post A", "unit": "SJ"}
_NAMED: Facts = {"zh": "市监局A岗", "en": "Market regulation, post A"}
_OTHER: Facts = {"zh": "市监局B岗", "en": "Market regulation, post B"}
_NOBODY_NAMED: Facts = {"zh": "", "en": ""}
_STRETCH: Facts = {"begins": T0, "ends": T1}
_OPEN_CALL: Facts = {
    "name": CALL, "unit": "SJ", "place": PLACE, "matter": "CG013", "state": "open", "due_at": T1, "breached": False,
    "signed": _NOBODY_NAMED, "expected": None,
}  # fmt: skip
_OPEN_TIP: Facts = {**_OPEN_CALL, "name": "K7QF", "unit": None, "state": "submitted"}
_HANDED: Facts = {
    **_ROTA, "come": [_OTHER], "gone": [_NAMED], "on_now": [_OTHER], "until": T1, "more": 0,
    "open": [
        _OPEN_CALL,
        {**_OPEN_CALL, "breached": True},
        {**_OPEN_CALL, "state": "acknowledged", "signed": _NAMED, "expected": T1},
        {**_OPEN_CALL, "state": "departed", "signed": _NAMED},
        {**_OPEN_CALL, "state": "arrived", "signed": _NAMED},
    ],
}  # fmt: skip

ITEM: Facts = {
    "at": T0,
    "kind": "text",
    "text": "",
    "masks": [],
    "revised": False,
    "silent": False,
    "mute": False,
    "wait": "",
}
_RECEIPT: Facts = {
    "receipt": RECEIPT,
    "state": "collecting",
    "asks": "",
    "place": PLACE,
    "known_place": True,
    "matter": "CG013",
    "named": False,
    "urgent": False,
    "inspector": False,
    "hidden": False,
    "home": False,
    "voice": False,
    "wish": "",
    "wish_until": None,
    "officer": False,
    "window": 15,
    "items": 2,
    "same": None,
}
_TIP: Facts = {
    "name": "K7QF",
    "maybe": [],
    "state": "submitted",
    "urgent": False,
    "place": PLACE,
    "matter": "HB007",
    "guesses": ["HB007"],
    "hidden": "",
    "barred": [],
    "named": False,
    "inspector": False,
    "staff": False,
    "desk": False,
    "photos": 2,
    "videos": 0,
    "voices": 1,
    "files": 0,
    "texts": 3,
    "wait_until": None,
    "together": False,
    "typing": 0,
    "typed": 0,
    "unclear": 0,
    "due_at": T1,
    "breached_at": None,
    "duty": [
        {"zh": "云溪镇队长", "en": "Yunxi squad leader"},
        {"zh": "云溪镇副队长", "en": "Yunxi deputy squad leader"},
    ],
    "authority": None,
    "power": None,
    "lead": "HB",
    "owner": None,
    "accepted_at": None,
    "looked_at": None,
    "reason": None,
    "outcome": None,
    "merged": 0,
    "merged_name": None,
    "acts": [],
    "papers": [],
    "evidence": 0,
    "transfer": None,
    "taken": None,
    "question": False,
}
_TAKEN: Facts = {**_TIP, "name": NAME, "state": "accepted", "owner": LEADER, "accepted_at": T0}
_ONE_CALL: Facts = {
    "number": CALL,
    "unit": "SJ",
    "state": "open",
    "rings_at": None,
    "paused": False,
    "appointment": None,
    "due_at": T1,
    "breached_at": None,
    "counts": True,
    "review": None,
    "late_seconds": 0,
    "acknowledged_at": None,
    "acknowledged_by": None,
    "promised_at": None,
    "arrive_by": None,
    "advised": False,
    "cannot_come": None,
    "reopened_at": None,
    "rating": None,
    "code": "4821",
    "departed_at": None,
    "arrived_at": None,
    "arrival": None,
    "reported_at": None,
    "outcome": None,
    "dispute": None,
    "contacts": [{**POST_A, "failed": False}],
    "undelivered": False,
    "taken": None,
    "note": None,
    "plan": None,
    "reassigned": None,
    "explained": None,
    "phone": None,
    "ring": None,
    "not_reached": None,
    "spoken": None,
}
_SIGNED: Facts = {
    **_ONE_CALL,
    "state": "acknowledged",
    "acknowledged_at": T2,
    "acknowledged_by": POST_A,
    "arrive_by": "2026-11-02T02:46:13+00:00",
}
_RINGS: list[Facts] = [
    {**_ONE_CALL, "ring": {"state": state, "at": T2}, "contacts": [{**POST_A, "slow": True, "failed": False}]}
    for state in ("rung", "failed", "answered", "no_answer", "heard")
]
_LATE_ONE: Facts = {**_SIGNED, "breached_at": T1, "late_seconds": 193}
_PHONED: list[Facts] = [
    {**_SIGNED, "acknowledged_by": DESK, "phone": {"state": state, "to": to}}
    for state, to in (("waiting", POST_A), ("confirmed", None), ("unconfirmed", POST_A), ("denied", POST_A))
]
_EXPLAINED: list[Facts] = [
    {**_LATE_ONE, "explained": {"reason": "no_signal", "state": state}, "counts": state != "accepted"}
    for state in ("given", "proposed", "accepted", "rejected")
]
_SHIFT_CALL: Facts = {
    "number": CALL,
    "unit": "SJ",
    "township": "QL01",
    "state": "open",
    "due_at": T1,
    "breached": False,
    "arrive_by": None,
    "promised": False,
    "cannot_come": False,
    "phone": None,
    "disputed": False,
    "taken": None,
    "plan": None,
}
SHIFT: Facts = {
    "at": T2,
    "desk": [{"zh": DESK["zh"], "en": DESK["en"]}],
    "calls": [
        _SHIFT_CALL,
        {**_SHIFT_CALL, "breached": True, "taken": DESK, "plan": "chase"},
        {**_SHIFT_CALL, "breached": True, "taken": DESK, "plan": "leader", "disputed": True},
        {**_SHIFT_CALL, "state": "acknowledged", "arrive_by": T2, "phone": {"state": "waiting", "by": T2}},
        {**_SHIFT_CALL, "state": "departed", "arrive_by": T2, "promised": True, "cannot_come": True},
        {**_SHIFT_CALL, "state": "arrived", "phone": {"state": "unconfirmed", "by": T2}},
    ],
    "explanations": [
        {"number": CALL, "unit": "SJ", "reason": "no_signal", "due_at": T2, "counts": counts} for counts in (None, True)
    ],
}
_EMPTY_SHIFT: Facts = {**SHIFT, "calls": [], "explanations": []}
_LONG_SHIFT: Facts = {**SHIFT, "calls": [_SHIFT_CALL] * 30}
_REASSIGNED: Facts = {
    **_ONE_CALL,
    "breached_at": T1,
    "reassigned": {"unit": "HB", "reason": "silent", "both": True, "by": "QL-desk-1"},
}
_TRIED: Facts = {
    **_ONE_CALL,
    "breached_at": T1,
    "not_reached": {"times": 2, "at": T2},
    "spoken": {"at": T1, "until": T2, "by": LEADER},
}
_PROMISED: Facts = {**_SIGNED, "promised_at": T2}
_ADVISES: Facts = {**_SIGNED, "arrive_by": None, "advised": True}
_HINDERED: Facts = {**_SIGNED, "cannot_come": "phone_advice"}
_REOPENED_CALL: Facts = {**_SIGNED, "state": "open", "arrive_by": None, "reopened_at": T2}
_LATE: Facts = {**_SIGNED, "breached_at": T1, "late_seconds": 193}
_GONE_OUT: Facts = {**_SIGNED, "state": "departed", "departed_at": T2}
_THERE: Facts = {**_GONE_OUT, "state": "arrived", "arrived_at": T2, "arrival": "said", "arrive_by": None}
_BACK: Facts = {
    **_THERE,
    "state": "reported",
    "reported_at": T2,
    "outcome": "ordered",
    "arrival": "leader",
    "code": None,
}
_SILENT: Facts = {**_ONE_CALL, "breached_at": T1}
CALLS: list[Facts] = [
    _ONE_CALL,
    {
        **_SILENT,
        "unit": "HB",
        "taken": DESK,
        "plan": "chase",
        "contacts": [{**POST_A, "failed": True}, {**POST_A, "failed": False}],
    },
    {**_SILENT, "unit": "HB", "taken": DESK, "plan": "leader"},
    {**_SILENT, "unit": "JT", "undelivered": True},
    {**_ONE_CALL, "unit": "GA", "contacts": []},
    {**_ONE_CALL, "unit": "GA", "contacts": [], "rings_at": T1},
    {**_LATE, "unit": "SL"},
    {**_LATE, "unit": "SL", "counts": False, "review": "held"},
    {**_LATE, "unit": "SL", "counts": False, "review": "waived"},
    {**_GONE_OUT, "unit": "LY", "dispute": "raised"},
    {**_THERE, "unit": "NY", "dispute": "rejected"},
    {**_THERE, "unit": "ZR", "arrival": "near"},
    {**_THERE, "unit": "ZR", "arrival": "code", "code": None},
    _BACK,
    {**_LATE, "state": "closed", "unit": "CG", "dispute": "upheld", "counts": False},
    {**_SILENT, "state": "closed", "unit": "XF"},
    {**_ONE_CALL, "state": "stood_down", "unit": "YJ"},
]
_WHISTLE: Facts = {
    "name": NAME,
    "state": "open",
    "urgent": False,
    "appointment": None,
    "place": PLACE,
    "matter": "HB007",
    "reason": "夜里偷排",
    "bring": ["sampling", "opinion"],
    "opened_at": T0,
    "by": LEADER,
    "calls": CALLS,
}


def _card(call: Facts, **more: Any) -> Facts:
    return {
        **{name: fact for name, fact in call.items() if name != "code"},
        "urgent": False,
        "place": PLACE,
        "township": "QL01",
        "matter": "HB007",
        "reason": "夜里偷排",
        "bring": ["sampling", "opinion"],
        "opened_at": T0,
        "leader": LEADER,
        "others": ["SL"],
        "evidence": 2,
        "by_page": True,
        "stepped_in": False,
        "whistle_open": True,
        "wait_until": None,
        "together": False,
        **more,
    }


_RESULT: Facts = {"open": True, "receipt": RECEIPT, "outcome": "ordered", "rated": None, "closed": True}
_REWARD: Facts = {
    "kind": "reward",
    "windows": [
        {"zh": "县政务大厅6号窗", "en": "County service hall, window 6"},
        {"zh": "各镇邮政", "en": "any post office"},
    ],
    "open": True,
    "state": "announced",
    "receipt": RECEIPT,
    "amount_fen": 20000,
    "code": CODE,
    "lapses_at": "2027-01-01T01:00:00+00:00",
    "reason": None,
}
_SIGNATURE = {"zh": "主管", "en": "Department", "who": DESK}
_ASKED: Facts = {
    "name": NAME,
    "ref": "K7QF",
    "state": "proposed",
    "kind": "reward",
    "matter": "CG013",
    "paper": {"kind": "order", "number": "云溪责改〔2026〕3号"},
    "amount_fen": 10000,
    "lowest_fen": 10000,
    "highest_fen": 10000,
    "rule": {
        "zh": "占道、渣土遗撒、噪声",
        "en": "Blocked pavements, spilt rubble, noise",
        "source": "本县确定",
        "source_en": "set by this county",
    },
    "base_fen": None,
    "shares": [],
    "flags": [],
    "budget": "CG",
    "left_fen": 4990000,
    "signed": [],
    "next": {"zh": "主管", "en": "Department"},
    "reason": None,
}
REWARDS: list[Facts] = [
    {**_REWARD, "open": False, "code": None},
    _REWARD,
    *(
        {**_REWARD, "state": state, "open": False, "code": None}
        for state in ("claimed", "paid", "waived", "lapsed", "reversed")
    ),
    {**_REWARD, "kind": "thanks"},
    *(
        {**_REWARD, "state": "refused", "reason": reason}
        for reason in (
            *("known", "no_decision", "not_eligible", "staged", "duty", "not_first", "party", "offender"),
            *("organisation", "rewarded"),
        )
    ),
    {**_REWARD, "state": "refused", "open": False, "reason": "known"},
]

_OPEN_LINES: list[Facts] = [
    {"number": CALL, "unit": "SJ", "state": "open", "due_at": T1, "breached": breached} for breached in (True, False)
]

MESSAGES: dict[str, list[Facts]] = {
    "tip.opened": [
        _RECEIPT,
        {**_RECEIPT, "named": True},
        *({**_RECEIPT, "asks": asks, "same": "715204938"} for asks in ("same", "village", "where", "what")),
        {**_RECEIPT, "asks": "past"},
        {**_RECEIPT, "home": True},
        *(
            {**_RECEIPT, "state": state, "wish": wish, "wish_until": LATER if wish == "hours" else None}
            for state in ("submitted", "accepted")
            for wish in ("hours", "together")
        ),
        *(
            {**_RECEIPT, "voice": True, "state": state, "asks": "where"}
            for state in ("collecting", "submitted", "accepted")
        ),
        *({**_RECEIPT, "home": True, "state": state} for state in ("submitted", "accepted")),
        {**_RECEIPT, "asks": "past", "officer": True, "state": "submitted"},
        {**_RECEIPT, "state": "submitted", "hidden": True},
        {**_RECEIPT, "asks": "what", "inspector": True},
        {**_RECEIPT, "inspector": True},
        {**_RECEIPT, "state": "submitted"},
        {**_RECEIPT, "state": "submitted", "named": True},
        {**_RECEIPT, "state": "submitted", "inspector": True},
        {**_RECEIPT, "state": "submitted", "place": NOWHERE, "known_place": False, "window": 5, "urgent": True},
        {**_RECEIPT, "state": "submitted", "place": NOWHERE, "named": True},
        {**_RECEIPT, "state": "merged", "same": "715204938"},
        *(
            {**_RECEIPT, "state": state}
            for state in ("accepted", "merged", "withdrawn", "transferred", "declined", "closed")
        ),
    ],
    "voice.queued": [{"name": "K7QF", "due_at": T1, "urgent": urgent} for urgent in (False, True)],
    "voice.reminded": [{"name": "K7QF", "left": 5}],
    "voice.overdue": [{"name": "K7QF", "due_at": T1}],
    "voice.typed": [{"name": NAME, "unclear": unclear} for unclear in (False, True)],
    "tip.emergency": [
        {"numbers": ["fire"]},
        {"numbers": ["medical", "police"]},
        {"numbers": ["fire", "medical", "police", "traffic"]},
    ],
    "tip.submitted": [
        _TIP,
        *({**_TIP, "power": {"why": why, "until": "2026-06-30"}, "lead": "HB"} for why in ("not_listed", "withdrawn")),
        *({**_TIP, "power": {"why": why.value, "until": "2026-06-30"}, "lead": None} for why in Why if not why.may),
        {**_TIP, "urgent": True, "authority": "赋权", "power": {"why": "granted", "until": None}},
        {**_TIP, "wait_until": LATER},
        {**_TIP, "wait_until": LATER, "together": True},
        {**_TIP, "together": True},
        {**_TIP, "typing": 1},
        {**_TIP, "typed": 1},
        {**_TIP, "typed": 1, "unclear": 1},
        {**_TIP, "matter": None, "guesses": ["HB007", "CG013"], "place": TOWN, "duty": [], "inspector": True},
        {**_TIP, "matter": None, "guesses": [], "texts": 0, "photos": 0, "voices": 0, "breached_at": T1, "taken": DESK},
        {**_TIP, "matter": "CG013", "lead": None},
        {**_TIP, "desk": True, "place": NOWHERE, "duty": [], "question": True},
        {**_TIP, "desk": True, "place": NOWHERE, "maybe": [{"township": "QL01", "village": "QL01V03"}]},
        {
            **_TIP,
            "desk": True,
            "place": NOWHERE,
            "maybe": [{"township": f"QL0{n}", "village": f"QL0{n}V01"} for n in (1, 2)],
        },
        *({**_TIP, "desk": True, "hidden": why} for why in ("asked_for", "named", "officer", "threatened")),
        {**_TAKEN, "hidden": "named", "name": "青岚县-2026-0003", "barred": [LEADER]},
        _TAKEN,
        {
            **_TAKEN,
            "looked_at": T2,
            "authority": "委托",
            "power": {"why": "delegated", "until": "2028-12-31"},
            "acts": [
                {"kind": "dissuade", "state": "recorded"},
                {"kind": "inspect", "state": "proposed"},
                {"kind": "order", "state": "dropped"},
            ],
            "papers": [
                {"number": "云溪责改〔2026〕3号", "kind": "order", "checked": False},
                {"number": "云溪罚〔2026〕4号", "kind": "penalty", "checked": True},
            ],
            "evidence": 2,
            "merged": 1,
            "transfer": {"unit": "SJ", "at": T0},
            "question": True,
        },
        {**_TAKEN, "staff": True, "photos": 0, "texts": 0, "voices": 0},
        {**_TIP, "state": "declined", "reason": "dispute"},
        {**_TIP, "state": "merged", "merged_name": NAME},
        {**_TIP, "state": "withdrawn"},
        {**_TAKEN, "state": "transferred"},
        {**_TAKEN, "state": "closed", "outcome": "ordered"},
    ],
    "tips.waiting": [
        {
            "tips": [
                {"name": "K7QF", "place": PLACE, "matter": "CG013", "due_at": T1, "ref": "K7QFAAAA"},
                {"name": "M2XA", "place": TOWN, "matter": None, "due_at": None, "ref": "M2XAAAAA"},
            ],
            "count": 2,
        }
    ],
    "board": [
        {"township": township, "calls": [{**call, "place": PLACE, "matter": "CG013"} for call in listed], "more": more}
        for township, listed, more in (
            ("QL01", [c for c in CALLS if c["state"] in ("open", "acknowledged", "departed", "arrived")], 0),
            (None, [_PROMISED, _HINDERED, _ADVISES], 7),
            ("QL01", [], 0),
        )
    ],
    "calls.waiting": [
        {"calls": [{**call, "place": PLACE, "matter": "CG013"} for call in CALLS], "waiting": 5},
        {"calls": [{**_ONE_CALL, "place": PLACE, "matter": None}], "waiting": 1},
        {"calls": [{**_SIGNED, "place": TOWN, "matter": "CG013"}], "waiting": 0},
    ],
    "tip.assigned": [_ABOUT_TIP],
    "tip.reminded": [{**_ABOUT_TIP, "left": 10}, {**_ABOUT_TIP, "left": 0}],
    "tip.breached": [_ABOUT_TIP],
    "tip.escalated": [
        {**_ABOUT_TIP, "who": who, "step": 1} for who in ("squad_leader", "township_leader", "desk", "leader_on_duty")
    ],
    "tip.taken": [{**_ABOUT_TIP, **_WHO}],
    "tip.accepted": [_ABOUT_TIP],
    "tip.asked": [{**_ABOUT_TIP, "question": "大概几点看见的？", "asked": "q"}, _FOLDED],
    "tip.answered": [
        {**_ABOUT_TIP, "text": "夜里十一点多，天天有", "item": "text"},
        *({**_ABOUT_TIP, "text": "", "item": item} for item in ("voice", "photo", "video")),
    ],
    "tip.declined": [
        {**_ABOUT_TIP, "reason": r, "may_appeal": True}
        for r in ("dispute", "service", "lawful", "too_little", "no_place", "done", "petition", "elsewhere")
    ]
    + [{**_ABOUT_TIP, "reason": "lawful", "may_appeal": False}, _FOLDED],
    "tip.appealed": [{**_ABOUT_TIP, "reason": "dispute"}],
    "tip.upheld": [
        {**_ABOUT_TIP, "reason": r}
        for r in ("dispute", "service", "lawful", "too_little", "no_place", "done", "petition", "elsewhere")
    ]
    + [_FOLDED],
    "tip.returned": [_ABOUT_TIP, {**_ABOUT_TIP, **_FOLDED}],
    "tip.split": [{**_ABOUT_TIP, "first": "482100000"}, {**_ABOUT_TIP, "first": "482100000", **_FOLDED}],
    "tip.transferred": [{**_ABOUT_TIP, "unit": "SJ"}, _FOLDED],
    "tip.withdrawn": [_ABOUT_TIP],
    "tip.closed": [
        {**_RESULT, "open": False},
        *(
            {**_RESULT, "outcome": o}
            for o in ("penalty", "no_penalty", "ordered", "handed_over", "persuaded", "mediated", "untrue", "unclear")
        ),
        {**_RESULT, "rated": "solved"},
        {**_RESULT, "rated": "unsolved"},
        {**_RESULT, "closed": False, "outcome": None},
    ],
    "tip.unsolved": [{**_ABOUT_TIP, "times": 1}, {**_ABOUT_TIP, "times": 3}],
    "tip.reassigned": [{**_ABOUT_TIP, "why": why} for why in ("unsolved", "conflict")],
    **{
        f"reveal.{what}": [
            {
                "name": NAME,
                "reason": "protect",
                "who": "县纪委值班员",
                "who_en": "Discipline inspector",
                "second": "带班县领导",
                "second_en": "County leader on duty",
            }
        ]
        for what in ("asked", "consented", "refused", "opened")
    },
    "data.erased": [{"updates": 210, "messages": 31, "positions": 2, "words": 14, "people": 3}],
    "tip.conflicted": [{"name": NAME, **_OFFICER}, {"name": NAME, "who": "", "who_en": ""}],
    "tip.threatened": [{"name": NAME, "new": "M2XA", "opened": 2}],
    "act.proposed": [{"act": "inspect", "name": NAME, **_OFFICER}],
    "act.recorded": [{"act": "inspect", "name": NAME, **_OFFICER}],
    "act.dropped": [{"act": "inspect", "name": NAME, **_OFFICER}],
    "act.due": [{"name": NAME}],
    "step.asked": [
        {
            "name": NAME,
            "step": "on_spot",
            "fine_fen": 10_000,
            "rule": "CF52",
            "verified": True,
            "without": "",
            "matter": "XZ004",
            "penalties": ["fine"],
            "leader": False,
            **_OFFICER,
            **_RANGE,
        },
        *(
            {
                "name": NAME,
                "step": "decision",
                "fine_fen": 30_000,
                "rule": "CF57",
                "verified": True,
                "without": "",
                "matter": "XZ004",
                "penalties": ["fine"],
                "leader": True,
                **_OFFICER,
                **_RANGE,
                **less,
            }
            for less in ({"below": "eased"}, {"below_words": "《某省实施办法》第九条"}, {"fines": []})
        ),
        {
            "name": NAME,
            **_RANGE,
            "fines": None,
            "step": "firm_approval",
            "fine_fen": None,
            "rule": "policy",
            "verified": False,
            "without": "",
            "matter": "SJ001",
            "penalties": [],
            "leader": True,
            **_OFFICER,
        },
        {
            "name": NAME,
            **_RANGE,
            "fines": None,
            "step": "end",
            "fine_fen": None,
            "rule": "case",
            "verified": True,
            "without": "现场只有当事人一人，没有做询问。",
            "matter": "",
            "penalties": [],
            "leader": True,
            **_OFFICER,
        },
    ],
    **{
        kind: [
            {
                "name": NAME,
                "step": "filing",
                "fine_fen": None,
                "rule": "CF54",
                "verified": True,
                "without": "",
                "matter": "XZ004",
                "penalties": [],
                "leader": True,
                **_OFFICER,
                **_RANGE,
                "fines": None,
            }
        ]
        for kind in ("step.recorded", "step.dropped")
    },
    **{
        kind: [
            {"name": NAME, "term": "decide", "ends": LATER, "rule": "CF60", "verified": True},
            {"name": NAME, "term": "review", "ends": LATER, "rule": "", "verified": False},
            {"name": NAME, "term": "withdraw", "ends": LATER, "rule": "CF48", "verified": True},
        ]
        for kind in ("term.reminded", "term.ended")
    },
    "term.moved": [{"name": NAME, "term": "serve", "was": T2, "ends": LATER}],
    **{
        kind: [{"name": NAME, "day": "2026-11-12", "place": "云溪镇综合执法办二楼", **_OFFICER}]
        for kind in ("hearing.appointed", "hearing.reminded")
    },
    "hearing.held": [{"name": NAME, **_OFFICER}],
    "review.asked": [
        {"name": NAME, "matter": "XZ004", "why": ["hearing", "complex"]},
        {"name": NAME, "matter": "XZ004", "why": []},
    ],
    "review.given": [
        {"name": NAME, "passed": True, "why": [], **_OFFICER},
        {"name": NAME, "passed": False, "why": ["facts", "papers"], **_OFFICER},
    ],
    "review.voided": [{"name": NAME, "step": "facts"}],
    "paper.named": [{"kind": "order", "number": "云溪责改〔2026〕3号", "dated": DAY, "name": NAME, **_OFFICER}],
    "paper.checked": [{"name": NAME, "number": "云溪责改〔2026〕3号", **_OFFICER}],
    "paper.rejected": [{"name": NAME, "number": "云溪责改〔2026〕3号", **_OFFICER}],
    "whistle.opened": [
        _WHISTLE,
        {**_WHISTLE, "urgent": True, "calls": CALLS[:2], "reason": "", "bring": []},
        {**_WHISTLE, "appointment": LATER, "calls": [{**_ONE_CALL, "appointment": LATER}]},
        {**_WHISTLE, "state": "stood_down", "calls": CALLS[-1:], "by": None},
        {**_WHISTLE, "state": "settled", "calls": [_BACK]},
        {**_WHISTLE, "calls": [_PROMISED, _ADVISES, _HINDERED, _REOPENED_CALL]},
        {**_WHISTLE, "calls": [*_PHONED, _TRIED, *_EXPLAINED, _REASSIGNED, *_RINGS]},
        {**_WHISTLE, "calls": [{**_BACK, "rating": rating} for rating in ("good", "fair", "poor")]},
    ],
    "whistle.asked": [
        {
            **_OFFICER,
            "name": NAME,
            "why": why,
            "units": ["QL01-SJ", "JJ"],
            "township": "QL01",
            "village": "QL01V03",
            "grid": "QL01G03",
            "matter": "CG013",
            "reason": "夜里偷排",
            "until": T1,
        }
        for why in ("township_leader", "desk")
    ],
    "whistle.decided": [
        {
            **_OFFICER,
            "name": NAME,
            "answer": answer,
            "asked": asked,
            "units": ["QL01-SJ", "JJ"],
            "instead_of": ["CG"] if answer == "redirected" else None,
        }
        for answer, asked in (
            ("allowed", "desk"),
            ("redirected", "desk"),
            ("denied", "township_leader"),
            ("lapsed", "township_leader"),
        )
    ],
    "call.not_left": [{**_CALLED, "arrive_by": T2}, {**_CALLED, "arrive_by": None}],
    "whistle.announced": [
        {
            "name": NAME,
            "units": ["QL01-SJ", "JJ"],
            "township": "QL01",
            "village": "QL01V03",
            "grid": "QL01G03",
            "matter": "CG013",
            "at": T0,
            "who": "云溪镇队员1",
            "who_en": "Yunxi officer 1",
        }
    ],
    "call.opened": [
        _card(_ONE_CALL),
        _card(_ONE_CALL, urgent=True, reason="", bring=[], others=[], evidence=0, leader=None),
        _card(_SILENT, stepped_in=True),
        _card(_SIGNED),
        _card(_LATE),
        _card(_SIGNED, by_page=False),
        _card({**_SIGNED, "note": "已劝离，未再摆"}),
        *(_card(call) for call in (_PROMISED, _ADVISES, _HINDERED, _REOPENED_CALL)),
        *(_card(call) for call in (*_PHONED, _TRIED, *_EXPLAINED, _REASSIGNED, *_RINGS)),
        _card(_GONE_OUT),
        _card({**_THERE, "dispute": "raised"}),
        _card({**_THERE, "dispute": "rejected", "arrival": "far"}),
        _card(_BACK),
        _card({**_LATE, "state": "closed", "dispute": "upheld", "counts": False}, whistle_open=False),
        _card({**_ONE_CALL, "state": "closed"}, whistle_open=False),
        _card({**_ONE_CALL, "state": "stood_down"}, whistle_open=False),
        _card(_SILENT, wait_until=T1, together=True),
        _card(_SILENT, together=True),
        _card({**_ONE_CALL, "appointment": LATER}),
    ],
    "whistle.expired": [
        {"name": NAME, "place": PLACE, "matter": "CG013", "units": units, "days": 14} for units in (["SJ", "HB"], [])
    ],
    "digest.sent": [
        {
            "day": DAY,
            "at": T1,
            "since": T0,
            "township": township,
            "counts": {
                **dict.fromkeys(("called", "signed", "breached", "arrived", "reported", "tips"), 2),
                "delayed": delayed,
                "undelivered": 0,
            },
            "longest_delay": 75 * delayed,
            "open": 2,
            "unsigned": _OPEN_LINES,
            "under_way": [{**_OPEN_LINES[0], "state": state} for state in ("acknowledged", "departed", "arrived")],
            "tips": tips,
            "spots": [_SPOT] if tips else [],
            "expired": [{"name": NAME, "units": ["SJ"], "days": 14}] if tips else [],
        }
        for township, delayed, tips in ((None, 1, ["K7QF"]), ("QL01", 0, []))
    ],
    "call.reminded": [
        *({**_CALLED, "left": left} for left in (12, 10, 5, 2, 1)),
        {**_CALLED, "appointment": LATER, "left": 180},
    ],
    "call.breached": [
        {**_CALLED, "ladder": _LADDER},
        {**_UNHEARD, "ladder": _LADDER},
        {**_CALLED, "appointment": LATER, "ladder": _LADDER},
        {**_CALLED, "ladder": [{"who": who, "at": T1} for who in ("person:SJ-H", "rota:sj-night", "chat:SJ")]},
    ],
    "call.nudged": [{**_CALLED, "minutes": 3}],
    "call.escalated": [
        *(
            {**_CALLED, "who": who, "early": False}
            for who in ("department_head", "desk", "leader_on_duty", "township_leader", "squad_leader")
        ),
        {**_CALLED, "who": "department_head", "early": True},
        {**_UNHEARD, "who": "department_head", "early": False},
        {**_NOBODY, "who": "desk", "early": False},
        {**_REOPENED, "who": "department_head", "early": False},
        *({**_CALLED, "who": who, "early": False} for who in ("chat:SJ", "person:SJ-H", "rota:sj-night")),
    ],
    "call.undelivered": [{**_UNHEARD, "person": "SJ-1"}],
    "call.held": [{**_CALLED, "began_at": T0, "ended_at": T2}],
    "call.review_proposed": [
        {**_CALLED, **_WHO, "began_at": T0, "ended_at": T2, "counts": counts} for counts in (True, False)
    ],
    "call.review_overdue": [
        {**_CALLED, "began_at": began, "ended_at": T2, "counts": counts, "times": times}
        for began, counts, times in ((T0, None, 1), (None, True, 3))
    ],
    "call.review_returned": [{**_CALLED, **_WHO, "began_at": began, "ended_at": T2} for began in (T0, None)],
    "call.promise_asked": [_CALLED],
    "call.unpromised": [{**_CALLED, "arrive_by": T2}],
    "call.cannot_come": [{**_CALLED, "reason": reason} for reason in ("phone_advice", "later", "other_unit")],
    "call.decided": [{**_CALLED, "decision": "advice", "at": None}, {**_CALLED, "decision": "later", "at": T2}],
    "call.progress_asked": [{**_CALLED, "answer_by": T2}],
    "call.reopened": [{**_REOPENED, "why": why} for why in ("silent", "raised")],
    "call.extended": [{**_CALLED, **_WHO, "before": T1, "due_at": T2, "reason": "隧道里没信号"}],
    "call.report_asked": [_CALLED],
    "call.handled": [{**_CALLED, **_WHO, "how": how, "at": T1} for how in ("signed", "phone", "arrived")],
    "call.taken": [{**_CALLED, **_WHO, "plan": plan} for plan in ("chase", "leader")],
    "call.reassigned": [{**_CALLED, **_WHO, "other": "HB", "reason": "silent", "both": both} for both in (True, False)],
    "shift.ended": [
        {**_WHO, "page": SHIFT},
        {"who": "", "who_en": "", "page": _LONG_SHIFT},
        {**_WHO, "page": _EMPTY_SHIFT},
    ],
    "shift.taken_over": [_WHO],
    "shift.unclaimed": [{"ended_at": T2, "page": SHIFT}],
    "explanation.given": [{**_CALLED, **_WHO, "reason": "no_signal", "decide_by": T2}],
    "explanation.proposed": [{**_CALLED, **_WHO, "reason": "no_signal", "counts": counts} for counts in (True, False)],
    "explanation.returned": [{**_CALLED, **_WHO, "reason": "no_signal"}],
    "explanation.accepted": [{**_CALLED, "reason": "no_signal"}],
    "explanation.rejected": [{**_CALLED, "reason": "no_signal"}],
    "explanation.overdue": [
        {**_CALLED, "reason": "no_signal", "counts": counts, "times": times}
        for counts, times in ((None, 1), (False, 3))
    ],
    "explanation.piled_up": [{"unit": "SJ", "breaches": 10, "accepted": 3}],
    "call.arrived": [{**_CALLED, "proof": proof} for proof in ("said", "near", "far", "code")],
    "call.reported": [{**_CALLED, "outcome": "ordered"}],
    "call.stood_down": [{**_CALLED, "reason": ""}, {**_CALLED, "reason": "solved"}],
    "phone.asked": [{**_CALLED, "people": [POST_A]}],
    "phone.failed": [{"number": CALL, "unit": "SJ", "who": POST_A["zh"], "who_en": POST_A["en"]}],
    "phone.signed": [
        {**_CALLED, **_WHO, "to_zh": POST_A["zh"], "to_en": POST_A["en"], "confirm_by": T2},
        {**_CALLED, **_WHO, "to_zh": "", "to_en": "", "confirm_by": T2},
    ],
    "phone.denied": [
        {**_CALLED, "who": POST_A["zh"], "who_en": POST_A["en"], "opens": opens} for opens in (True, False)
    ],
    "dispute.raised": [
        {**_CALLED, "reason": "outside_area", "ruling_at": T1},
        {**_NOBODY, "reason": "devolved", "ruling_at": T1},
    ],
    "dispute.upheld": [_CALLED],
    "dispute.rejected": [_CALLED],
    "dispute.overdue": [{**_CALLED, "reason": "outside_area", "ruling_at": T1}],
    "transfer.offered": [_MOVED, _ACROSS],
    "transfer.taken_over": [_MOVED],
    "transfer.returned": [{**_MOVED, "why": "not_our_duty"}],
    "transfer.reminded": [_MOVED, _ACROSS],
    "reward.proposed": [
        _ASKED,
        {**_ASKED, "name": None, "matter": None, "paper": None},
        {**_ASKED, "kind": "thanks", "paper": None, "amount_fen": 0, "lowest_fen": 2000, "highest_fen": 5000},
        {**_ASKED, "base_fen": 12_000_000, "shares": [10000, 10000], "signed": [_SIGNATURE]},
        {**_ASKED, "flags": ["staff_first", "over_count", "over_sum", "same_place", "later_tips"]},
        {**_ASKED, "state": "announced", "left_fen": None, "next": None, "signed": [_SIGNATURE]},
        {**_ASKED, "state": "refused", "left_fen": None, "next": None, "reason": "known"},
    ],
    "paper.names_printed": [{"who": "县财政支付员1", "who_en": "County finance clerk 1", "reason": "年度审计"}],
    "reward.overdue": [{"days": 7, "ref": "K7QF", "budget": "CG"}],
    "reward.honoured": [
        {"label": "季度优秀上报", "label_en": "Commended report of the quarter", "receipt": RECEIPT},
        {**_FOLDED, "label": "", "label_en": ""},
    ],
    "reward.concentrated": [{"township": "QL01", "percent": 62, "most": 5, "of": 8}],
    "reward.stuck": [
        {"amount_fen": 20000, "ref": "K7QF", "tail": "1875", "who": "县财政1号", "who_en": "", "phone": phone, "at": T0}
        for phone in ("000-800021", "")
    ],
    "reward.reversal_asked": [
        {**_OFFICER, "ref": "K7QM", "amount_fen": 20000, "reason": "decision_void", "paid": paid}
        for paid in (True, False)
    ],
    "reward.reversal_refused": [{**_OFFICER, "ref": "K7QM", "reason": "decision_void"}],
    "reward.reversed": [
        {"reason": reason, "amount_fen": 20000, "tail": "1875", "ref": "K7QF", "paid": paid}
        for reason in ("decision_void", "entered_wrongly", "staged")
        for paid in (False, True)
    ]
    + [{**_FOLDED, "reason": "staged", "amount_fen": 20000, "tail": "1875", "ref": "K7QF", "paid": False}],
    "reward.announced": REWARDS,
    "reward.refused": REWARDS,
    "reward.reminded": [{"days": 10}],
    "reward.paid": [{"receipt": RECEIPT}, _FOLDED],
    "reward.lapsed": [{}, _FOLDED],
    "person.stopped": [{"who": "市监局A岗", "who_en": "County Market Regulation Bureau, post A", "unit": "SJ"}],
    "person.unreachable": [{"who": "市监局A岗", "who_en": "County Market Regulation Bureau, post A", "unit": "SJ"}],
    "rota.handed_over": [
        _HANDED,
        {**_HANDED, "open": [], "gone": [], "until": None},
        {**_HANDED, "more": 3, "open": [_OPEN_TIP, {**_OPEN_TIP, "breached": True}, {**_OPEN_TIP, "due_at": None}]},
        {**_HANDED, "come": [], "on_now": []},
    ],
    "rota.changed": [
        {**_ROTA, **_STRETCH, "change": c, "who": _NAMED, "other": _OTHER} for c in ("add", "remove", "replace")
    ],
    "rota.gap": [{**_ROTA, "gaps": [_STRETCH, _STRETCH], "more": 0}, {**_ROTA, "gaps": [_STRETCH], "more": 4}],
    "rota.unreached": [
        {
            **_ROTA,
            "people": [
                {"id": "SJ-1", "who": _NAMED, "why": "blocked"},
                {"id": "SJ-9", "who": _NOBODY_NAMED, "why": "never_started"},
            ],
        }
    ],
    "drill.announced": [
        {"what": kind, "unit": "SJ", "day": DAY, "opens": "09:00", "shuts": "17:00"}
        for kind in ("whistle", "roll_call")
    ],
    "drill.cancelled": [{"what": kind, "unit": "SJ", "day": DAY} for kind in ("whistle", "roll_call")],
    "drill.called": [{"until": T1}],
    "drill.closed": [
        {"asked": 25, "answered": 23, "silent": ["SJ", "HB"]},
        {"asked": 25, "answered": 25, "silent": []},
    ],
    "pause.began": [
        {"unit": "SJ", "ends": T1, "why": "maintenance", "who": "市监局负责人", "who_en": "Head of market regulation"}
    ],
    "pause.ended": [
        {"unit": "SJ", "who": "市监局负责人", "who_en": "Head of market regulation"},
        {"unit": "SJ", "who": "", "who_en": ""},
    ],
    "swap.offered": [{**_ROTA, **_STRETCH, "who": _NAMED}],
    "swap.taken": [{**_ROTA, **_STRETCH, "who": _OTHER}],
    "swap.declined": [{**_ROTA, **_STRETCH, "who": _OTHER}],
    "swap.lapsed": [{**_ROTA, **_STRETCH, "who": _NOBODY_NAMED}],
    "document.signed": [
        {"name": NAME, **_TITLE, "number": number, "signed": bool(number), **_OFFICER}
        for number in ("云溪检字〔2026〕第3号", "")
    ],
    "evidence.added": [
        {"name": NAME, "kept": 0, "coming": 0, "same": 0, "alike": 0, "shots": _shots(), "next": "wide"},
        {"name": NAME, "kept": 1, "coming": 1, "same": 0, "alike": 0, "shots": _shots("wide", "near"), "next": "mark"},
        {
            "name": NAME,
            "kept": 52,
            "coming": 0,
            "same": 2,
            "alike": 1,
            "shots": _shots("wide", "near", "mark"),
            "next": None,
        },
        {"name": NAME, "kept": 3, "coming": 1, "same": 0, "alike": 0, "shots": [], "next": None},
    ],
    "evidence.delayed": [{"name": NAME, "kind": kind, "at": T0} for kind in ("photo", "video", "voice")],
    "supplement.asked": [
        {"name": NAME, "place": {**PLACE, "grid": None}, "matter": what, "until": LATER, "wait_until": wait, **_OFFICER}
        for what, wait in (("XZ004", None), (None, T2))
    ],
    "supplement.unable": [{"name": NAME, **_OFFICER}],
    "supplement.handed_in": [{"name": NAME, "pieces": 3, **_OFFICER}],
    "evidence.lost": [{"name": NAME, "kind": kind, "at": T0} for kind in ("document", "video_note", "audio")],
    "evidence.refused": [
        {"name": NAME, "file": file, "why": why}
        for file, why in (
            ("清单.pdf", "empty"),
            ("a.exe", "program"),
            ("b.html", "page"),
            ("", "not_a_picture"),
            ("c", "unknown"),
        )
    ],
    "evidence.damaged": [{"name": NAME, "what": what, "sha256": "9f2c" * 16} for what in ("missing", "changed")],
    "document.unprinted": [{"name": NAME}],
    "document.converted": [
        {
            "name": NAME,
            "title": "现场检查笔录",
            "title_en": "Record of an inspection",
            "number": "云溪检字〔2026〕第1号",
        }
    ],
    "update.failed": [{}],
    "deadline.failed": [{}],
}

FINANCE: list[Facts] = [{"amount_fen": 20050, "budget": "CG", "tail": "1875", "ref": "K7QF"}]
"""`reward.announced` tells its finance audience these; only the sender's side is live."""

_UNITS: Facts = {"name": NAME, "units": ["HB", "SL"], "keyboard": []}
_LISTED: Facts = {
    "name": NAME,
    "place": PLACE,
    "matter": "CG013",
    "due_at": T1,
    "state": "submitted",
    "breached": False,
}

_ROTA_VIEW: Facts = {
    "rota": "市监局A岗", "rota_en": "Market regulation, post A", "gaps": [], "unreached": [], "keyboard": [],
    "spans": [{**_STRETCH, "who": [_NAMED]}, {**_STRETCH, "who": [_NAMED, _OTHER]}],
}  # fmt: skip
_COLLEAGUE: Facts = {
    "who": _NAMED, "phone": "000-901500", "on_duty": True, "joined": True, "reached": True, "slow": False, "lag": None,
}  # fmt: skip

_ENTRIES = [
    {"volume": volume, "no": no, **title, "kind": kind, "number": number, "count": count, "void": void}
    for volume, no, title, kind, number, count, void in (
        ("main", 1, _TITLE, "", "云溪检字〔2026〕第3号", 1, False),
        ("main", 2, {"title": "", "title_en": ""}, "photo", "", 3, False),
        ("main", 3, _TITLE, "", "云溪检字〔2026〕第2号", 1, True),
        ("aside", 1, _TITLE, "", "", 1, False),
    )
]
_LACKS = [
    {"what": what, **_TITLE, "by": by, "count": 2}
    for what, by in (
        ("document", "officer"), ("signature", "leader"), ("evidence", "officer"), ("stored", "operator"),
        ("officers", "leader"), ("payment", "reviewer"),
    )
]  # fmt: skip
DIALOGS: dict[str, list[Facts]] = {
    "near": [
        {"name": NAME, "near": [{**_NEAR, "photo": True, "same": False}], "keyboard": []},
        {"name": NAME, "near": [_NEAR, {**_NEAR, "photo": True}], "keyboard": []},
    ],
    "hotspots": [{"spots": [], "days": 30, "least": 3}, {"spots": [_SPOT, _SPOT], "days": 30, "least": 3}],
    "aside": [{"kind": kind, "keyboard": []} for kind in ("service", "civil_dispute", "consult", "chat", "spam")],
    "aside_reported": [{"keyboard": []}],
    "matter": [
        {"name": NAME, "now": None, "proposed": [], "words": [], "two": False, "advised": [], "keyboard": []},
        {
            "name": NAME,
            "now": "CG013",
            "proposed": [
                {"code": "CG013", "times": 3, "newest": T0, "moved": True},
                {"code": "CG022", "times": 0, "newest": None, "moved": False},
            ],
            "words": ["占道", "摆摊"],
            "two": True,
            "advised": ["HB007", "NY002"],
            "keyboard": [],
        },
    ],
    "split": [{"name": NAME, "now": now, "keyboard": []} for now in ("CG013", None)],
    "split_done": [
        {"name": NAME, "second": "云溪-2026-0148", "matter": matter, "keyboard": []} for matter in ("HB007", None)
    ],
    "matter_words": [{"name": NAME, "count": 398}],
    "no_matter": [{"name": NAME}],
    "matters_found": [
        {"name": NAME, "page": 1, "pages": 1, "keyboard": []},
        {"name": NAME, "page": 2, "pages": 3, "keyboard": []},
    ],
    "matter_set": [
        {
            "name": NAME,
            "matter": "CG013",
            "why": "own",
            "law": "",
            "lead": None,
            "co": None,
            "ruled": None,
            "keyboard": [],
        },
        *(
            {**_SET, "lead": lead, "ruled": {"unit": "HB", "theirs": theirs, "at": T0}}
            for lead, theirs in (("SL", True), (None, False))
        ),
    ],
    "precedents": [
        {"precedents": [], "keyboard": []},
        {
            "precedents": [
                {**_PRECEDENT, "kind": kind, "chosen": chosen, "undone_at": undone}
                for kind, chosen, undone in (
                    ("matter", "CG022", None),
                    ("theirs", "SJ", None),
                    ("not_theirs", "HB", T1),
                )
            ],
            "keyboard": [],
        },
    ],
    "rotas": [
        {"rotas": [{**_ROTA, "on_now": [_NAMED]}, {**_ROTA, "on_now": []}], "several": False, "keyboard": []},
        {"rotas": [], "several": True, "keyboard": []},
    ],
    "rota": [_ROTA_VIEW, {**_ROTA_VIEW, "gaps": [_STRETCH], "unreached": [_OTHER], "spans": [{**_STRETCH, "who": []}]}],
    "rota_span": [
        {"rota": "市监局A岗", "rota_en": "Market regulation, post A", "what": what, "keyboard": []}
        for what in ("swap", "replace", "add", "remove")
    ],
    "rota_who": [{**_STRETCH, "what": what, "keyboard": []} for what in ("leaves", "swap", "add", "replace", "remove")],
    "swap_offered": [{**_STRETCH, "asked": [_OTHER], "keyboard": []}],
    "shift_taken": [{**_STRETCH, "keyboard": []}],
    "shift_declined": [{"keyboard": []}],
    "rota_retire": [{"rota": "市监局A岗", "rota_en": "Market regulation, post A", "keyboard": []}],
    "rota_retired": [{"rota": "市监局A岗", "rota_en": "Market regulation, post A", "keyboard": []}],
    "rota_duty": [{"unit": "SJ"}],
    "rota_every": [{"keyboard": []}],
    "rota_hour": [{"every": "day", "keyboard": []}, {"every": "week", "keyboard": []}],
    "rota_members": [
        {"every": "day", "hour": "08:30", "chosen": [], "unreached": [], "keyboard": []},
        {"every": "week", "hour": "08:30", "chosen": [_NAMED, _OTHER], "unreached": [_OTHER], "keyboard": []},
    ],
    "pause": [{"unit": "SJ"}],
    "pause_why": [{"unit": "SJ", "ends": T1, "keyboard": []}],
    "paused": [{"unit": "SJ", "ends": T1, "why": "maintenance", "keyboard": []}],
    "resumed": [{"unit": "SJ", "keyboard": []}],
    "drill": [
        {"drills": [{"unit": "SJ", "kind": "whistle", "day": DAY}, {"unit": "QL", "kind": "roll_call", "day": DAY}]}
    ],
    "drill_day": [
        {"unit": "SJ", "kind": "whistle", "keyboard": []},
        {"unit": "QL", "kind": "roll_call", "keyboard": [[]]},
    ],
    "drill_announced": [{"unit": "SJ", "kind": kind, "day": DAY, "keyboard": []} for kind in ("whistle", "roll_call")],
    "redirect": [{"name": NAME, "units": ["QL01-SJ", "JJ"]}],
    "redirected": [{"name": NAME, "units": ["JJ"]}],
    "reversal_asked": [{"ref": "K7QM", "reason": "decision_void", "asked": asked} for asked in (True, False)],
    "reversal_refused": [{"ref": "K7QM"}],
    "drill_where": [{"unit": "SJ"}],
    "drill_blown": [{"name": "云溪-演练-2026-0001", "units": ["SJ", "JJ"], "township": "QL01"}],
    "drill_off": [{"unit": "SJ", "kind": kind, "day": DAY, "keyboard": []} for kind in ("whistle", "roll_call")],
    "roll_called": [{"asked": 25, "keyboard": []}],
    "people_unit": [{}],
    "people": [
        {
            "unit": "SJ",
            "people": [
                _COLLEAGUE,
                {**_COLLEAGUE, "on_duty": False, "phone": ""},
                {**_COLLEAGUE, "slow": True, "lag": 380},
                {**_COLLEAGUE, "slow": True},
                {**_COLLEAGUE, "reached": False},
                {**_COLLEAGUE, "joined": False},
            ],
        }
    ],
    "person_left": [{"who": _NAMED, "unit": "SJ", "keyboard": []}],
    "person_left_done": [{"who": _NAMED, "unit": "SJ", "keyboard": []}],
    "repeat": [{}],
    "welcome": [{"roles": []}, {"roles": ["liaison"]}],
    "greeting": [{}],
    "tip": [{}],
    "say_it": [{}],
    "sorry": [{}],
    "pin": [{}],
    "town": [{"keyboard": []}],
    "village": [{"township": "QL01", "keyboard": []}],
    "appealed": [{"receipt": RECEIPT, "keyboard": []}],
    "mytips": [
        {"tips": []},
        {
            "tips": [
                *(
                    {"receipt": RECEIPT, "step": s, "state": "accepted", "at": T0, "reward": None, "quiet": False}
                    for s in ("received", "checking", "handling", "ended")
                ),
                {"receipt": RECEIPT, "step": "ended", "state": "withdrawn", "at": T0, "reward": 2, "quiet": False},
                {"receipt": RECEIPT, "step": "handling", "state": "accepted", "at": T0, "reward": None, "quiet": True},
            ]
        },
    ],
    "language": [{}, {"keyboard": []}],
    "group_language": [{}, {"keyboard": []}],
    "cancelled": [{}],
    "nothing_to_cancel": [{}],
    "pin_inspector": [{}],
    "help": [
        {"roles": roles, "commands": ["tip", "help"]}
        for roles in ([], ["liaison"], ["squad_leader"], ["desk"], ["finance"], ["grid_inspector"], ["township_leader"])
    ],
    "staff_help": [{"roles": [role]} for role in ("liaison", "squad_member", "desk", "finance", "admin")],
    "refused_command": [{"rule": "no_unit", "facts": {}, "group": "refusals"}],
    "joined": [
        {"role": role, "unit": "SJ", "label": "市监局A岗", "label_en": "County Market Regulation Bureau, post A"}
        for role in ("liaison", "grid_inspector", "desk")
    ],
    "own": [{"muted_until": until, "keyboard": []} for until in (T1, None)],
    "stopped": [
        {"staff": staff, "labels": labels, "labels_en": labels}
        for staff, labels in ((True, ["市监局A岗"]), (True, []), (False, []))
    ],
    "started": [{"keyboard": []}],
    "group_bound": [{"unit": "QL01S"}],
    "on_duty": [
        {"labels": ["市监局A岗"], "labels_en": ["County Market Regulation Bureau, post A"], "until": None},
        {"labels": ["市监局A岗"], "labels_en": ["County Market Regulation Bureau, post A"], "until": T1},
    ],
    "off_duty": [
        {"labels": ["市监局A岗"], "labels_en": ["County Market Regulation Bureau, post A"], "until": None},
        {"labels": ["市监局A岗"], "labels_en": ["County Market Regulation Bureau, post A"], "until": T1},
    ],
    "act": [{"name": NAME, "keyboard": []}],
    "act_recorded": [{"name": NAME, "act": "dissuade", "keyboard": []}],
    "second": [{"name": NAME, "act": "inspect", "keyboard": []}],
    "no_second": [{"name": NAME, "act": "inspect", "keyboard": []}],
    "tomorrow": [{"name": NAME, "at": "2026-11-03T00:30:00+00:00", "keyboard": []}],
    "act_waits": [{"name": NAME, "act": "inspect", **_OFFICER, "keyboard": []}],
    "present": [{"act": "inspect", "keyboard": []}],
    "absent": [{"act": "inspect", "keyboard": []}],
    "outcome": [{"name": NAME, "keyboard": []}],
    "paper_wanted": [{"name": NAME, "outcome": "ordered", "keyboard": []}],
    "paper": [{"name": NAME, "paper": "order", "today": DAY}],
    "paper_again": [{"today": DAY}],
    "count": [{"name": NAME, "outcome": o, "keyboard": []} for o in ("persuaded", "mediated")],
    "count_typed": [
        {"name": NAME, "units": ["person", "household", "place"], "again": again} for again in (False, True)
    ],
    "closed": [
        {"name": NAME, "outcome": "persuaded", "quantity": 5, "unit": "person", "keyboard": []},
        {"name": NAME, "outcome": "untrue", "quantity": 0, "unit": None, "keyboard": []},
    ],
    "closed_with_paper": [{"name": NAME, "outcome": "ordered", "number": "云溪责改〔2026〕3号", "dated": DAY}],
    "checker": [
        {"name": NAME, "number": "云溪责改〔2026〕3号"},
        {"name": NAME, "number": "云溪责改〔2026〕3号", "keyboard": [["x"]]},
    ],
    "check_asked": [{"number": "云溪责改〔2026〕3号", **_OFFICER, "keyboard": []}],
    "checked": [{"number": "云溪责改〔2026〕3号", "keyboard": []}],
    "check_failed": [{"number": "云溪责改〔2026〕3号", "keyboard": []}],
    "original": [
        {"name": NAME, "named": False, "home": True, "later": T1, "items": []},
        {
            "name": NAME,
            "named": False,
            "home": False,
            "later": None,
            "items": [
                {**ITEM, "text": "河口村桥头洗车店的脏水流得满街都是"},
                {**ITEM, "kind": "photo"},
                {**ITEM, "kind": "video", "mute": True},
                {**ITEM, "kind": "voice", "at": T1},
                *(
                    {**ITEM, "kind": "voice", "silent": True, "wait": wait}
                    for wait in ("waits", "typed", "unclear", "")
                ),
                {**ITEM, "kind": "typed", "text": "夜里十点多有车来倒", "masks": ["sender"]},
                {**ITEM, "at": T1, "text": "夜里十一点多", "masks": ["phone", "sender", "id_card"], "revised": True},
            ],
        },
    ],
    "kept_back": [{}],
    "seen": [
        {"items": [{**ITEM, "text": "▇▇▇打我", "masks": ["sender"]}], "plain": False, "keyboard": []},
        {
            "items": [
                {**ITEM, "text": "桥头排脏水"},
                {**ITEM, "kind": "photo"},
                {**ITEM, "kind": "voice", "silent": True, "wait": "typed"},
                {**ITEM, "kind": "typed", "text": "夜里十点多有车来倒"},
            ],
            "plain": True,
            "keyboard": [],
        },
    ],
    "visit_when": [{"keyboard": [[1]]}],
    "visit": [
        *({"wish": w, "until": u, "keyboard": []} for w, u in (("hours", LATER), ("together", None), ("", None))),
    ],
    "voice": [{"name": "K7QF", "keyboard": []}],
    "typed": [{"name": "K7QF", "unclear": unclear} for unclear in (False, True)],
    "decline": [{"name": NAME, "keyboard": []}],
    "declined": [{"name": NAME, "reason": "dispute", "keyboard": []}],
    "early": [{"name": NAME, "keyboard": []}],
    "first_check": [{"name": NAME, "keyboard": []}],
    "never_mind": [{"keyboard": []}],
    "merge": [{"name": NAME, "keyboard": []}],
    "merged": [{"name": NAME, "into": "云溪-2026-0146", "keyboard": []}],
    "question": [{"name": NAME}],
    "question_sent": [{"name": NAME}],
    "taken": [{"name": CALL, "keyboard": []}],
    "evidence": [{"name": NAME, "minutes": 60}],
    "evidence_done": [{"name": NAME, "pieces": 4}],
    "proofs": [{"name": NAME}],
    "proof": [{"name": NAME, "kind": kind} for kind in ("photo", "voice")],
    "sorted": [{"name": NAME, "kind": "voice", "proof": proof} for proof in ("witness", "data")],
    "supplement": [{"name": NAME, "keyboard": []}],
    "supplement_asked": [{"name": NAME, "keyboard": [], **_OFFICER}],
    "supplement_begun": [{"keyboard": []}],
    "supplement_got": [{"keyboard": []}],
    "supplement_done": [{"pieces": 3, "keyboard": []}],
    "supplement_taken": [{"name": NAME, "pieces": 3, "keyboard": []}],
    "supplement_declined": [{"name": NAME, "keyboard": []}],
    "upload_page": [{"name": NAME, "address": "https://whistle.example/p/abc", "until": LATER}],
    "file_page": [{"name": NAME, "address": "https://whistle.example/p/abc", "until": LATER}],
    "documents": [{"name": NAME}],
    "document": [{"name": NAME, **_TITLE, "missing": missing} for missing in (None, [], [_FIELD])],
    "document_field": [
        {**_TITLE, **_FIELD, "left": left, "again": again} for left, again in ((1, ""), (4, "questions"), (2, "found"))
    ],
    "document_void": [{"name": NAME, "number": "云溪检字〔2026〕第3号"}],
    "document_voided": [{"name": NAME, "number": number} for number in ("云溪检字〔2026〕第3号", "")],
    "document_dropped": [{"name": NAME}],
    "document_is": [
        {"name": NAME, **_TITLE, "number": number, "state": state, "signed": 1, "signers": 2}
        for state, number in (("made", "云溪检字〔2026〕第3号"), ("signed", ""), ("served", "云溪检字〔2026〕第3号"))
    ],
    "document_page": [{"name": NAME, **_TITLE, "address": "https://whistle.example/p/abc", "until": LATER}],
    "pay_code": [
        {
            "name": NAME,
            "reference": "1234567890123452",
            "fine_fen": 80_000,
            "by": "2026-11-20",
            "where": "农商银行",
        },
    ],
    "pdf_missing": [{}],
    "pdf_later": [{"name": NAME, **_TITLE}],
    "file_is": [
        {"name": NAME, "entries": [], "lacks": [], "begun": False},
        {"name": NAME, "entries": _ENTRIES, "lacks": [], "begun": True},
        {"name": NAME, "entries": _ENTRIES, "lacks": _LACKS, "begun": True},
    ],
    "tips": [
        {"tips": []},
        {
            "tips": [
                _LISTED,
                {**_LISTED, "state": "accepted"},
                {**_LISTED, "breached": True, "place": TOWN, "matter": None},
            ]
        },
    ],
    "stats": [
        {
            **_STATS,
            "counted": 0,
            "in_time": 0,
            "breaches": 0,
            "percent": None,
            "minutes": None,
            "expected": 0,
            "enough": False,
        },
        {**_STATS, "counted": 3, "in_time": 3, "breaches": 0, "minutes": 4.0, "enough": False, "left_out": 0},
        _STATS,
        {**_STATS, "squad": True, "unit": "QL01S", "expected": 0, "spots": [_SPOT, _SPOT], "reached": _REACHED},
    ],
    "cases": [
        {"cases": []},
        {
            "cases": [
                {"name": NAME, "state": "open", "matter": "CG013", "outcome": None, "stage": None, "at": T0},
                {"name": NAME, "state": "open", "matter": "XZ004", "outcome": None, "stage": "filed", "at": T0},
                {"name": NAME, "state": "closed", "matter": None, "outcome": "ordered", "stage": None, "at": T0},
            ]
        },
    ],
    "case": [
        {
            "name": NAME,
            "state": "closed",
            "outcome": "ordered",
            "matter": "HB007",
            "events": [
                {"kind": "tip.submitted", "at": T0, "who": "", "who_en": ""},
                {"kind": "tip.accepted", "at": T0, "who": "云溪镇队长", "who_en": "Yunxi squad leader"},
                {"kind": "whistle.opened", "at": T1, "who": "云溪镇队长", "who_en": "Yunxi squad leader"},
                {"kind": "call.breached", "at": T2, "who": "", "who_en": ""},
                {"kind": "case.closed", "at": T2, "who": "云溪镇队长", "who_en": "Yunxi squad leader"},
            ],
        },
        {"name": NAME, "state": "open", "outcome": None, "matter": None, "events": []},
    ],
    "no_case": [{"number": "0999"}, {"number": ""}],
    "raise_now": [{"name": NAME, "waits": [{"unit": "HB", "at": T1, "paused": False}], "keyboard": []}],
    "whistle": [
        {
            "name": NAME,
            "units": ["HB"],
            "rings": [],
            "member": False,
            "season": None,
            "swift": None,
            "same": {**LEADER, "name": "云溪-2026-0146", "at": T0},
            "word": "township_leader",
            "appointment": LATER,
            "urgent": False,
            "reason": "",
            "waits": [{"unit": "HB", "at": T1, "paused": False}],
            "why": "lead",
            "law": "《水污染防治法》第八十五条",
            "ruled": {"unit": "SL", "theirs": True, "at": T0},
            "matter": "HB007",
            "co": "SL",
            "window": 15,
            "visit": LATER,
            "keyboard": [],
        },
        {
            "name": NAME,
            "units": ["SJ", "JT"],
            "rings": [
                {"unit": "QL01-SJ", "dept": "SJ", "nearer": None, "people": [POST_A, POST_A]},
                {"unit": "JT", "dept": None, "nearer": None, "people": []},
            ],
            "member": True,
            "season": {"zh": "森林防火期", "en": "Forest fire season"},
            "swift": [1, 3, 15],
            "same": None,
            "word": "desk",
            "appointment": None,
            "urgent": True,
            "reason": "河口集市占道经营",
            "waits": [],
            "why": "own",
            "law": "",
            "ruled": None,
            "matter": "CG013",
            "co": None,
            "window": 15,
            "visit": None,
            "keyboard": [],
        },
        {
            "name": NAME,
            "units": ["SJ"],
            "rings": [{"unit": "SJ", "dept": None, "nearer": "QL01-SJ", "people": [POST_A]}],
            "member": False,
            "season": None,
            "swift": None,
            "same": None,
            "word": None,
            "appointment": None,
            "urgent": False,
            "reason": "",
            "waits": [],
            "why": "unknown",
            "law": "",
            "ruled": None,
            "matter": None,
            "co": None,
            "window": 15,
            "visit": None,
            "keyboard": [],
        },
    ],
    "word_asked": [
        {"name": NAME, "units": ["SJ", "JJ"], "word": word, "until": T1, "keyboard": []}
        for word in ("township_leader", "desk")
    ],
    "word_given": [{"name": NAME, "units": ["SJ"], "allowed": allowed, "keyboard": []} for allowed in (True, False)],
    "whistle_when": [{"name": NAME, "window": 240, "keyboard": []}],
    "units": [{**_UNITS, "mode": "add"}, {**_UNITS, "mode": "swap"}],
    "bring": [{**_UNITS, "bring": ["tow"]}],
    "blown": [{**_UNITS, "bring": ["tow", "order"]}, {**_UNITS, "bring": []}],
    "extended": [{"name": CALL, "unit": "SL", "keyboard": []}],
    "for_tip": [{"units": ["SJ", "JT"], "reason": "河口集市占道经营"}, {"units": ["SJ"], "reason": ""}],
    "rise_which": [{"name": NAME, "keyboard": []}],
    "call_off_which": [{"name": NAME, "keyboard": []}],
    "call_off": [{"name": CALL, "unit": "SJ", "keyboard": []}],
    "time_given": [{"name": CALL, "due_at": T2, "before": T1}],
    "apply": [
        {"calls": [], "more": 0},
        {
            "calls": [
                {"number": CALL, "unit": "SJ", "ladder": ["post_b", "person:SJ-H"], "minutes": 20, "other": True},
                {"number": CALL, "unit": "SJ", "ladder": [], "minutes": None, "other": True},
            ],
            "more": 3,
        },
    ],
    "applied": [{"count": 2, "keyboard": []}],
    "report": [{"name": CALL, "keyboard": []}],
    "call_paper": [{"name": CALL, "paper": "order", "today": DAY, "keyboard": []}],
    "paper_named": [{"name": CALL, "number": "青环责改〔2026〕3号", "dated": DAY}],
    "reported": [{"name": CALL, "outcome": "ordered", "keyboard": []}],
    "dispute": [{"name": CALL, "keyboard": []}],
    "disputed": [{"name": CALL, "ruling_at": T1, "keyboard": []}],
    "signed": [{"name": CALL, "at": T1, "late_seconds": late} for late in (0, 193)],
    "departed": [{"name": CALL}],
    "arrived": [{"name": CALL}],
    "taken_back": [{"name": CALL, "due_at": T1, "keyboard": []}],
    "which_call": [{"verb": verb} for verb in ("acknowledge", "depart", "arrive")],
    "no_such_call": [{"number": "0999-1"}],
    "promise_all": [{"names": [CALL, "云溪-2026-0148-1"]}],
    "promised_all": [{"names": [CALL], "kind": kind, "keyboard": []} for kind in ("in30", "in60")],
    "promise": [{"name": CALL}],
    "promised": [{"name": CALL, "at": T2}],
    "slot": [{"name": CALL}],
    "cannot_come": [{"name": CALL}, {"name": CALL, "keyboard": [["x"]]}],
    "on_the_way": [{"name": CALL}],
    "advised": [{"name": CALL, "unit": "SJ"}],
    "send_other": [{"name": CALL, "unit": "SJ"}],
    "sent_other": [{"name": CALL, "unit": "SJ", "other": "HB"}],
    "no_such_code": [{"name": CALL}],
    "arrived_by_code": [{"name": CALL}],
    "crew": [
        {
            "url": "https://whistle.example.cn/p/AAAAAAAAAAAAAAAAAAAAAA",
            "number": CALL,
            "unit": "SJ",
            "township": "QL01",
            "place": PLACE,
            "matter": "CG013",
            "bring": bring,
            "arrive_by": arrive_by,
            "expires_at": T2,
        }
        for bring, arrive_by in ((["tow"], T2), ([], None))
    ],
    "page_closed": [{"name": CALL}],
    "shift": [{"page": SHIFT}],
    "taken_over_shift": [{"page": SHIFT}],
    "shift_page": [{"url": "https://whistle.example.cn/p/AAAAAAAAAAAAAAAAAAAAAA"}],
    "reported_up": [{"name": CALL}],
    "reassign": [{"name": CALL, "unit": "SJ"}],
    "reassign_why": [{"name": CALL, "unit": "SJ", "other": "HB"}],
    "reassign_how": [{"name": CALL, "unit": "SJ", "other": "HB"}],
    "reassigned_call": [{"name": CALL, "unit": "SJ", "other": "HB", "both": both} for both in (True, False)],
    "explain": [{"name": CALL}],
    "explained": [{"name": CALL, "reason": "no_signal", "decide_by": T2}],
    "proposed": [
        {"name": CALL, "unit": "SJ", "counts": counts, "asked": asked}
        for counts, asked in ((True, True), (False, False))
    ],
    "disagreed": [{"name": CALL}],
    "by_phone": [{"name": CALL, "unit": "SJ"}],
    "phoned": [{"name": CALL, "unit": "SJ", "confirm_by": T2, "late_seconds": late} for late in (0, 193)],
    "phone_confirmed": [{"name": CALL}],
    "phone_denied": [{"name": CALL, "opens": opens, "due_at": T1} for opens in (True, False)],
    "which_phoned": [{"waiting": 2}, {"waiting": 0}],
    "position": [{"name": CALL, "near": True}, {"name": CALL, "near": False}],
    "board_up": [{}],
    "deliveries": [
        {
            "calls": [
                {
                    "number": CALL,
                    "unit": "SJ",
                    "lines": [
                        {
                            "who": "市监局A岗",
                            "who_en": "County Market Regulation Bureau, post A",
                            "group": group,
                            "what": what,
                            "queued_at": T0,
                            "sent_at": T1 if how == "sent" else None,
                            "late_seconds": 75 if repeat else 0,
                            "repeat": repeat,
                            "how": how,
                        }
                        for how, what, repeat, group in (
                            ("sent", "call.opened", True, None),
                            ("sent", "calls.waiting", False, None),
                            ("blocked", "call.opened", False, None),
                            ("muted", "call.reminded", False, None),
                            ("no_longer_true", "call.escalated", False, "QL01S"),
                            ("left", "call.reminded", False, None),
                        )
                    ],
                    "rings_at": rings_at,
                    "paused": paused,
                    "gaps": [{"who": None, "at": T0}, {"who": "leader_on_duty", "at": T1}] if rings_at is None else [],
                    "not_rung": [
                        {"who": "市监局B岗", "who_en": "County Market Regulation Bureau, post B", "why": why}
                        for why in ("off_duty", "blocked", "stopped", "not_bound", "not_yet", "answered")
                    ],
                }
            ]
        }
        for rings_at, paused in ((None, False), (T2, True), (T2, False))
    ],
    "calls": [
        {"calls": [], "lag": None},
        {
            "lag": 380,
            "calls": [
                {"name": CALL, "unit": "SJ", "state": "open", "due_at": T1, "appointment": None, "breached": False},
                {"name": CALL, "unit": "SJ", "state": "open", "due_at": T1, "appointment": None, "breached": True},
                {
                    "name": CALL,
                    "unit": "SJ",
                    "state": "departed",
                    "due_at": T1,
                    "appointment": LATER,
                    "breached": False,
                },
            ],
        },
    ],
    "transfer_unit": [{"name": NAME, "keyboard": []}],
    "transfer_reason": [{"name": NAME, "unit": "SJ", "keyboard": []}],
    "transfer_offered": [{"name": NAME, "unit": "SJ", "keyboard": []}],
    "taken_over": [{"name": NAME, "keyboard": []}],
    "hand_back": [{"name": NAME, "keyboard": []}],
    "handed_back": [{"name": NAME, "reason": "not_our_duty", "keyboard": []}],
    "assign": [{"name": "K7QF", "keyboard": []}],
    "assigned": [{"name": "K7QF", "township": "QL01", "keyboard": []}],
    "upheld": [{"name": NAME, "keyboard": []}],
    "given_back": [{"name": NAME, "keyboard": []}],
    "pick_squad": [{"name": "K7QF"}],
    "pick_officer": [
        {"name": "K7QF", "picked": [], "picked_en": [], "keyboard": []},
        {"name": "K7QF", "picked": ["云溪镇队员1"], "picked_en": ["Yunxi officer 1"], "keyboard": []},
    ],
    "picked": [{"name": "K7QF", "picked": ["云溪镇队员1"], "picked_en": ["Yunxi officer 1"], "keyboard": []}],
    "privacy": [{"words": 180, "positions": 30, "messages": 180, "people": 365}],
    "mydata_folded": [{"keyboard": []}],
    "revealed_folded": [{"keyboard": []}],
    "mydata": [
        *(
            {
                "since": T0,
                "named": named,
                "count": 2,
                "tips": [
                    {"receipt": RECEIPT, "at": T0, "step": "checking", "state": "accepted", "items": 3},
                    {"receipt": RECEIPT, "at": T0, "step": "ended", "state": "withdrawn", "items": 1},
                ],
                "seats": ["云溪镇第3网格"] if named else [],
                "keyboard": [],
            }
            for named in (True, False)
        ),
    ],
    "my_words": [
        {"items": [], "keyboard": []},
        {
            "items": [
                {"at": T0, "kind": "text", "text": "河口村桥头洗车店<把脏水>直接排到河里"},
                {"at": T1, "kind": "photo", "text": ""},
            ],
            "keyboard": [],
        },
    ],
    "forget": [
        {"receipts": [], "rewards": 0},
        {"receipts": [RECEIPT, "715204938"], "rewards": 0},
        {"receipts": [RECEIPT], "rewards": 1},
        {"receipts": [], "rewards": 1},
    ],
    "forgotten": [{"keyboard": []}],
    "forgotten_later": [{"keyboard": []}],
    "reveal": [{"name": NAME}],
    "reveal_asked": [{"name": NAME, "reason": "protect", "hours": 24, "keyboard": []}],
    "reveal_decided": [{"name": NAME, "agreed": agreed, "keyboard": []} for agreed in (True, False)],
    "revealed": [
        {
            "name": NAME,
            "chat": 5812345678901,
            "real_name": "李四",
            "phones": ["13907431234"],
            "erased": False,
            "keyboard": [],
        },
        {"name": NAME, "chat": None, "real_name": None, "phones": [], "erased": True, "keyboard": []},
    ],
    "opened": [
        {"name": "", "events": []},
        {
            "name": "",
            "events": [{"kind": "tip.read", "at": T0, "who": "云溪镇队员1", "who_en": "Yunxi officer 1", "name": NAME}],
        },
        {
            "name": NAME,
            "events": [
                {
                    "kind": "tip.picked",
                    "at": T0,
                    "who": "县指挥中心1号席",
                    "who_en": "County desk, seat 1",
                    "name": NAME,
                },
                {"kind": "tip.conflicted", "at": T0, "who": "", "who_en": "", "name": NAME},
            ],
        },
    ],
    "nothing_opened": [{"number": "<K7Q>"}],
    "no_change": [{"name": NAME, "keyboard": []}],
    "recuse": [{"name": NAME}],
    "recused": [{"name": NAME, **_OFFICER, "keyboard": []}],
    "officer": [{"name": NAME, "keyboard": []}, {"name": NAME, "keyboard": [["x"]]}],
    "reassigned": [{"name": NAME, **_OFFICER, "keyboard": []}],
    "reviewed": [{"name": CALL, "unit": "SJ", "counts": counts, "keyboard": []} for counts in (True, False)],
    "ruled": [
        {"name": CALL, "unit": "HB", "upheld": True, "keyboard": []},
        {"name": CALL, "unit": "HB", "upheld": False, "keyboard": []},
    ],
    "open": [
        {"calls": [], "tips": []},
        {"calls": CALLS[:4], "tips": [_LISTED, {**_LISTED, "breached": True}]},
    ],
    "refuse": [{"ref": "K7QF", "keyboard": []}],
    "amount": [{"lowest_fen": 20000, "highest_fen": 50000}],
    "base": [{"label": "一级", "label_en": "Grade one", "percent": 5, "min_fen": 500000}],
    "chosen": [{"ref": "K7QF", "amount_fen": 30000}],
    "reverse": [{"ref": "K7QF", "amount_fen": 20000, "keyboard": []}],
    "reversed": [{"ref": "K7QF", "reason": "decision_void", "keyboard": []}],
    "released": [{"ref": "K7QF", "tail": "1875", "keyboard": []}],
    "rewards": [
        {"rewards": [], "keyboard": []},
        {
            "rewards": [
                {"name": name, "amount_fen": fen, "step": step, "state": state, "lapses_at": at}
                for name, fen, step, state, at in (
                    (NAME, None, 2, "proposed", None),
                    ("K7QF", 20000, 3, "announced", T0),
                    ("K7QF", 20000, 4, "claimed", T0),
                    ("K7QF", 20000, 4, "paid", T0),
                )
            ],
            "keyboard": [],
        },
    ],
    "other_ways": [{"windows": _REWARD["windows"], "days": days, "keyboard": []} for days in (120, 0)],
    "paper_kind": [{"ref": "K7QF", "keyboard": []}],
    "print_reason": [{}],
    "word": [{}],
    "word_kept": [{}],
    "picture": [{}],
    "payee": [{"amount_fen": 150000, "tail": "1875", "keyboard": []}],
    "refused": [{"reason": "known", "keyboard": []}],
    "pay": [{}],
    "claim": [
        {"amount_fen": 20000, "budget": "CG", "tail": "1875", "ref": "K7QF", "payee": payee} for payee in (False, True)
    ],
    "voucher": [
        {"amount_fen": 20000, "tail": "1875", "payer": "县财政1号", "payer_en": "County finance 1", "keyboard": []}
    ],
    "paid": [{"amount_fen": 20000, "tail": "1875", "voucher": "2026-11-0032", "at": T0}],
}

DIALOGS |= samples_law.DIALOGS
TOASTS: dict[str, Facts] = {
    "raised": {"who": "department_head"},
    "applied": {"count": 2},
    "accepted": {"number": NAME},
    "signed_all": {"count": 4},
    "muted": {"at": T1},
    "acknowledged": {"at": T2, "late_seconds": 0},
    "acknowledged_late": {"at": T2, "late_seconds": 193},
    "spoke": {"until": T2},
}
BUTTONS: dict[str, Facts] = {
    "ask_me_no_more": {"number": RECEIPT},
    "ask_me_again": {"number": RECEIPT},
    "step": {"step": "on_spot"},
    "form": {"step": "party"},
    "course": {"course": "simple"},
    "option": {"option": "mental_illness"},
    "ticked": {"option": "public_interest"},
    "piece": {"no": 3, "kind": "video_note", "proof": "media"},
    "proof": {"proof": "party"},
    "span": {**_STRETCH, "who": [_NAMED]},
    "rota_undo": {"kind": "replace", "who": _NAMED, "other": _OTHER, "begins": T0},
    "duty_of": {"role": "liaison", "post": "A", "unit": "SJ"},
    "hour": {"at": "08:30"},
    "until": {"at": T1},
    "drill_off": {"day": DAY, "unit": "SJ"},
    "drill_now": {"unit": "SJ"},
    "take_off": {"unit": "SJ"},
    "day": {"day": DAY},
    "take_out": {"who": _NAMED},
    "rise_unit": {"unit": "SJ"},
    "call_off_unit": {"unit": "SJ"},
    "apply_now": {"count": 3},
    "here": {"unit": "HB"},
    "visit_hours": {"hours": 2},
    **{key: {"minutes": 20} for key in ("mute", "minutes_on", "minutes_off")},
    "sign_one": {"name": CALL},
    "this_one": {"name": CALL, "unit": "HB"},
    "take_one": {"name": CALL},
    "reverse": {"number": "K7QF"},
    "undo_precedent": {"number": 2},
    "join": {"into": NAME},
    "papers": {"number": "K7QF"},
    "slot": {"at": T1},
    "phone_one": {"name": CALL, "unit": "SJ"},
    "tomorrow": {"at": "8:30"},
    "rate_good": {"unit": None},
}
REFUSALS: dict[str, list[Facts]] = {
    "document_incomplete": [{"labels": ["在场人", "检查情况"], "labels_en": ["Present", "Findings"]}],
    "too_much": [{"most": 20}],
    "evidence_too_big": [{"megabytes": 34}],
    "already_raised": [{"who": "department_head"}, {"who": "person:SJ-H"}],
    "top_of_ladder": [{"who": "leader_on_duty"}],
    "already_blown": [{"number": NAME}],
    "same_whistle": [{"number": NAME}],
    "too_many_whistles": [{"count": 10, "limit": 10}],
    "wrong_span": [{"longest": 240}],
    "already_done": [
        {"by": "云溪镇队长", "by_en": "Yunxi squad leader", "at": T0},
        {"by": "云溪镇队长", "by_en": "Yunxi squad leader", "at": None},
        {"by": "", "by_en": "", "at": T0},
        {"by": "", "by_en": "", "at": None},
    ],
    "not_named": [
        {"names": ["云溪镇队员1", "云溪镇队员2"], "names_en": ["Yunxi officer 1", "Yunxi officer 2"]},
        {"names": [], "names_en": []},
    ],
    "not_leader": [
        {"names": ["云溪镇队长", "云溪镇副队长"], "names_en": ["Yunxi squad leader", "Yunxi deputy squad leader"]},
        {"names": [], "names_en": []},
    ],
    "second_officer": [{"names": []}, {"names": ["云溪镇副队长", "云溪镇队员1", "云溪镇队员2", "云溪镇队员3"]}],
    "too_late": [{"seconds": 10}],
    "explained_late": [{"hours": 24}],
    "paused": [{"unit": "SJ", "until": T1, "why": "maintenance"}],
    "rota_clash": [
        {"who": "市监局A岗", "who_en": "Market regulation, post A", "by": by, "by_en": by, "begins": T0, "ends": T1}
        for by in ("", "云溪镇队长")
    ],
    "amount_wrong": [{"lowest": None, "highest": None}, {"lowest": 20000, "highest": 50000}],
    "base_too_low": [{"least": 10_000_000}],
    "too_many_guesses": [{"minutes": 15}],
    "unknown_unit": [
        {
            "word": "派出所",
            "suggestions": ["云溪派出所", "石坪派出所"],
            "suggestions_en": ["Yunxi police station", "Shiping police station"],
        },
        {"word": "交井", "suggestions": [], "suggestions_en": []},
    ],
}
WORDS: dict[str, Facts] = {
    "topic": {"urgent": True, "name": "K7QF", "place": PLACE, "matter": "HB007"},
    "drill": {"text": "已签收"},
    "phone_call": {"drill": True, "unit": "SJ", "call": CALL, "township": "QL01", "due_at": T1, "breached": False},
}
