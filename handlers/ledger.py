"""The service ledger 服务台账: a consultation as the row that bureaus keep today."""

from datetime import tzinfo
from typing import Any

from handlers.answer import article_name
from knowledge.load import Knowledge
from storage.records import ConsultationRow

CONSULTATION = (
    "编号",
    "受理时间",
    "渠道",
    "会话",
    "乡镇",
    "服务对象",
    "领域",
    "主题",
    "诉求摘要",
    "答复要点",
    "法律依据",
    "处置",
    "紧急",
    "答复人",
    "满意度",
    "状态",
    "人次",
    "对话条数",
    "反馈",
    "涉众",
    "涉未成年人",
    "知识版本",
)
CHANNELS = {"web": "网页", "telegram": "Telegram", "wecom_kf": "微信客服", "wecom_app": "企业微信"}
_FEEDBACK = {"useful": "有用", "useless": "没用", "other_case": "不是我的情况"}


def consultation_row(row: ConsultationRow, knowledge: Knowledge, zone: tzinfo) -> dict[str, Any]:
    """A service record under the headers of `CONSULTATION`; times in the bureau's zone."""
    values = row.values
    return {
        "编号": row.number,
        "受理时间": row.opened_at.astimezone(zone).strftime("%Y-%m-%d %H:%M"),
        "渠道": CHANNELS.get(values["channel"], values["channel"]),
        "会话": f"C{values['conversation_id']:06d}" if values["conversation_id"] else "",
        "乡镇": values["township"],
        "服务对象": "、".join(values["client_types"]) or "未说明",
        "领域": knowledge.field(values["domain"]),
        "主题": values["title"],
        "诉求摘要": values["summary"],
        "答复要点": values["answer"],
        "法律依据": "；".join(_cite(cite) for cite in values["cites"]),
        "处置": values["disposition"],
        "紧急": _yes(values["urgent"]),
        "答复人": values["responder"],
        "满意度": values["satisfaction"] or "",
        "状态": values["status"],
        "人次": values["people"],
        "对话条数": values["messages"],
        "反馈": _FEEDBACK.get(values["feedback"] or "", ""),
        "涉众": _yes(values["group_matter"]),
        "涉未成年人": _yes(values["minor"]),
        "知识版本": values["knowledge_version"],
    }


def _cite(cite: dict[str, Any]) -> str:
    edition = f"（{cite['edition']}版）" if cite.get("edition") else ""
    return f"《{cite['law']}》{'、'.join(article_name(article) for article in cite['article'])}{edition}"


def _yes(value: bool) -> str:
    return "是" if value else "否"
