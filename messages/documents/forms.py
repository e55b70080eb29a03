"""Which papers a reward has, and what stands in each of them. None names or describes its sender, unless finance prints with a reason."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from messages import cards
from workflows import eligibility
from workflows import records as r
from workflows.work import Erased, Work

Facts = dict[str, Any]
MARK = "工作秘密"
_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")
_GROUPS = ("", "万", "亿")


def capital(fen: int) -> str:
    """An amount as it is written so that nobody can change it: 壹佰贰拾元整, 叁佰元零伍分. Raises ValueError for less than nothing."""
    if fen < 0:
        raise ValueError("an amount is not negative")
    yuan, jiao, rest = fen // 100, fen // 10 % 10, fen % 10
    text = f"{_whole(yuan)}元" if yuan else ""
    if not jiao and not rest:
        return (text or "零元") + "整"
    if jiao:
        text += f"{_DIGITS[jiao]}角"
    elif text:
        text += "零"
    return text + (f"{_DIGITS[rest]}分" if rest else "整")


def _whole(number: int) -> str:
    groups = []
    while number:
        number, group = divmod(number, 10_000)
        groups.append(group)
    text, gap = "", False
    for place in range(len(groups) - 1, -1, -1):
        group = groups[place]
        if not group:
            gap = bool(text)
            continue
        text += ("零" if text and (gap or group < 1000) else "") + _below_ten_thousand(group) + _GROUPS[place]
        gap = False
    return text


def _below_ten_thousand(number: int) -> str:
    text, gap = "", False
    for place in range(3, -1, -1):
        digit = number // 10**place % 10
        if digit:
            text += ("零" if gap and text else "") + _DIGITS[digit] + _PLACES[place]
            gap = False
        else:
            gap = True
    return text


def yuan(fen: int) -> str:
    return f"{fen // 100:,}.{fen % 100:02d}元"


class _Local:
    """Times and names as a county writes them."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._zone = ZoneInfo(work.county.timezone)

    def time(self, at: datetime | str | None) -> str:
        if at is None:
            return ""
        moment = datetime.fromisoformat(at) if isinstance(at, str) else at
        local = moment.astimezone(self._zone)
        return f"{local.year}年{local.month}月{local.day}日 {local:%H:%M}"

    def day(self, on: date | datetime | None) -> str:
        if on is None:
            return ""
        local = on.astimezone(self._zone).date() if isinstance(on, datetime) else on
        return f"{local.year}年{local.month}月{local.day}日"

    def who(self, person_id: str | None) -> str:
        person = self._work.person(person_id)
        return person.label if person else ""

    def unit(self, unit_id: str) -> str:
        return self._work.county.unit(unit_id).name if self._work.county.has_unit(unit_id) else unit_id

    def choice(self, group: str, code: str | None) -> str:
        found = self._work.book.reasons.find(group, code or "")
        return found.label if found else ""


def _head(work: Work) -> Facts:
    return {"county": work.county.name, "secret": MARK, "printed": _Local(work).day(work.now)}


def tip_register(work: Work, reward: r.Reward) -> Facts:
    """线索举报登记表: where, what, and how it was handled; who sent it is sealed elsewhere."""
    local, case = _Local(work), work.get(r.Case, reward.case_id)
    tip = work.get(r.Tip, reward.tip_id)
    matter = work.county.matter(case.matter_code) if case.matter_code else None
    return {
        **_head(work),
        "number": case.number,
        "received": local.day(tip.first_at),
        "named": "实名（信息密封保存，不在本表）" if tip.named else "匿名",
        "township": work.county.township(case.township_id).name,
        "matter": matter.name if matter else "",
        "law": matter.legal_basis if matter else "",
        "accepted": local.time(tip.accepted_at),
        "handler": local.who(tip.owner_id),
        "outcome": local.choice("outcome", case.outcome),
        "closed": local.day(case.closed_at),
        "papers": [_paper(local, p) for p in work.papers(case.id)],
        "later": len(eligibility.later_tips(work, tip, eligibility.in_order(work, case))),
    }


def _paper(local: _Local, paper: r.Paper) -> Facts:
    return {
        "kind": local.choice("paper", paper.kind),
        "number": paper.number,
        "dated": local.day(paper.dated),
        "checked": local.who(paper.checked_by),
    }


def reward_approval(work: Work, reward: r.Reward) -> Facts:
    """奖励审批表: the amount, the rule with its source, and every signature."""
    local, case = _Local(work), work.get(r.Case, reward.case_id)
    rule = cards.rule_of(work, reward)
    signers = work.policy.reward.signers
    grade = next((g.label for g in getattr(rule, "grades", ()) if g.id == reward.grade), "")
    matter = work.county.matter(case.matter_code) if case.matter_code else None
    return {
        **_head(work),
        "number": f"{case.number}-奖",
        "case": case.number,
        "matter": matter.name if matter else "",
        "papers": [_paper(local, p) for p in work.papers(case.id)],
        "outcome": local.choice("outcome", case.outcome),
        "rule": rule.label,
        "source": rule.source,
        "grade": grade,
        "base": yuan(reward.base_fen) if reward.base_fen is not None else "",
        "amount": yuan(reward.amount_fen),
        "capital": capital(reward.amount_fen),
        "shares": "、".join(yuan(s.amount_fen) for s in work.shares_of(reward.id)),
        "budget": local.unit(reward.budget),
        "year": str(reward.budget_year or work.today.year),
        "proposed": local.time(reward.proposed_at),
        "proposer": local.who(reward.proposed_by),
        "signatures": [
            {
                "as": signers[s["signer"]].label if s["signer"] in signers else str(s["signer"]),
                "who": local.who(str(s["by"])),
                "at": local.time(str(s["at"])),
            }
            for s in reward.signatures
        ],
        "decision": _decision(local, reward),
    }


def _decision(local: _Local, reward: r.Reward) -> str:
    if reward.refused_reason:
        return f"不予奖励：{local.choice('refuse_reward', reward.refused_reason)}"
    return f"同意奖励，{local.time(reward.approved_at)}" if reward.approved_at else "审批中"


def claim_notice(work: Work, reward: r.Reward) -> Facts:
    """领取通知书: how much, where, until when. The code itself is only on its sender's screen."""
    local, case = _Local(work), work.get(r.Case, reward.case_id)
    return {
        **_head(work),
        "number": f"{case.number}-奖",
        "ref": reward.ref[:4],
        "found": "经查属实，已劝阻教育" if reward.kind == "thanks" else "经查属实并已依法处理",
        "amount": yuan(reward.amount_fen),
        "capital": capital(reward.amount_fen),
        "tail": reward.code_tail,
        "windows": "、".join(w["zh"] for w in cards.windows_of(work, reward)),
        "until": local.day(reward.lapses_at),
        "announced": local.day(reward.announced_at),
        "ceiling": yuan(work.policy.reward.code_only_up_to_fen),
    }


def payout_list(work: Work, rewards: Sequence[r.Reward], *, identities: bool = False) -> Facts:
    """奖励金发放表: what was paid, to the tail of a code. `identities`: for finance, with a reason."""
    local = _Local(work)
    rows = [
        {
            "no": number,
            "ref": one.ref[:4],
            "amount": yuan(one.amount_fen),
            "budget": local.unit(one.budget),
            "tail": one.code_tail,
            "how": "代领" if one.proxy else "本人",
            "payer": local.who(one.paid_by),
            "paid": local.day(one.paid_at),
            "voucher": one.voucher or "",
            "payee": _payee(work, one) if identities else "凭码",
        }
        for number, one in enumerate(rewards, 1)
    ]
    total = sum(one.amount_fen for one in rewards)
    return {**_head(work), "rows": rows, "count": len(rows), "total": yuan(total), "capital": capital(total)}


def _payee(work: Work, reward: r.Reward) -> str:
    """Who collected it, where that was noted; sealed with the sender's key, or the payer's where that one was gone."""
    if reward.payee is None:
        return "凭码"
    payer = work.person(reward.paid_by)
    for account in (work.get(r.Tip, reward.tip_id).account, payer.account if payer else None):
        try:
            if account:
                return str(work.unseal(account, reward.payee))
        except (Erased, ValueError):
            continue
    return "已销毁"


def waiver(work: Work, reward: r.Reward) -> Facts:
    """放弃声明书: the sender's own tap, as a paper for the file."""
    local, case = _Local(work), work.get(r.Case, reward.case_id)
    waived = next(iter(work.events_of(reward.id, "reward.waived")), None)  # type: ignore[arg-type]
    return {
        **_head(work),
        "number": f"{case.number}-奖",
        "ref": reward.ref[:4],
        "amount": yuan(reward.amount_fen),
        "capital": capital(reward.amount_fen),
        "tail": reward.code_tail,
        "budget": local.unit(reward.budget),
        "waived": local.time(waived.at) if waived else "",
    }


OF_REWARD: dict[str, Callable[[Work, r.Reward], Facts]] = {
    "tip_register": tip_register,
    "reward_approval": reward_approval,
    "claim_notice": claim_notice,
    "waiver": waiver,
}
TITLES = {
    "tip_register": "线索举报登记表",
    "reward_approval": "奖励审批表",
    "claim_notice": "奖励领取通知书",
    "payout_list": "奖励金发放表",
    "waiver": "放弃奖励声明书",
}
TITLES_EN = {
    "tip_register": "Tip register sheet",
    "reward_approval": "Reward approval sheet",
    "claim_notice": "Notice to collect",
    "payout_list": "List of payments",
    "waiver": "Waiver",
}
