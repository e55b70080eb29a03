"""Draws the templates that come with the product, in the look of a county's forms: `python -m messages.documents.draw`.

A4, 仿宋 for what is written and 小标宋 for the title (a machine without them falls back), 工作秘密 in the corner, one ruled table, lines
for signatures below. A county that wants another look edits the DOCX files themselves.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from docx import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt

Cell = tuple[str, str]
"""A label and what stands beside it."""
BODY, TITLE = "仿宋", "方正小标宋简体"
WIDTH = 16.0
"""Centimetres between the margins."""
LABEL = 2.5

PAPERS = (
    "{% for p in papers %}{{ p.kind }} {{ p.number }}（{{ p.dated }}）"
    "{% if not loop.last %}；{% endif %}{% endfor %}{% if not papers %}—{% endif %}"
)
CHECKED = (
    "{% for p in papers %}{{ p.kind }} {{ p.number }}（{{ p.dated }}，{{ p.checked }}核对）"
    "{% if not loop.last %}；{% endif %}{% endfor %}{% if not papers %}{{ outcome }}，未作处罚{% endif %}"
)


def _font(run: Any, name: str, size: float, *, bold: bool = False) -> None:
    run.font.size = Pt(size)
    run.font.bold = bold
    run.font.name = name  # figures of the same hand as the characters beside them
    run._element.rPr.rFonts.set(qn("w:eastAsia"), name)
    spoken = OxmlElement(
        "w:lang"
    )  # a machine without the font falls back to simplified forms and points, not to another country's
    spoken.set(qn("w:eastAsia"), "zh-CN")
    run._element.rPr.append(spoken)


def _line(holder: Any, text: str, size: float = 12, align: Any = None, *, name: str = BODY, after: float = 0) -> Any:
    line = holder.add_paragraph()
    line.alignment = align
    line.paragraph_format.space_after = Pt(after)
    line.paragraph_format.space_before = Pt(0)
    _font(line.add_run(text), name, size)
    return line


def _write(cell: Any, text: str, size: float = 12, *, centre: bool = False) -> None:
    cell.paragraphs[0].paragraph_format.space_after = Pt(0)
    for number, part in enumerate(text.split("\n")):
        line = cell.paragraphs[0] if number == 0 else cell.add_paragraph()
        line.paragraph_format.space_after = Pt(0)
        line.alignment = WD_ALIGN_PARAGRAPH.CENTER if centre else WD_ALIGN_PARAGRAPH.LEFT
        _font(line.add_run(part), BODY, size)
    middle = OxmlElement("w:vAlign")
    middle.set(qn("w:val"), "center")
    cell._element.get_or_add_tcPr().append(middle)


def _page(title: str, number: str = "{{ number }}", *, landscape: bool = False) -> Any:
    """A sheet with its mark, title and number."""
    made = Document()
    sheet = made.sections[0]
    sheet.page_width, sheet.page_height = (Cm(29.7), Cm(21.0)) if landscape else (Cm(21.0), Cm(29.7))
    sheet.left_margin = sheet.right_margin = Cm(2.0 if landscape else 2.5)
    sheet.top_margin, sheet.bottom_margin = Cm(2.2), Cm(2.0)
    _line(made, "{{ secret }}", 14, WD_ALIGN_PARAGRAPH.LEFT, name="黑体", after=6)
    _line(made, "{{ county }}", 16, WD_ALIGN_PARAGRAPH.CENTER, name=TITLE, after=2)
    _line(made, title, 22, WD_ALIGN_PARAGRAPH.CENTER, name=TITLE, after=8)
    if number:
        _line(made, f"编号：{number}", 12, WD_ALIGN_PARAGRAPH.RIGHT, after=4)
    return made


def _table(made: Any, rows: Sequence[Sequence[Cell]], heights: Sequence[float], *, label: float = LABEL) -> Any:
    """Labelled cells, one or two pairs a row, ruled all round; heights in centimetres."""
    table = made.add_table(rows=len(rows), cols=4)
    table.style = "Table Grid"
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    table.autofit = False
    widths = (label, WIDTH / 2 - label + 0.3, label - 0.3, WIDTH / 2 - label)
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Cm(width)
    for row, cells, height in zip(table.rows, rows, heights, strict=True):
        row.height = Cm(height)
        for cell, width in zip(row.cells, widths, strict=True):
            cell.width = Cm(width)
        if len(cells) == 1:
            merged = row.cells[1].merge(row.cells[3])
            _write(row.cells[0], cells[0][0], centre=True)
            _write(merged, cells[0][1])
        else:
            for pair, (name, text) in enumerate(cells):
                _write(row.cells[2 * pair], name, centre=True)
                _write(row.cells[2 * pair + 1], text)
    return table


def _listed(made: Any, heads: Sequence[str], fields: Sequence[str], rows: str, widths: Sequence[float]) -> Any:
    """A table whose middle row repeats for every row of the facts."""
    table = made.add_table(rows=4, cols=len(heads))
    table.style = "Table Grid"
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    table.autofit = False
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Cm(width)
    for row in table.rows:
        for cell, width in zip(row.cells, widths, strict=True):
            cell.width = Cm(width)
    for cell, head in zip(table.rows[0].cells, heads, strict=True):
        _write(cell, head, 11, centre=True)
    _write(table.rows[1].cells[0], f"{{%tr for row in {rows} %}}")
    for cell, field in zip(table.rows[2].cells, fields, strict=True):
        _write(cell, f"{{{{ row.{field} }}}}" if field else "", 11, centre=True)
    _write(table.rows[3].cells[0], "{%tr endfor %}")
    for number in (0, 2):
        table.rows[number].height = Cm(0.9)
    return table


def _signed(made: Any, *lines: str) -> None:
    _line(made, "", 8)
    for line in lines:
        _line(made, line, 12, after=8)


def tip_register() -> Any:
    made = _page("线 索 举 报 登 记 表")
    rows: list[list[Cell]] = [
        [("收到日期", "{{ received }}"), ("登记方式", "{{ named }}")],
        [("所在乡镇", "{{ township }}"), ("受理时间", "{{ accepted }}")],
        [("反映事项", "{{ matter }}")],
        [("法律依据", "{{ law or '—' }}")],
        [("原话、照片", "密封保存，只由接手的人在系统里查看，每次查看都留记录。不附本表。")],
        [("举报人信息", "密封保存，不在本表。任何人不得打听、推测、透露。")],
        [("接手人", "{{ handler }}"), ("结案日期", "{{ closed }}")],
        [("办理结果", "{{ outcome }}")],
        [("查处文书", PAPERS)],
        [("其后反映", "{% if later %}另有 {{ later }} 人后来反映同一件事，已并案。{% else %}无{% endif %}")],
        [("领导意见", "\n\n签字：                    年    月    日")],
    ]  # fmt: skip
    _table(made, rows, (1, 1, 1.4, 1.2, 1.6, 1.6, 1, 1.2, 1.8, 1.2, 3.4))
    _signed(made, "登记人：________________                制表：{{ printed }}", "本表按工作秘密保存，存入案卷副卷。")
    return made


def reward_approval() -> Any:
    made = _page("奖 励 审 批 表")
    rows: list[list[Cell]] = [
        [("案 号", "{{ case }}"), ("提请时间", "{{ proposed }}")],
        [("查处事项", "{{ matter }}")],
        [("查处文书", CHECKED)],
        [("奖励依据", "{{ rule }}\n{{ source }}")],
        [("等 级", "{{ grade or '—' }}"), ("罚没款", "{{ base or '—' }}")],
        [("奖励金额", "{{ amount }}（大写：{{ capital }}）")],
        [("后来反映人", "{{ shares or '无' }}")],
        [("列支预算", "{{ budget }}，{{ year }}年度")],
        [("提请人", "{{ proposer }}"), ("举报人", "密封，不在本表")],
    ]  # fmt: skip
    _table(made, rows, (1, 1.3, 1.6, 1.6, 1, 1.2, 1, 1, 1))
    _line(made, "", 6)
    _line(made, "审批签字（提请、经办、核对过本案的人不得签）", 12, after=4)
    _listed(made, ("签字环节", "签字人", "时间", "手签"), ("as", "who", "at", ""), "signatures", (2.5, 4.6, 5.2, 3.7))
    _signed(
        made,
        "审批结果：{{ decision }}",
        "奖励从单位预算列支，不与罚没收入挂钩。本表按工作秘密保存。",
        "制表：{{ printed }}",
    )
    return made


def claim_notice() -> Any:
    made = _page("奖 励 领 取 通 知 书")
    centre = WD_ALIGN_PARAGRAPH.LEFT
    for text in (
        "持码人：",
        "    您反映的情况{{ found }}。按照本县规定，奖励人民币 {{ amount }}（大写：{{ capital }}）。",
        "    一、凭二十一位领取码领取，尾号 {{ tail }}。领取码只在您本人的聊天里，本通知书不印，请勿发给别人。",
        "    二、领取地点：{{ windows }}，任选一处。",
        "    三、领取期限：{{ until }}前。来不及的，可在聊天里点〔延期领取〕，延一次。",
        "    四、不用报姓名，可以托人代领。超过 {{ ceiling }} 的，财务核对领取人证件，密封保存。",
        "    五、码丢了，可在聊天里换一个新码；设过口令的，凭回执号和口令也能领。",
        "    六、到期不领，视为放弃，款项退回原预算。对奖励决定不服的，可在六十日内申请行政复议，或六个月内提起行政诉讼。",
    ):
        line = _line(made, text, 14, centre, after=8)
        line.paragraph_format.line_spacing = Pt(26)
    _signed(made, "")
    _line(made, "{{ county }}（印章）", 14, WD_ALIGN_PARAGRAPH.RIGHT, after=6)
    _line(made, "{{ announced }}", 14, WD_ALIGN_PARAGRAPH.RIGHT)
    return made


def payout_list() -> Any:
    made = _page("奖 励 金 发 放 表", "", landscape=True)
    _line(made, "制表日期：{{ printed }}        共 {{ count }} 笔", 12, WD_ALIGN_PARAGRAPH.RIGHT, after=4)
    _listed(
        made,
        ("序号", "编号", "金额", "列支预算", "尾号", "领取人", "方式", "付款时间", "凭证号", "付款人", "签字或指印"),
        ("no", "ref", "amount", "budget", "tail", "payee", "how", "paid", "voucher", "payer", ""),
        "rows",
        (1.2, 1.6, 2.7, 3.2, 1.7, 2.8, 1.3, 3.1, 2.9, 3.0, 2.2),
    )
    _signed(
        made,
        "合计：{{ total }}（大写：{{ capital }}）",
        "付款人（两人）：________________  ________________      复核：________________      负责人：________________",
        "凭码领取的，领取人栏不写姓名。本表按工作秘密保存，不附案卷。",
    )
    return made


def waiver() -> Any:
    made = _page("放 弃 奖 励 声 明 书")
    for text in (
        "    本人已收到编号 {{ ref }} 的奖励通知，金额人民币 {{ amount }}（大写：{{ capital }}），领取码尾号 {{ tail }}。",
        "    本人自愿放弃领取，知道放弃后不能再领，款项退回 {{ budget }} 预算。",
        "    声明方式：本人在自己的聊天里点〔不要了〕，时间 {{ waived or '________________' }}。本人身份由系统密封核对，不在本声明书上。",
    ):
        line = _line(made, text, 14, after=10)
        line.paragraph_format.line_spacing = Pt(28)
    _signed(made, "", "声明人：凭码确认（匿名）              代为登记：________________", "{{ printed }}")
    return made


DRAWN = {
    "tip_register": tip_register,
    "reward_approval": reward_approval,
    "claim_notice": claim_notice,
    "payout_list": payout_list,
    "waiver": waiver,
}


def main(folder: Path = Path(__file__).parent / "zh") -> None:
    """Write every template anew."""
    from messages.documents.draw_case import DRAWN as OF_A_CASE

    folder.mkdir(exist_ok=True)
    for name, draw in {**DRAWN, **OF_A_CASE}.items():
        draw().save(str(folder / f"{name}.docx"))


if __name__ == "__main__":
    main()
