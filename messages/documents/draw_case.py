"""Draws the documents of a case: `python -m messages.documents.draw` writes these templates too.

One letterhead for all: the organ in whose name it is done (小标宋), under it the paper's title, its number at the right; 委托 is printed under
the organ. 黑体 for what labels, 仿宋 for what is written. A county that wants another look edits the DOCX files.
"""

from collections.abc import Sequence
from typing import Any

from docx import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from messages.documents.draw import BODY, TITLE, Cell, _font, _line

HEAD = "黑体"
WIDTH = 15.6
"""Centimetres between the margins."""
_LEFT, _CENTRE, _RIGHT = WD_ALIGN_PARAGRAPH.LEFT, WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.RIGHT
RED = RGBColor(0xC0, 0x00, 0x00)

PARTY = (
    "当事人：{{ party_name }}　{{ party_id_label }}：{{ party_id }}",
    "{% if party_legal %}法定代表人（负责人）：{{ party_legal }}　{% endif %}住址（住所）：{{ party_address }}",
)
RECONSIDER = "{{ remedy_to }}"


# ── parts ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _sheet(title: str, *, number: bool = True, letter: bool = True) -> Any:
    """A page with its letterhead; a `letter` has the red rule of an official letter, a record has not."""
    made = Document()
    page = made.sections[0]
    page.page_width, page.page_height = Cm(21.0), Cm(29.7)
    page.left_margin = page.right_margin = Cm(2.7)
    page.top_margin, page.bottom_margin = Cm(2.4), Cm(2.2)
    page.footer_distance = Cm(1.1)
    _font(made.styles["Normal"], BODY, 12)  # page numbers take their look from it
    organ = _line(made, "{{ organ }}", 24 if letter else 18, _CENTRE, name=TITLE, after=2)
    if letter:
        organ.runs[0].font.color.rgb = RED
    _given(made, "{{ acting }}", "acting", 10.5, _CENTRE)
    if letter:
        rule = _line(made, "", 4, _CENTRE, after=8)
        _under(rule, "C00000", 12)
    _line(made, title, 22, _CENTRE, name=TITLE, after=6)
    if number:
        _line(made, "{{ number }}", 12, _RIGHT if not letter else _CENTRE, after=8)
    _given(made, "⚠ {{ caution }}", "caution", 10.5, _LEFT, name=HEAD)
    _footer(page)
    return made


def _given(made: Any, text: str, field: str, size: float, align: Any, *, name: str = BODY) -> None:
    """A paragraph that is there only where the fact is."""
    _line(made, f"{{%p if {field} %}}", size)
    _line(made, text, size, align, name=name, after=4)
    _line(made, "{%p endif %}", size)


def _under(paragraph: Any, colour: str, eighths: int) -> None:
    borders = OxmlElement("w:pBdr")
    bottom = OxmlElement("w:bottom")
    for key, value in (("val", "single"), ("sz", str(eighths)), ("space", "1"), ("color", colour)):
        bottom.set(qn(f"w:{key}"), value)
    borders.append(bottom)
    paragraph._p.get_or_add_pPr().append(borders)


def _footer(page: Any) -> None:
    """案号 and page number at the foot."""
    line = page.footer.paragraphs[0]
    line.alignment = _CENTRE
    for text in ("{{ case_number }}　第 ", "PAGE", " 页，共 ", "NUMPAGES", " 页"):
        run = line.add_run("" if text.isascii() else text)
        _font(run, BODY, 9)
        if text.isascii():
            for kind, content in (("begin", None), (None, text), ("end", None)):
                part = OxmlElement("w:instrText" if kind is None else "w:fldChar")
                if kind is None:
                    part.text = content
                else:
                    part.set(qn("w:fldCharType"), kind)
                run._r.append(part)


def _text(made: Any, *paragraphs: str, size: float = 15, indent: bool = True, leading: float = 1.75) -> None:
    """Running text, two characters in."""
    for words in paragraphs:
        line = _line(made, words, size, _LEFT, after=3)
        line.paragraph_format.line_spacing = Pt(size * leading)
        if indent:
            line.paragraph_format.first_line_indent = Pt(size * 2)


def _plain(made: Any, *lines: str, size: float = 14) -> None:
    _text(made, *lines, size=size, indent=False)


def _heading(made: Any, words: str) -> None:
    line = _line(made, words, 14, _LEFT, name=HEAD, after=3)
    line.runs[0].font.bold = True
    line.paragraph_format.space_before = Pt(4)
    line.paragraph_format.keep_with_next = True


def _signed(made: Any, day: str = "{{ day }}", *, size: float = 15, before: float = 14) -> None:
    """The organ and the day at the right, on one page with the sentence before and the lines of signatures after; the seal goes over both."""
    for line in made.paragraphs[-3:]:  # one that is there only sometimes stands between two marks
        line.paragraph_format.keep_with_next = True
    for words, space in (("{{ organ }}（印章）", before), (day, 0)):
        line = _line(made, words, size, _RIGHT, after=4)
        line.paragraph_format.space_before = Pt(space)
        line.paragraph_format.keep_with_next = True
        line.paragraph_format.right_indent = Pt(24)


def _foot(made: Any, words: str, *, whole: bool = False) -> None:
    """Small print at the end; `whole`: its lines of signatures are not torn apart."""
    line = _line(made, words, 10.5, _LEFT, after=0)
    line.paragraph_format.space_before = Pt(10)
    line.paragraph_format.keep_together = whole or None


def _cell(cell: Any, text: str, *, label: bool = False, size: float = 12) -> None:
    first = True
    for part in text.split("\n"):
        line = cell.paragraphs[0] if first else cell.add_paragraph()
        first = False
        line.paragraph_format.space_after = Pt(0)
        line.paragraph_format.line_spacing = 1.25
        line.alignment = _CENTRE if label else _LEFT
        _font(line.add_run(part), HEAD if label else BODY, size, bold=label)
    middle = OxmlElement("w:vAlign")
    middle.set(qn("w:val"), "center")
    cell._element.get_or_add_tcPr().append(middle)


def _grid(made: Any, rows: Sequence[Sequence[Cell]], heights: Sequence[float], label: float = 2.3) -> Any:
    """Labelled cells, one or two pairs a row, ruled all round; a row grows with what is written in it."""
    table = made.add_table(rows=len(rows), cols=4)
    table.style = "Table Grid"
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    table.autofit = False
    half = WIDTH / 2 - label
    widths = (label, half - 0.5, label, half + 0.5)  # numbers of eighteen digits stand at the right
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Cm(width)
    for row, cells, height in zip(table.rows, rows, heights, strict=True):
        row.height = Cm(height)
        for cell, width in zip(row.cells, widths, strict=True):
            cell.width = Cm(width)
        if len(cells) == 1:
            wide = row.cells[1].merge(row.cells[3])
            _cell(row.cells[0], cells[0][0], label=True)
            _cell(wide, cells[0][1])
        else:
            for pair, (name, text) in enumerate(cells):
                _cell(row.cells[2 * pair], name, label=True)
                _cell(row.cells[2 * pair + 1], text)
    return table


def _list(made: Any, heads: Sequence[str], fields: Sequence[str], rows: str, widths: Sequence[float]) -> None:
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
        _cell(cell, head, label=True, size=11)
    _cell(table.rows[1].cells[0], f"{{%tr for row in {rows} %}}")
    for cell, field in zip(table.rows[2].cells, fields, strict=True):
        _cell(cell, f"{{{{ row.{field} }}}}", size=11)
    _cell(table.rows[3].cells[0], "{%tr endfor %}")
    heading = table.rows[0]._tr.get_or_add_trPr()
    again = OxmlElement("w:tblHeader")
    again.set(qn("w:val"), "true")
    heading.append(again)
    for number in (0, 2):
        table.rows[number].height = Cm(0.9)


_BLANK = "\n\n签字：　　　　　　　　　　　　　年　　月　　日"
_PARTY_ROWS: list[list[Cell]] = [
    [("当事人", "{{ party_name }}"), ("{{ party_id_label }}", "{{ party_id }}")],
    [
        ("住　址", "{{ party_address }}"),
        ("联系电话", "{% if party_legal %}{{ party_legal }}\n{% endif %}{{ party_phone or '—' }}"),
    ],
]


# ── the nine that every case needs ───────────────────────────────────────────────────────────────────────────────────


def site_record() -> Any:
    made = _sheet("现 场 检 查 笔 录", letter=False)
    rows: list[list[Cell]] = [
        [("案由", "{{ matter }}")],
        [("检查时间", "{{ inspect_from }} 至 {{ inspect_to }}")],
        [("检查地点", "{{ place }}")],
        *_PARTY_ROWS,
        [("在场人", "{{ present }}")],
        [("检查人", "{{ officers }}")],
        [
            (
                "告知事项",
                "我们是{{ organ }}的执法人员，现出示执法证件，请过目。依法对你（单位）进行检查，请予配合；"
                "你有权申请执法人员回避，有权陈述、申辩；未出示证件的，你有权拒绝检查。\n当事人：□已看清证件　□不申请回避　□申请回避，理由：",
            )
        ],
    ]
    _grid(made, rows, (1, 1, 1, 1, 1.2, 1, 1.3, 2.6))
    _heading(made, "检查情况")
    _text(made, "{{ findings }}", size=13)
    _given(made, "现场取证：{{ evidence }}", "evidence", 13, _LEFT)
    _plain(made, "当事人意见（以上笔录已看过或读给我听）：□与实际相符　□不符，理由：", size=12)
    _plain(
        made,
        "当事人签字或盖章：________________　　　　年　月　日",
        "检查人签字：____________　____________　记录人：____________",
        "见证人（当事人不在场或拒绝签字的）：________________",
        size=12,
    )
    return made


def inquiry() -> Any:
    made = _sheet("询 问 笔 录", letter=False)
    rows: list[list[Cell]] = [
        [("案由", "{{ matter }}")],
        [("询问时间", "{{ inquiry_from }} 至 {{ inquiry_to }}")],
        [("询问地点", "{{ inquiry_place }}")],
        [("被询问人", "{{ asked_name }}"), ("与本案\n关　系", "{{ asked_as }}")],
        [("联系电话", "{{ asked_phone or '—' }}"), ("证件号码", "{{ asked_id }}")],
        [("询问人", "{{ officers }}")],
    ]
    _grid(made, rows, (1, 1, 1, 1, 1, 1.3))
    _text(
        made,
        "问：我们是{{ organ }}的执法人员，这是我们的执法证件，请过目。现依法向你询问。你有如实回答的义务，也有陈述、申辩和申请回避的权利。听清楚了吗？是否申请回避？",
        "答：{{ asked_answer }}",
        size=13,
    )
    _line(made, "{%p for one in questions %}", 12)
    _text(made, "问：{{ one.q }}", "答：{{ one.a }}", size=13)
    _line(made, "{%p endfor %}", 12)
    _plain(
        made,
        "以上笔录我看过（向我宣读过），与我说的：□一致　□不一致，更正：",
        "被询问人（每页签字或按指印）：________________　　　年　月　日",
        "询问人：____________　____________　　记录人：____________",
        size=12,
    )
    return made


def order() -> Any:
    made = _sheet("责 令 改 正 通 知 书")
    _plain(made, "{{ party_name }}：", size=15)
    _text(
        made,
        "经查，你（单位）于{{ act_day }}在{{ place }}{{ found }}",
        "上述行为涉嫌违反{{ basis }}。现责令你（单位）{{ demand }}，期限：{{ demand_by }}。",
        "逾期不改正的，本机关将依法处理。你（单位）对本通知有权陈述、申辩，可以书面或口头向本机关提出。",
        "不服本通知的，可以自收到之日起六十日内向{{ remedy_to }}申请行政复议，也可以自收到之日起六个月内依法向人民法院提起行政诉讼。",
    )
    _signed(made)
    _foot(
        made,
        "执法人员：{{ officers }}\n当事人签收：______________　　　年　月　日\n本通知一式两份，一份交当事人，一份存卷。",
    )
    return made


def spot_decision() -> Any:
    made = _sheet("当 场 行 政 处 罚 决 定 书")
    _plain(made, *PARTY, size=12)
    _text(
        made,
        "违法事实：你（单位）于{{ act_day }}在{{ place }}{{ found }}",
        "处罚依据：{{ basis }}。",
        "执法人员已出示证件，当场告知了拟作出的处罚内容及事实、理由、依据和你（单位）享有的陈述、申辩权利。当事人陈述、申辩：{{ defence }}{{ alone }}",
        "决定：{{ penalty }}。{{ mitigated }}",
        size=12,
        leading=1.5,
    )
    _given(
        made,
        "　　缴款：请自收到本决定书之日起十五日内，持缴款通知书到指定银行或通过电子支付系统缴纳，缴款识别号 {{ pay_ref }}。逾期不缴纳的，每日按罚款数额的百分之三加处罚款，"
        "加处罚款不超过罚款本数。执法人员不直接收取罚款，法律另有规定的除外。",
        "pay_ref",
        12,
        _LEFT,
    )
    _text(
        made,
        "不服本决定的，应当先自收到本决定书之日起六十日内向{{ remedy_to }}申请行政复议；对复议决定不服的，可以依法向人民法院提起行政诉讼。",
        size=12,
        leading=1.5,
    )
    _signed(made, size=13, before=4)
    _foot(
        made,
        "处罚地点：{{ place }}　　执法人员：{{ officers }}\n执法人员签字：__________{% if not alone %}　__________{% endif %}　　当事人签收：__________　　年　月　日\n"
        "本决定书当场交付，并报所属机关备案。",
        whole=True,
    )
    return made


def filing() -> Any:
    made = _sheet("立 案 审 批 表", letter=False)
    rows: list[list[Cell]] = [
        [("案由", "{{ matter }}")],
        [("案件来源", "{{ source }}"), ("发现时间", "{{ seen_at }}")],
        *_PARTY_ROWS,
        [("案情摘要", "{{ found }}")],
        [("涉嫌违反", "{{ basis }}")],
        [("权力来源", "{{ power }}"), ("处罚机关", "{{ organ }}")],
        [("承办人\n意　见", "建议立案调查，由{{ officers }}承办。" + _BLANK)],
        [("承办机构\n意　　见", _BLANK)],
        [("负责人\n审　批", _BLANK)],
    ]
    _grid(made, rows, (1, 1, 1, 1.2, 3.6, 1.2, 1.1, 2.6, 2.4, 2.6))
    _foot(made, "自立案之日起{{ decide_within }}内作出处理决定（{{ law_decide }}），法律、法规、规章另有规定的除外。")
    return made


def notice() -> Any:
    made = _sheet("行 政 处 罚 事 先 告 知 书")
    _plain(made, "{{ party_name }}：", size=13)
    _text(
        made,
        "经调查，你（单位）于{{ act_day }}在{{ place }}{{ found }}以上事实有{{ evidence }}等证据证实。",
        "上述行为违反了{{ basis }}。{{ reasons }}",
        "根据上述规定，本机关拟对你（单位）作出如下行政处罚：{{ penalty }}。{{ discretion }}{{ mitigated }}",
        "根据《中华人民共和国行政处罚法》第四十四条、第四十五条，你（单位）有权陈述和申辩，请于 {{ defence_by }} 前提出；逾期不提出的，视为放弃。本机关不因申辩而给予更重的处罚。",
        size=13,
    )
    _given(
        made,
        "　　根据{{ law_hearing }}，你（单位）有权要求听证，请自收到本告知书之日起{{ hearing_within }}内提出。听证不收取费用。",
        "hearing",
        13,
        _LEFT,
    )
    _signed(made)
    _foot(made, "联系人：{{ contact }}　　当事人签收：______________　　　年　月　日")
    return made


def decision() -> Any:
    made = _sheet("行 政 处 罚 决 定 书")
    _plain(made, *PARTY, size=13)
    _heading(made, "一、违法事实和证据")
    _text(made, "你（单位）于{{ act_day }}在{{ place }}{{ found }}以上事实有{{ evidence }}等证据证实。", size=14)
    _heading(made, "二、告知和申辩")
    _text(
        made,
        "本机关于{{ told_day }}告知你（单位）拟作出的处罚内容及事实、理由、依据和依法享有的权利。{{ defence }}",
        size=14,
    )
    _heading(made, "三、理由和依据")
    _text(made, "上述行为违反了{{ basis }}。{{ reasons }}{{ discretion }}{{ mitigated }}", size=14)
    _heading(made, "四、决定")
    _text(made, "本机关决定对你（单位）作出如下行政处罚：{{ penalty }}。", size=14)
    _given(
        made,
        "　　请自收到本决定书之日起十五日内，持缴款通知书到指定银行或通过电子支付系统缴纳罚款，缴款识别号 {{ pay_ref }}。逾期不缴纳的，每日按罚款数额的百分之三加处罚款，"
        "加处罚款不超过罚款本数。",
        "pay_ref",
        14,
        _LEFT,
    )
    _heading(made, "五、救济途径")
    _text(
        made,
        "不服本决定的，可以自收到本决定书之日起六十日内向{{ remedy_to }}申请行政复议，也可以自收到本决定书之日起六个月内依法向人民法院提起行政诉讼。"
        "复议、诉讼期间不停止执行，法律另有规定的除外。逾期不申请复议、不起诉又不履行的，本机关将依法申请人民法院强制执行。",
        size=14,
    )
    _signed(made)
    return made


def receipt() -> Any:
    made = _sheet("送 达 回 证", letter=False)
    rows: list[list[Cell]] = [
        [("案由", "{{ matter }}")],
        [("送达文书", "{{ served_titles }}")],
        [("受送达人", "{{ party_name }}"), ("送达方式", "{{ served_how }}")],
        [("送达地点", "{{ served_place }}"), ("送达时间", "{{ served_at }}")],
        [("受送达人\n签收", "\n\n签字或盖章：　　　　　　　　　　　　年　　月　　日　　时")],
        [("代收人\n及理由", "\n\n签字：　　　　　　与受送达人关系：　　　　　年　月　日")],
        [("见证人\n（留置）", "\n签字：　　　　　　　　　　　　　　　　　年　月　日")],
        [("送达人", "{{ officers }}" + _BLANK)],
        [("备注", "{{ served_note or '—' }}")],
    ]
    _grid(made, rows, (1, 1.4, 1, 1, 3, 2.6, 2.2, 3, 1.4))
    _foot(
        made,
        "当场送达；当事人不在场的，{{ serve_within }}内送达（{{ law_serve }}）。电子送达须有当事人签名的确认书。",
    )
    return made


def index() -> Any:
    made = _sheet("卷 宗 目 录", number=False, letter=False)
    _plain(
        made,
        "案号：{{ case_number }}　　案由：{{ matter }}",
        "当事人：{{ party_name }}　　{{ volume }}　　共 {{ count }} 件",
        size=12,
    )
    _list(
        made,
        ("序号", "文书号", "标题", "日期", "页数", "备注"),
        ("no", "number", "title", "day", "pages", "note"),
        "rows",
        (1.2, 4.8, 4.0, 2.5, 1.2, 1.9),
    )
    _foot(made, "整理人：________________　　检查人：________________　　{{ day }}\n保管期限：{{ keep }}")
    return made


def payment() -> Any:
    made = _sheet("缴 款 通 知 书")
    _plain(made, "{{ party_name }}：", size=15)
    _text(
        made,
        "根据行政处罚决定书（{{ decision_number }}），请你（单位）于 {{ pay_day }} 前缴纳罚款人民币{{ pay_amount }}（大写：{{ pay_capital }}）。",
        "缴款地点：{{ pay_at }}。",
        size=14,
    )
    code = _line(made, "{{ pay_qr }}", 12, _CENTRE, after=2)
    code.paragraph_format.space_before = Pt(6)
    _line(made, "缴款识别号：{{ pay_ref }}", 15, _CENTRE, name=HEAD, after=6)
    _text(
        made,
        "扫上面的码，或者向银行报缴款识别号即可缴纳。到期不缴纳的，每日按罚款数额的百分之三加处罚款，加处罚款的数额不超过罚款的数额。"
        "确有经济困难的，可以在到期前向本机关申请延期或者分期缴纳。",
        "罚款只能到银行或者通过电子支付系统缴纳，执法人员不收取现金，也不会要求转账到个人账户。",
        size=14,
    )
    _signed(made)
    _foot(
        made,
        "依据：《中华人民共和国行政处罚法》第六十六条、第六十七条、第七十二条。\n缴款后请保留票据，并把票据号告知承办人。",
    )
    return made


# ── the rest ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def report() -> Any:
    made = _sheet("案 件 调 查 终 结 报 告", letter=False)
    _plain(made, *PARTY, size=13)
    for head, words in (
        ("一、案件来源和调查经过", "{{ course }}"),
        ("二、查明的事实", "当事人于{{ act_day }}在{{ place }}{{ found }}"),
        ("三、证据", "{{ evidence }}。证据均由两名执法人员依法取得，原件已按内容指纹存卷。"),
        ("四、定性和依据", "上述行为涉嫌违反{{ basis }}。{{ reasons }}"),
        ("五、裁量", "{{ discretion }}{{ mitigated }}"),
        ("六、处理建议", "建议：{{ penalty }}。"),
    ):
        _heading(made, head)
        _text(made, words, size=14)
    _plain(
        made, "承办人：____________　____________　　{{ day }}", "承办机构负责人：____________　　　年　月　日", size=13
    )
    return made


def hearing_notice() -> Any:
    made = _sheet("听 证 告 知 书")
    _plain(made, "{{ party_name }}：", size=15)
    _text(
        made,
        "你（单位）于{{ act_day }}在{{ place }}{{ found }}违反了{{ basis }}，本机关拟作出如下行政处罚：{{ penalty }}。",
        "根据{{ law_hearing }}，你（单位）有权要求举行听证。要求听证的，请自收到本告知书之日起{{ hearing_within }}内向本机关提出；逾期不提出的，视为放弃。",
        "举行听证的，本机关在听证的七个工作日前通知时间、地点。听证公开举行，涉及国家秘密、商业秘密或者个人隐私依法予以保密的除外；由非本案调查人员主持，你（单位）可以申请回避，可以委托一至二人代理。听证不收取费用。",
    )
    _signed(made)
    _foot(made, "联系人：{{ contact }}　　当事人签收：______________　　　年　月　日")
    return made


def hearing_call() -> Any:
    made = _sheet("听 证 通 知 书")
    _plain(made, "{{ party_name }}：", size=15)
    _text(
        made,
        "你（单位）就{{ matter }}一案要求听证。根据{{ law_hearing }}，本机关定于{{ hearing_day }}{{ hearing_time }}在{{ hearing_place }}举行听证，由{{ hearing_host }}主持。",
        "你（单位）可以亲自参加听证，也可以委托一至二人代理；认为主持人与本案有直接利害关系的，有权申请回避。请携带身份证明，委托代理的另带授权委托书；有证据的，请一并带来。",
        "听证公开举行，涉及国家秘密、商业秘密或者个人隐私依法予以保密的除外。无正当理由拒不出席听证或者未经许可中途退出听证的，视为放弃听证权利，终止听证。听证不收取费用。",
    )
    _signed(made)
    _foot(made, "联系人：{{ contact }}　　当事人签收：______________　　　年　月　日")
    return made


def hearing_record() -> Any:
    made = _sheet("听 证 笔 录", letter=False)
    rows: list[list[Cell]] = [
        [("案由", "{{ matter }}")],
        [("听证日期", "{{ hearing_day }}"), ("开始时间", "{{ hearing_time }}")],
        [("听证地点", "{{ hearing_place }}")],
        [("主持人", "{{ hearing_host }}"), ("记录人", "{{ hearing_clerk }}")],
        *_PARTY_ROWS,
        [("参加人", "{{ hearing_present }}")],
        [("调查人员", "{{ officers }}")],
    ]
    _grid(made, rows, (1, 1, 1, 1, 1, 1.2, 1.2, 1.3))
    _heading(made, "一、告知事项")
    _text(
        made,
        "主持人核对参加人身份，宣布听证开始，告知当事人享有申请回避、陈述、申辩、举证、质证的权利。",
        size=13,
    )
    _heading(made, "二、听证情况")
    _text(made, "{{ hearing_said }}", size=13)
    _heading(made, "三、核对")
    _text(made, "{{ hearing_checked }}", size=13)
    _plain(
        made,
        "当事人或者代理人（每页签字或按指印）：________________　　　年　月　日",
        "主持人签字：____________　　　记录人签字：____________",
        "调查人员签字：____________　____________",
        size=12,
    )
    return made


def urge() -> Any:
    made = _sheet("履 行 行 政 决 定 催 告 书")
    _plain(made, *PARTY, size=13)
    _text(
        made,
        "本机关于{{ decided_day }}作出行政处罚决定（{{ decision_number }}），决定书已于{{ served_line }}。你（单位）应当于{{ owed_since }}前缴纳罚款{{ fine_amount }}（大写：{{ fine_capital }}），至今没有缴纳。",
        "根据《中华人民共和国行政强制法》第五十四条，现催告你（单位）自收到本催告书之日起十日内履行下列义务：",
        "缴纳罚款{{ fine_amount }}；根据《中华人民共和国行政处罚法》第七十二条，每日按罚款数额的百分之三加处罚款，至{{ late_until }}为{{ late_amount }}，加处罚款不超过罚款本数，合计{{ owed_total }}。",
        "缴纳方式：{{ pay_at }}，缴款识别号 {{ pay_ref }}。执法人员不收取现金。",
        "你（单位）收到本催告书后有权进行陈述和申辩。期满仍不履行的，本机关将依法申请人民法院强制执行。",
        size=13.5,
    )
    _signed(made)
    _foot(made, "执法人员：{{ officers }}　　联系人：{{ contact }}\n当事人签收：______________　　　年　月　日")
    return made


def court_request() -> Any:
    made = _sheet("强 制 执 行 申 请 书")
    _plain(
        made,
        "申请人：{{ organ }}　　联系人：{{ contact }}",
        "被申请人：{{ party_name }}　{{ party_id_label }}：{{ party_id }}",
        "{% if party_legal %}法定代表人（负责人）：{{ party_legal }}　{% endif %}住址（住所）：{{ party_address }}",
        size=12.5,
    )
    _heading(made, "申请事项")
    _text(
        made,
        "申请强制执行行政处罚决定（{{ decision_number }}）确定的罚款{{ fine_amount }}（大写：{{ fine_capital }}）和至{{ late_until }}的加处罚款{{ late_amount }}，合计{{ owed_total }}。",
        size=12.5,
    )
    _heading(made, "事实和理由")
    _text(
        made,
        "被申请人于{{ act_day }}在{{ place }}{{ found }}申请人根据{{ basis }}，于{{ decided_day }}作出上述决定：{{ penalty }}。{{ reasons }}",
        "决定书{{ served_line }}。缴款期限至{{ owed_since }}，被申请人没有缴纳。{{ appeal_line }}。催告书{{ urged_line }}，被申请人期满仍未履行。",
        "被申请人的意见：{{ defence }}",
        "根据《中华人民共和国行政强制法》第五十三条、第五十四条、第五十五条，特申请贵院强制执行。",
        size=12.5,
    )
    _plain(made, "此致", "{{ court_to }}", size=13)
    _signed(made, size=14, before=4)
    _foot(
        made,
        "负责人签名：______________\n附：行政处罚决定书及其事实、理由和依据；当事人的意见和催告情况；申请强制执行标的情况；送达回证。",
    )
    return made


def review() -> Any:
    made = _sheet("法 制 审 核 意 见 书", letter=False)
    rows: list[list[Cell]] = [
        [("案由", "{{ matter }}")],
        [("当事人", "{{ party_name }}"), ("承办人", "{{ officers_short }}")],
        [("送审时间", "{{ sent_review }}"), ("审核人", "{{ reviewer }}")],
        [("审核内容", "{{ review_points }}")],
        [("审核意见", "{{ review_opinion }}\n\n\n审核人签字：　　　　　　　　　　{{ review_day }}")],
        [("送审材料\n指纹", "{{ review_hash }}\n材料改动后，本意见自动失效，须重新审核。")],
        [("承办机构\n采纳情况", _BLANK)],
    ]
    _grid(made, rows, (1, 1, 1, 4.2, 4.6, 1.8, 3))
    _foot(
        made,
        "审核人不得参与本案办理。未经审核或者审核未通过的，不得作出决定（《中华人民共和国行政处罚法》第五十八条）。",
    )
    return made


def preserve() -> Any:
    made = _sheet("先 行 登 记 保 存 决 定 书")
    _plain(made, "{{ party_name }}：", size=15)
    _text(
        made,
        "你（单位）涉嫌{{ matter }}，在证据可能灭失或者以后难以取得的情况下，根据《中华人民共和国行政处罚法》第五十六条，经本机关负责人批准，决定对下列物品先行登记保存：",
        size=14,
    )
    _list(
        made,
        ("序号", "名称", "规格型号", "数量", "状况"),
        ("no", "name", "model", "count", "state"),
        "goods",
        (1.3, 5.0, 3.6, 2.2, 3.5),
    )
    _text(
        made,
        "保存地点：{{ kept_at }}。保存期限自{{ kept_from }}起，本机关在七个工作日内作出处理决定。在此期间，当事人或者有关人员不得销毁或者转移证据。",
        size=14,
    )
    _signed(made)
    _foot(made, "执法人员：{{ officers }}\n批准人：________________　　当事人签收：______________　　　年　月　日")
    return made


def seizure() -> Any:
    made = _sheet("查 封 （ 扣 押 ） 决 定 书")
    _plain(made, *PARTY, size=13)
    _text(
        made,
        "你（单位）涉嫌{{ matter }}。根据{{ seize_basis }}，经本机关负责人批准，决定对下列场所、设施或者财物予以查封（扣押）：",
        size=13.5,
    )
    _list(
        made,
        ("序号", "名称", "规格型号", "数量", "状况"),
        ("no", "name", "model", "count", "state"),
        "seized_goods",
        (1.3, 5.0, 3.6, 2.2, 3.5),
    )
    _text(
        made,
        "期限：{{ seized_from }}至{{ seized_to }}；情况复杂、经批准延长的，另行书面告知。存放地点：{{ seized_at }}。对查封、扣押的场所、设施或者财物，不得使用或者损毁。",
        "你（单位）有权陈述和申辩。不服本决定的，可以自收到本决定书之日起六十日内向{{ remedy_to }}申请行政复议，也可以自收到本决定书之日起六个月内依法向人民法院提起行政诉讼。",
        size=13.5,
    )
    _signed(made)
    _foot(
        made,
        "执法人员：{{ officers }}\n执法人员签字：__________　__________　　当事人签收：__________　　年　月　日\n"
        "清单一式两份，由当事人和行政机关分别保存（《中华人民共和国行政强制法》第二十四条）。",
        whole=True,
    )
    return made


def transfer() -> Any:
    made = _sheet("案 件 移 送 函")
    _plain(made, "{{ transfer_to }}：", size=15)
    _text(
        made,
        "本机关在办理{{ matter }}一案（案号 {{ case_number }}）中查明：{{ act_day }}，{{ place }}{{ found }}",
        "经审查，{{ transfer_why }}。根据{{ transfer_basis }}，现将该案移送你单位处理。请收到后在回执上签章，并于{{ transfer_answer_by }}前告知是否受理；受理前，本机关继续对现场负责。",
        "附件：{{ evidence }}，共 {{ attached }} 件。",
    )
    _signed(made)
    _foot(
        made,
        "本函及附件不含线索提供人的任何信息。\n回执：上述案件材料已收到。　　\n接收单位（印章）　　　接收人：______________　　　年　月　日",
    )
    return made


def joint_call() -> Any:
    made = _sheet("联 合 执 法 通 知 单")
    _plain(made, "{{ called_units }}：", size=15)
    _text(
        made,
        "{{ called_at }}，我镇在{{ place }}发现{{ matter }}情况，需要你单位派员到场联合处置。根据《中华人民共和国行政处罚法》第二十六条，请依法予以协助。",
        size=14,
    )
    rows: list[list[Cell]] = [
        [("协助事项", "{{ call_needs }}")],
        [("到场时间", "{{ call_when }}"), ("联系人", "{{ contact }}")],
    ]
    _grid(made, rows, (1.6, 1.2))
    _heading(made, "签收和到场")
    _list(
        made,
        ("单位", "编号", "签收", "到场", "反馈"),
        ("unit", "number", "signed", "arrived", "reported"),
        "calls",
        (3.4, 4.0, 2.6, 2.6, 3.0),
    )
    _signed(made)
    return made


def minutes() -> Any:
    made = _sheet("联 合 执 法 协 调 会 议 纪 要", letter=False)
    rows: list[list[Cell]] = [
        [("时间", "{{ meeting_at }}"), ("地点", "{{ meeting_place }}")],
        [("主持人", "{{ meeting_chair }}"), ("记录人", "{{ meeting_clerk }}")],
        [("参加单位", "{{ called_units }}")],
        [("议题", "{{ matter }}（案号 {{ case_number }}）")],
    ]
    _grid(made, rows, (1, 1, 1.2, 1.2))
    _heading(made, "一、讨论情况")
    _text(made, "{{ meeting_said }}", size=14)
    _heading(made, "二、议定事项和分工")
    _text(made, "{{ meeting_agreed }}", size=14)
    _plain(made, "参加单位代表签字：", "", "______________　______________　______________", size=13)
    return made


def closing() -> Any:
    made = _sheet("行 政 处 罚 案 件 结 案 报 告", letter=False)
    rows: list[list[Cell]] = [
        [("案由", "{{ matter }}")],
        *_PARTY_ROWS,
        [("立案时间", "{{ filed_day }}"), ("决定书号", "{{ decision_number }}")],
        [("处罚内容", "{{ penalty }}")],
        [("送达情况", "{{ served_line }}"), ("复议诉讼", "{{ appeal_line }}")],
        [("执行情况", "{{ executed_line }}")],
        [("结案理由", "{{ closing_why }}")],
        [("承办人\n意　见", "建议结案。" + _BLANK)],
        [("负责人\n审　批", _BLANK)],
    ]
    _grid(made, rows, (1, 1, 1.2, 1, 1.6, 1.4, 1.6, 1.6, 2.8, 2.8))
    _foot(made, "罚款由当事人向指定银行缴纳，执法机关不收款（《中华人民共和国行政处罚法》第六十七条）。")
    return made


def visit_approval() -> Any:
    made = _sheet("涉 企 行 政 检 查 审 批 表", letter=False)
    rows: list[list[Cell]] = [
        [("检查对象", "{{ party_name }}"), ("信用代码", "{{ party_id }}")],
        [("地址", "{{ party_address }}")],
        [("检查事项", "{{ matter }}")],
        [("检查依据", "{{ basis }}")],
        [("检查理由", "{{ visit_why }}")],
        [("计划时间", "{{ visit_at }}"), ("计入频次", "{{ visit_counts }}")],
        [("检查人员", "{{ officers }}")],
        [("承办人\n意　见", _BLANK)],
        [("负责人\n审　批", _BLANK)],
    ]
    _grid(made, rows, (1, 1, 1.2, 1.2, 2.4, 1, 1.4, 2.8, 3))
    _foot(made, "情况紧急、需要当场检查的，应当立即报告，并按规定期限补办本表。根据线索开展的检查不计入年度频次上限。")
    return made


def visit_notice() -> Any:
    made = _sheet("行 政 检 查 通 知 书")
    _plain(made, "{{ party_name }}：", size=15)
    _text(
        made,
        "根据{{ basis }}，经本机关负责人批准（审批编号 {{ approval_number }}），定于{{ visit_at }}对你单位进行行政检查。",
        "检查事项：{{ matter }}。检查人员：{{ officers }}。",
        "检查时，执法人员将主动出示执法证件。人员少于两人、未出示证件、未出示本通知书的，你单位有权拒绝检查。请安排熟悉情况的人员到场，并提供下列材料：{{ visit_papers }}。",
        "对检查有意见的，可以当场向执法人员陈述、申辩，也可以向{{ complain_to }}反映。",
    )
    _signed(made)
    _foot(made, "当事人签收：______________　　　年　月　日")
    return made


DRAWN = {
    "site_record": site_record,
    "inquiry": inquiry,
    "order": order,
    "spot_decision": spot_decision,
    "filing": filing,
    "notice": notice,
    "decision": decision,
    "payment": payment,
    "receipt": receipt,
    "index": index,
    "report": report,
    "hearing_notice": hearing_notice,
    "hearing_call": hearing_call,
    "hearing_record": hearing_record,
    "urge": urge,
    "court_request": court_request,
    "review": review,
    "preserve": preserve,
    "seizure": seizure,
    "transfer": transfer,
    "joint_call": joint_call,
    "minutes": minutes,
    "closing": closing,
    "visit_approval": visit_approval,
    "visit_notice": visit_notice,
}
