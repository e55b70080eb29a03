"""Sample facts for the dialogs of a procedure; see `samples.py`."""

from typing import Any

Facts = dict[str, Any]

NAME = "云溪-2026-0147"
DAY = "2026-11-02"
T0 = "2026-11-02T01:28:00+00:00"
T1 = "2026-11-02T01:43:00+00:00"
LATER = "2026-11-03T02:00:00+00:00"
_OFFICER = {"who": "云溪镇队员1", "who_en": "Yunxi officer 1"}

_POWER: Facts = {
    "name": NAME,
    "matter": "XZ004",
    "may": True,
    "why": "statutory",
    "until": None,
    "rule": "CF24",
    "organ": "QL01",
    "agreement": "",
    "owner": "CG",
    "verified": True,
    "keyboard": [],
}
_LAW: Facts = {
    "fines": None,
    "whole": False,
    "basis": "",
    "below": "",
    "below_words": "",
    "name": NAME,
    "course": "ordinary",
    "stage": "opened",
    "matter": "XZ004",
    "organ": "QL01",
    "power": "法定",
    "agreement": "",
    "verified": True,
    "party": False,
    "facts": False,
    "penalties": [],
    "fine_fen": 0,
    "number": None,
    "opinion": "",
    "opinion_why": [],
    "pay_ref": None,
    "public": None,
    "pay_by": None,
    "late_fen": 0,
    "paid": None,
    "hearing": None,
    "waiting": [],
    "terms": [],
    "since": [],
    "first": False,
    "keyboard": [],
    "moments": [("found", T0), ("checked", T1), ("secured", None), ("filed", None)],
}
_PUBLIC: Facts = {"name": NAME, "matter": "XZ004", "organ": "QL01", "withdraw": False, "ends": LATER, "late": False}
_STEP: Facts = {
    "name": NAME,
    "step": "inspection",
    "key": "record",
    "why": "CF55",
    "secret": False,
    "again": False,
    "fines": None,
    "whole": False,
    "basis": "",
    "keyboard": [],
}
_FINE: Facts = {"low_fen": 50_000, "high_fen": 200_000, "quote": "处五百元以上二千元以下的罚款"}
_LACK: Facts = {
    "what": "document",
    "title": "送达回证",
    "title_en": "Receipt of service",
    "by": "officer",
    "count": 1,
}
DIALOGS: dict[str, list[Facts]] = {
    "begin": [
        _POWER,
        {
            **_POWER,
            "why": "delegated",
            "until": "2028-12-31",
            "organ": "JT",
            "agreement": "示例委托〔2026〕1号",
            "verified": False,
        },
        {**_POWER, "may": False, "why": "withdrawn", "until": "2026-03-31", "owner": "CG"},
    ],
    "step": [
        {**_STEP, "step": "report", "key": "fine", "fines": [_FINE], "whole": True, "basis": "《公路法》第七十六条"},
        {
            **_STEP,
            "step": "report",
            "key": "fine",
            "fines": [_FINE, {**_FINE, "low_fen": 0}],
            "basis": "《公路法》第七十六条",
        },
        {**_STEP, "step": "report", "key": "discretion", "fines": []},
        {**_STEP, "step": "report", "key": "below", "fines": [_FINE], "whole": True, "basis": "《公路法》第七十六条"},
        _STEP,
        {**_STEP, "step": "party", "key": "name", "secret": True, "again": True, "why": "policy"},
    ],
    "law_second": [{"name": NAME, "step": "on_spot", "found": found, "keyboard": []} for found in (True, False)],
    "step_waits": [{"name": NAME, "step": "filing", "waits": waits, **_OFFICER} for waits in ("leader", "second")],
    "step_agreed": [{"name": NAME, "step": "filing", "keyboard": []}],
    "step_refused": [{"name": NAME, "step": "filing", "keyboard": []}],
    "gate": [{"name": NAME, "gate": "amount", "facts": {"cited": "CF59"}, "keyboard": []}],
    "put_aside": [{"name": NAME, "step": "party", "keyboard": []}],
    "procedure": [
        _LAW,
        {
            **_LAW,
            "stage": "served",
            "power": "委托",
            "agreement": "示例委托〔2026〕1号",
            "organ": "JT",
            "verified": False,
            "party": True,
            "facts": True,
            "penalties": ["warning", "fine"],
            "fine_fen": 30_000,
            "fines": [_FINE],
            "whole": True,
            "basis": "《公路法》第七十六条",
            "below": "eased",
            "number": "交通罚决〔2026〕3号",
            "opinion": "passed",
            "pay_ref": "1234567890123456",
            "pay_by": DAY,
            "late_fen": 900,
            "hearing": {"day": DAY, "place": "云溪镇综合执法办二楼", **_OFFICER},
            "waiting": ["end"],
            "since": [
                {"step": "facts"},
                {"step": "", "title": "现场检查笔录", "title_en": "Record of an inspection", "void": True, "pieces": 0},
                {"step": "", "title": "", "pieces": 3},
            ],
            "first": True,
            "terms": [
                {"term": "pay", "ends": LATER, "verified": True},
                {"term": "publish", "ends": LATER, "verified": False},
            ],
        },
        {**_LAW, "opinion": "waiting", "paid": DAY},
        {**_LAW, "penalties": ["fine"], "fine_fen": 30_000, "fines": [], "below_words": "《某省实施办法》第九条"},
        *[
            {**_LAW, "public": {"at": T1, "withdrawn": gone, "address": address}}
            for gone in (False, True)
            for address in ("https://whistle.example.cn/public/ABCDEFGH", "")
        ],
        {**_LAW, "opinion": "returned", "opinion_why": ["facts", "papers"]},
    ],
    "lacks": [
        {"name": NAME, "must": [_LACK, {**_LACK, "what": "signature", "count": 2}], "may": [_LACK], "keyboard": []},
        {"name": NAME, "must": [], "may": [{**_LACK, "what": "stored", "by": "operator"}], "keyboard": []},
        *[
            {"name": NAME, "must": [{**_LACK, "what": what, "title": ""}], "may": [], "keyboard": []}
            for what in ("evidence", "officers", "payment")
        ],
    ],
    "kept_away": [{"name": NAME, "keyboard": []}],
    "public_due": [
        {"cases": [], "count": 0, "address": "", "keyboard": []},
        {"cases": [_PUBLIC, {**_PUBLIC, "withdraw": True, "late": True}], "count": 2, "address": "https://x.cn/public"},
    ],
    "reviews": [
        {
            "cases": [
                {"name": NAME, "matter": "XZ004", "why": ["hearing"], "ends": LATER, "changed": 3, "first": True}
            ],
            "public": [],
            "keyboard": [],
        },
        {
            "cases": [{"name": NAME, "matter": "XZ004", "why": [], "ends": None, "changed": 0, "first": False}],
            "public": [_PUBLIC, {**_PUBLIC, "withdraw": True, "late": True}],
            "keyboard": [],
        },
        {"cases": [], "public": [_PUBLIC], "keyboard": []},
        {"cases": [], "public": [], "keyboard": []},
    ],
}
