"""差评整改: supervisors are told of a bad grade, and close its follow-up with what came of it."""

from sqlalchemy import Connection

from handlers.desk.accounts import staff_of
from handlers.desk.drafts import chats_of
from handlers.desk.duty import supervisors
from handlers.desk.refused import NOT_FOUND, Refused, Why
from handlers.desk.staff import Permission, Staff
from handlers.desk.tools import Tools
from handlers.desk.trace import noted
from handlers.message import Reply
from handlers.turn import StaffNotice, Turn
from storage import accounts, rating_register, ratings
from storage.rating_records import GRADES, AskedRating, RatingLine

_OBJECTS = {"handover": "接待", "case": "工单"}
_LONGEST = 2000


async def supervisors_told(turn: Turn, asked: AskedRating, grade: int) -> tuple[StaffNotice, ...]:
    """What the supervisors in charge are told of a bad grade, in every chat where they can be reached."""
    tools = turn.office.tools
    if tools is None:
        return ()

    def read(connection: Connection) -> tuple[RatingLine | None, list[Staff]]:
        able = [staff_of(one) for one in accounts.everybody(connection) if one.disabled_at is None]
        return rating_register.read_line(connection, asked.id), able

    line, staff = await tools.database.read(read)
    if line is None:
        return ()
    reply = Reply(
        f"{_OBJECTS[asked.object_kind]} {line.number}（{line.staff or '承办人不详'}）收到评价“{GRADES[grade]}”。"
        "请尽快了解情况、整改，把处理结果填在工作台“评价”里。",
        title=f"差评待跟进：{GRADES[grade]}",
        link=f"{tools.public_url}/console/ratings?follow_up=open" if tools.public_url else "",
        purpose="alert",
    )
    in_charge = supervisors(staff, line.unit or None, 0)
    return tuple(StaffNotice(chat, reply) for one in in_charge for chat in chats_of(tools, one))


async def close_follow_up(tools: Tools, staff: Staff, rating_id: int, result: str) -> AskedRating | Refused:
    """Close the follow-up of a bad grade. The rating comes back: its case may be reopened on the strength of it."""
    if not staff.may(Permission.DIRECT):
        return Refused(Why.FORBIDDEN, "差评由主管跟进，您可以看，不能办结。")
    words = result.strip()
    line = await tools.database.read(lambda c: rating_register.read_line(c, rating_id))
    if line is None or not staff.covers(line.unit):
        return NOT_FOUND
    if not words or len(words) > _LONGEST:
        return Refused(Why.INPUT, f"请写明查到了什么、怎么处理的，1 到 {_LONGEST} 个字。")

    def work(connection: Connection) -> AskedRating | None:
        closed = ratings.follow_up_close(connection, rating_id, staff.id, words, tools.clock())
        if closed is not None:
            noted(connection, tools, staff, "rating.follow_up", f"rating:{rating_id}")
        return closed

    closed = await tools.database.write(work)
    if closed is None:
        return Refused(Why.STATE, "这条评价没有待跟进的事，可能别人已经办结了，刷新看看。")
    tools.changed()
    return closed
